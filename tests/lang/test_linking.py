"""A module is linked from files: names are resolved over all of them, and insmod says what nobody defines."""

import pickle
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.lang import ir
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.module import KernelModule, load

ROOT = Path(kthreadlab.__file__).parent
GIVEN = sorted((ROOT / "checks" / "given").glob("*/*.py"))

EVENTS = """\
def report_event(event_id: u32):
    global myevent_id
    myevent_id = event_id
    wake_up_interruptible(myevent_waitqueue)
"""
MYKTHREAD = """\
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_id = u32(0)

def mykthread(unused):
    report_event(7)
"""


def said(module: KernelModule) -> list[str]:
    """file:line and message of each diagnostic."""
    return [f"{d.pos.file}:{d.pos.line} {d.message}" for d in module.diagnostics]


@pytest.mark.parametrize("path", GIVEN, ids=lambda path: path.parent.name)
def test_the_given_files_compile(path):
    """What ships with a check is kernel Python."""
    assert load(path).diagnostics == ()


def test_files_share_their_names():
    """A static of one file is a static of the other; a function is called across files."""
    module = KernelModule("myevent", {"mykthread": MYKTHREAD}).with_file("events", EVENTS)

    assert ((), ()) == (module.diagnostics, module.undefined)
    assert ["report_event", "mykthread"] == list(module.functions)
    assert not module.functions["report_event"].body[0].target.local


def test_a_file_alone_lacks_names_but_compiles():
    """Unknown symbols are insmod's business: another file may define them."""
    module = KernelModule("myevent", {"events": EVENTS})

    assert not module.broken
    assert {"myevent_id": 2, "myevent_waitqueue": 4} == {name: pos.line for name, pos in module.undefined}


def test_unknown_symbols_are_told_in_the_kernels_words():
    """With the nearest name that there is."""
    module = load("def f(q):\n    wake_up_interuptible(q)\n", "myevent")
    (error,) = module.link_errors()

    assert "myevent: Unknown symbol wake_up_interuptible" == error.message
    assert error.look.startswith("did you mean wake_up_interruptible?")
    assert (2, 4) == (error.pos.line, error.pos.col)
    assert isinstance(module.functions["f"].body[0].value, ir.OwnCall)


@pytest.mark.parametrize(
    ("line", "name", "look"),
    [
        ("print(a)", "print", 'printk("text\\n")'),
        ("x = malloc(8)", "malloc", "kmalloc(size, GFP_KERNEL)"),
        ("x = len(a)", "len", "strlen(text)"),
        ("x = true", "true", "True, or 1"),
        ("x = null", "null", "NULL"),
        ("event_id = 1; x = event_idd", "event_idd", "did you mean event_id?"),
        ("x = Myevent_ID", "Myevent_ID", "did you mean myevent_id (line 1)?"),
        ("global nope", "nope", ""),
        ("kernel_thread(worker, NULL, 0)", "worker", ""),
        ("x = jiffy", "jiffy", ""),
    ],
)
def test_what_was_meant_is_guessed(line, name, look):
    """From the kernel's names, the module's, the function's, and what other worlds call it."""
    module = load(f"myevent_id = u32(0)\ndef f(a):\n    {line}\n")
    (error,) = module.link_errors()

    assert module.diagnostics == ()
    assert error.message.endswith(f"Unknown symbol {name}")
    assert error.look.startswith(look)


def test_exported_names_must_exist():
    """EXPORT_SYMBOL of nothing is an unknown symbol."""
    assert ["nope"] == [name for name, _ in load("EXPORT_SYMBOL(nope)\n").undefined]


def test_insmod_and_rmmod_call_what_any_file_declares_or_names_so():
    """A declaration wins over the old names; a function that takes something is neither."""
    functions = "def init_module():\n    pass\n\n\ndef cleanup_module({takes}):\n    pass\n\n\ndef setup():\n    pass\n"
    for takes, said, owed in (
        ("", "", {"module_init": "init_module", "module_exit": "cleanup_module"}),
        ("flags", "", {"module_init": "init_module"}),
        ("", "module_init(setup)\n", {"module_init": "setup", "module_exit": "cleanup_module"}),
        ("flags", "module_exit(setup)\n", {"module_init": "init_module", "module_exit": "setup"}),
    ):
        assert owed == KernelModule("m", {"a": said, "b": functions.format(takes=takes)}).entries


@pytest.mark.parametrize(
    ("text", "owed"),
    [
        ("def f():\n    pass\n\n\nmodule_init(f)\nmodule_init(f)\n", "m:6 redefinition of init_module"),
        ("def f(n):\n    pass\n\n\nmodule_exit(f)\n", "m:5 f takes 1 argument, and module_exit gives it none"),
        ("n = u32(0)\nmodule_init(n)\n", "m:2 n is not a function"),
        ("def f():\n    module_exit(f)\n", "m:2 module_exit inside a function"),
        ("def module_init():\n    pass\n", "m:1 conflicting types for module_init"),
    ],
)
def test_what_insmod_calls_is_one_function_without_parameters(text, owed):
    """Else the declaration is refused."""
    assert [owed] == said(KernelModule("m", {"m": text}))


def test_what_insmod_calls_must_exist():
    """module_exit of nothing is an unknown symbol."""
    made = load("module_exit(nope)\n")
    assert ["nope"] == [name for name, _ in made.undefined]
    assert {} == made.entries


def test_a_static_of_another_file_needs_global():
    """Only linking can tell that this is no local."""
    module = KernelModule("m", {"a": "n = u32(0)\n", "b": "def f():\n    n = 1\n"})

    assert ["b:2 n is assigned without `global n`"] == said(module)
    assert "n is a static of a (line 1)" in module.diagnostics[0].rule


def test_a_parameter_may_have_the_name_of_another_files_static():
    """Who writes a function can't know the statics of every other file."""
    module = KernelModule("m", {"a": "n = u32(0)\n", "b": "def f(n):\n    return n\n"})

    assert not module.broken
    assert module.functions["f"].body[0].value.local


def test_two_files_may_not_define_one_name():
    """The message names both places."""
    module = KernelModule("m", {"b": "def f():\n    pass\n", "a": "x = 1\nf = u32(0)\n"})

    assert [
        "b:1 insmod: error inserting 'm.ko': -1 Invalid module format\nm: exports duplicate symbol f (owned by a)"
    ] == said(module)
    assert "first defined in a, line 2" in module.diagnostics[0].rule


def test_a_file_given_twice_is_refused():
    """Where it is graded, nobody could say which text counts."""
    module = KernelModule("m", {"a": "x = 1\n"}).with_duplicate("a")

    assert ["a:1 the file a is defined twice"] == said(module)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(a):\n    return f(a)\n", "1:recursion: f calls f"),
        ("def f(a):\n    return g(a)\ndef g(a):\n    return f(a)\n", "3:recursion: f calls g calls f"),
    ],
)
def test_recursion_is_refused(text, message):
    """The kernel stack is 8 KiB."""
    (diagnostic,) = load(text).diagnostics

    assert message == f"{diagnostic.pos.line - 1}:{diagnostic.message}"
    assert "8 KiB" in diagnostic.rule


def test_a_thread_may_start_itself():
    """A function's name as a value is no call."""
    assert not load("def f(a):\n    kernel_thread(f, NULL, 0)\n").broken


def test_own_functions_take_what_they_take():
    """Counted when linked, over all files."""
    module = KernelModule("m", {"a": "def f(a, b):\n    pass\n", "b": "def g():\n    f(1)\n"})

    assert ["b:2 too few arguments to f(a, b): b is missing"] == said(module)


@pytest.mark.parametrize("leaf", ["schedule()", "return a"])
def test_what_is_too_large_when_inlined_is_refused(leaf):
    """Sixty functions that call the next one twice would be 2**60 copies of the last."""
    text = "".join(f"def f{n}(a):\n    f{n + 1}(a); return f{n + 1}(a)\n" for n in range(60))
    (diagnostic,) = load(text + f"def f60(a):\n    {leaf}\n").diagnostics

    assert diagnostic.message.endswith("is too large, with all that it calls")


def test_what_goes_too_deep_when_inlined_is_refused():
    """Nine hundred functions that call one another are nine hundred levels."""
    text = "".join(f"def f{n}(a):\n    return f{n + 1}(a)\n" for n in range(900))
    (diagnostic,) = load(text + "def f900(a):\n    return a\n").diagnostics

    assert "goes too deep" in diagnostic.message


def test_a_file_that_does_not_parse_is_said_first():
    """What the other files then lack is not its authors' fault."""
    module = KernelModule("m", {"a": "SIZE = 3\nx = = 3\n", "b": "def f():\n    return SIZE\n"})

    assert [("a", 2)] == [(d.pos.file, d.pos.line) for d in module.diagnostics]


def test_at_most_twenty_diagnostics_are_shown():
    """The rest would scroll them away."""
    assert len(load("import os\n" * 100).diagnostics) == 20


# ---- the value -------------------------------------------------------------------------------------------------------


def test_order_of_files_makes_no_difference():
    """Cells are run in any order; the module is the same."""
    a, b = KernelModule("m", {"a": "x = 1\n", "b": "y = 1\n"}), KernelModule("m", {"b": "y = 1\r\n", "a": "x = 1\n"})

    assert a == b
    assert (a.digest, hash(a), list(a.statics)) == (b.digest, hash(b), list(b.statics))


def test_other_text_is_another_module():
    """Names and texts can't be shifted into one another."""
    digests = {
        KernelModule("m", files).digest
        for files in ({}, {"a": ""}, {"a": "x"}, {"ax": ""}, {"a": "b", "c": ""}, {"a": "", "b": "c"})
    }

    assert len(digests) == 6
    assert KernelModule("m", {"a": ""}) != KernelModule("n", {"a": ""})
    assert KernelModule("m", {"a": ""}) != KernelModule("m", {"a": ""}).with_duplicate("a")


def test_a_module_does_not_change():
    """with_file makes another one."""
    module = KernelModule("m", {"a": "x = 1\n"})
    other = module.with_file("a", "y = 1\n")

    assert (["x"], ["y"]) == (list(module.statics), list(other.statics))
    with pytest.raises(AttributeError):
        module.name = "n"
    with pytest.raises(TypeError):
        module.files["a"] = ""


def test_a_module_survives_pickling():
    """Work is fanned out to other processes."""
    module = KernelModule("m", {"a": "x = 1\n"}).with_duplicate("a")

    assert module == pickle.loads(pickle.dumps(module))


def test_a_module_shows_itself_in_one_line():
    """The same line every time."""
    assert repr(KernelModule("m", {"b": "", "a": ""})) == "<KernelModule m: b, a>"
    assert repr(KernelModule("m")) == "<KernelModule m: no files>"


def test_source_lines_are_the_students():
    """Counted from 1; nothing outside."""
    module = KernelModule("m", {"a": "x = 1\r\ny = 2"})

    assert ["", "x = 1", "y = 2", ""] == [module.source_line("a", line) for line in range(4)]
    assert module.source_line("b", 1) == ""


# ---- load ------------------------------------------------------------------------------------------------------------


def test_load_reads_a_file(tmp_path):
    """A path, or a string that looks like one; the module is called after it."""
    path = tmp_path / "mymodule.py"
    path.write_bytes(b"\xef\xbb\xbfx = 1\r\n")

    for given in (path, str(path)):
        module = load(given)
        assert ("mymodule", ["x"], ["mymodule"]) == (module.name, list(module.statics), list(module.files))
    assert load(path, "other").name == "other"


def test_load_takes_text():
    """A cell's text, its magic line and all."""
    module = load("%%kmod myevent mykthread\nx = 1\nimport os")

    assert ("myevent", 3) == (module.name, module.diagnostics[0].pos.line)
    assert load("x = 1").statics["x"].pos.line == 1


def test_load_says_what_it_can_not_read(tmp_path):
    """These are mistakes in the asking, not in the text."""
    for given, said in (
        ("nope.py", "there is no such file"),
        (tmp_path, "can't be read"),
        ("lab2.ipynb", "is a notebook"),
    ):
        with pytest.raises(InputError, match=said):
            load(given)
    with pytest.raises(InputError, match="not int"):
        load(3)
    with pytest.raises(InputError, match="needs a name"):
        KernelModule("", {})


def test_bytes_that_are_no_text_are_a_diagnostic(tmp_path):
    """A broken file makes a broken module."""
    path = tmp_path / "bad.py"
    path.write_bytes(b"x = 1 # \xff\n")

    assert ["bad:1 the file is not UTF-8"] == said(load(path))
