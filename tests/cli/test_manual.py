"""`kthreadlab man`: every call, constant and type has a page, and no page claims what the machine denies."""

import ast
import re
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.front.cli import main
from kthreadlab.front.manual import WIDTH, entries, facts, man, present, sections, table, uses_of
from kthreadlab.lang.api import CALLS, NAMED, OBJECTS, TAGS, WORDS
from kthreadlab.lang.api.list import LOOPS
from kthreadlab.lang.api.sysctl import HANDLERS
from kthreadlab.lang.profile import PROFILES
from kthreadlab.lang.python_base import KERNEL_NAMES

IN_THE_LISTINGS = """
kernel_thread CLONE_FS CLONE_FILES CLONE_SIGHAND SIGCHLD DECLARE_WAIT_QUEUE_HEAD rwlock_t DECLARE_WAITQUEUE daemonize
reparent_to_init allow_signal add_wait_queue set_current_state schedule signal_pending read_lock read_unlock
remove_wait_queue write_lock write_unlock wake_up_interruptible kmalloc sprintf call_usermodehelper kfree
""".split()
FOR_A_CALL = ["NAME", "SYNOPSIS", "DESCRIPTION", "CONTEXT", "RETURN VALUE", "VERSIONS", "SOURCE"]
NOTE = re.compile(r"^\s*Versions: ([^:]*): ", re.MULTILINE)


def test_every_name_of_the_kernel_has_a_page():
    """What the front end knows and what the manual knows are the same names."""

    assert set(KERNEL_NAMES) | TAGS == set(entries())


@pytest.mark.parametrize("name", CALLS)
def test_the_page_of_a_call_is_complete(name):
    """Name, synopsis, description, context, return value, versions, source: none empty."""

    found = sections(CALLS[name])

    assert [] == [heading for heading in FOR_A_CALL if not found[heading].strip()]
    assert CALLS[name].result == "void" or "None" not in found["RETURN VALUE"]


@pytest.mark.parametrize("name", [*OBJECTS, *WORDS, *NAMED])
def test_the_page_of_a_constant_or_a_type_is_complete(name):
    """Name, synopsis, versions, source: none empty, and more than the name repeated."""

    found = sections(entries()[name])

    assert [] == [heading for heading in ("NAME", "SYNOPSIS", "VERSIONS", "SOURCE") if not found[heading].strip()]
    assert found["NAME"].split(" - ")[1].strip().rstrip(".") != name


@pytest.mark.parametrize("name", [name for name in IN_THE_LISTINGS if not name.startswith(("CLONE", "SIG"))])
def test_a_page_says_where_the_article_has_it(name):
    """Each call and type of the five listings."""

    assert "Listing" in sections(entries()[name])["ARTICLE"]


def test_no_line_is_wider_than_a_terminal():
    """80 characters, but where a single word is longer."""

    lines = [line for name in entries() for line in man(name).splitlines()]

    assert [] == [line for line in lines if len(line) > WIDTH and " " in line.strip()]


def test_pages_are_plain_text():
    """No control characters, no half sentences of the declarations' own fields."""

    for name in entries():
        text = man(name)
        assert text.isprintable() or set(re.sub(r"\n", "", text)) <= {c for c in text if c.isprintable()}
        assert not re.search(r"\b(Return|Versions|Here|Context|Article|Source|Use|Example|Story): ", text), name


# ---- versions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*CALLS, *OBJECTS, *NAMED])
def test_a_page_says_of_each_version_what_the_machine_does(name):
    """A version that lacks the name is listed as lacking it, and nothing else is said of it."""

    lines = sections(entries()[name])["VERSIONS"].replace("\n         ", " ").splitlines()
    absent = " ".join(line for line in lines if line.strip().startswith("Not in "))
    lacking = {version for version in PROFILES if not present(name, version)}

    assert lacking == set(absent.replace(",", "").rstrip(".").split()) - {"Not", "in"}
    assert [] == [
        line
        for line in lines
        if lacking & set(line.split(":")[0].replace(",", "").split()[:5]) and not line.strip().startswith("Not in ")
    ]


@pytest.mark.parametrize("name", [name for name in entries() if hasattr(entries()[name], "doc")])
def test_a_note_is_about_versions_that_can_be_booted_and_have_it(name):
    """`Versions: 2.4: …` in a docstring names profiles, and none that lacks the call."""

    versions = [version for note in NOTE.findall(entries()[name].doc) for version in note.split(", ")]

    assert [] == [version for version in versions if version not in PROFILES or not present(name, version)]
    assert entries()[name].doc.count("Versions:") == len(NOTE.findall(entries()[name].doc))


def test_what_differs_is_read_off_the_profiles():
    """A value, a number of arguments, a parent, a format: as the machine has them."""

    assert ["the value is 0"] == list(facts("UMH_NO_WAIT", PROFILES["6.12"]))
    assert "it takes no arguments" in facts("daemonize", PROFILES["2.4"])
    assert "the parent afterwards is kthreadd, pid 2" in facts("daemonize", PROFILES["2.6.24"])
    assert "with wait 0 it waits until the program has begun" in facts("call_usermodehelper", PROFILES["2.6.11"])
    assert "with wait 0 it does not wait" in facts("call_usermodehelper", PROFILES["6.12"])
    assert "zero bytes are a free lock" in facts("rwlock_t", PROFILES["6.12"])


@pytest.mark.parametrize(
    "name", [name for name in [*OBJECTS, *WORDS] if name not in ("current", "range", *HANDLERS, *LOOPS)]
)
def test_a_synopsis_compiles(name):
    """What the page of a declaration shows is kernel Python, in a function or outside one."""

    given = 'ev2 = struct("ev2", id=u32)\ntext = char_array(16)\ndef handler(data):\n    return 0\n'
    uses = synopsis(entries()[name], name)
    inside = [kthreadlab.load(f"{given}\ndef f(a):\n    {use}\n").broken for use in uses]
    outside = [kthreadlab.load(f"{given}{use}\n").broken for use in uses]

    assert [] == [use for use, *broken in zip(uses, inside, outside, strict=True) if all(broken)]


def synopsis(entry, name):
    return [use.replace('ptr("ev")', 'ptr("ev2")') if name == "ptr" else use for use in uses_of(entry)]


# ---- as it is asked for --------------------------------------------------------------------------------------------


def test_the_command_prints_a_page(capsys):
    """`kthreadlab man schedule`."""

    assert 0 == main(["man", "schedule"])
    assert capsys.readouterr().out.startswith("schedule(9) ")


def test_without_a_name_it_prints_the_table_of_all_names(capsys):
    """Every name once, under its source file, with a column for each version."""

    assert 0 == main(["man"])
    said = capsys.readouterr().out

    assert table() == said.rstrip("\n")
    assert set(entries()) <= set(re.findall(r"^    (\S+) ", said, re.MULTILINE))
    assert 3 == len([line for line in said.splitlines() if line.split()[-len(PROFILES) :] == [*PROFILES]])


def test_the_table_says_what_a_version_lacks():
    """allow_signal is not in 2.4; UMH_NO_WAIT is -1 and becomes 0."""

    words = {line.split()[0]: line.split()[1:] for line in table().splitlines() if line.split()}
    rows = {name: dict(zip(PROFILES, row, strict=False)) for name, row in words.items()}

    assert {"2.4"} == {version for version, mark in rows["allow_signal"].items() if mark == "-"}
    assert ["-", "-", "-1", "-1", "0"] == [rows["UMH_NO_WAIT"][v] for v in "2.4 2.6.11 2.6.24 2.6.32 6.12".split()]


def test_an_unknown_name_brings_the_nearest(capsys):
    """Exit status 2, on stderr, and nothing on stdout."""

    assert 2 == main(["man", "wake_up_interruptable"])
    said = capsys.readouterr()

    assert "" == said.out
    assert "wake_up_interruptible" in said.err and "'wake_up_interruptable'" in said.err


@pytest.mark.parametrize("name", ["", "\0", "é" * 1000, "../../etc/passwd", "$(id)", "__class__", "%s%n"])
def test_any_text_may_be_asked_for(name, capsys):
    """No name brings a traceback."""

    assert main(["man", name]) in (0, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_in_python_it_is_a_text_that_shows_itself():
    """kthreadlab.man("schedule") at a prompt or as the last line of a cell."""

    page = kthreadlab.man("schedule")

    assert isinstance(page, str)
    assert repr(page) == page
    with pytest.raises(ValueError, match="near it are: schedule"):
        kthreadlab.man("shedule")


# ---- what is different here ----------------------------------------------------------------------------------------

KERNEL = Path(kthreadlab.__file__).parent / "kernel"


def departures() -> list[list[str]]:
    """The calls of each operation that says in its docstring that it differs from Linux."""
    found = []
    for path in sorted(KERNEL.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and "differs from linux" in (ast.get_docstring(node) or "").lower():
                calls = [d for d in node.decorator_list if isinstance(d, ast.Call)]
                marks = [d for d in calls if d.func.id in ("operation", "at_once")]
                found += [[arg.value for mark in marks for arg in mark.args]]
    return [names for names in found if names]


@pytest.mark.parametrize("names", departures(), ids=" ".join)
def test_where_the_machine_differs_from_linux_a_page_says_so(names):
    """`Differs from Linux: …` at an operation, IN KTHREADLAB on the page of one of its calls."""

    assert any(sections(entries()[name])["IN KTHREADLAB"].strip() for name in names)


def test_the_departures_are_found():
    """The test above looks at something."""

    assert {"kernel_thread", "schedule_timeout"} <= {name for names in departures() for name in names}
