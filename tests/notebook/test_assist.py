"""Help while typing: completion in `%%kmod` cells, `schedule?`, and what Shift-Tab shows."""

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config as IPythonConfig

import kthreadlab
from kthreadlab import LABS
from kthreadlab.front.assist import about, completions, word_at

EVENTS = "myevent_id = u32(0)\n\n\ndef run_umode_handler(event_id: u32):\n    return 0\n"
CELL = """\
%%kmod myevent mykthread
ev = struct("ev", id=u32, next=ptr("ev"))
DEFINE_SPINLOCK(lock)


def handle(first, second: u32):
    for i in range(4):
        count = u32(0)
"""


def offered(cell: str, modules=()) -> dict[str, str]:
    """What can be put at the end of *cell*, with signatures."""
    return {offer.text: offer.signature for offer in completions(cell, len(cell), dict(modules))[1]}


@pytest.fixture
def module():
    return {"myevent": kthreadlab.KernelModule("myevent", {"events": EVENTS})}


# ---- completion ----------------------------------------------------------------------------------------------------


def test_the_kernels_calls_are_offered_with_their_parameters():
    """A few letters are enough, and nothing else is offered."""

    found = offered(CELL + "    sched")
    assert all(name.startswith("sched") for name in found)
    assert ("()", "(timeout)", "(work)") == (found["schedule"], found["schedule_timeout"], found["schedule_work"])
    assert "(fmt, ...)" == offered(CELL + "    printk")["printk"]


def test_constants_types_and_the_languages_words_are_offered():
    """TASK_INTERRUPTIBLE, rwlock_t, u32, while."""

    for word in ("TASK_INTERRUPTIBLE", "rwlock_t", "u32", "while", "KERN_ERR", "current"):
        assert word in offered(CELL + f"    {word[:3]}")


def test_the_cells_own_names_come_first(module):
    """Functions with their parameters, variables, locks; then the module's other files; then the kernel."""

    names = list(offered(CELL + "    ", module))

    assert ["ev", "lock", "handle", "first", "second", "i", "count", "run_umode_handler", "myevent_id"] == names[:9]
    assert "(first, second)" == offered(CELL + "    han")["handle"]
    assert "(event_id)" == offered(CELL + "    run", module)["run_umode_handler"]


def test_after_a_dot_come_the_fields_of_the_structs():
    """And no names of the kernel."""

    assert ["id", "next"] == list(offered(CELL + "    event."))


@pytest.mark.parametrize(
    "line", ['    printk("sched', "    # sched", "    x = 'sched", '    """sched', "    # don't\n    # sched"]
)
def test_in_texts_and_comments_nothing_is_offered(line):
    """A quote in a comment does not begin a text."""

    assert {} == offered(CELL + line)
    assert "schedule" in offered(CELL + "    # don't\n    sched")


def test_on_the_magic_line_modules_and_files_are_offered(module):
    """Which there are already."""

    assert ["myevent"] == list(offered("%%kmod my", module))
    assert ["events"] == list(offered("%%kmod myevent ", module))


def test_behind_them_a_check_and_the_labs_are_offered(module):
    """`--check`, by its dashes or its first letters; and what can be checked."""

    assert ["--check"] == list(offered("%%kmod myevent mykthread ", module))
    assert ["check"] == list(offered("%%kmod myevent mykthread --ch", module))
    assert list(LABS) == list(offered("%%kmod myevent mykthread --check ", module))


def test_nothing_of_pythons_is_offered():
    """No import, no class, no open."""

    assert not {"import", "class", "open", "print", "lambda"} & set(offered(CELL + "    "))


# ---- what to show --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("    sche|dule()", "schedule"),
        ("    schedule|", "schedule"),
        ("    kfree(kmalloc(32|, GFP_KERNEL))", "kmalloc"),
        ("    kfree(kmalloc(32, GFP_|KERNEL))", "GFP_KERNEL"),
        ("    wake_up( | )", "wake_up"),
        ("    x = |1", ""),
        ("|", ""),
    ],
)
def test_the_word_at_the_cursor(text, word):
    """The word itself, or the call whose brackets these are."""

    assert word == word_at(f"%%kmod m\n{text.replace('|', '')}", len("%%kmod m\n") + text.index("|"))


def test_about_a_function_of_the_module_its_head_and_place(module):
    """As it is written in its file."""

    text = about("run_umode_handler", CELL, module)

    assert text.startswith("def run_umode_handler(event_id: u32):")
    assert "file events, line 4" in text


def test_about_a_kernel_call_its_manual_page():
    """In a cell and elsewhere; about anything else nothing."""

    assert str(kthreadlab.man("schedule")) == about("schedule", CELL) == about("schedule")
    assert "" == about("nonsense", CELL)


# ---- in a session --------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(monkeypatch):
    """An IPython session with kthreadlab; what it pages is in `shell.paged`."""
    config = IPythonConfig()
    config.HistoryManager.enabled = False
    made = InteractiveShell(config=config)
    made.paged = []
    monkeypatch.setattr(
        "IPython.core.page.page",
        lambda text, *a, **k: made.paged.append(text["text/plain"] if isinstance(text, dict) else text),
    )
    made.run_cell("%load_ext kthreadlab")
    return made


def texts(shell, cell: str) -> list[tuple[str, str, str]]:
    with provisionalcompleter():
        return [(c.text, c.type, c.signature) for c in shell.Completer.completions(cell, len(cell))]


def test_a_session_completes_kernel_calls_in_a_kmod_cell(shell):
    """Text, kind and signature, as a front end gets them."""

    assert [("set_current_state", "function", "(state)")] == texts(shell, "%%kmod m\nset_cur")


def test_a_session_completes_python_elsewhere(shell):
    """Python's names, and none of the kernel's."""

    shell.run_cell("wake_me = 1")
    names = [text for text, *_ in texts(shell, "wake_")]

    assert ["wake_me"] == names


@pytest.mark.parametrize("line", ["schedule?", "?schedule", "schedule??", "%pinfo schedule"])
def test_a_question_mark_opens_the_manual(shell, line):
    """As IPython's own help does."""

    assert shell.run_cell(line).success
    (text,) = shell.paged
    assert text.startswith("schedule(9)")


def test_pythons_own_names_come_first(shell):
    """`min?` is about Python's min, a variable is about itself; no name of the kernel's becomes a variable."""

    before = set(shell.user_ns)
    shell.run_cell("min?")
    shell.run_cell("schedule = 'mine'")
    shell.run_cell("schedule?")

    assert "(9)" not in "".join(shell.paged)
    assert {"schedule"} == {name for name in set(shell.user_ns) - before if not name.startswith("_")}


def test_what_nobody_knows_is_said_as_ever(shell, capsys):
    """IPython's own words."""

    shell.run_cell("nonsense?")

    assert [] == shell.paged
    assert "not found" in capsys.readouterr().out


def test_a_question_in_a_kmod_cell_opens_the_manual_and_links_nothing_good(shell, capsys):
    """The line is no kernel Python, so the module is broken until it is gone; no good version of yesterday survives."""

    shell.run_cell("%%kmod m\ndef f(x):\n    return 0")
    shell.run_cell("%%kmod m\nschedule?\ndef f(x):\n    return 0")

    assert shell.paged[0].startswith("schedule(9)")
    assert shell.user_ns["m"].broken


def test_unloading_takes_the_help_away(shell):
    """Completion, inspection and `?` are IPython's again; loading it brings them back once."""

    shell.run_cell("%unload_ext kthreadlab")
    assert [] == [text for text, *_ in texts(shell, "%%kmod m\nset_cur")]
    shell.run_cell("schedule?")
    assert [] == shell.paged

    shell.run_cell("%load_ext kthreadlab")
    shell.run_cell("%load_ext kthreadlab")
    assert 1 == len(texts(shell, "%%kmod m\nset_cur"))
