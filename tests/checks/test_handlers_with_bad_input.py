"""Lab 5 and what goes wrong outside the answer: odd paths, ids, programs, names; and answers that are hardly any."""

from __future__ import annotations

import contextlib
import io
import json

import pytest

import kthreadlab
from kthreadlab import Call, Config, Fault, Helper, Read, Scenario, Store, Write, done, load, replay
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.run.schedule import ScheduleError
from kthreadlab.show.page import page_html
from kthreadlab.show.report import report_html, report_text
from kthreadlab.show.vector import ledger, vectors
from tests.support import ANSWER, submission

FILE = "/proc/sys/kernel/myevent_handler"
REFERENCE = submission("lab5/right/reference").text


def handler(text: str = REFERENCE) -> object:
    return load(text, name=ANSWER["lab5"])


def run(scenario: Scenario, *order: str, text: str = REFERENCE) -> object:
    """The run in which whoever stands first in *order* and can move does."""
    module, steps = handler(text), []
    trace = replay(module, scenario, Config(), "")
    while len(steps) < 200:
        for name in order:
            try:
                trace = replay(module, scenario, Config(), " ".join([*steps, name]))
            except ScheduleError:
                continue
            steps.append(name)
            break
        else:
            return trace
    return trace


def event_with(path: str, *helpers: str, id_: int = 7) -> object:
    """Root writes *path* to the file, then event *id_* comes."""
    scenario = Scenario(
        "one",
        calls=[Call("sensor", "run_umode_handler", id_, when=done("write0"))],
        writes=[Write(FILE, path)],
        reads=[Read(FILE)],
        helpers={name: Helper() for name in helpers},
    )
    return run(scenario, f"write{FILE}", f"read{FILE}", "sensor", "khelper")


def executed(trace: object) -> list[tuple[str, int | None]]:
    return [(event.args[0], event.result) for event in trace.events if event.op == "exec"]


def freed(trace: object) -> bool:
    return not ledger(trace).left


# ---- paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "stored"), [(254, 254), (255, 255), (256, 255), (300, 255)])
def test_a_long_path_is_cut_to_255_characters(length: int, stored: int) -> None:
    """Silently; and the program that then runs, if there is one, has the cut name."""

    path = "/" + "x" * (length - 1)
    trace = event_with(f"{path}\n", path[:stored])

    assert [(path[:stored], 0)] == executed(trace)
    assert freed(trace)


@pytest.mark.parametrize("text", ["\n", "\0", "\n/bin/alert\n", "\0/bin/alert"])
def test_an_empty_path_is_off(text: str) -> None:
    """Nothing is executed, nothing allocated, nothing said."""

    trace = event_with(text, "/bin/alert")

    assert [] == executed(trace)
    assert () == ledger(trace).entries
    assert () == trace.log


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("alert\n", "alert"),
        ("/bin/alert now\n", "/bin/alert now"),
        (" /bin/alert\n", " /bin/alert"),
        ("/bin/alert \n", "/bin/alert "),
        ("/bin/alert\r\n", "/bin/alert\r"),
        ("'/bin/alert'\n", "'/bin/alert'"),
        ("/bin/*\n", "/bin/*"),
    ],
)
def test_nothing_is_split_quoted_stripped_or_searched(text: str, asked: str) -> None:
    """Relative, with blanks, with a carriage return, in quotes: one name, of a file that is not there."""

    trace = event_with(text, "/bin/alert")

    assert [(asked, -2)] == executed(trace)
    assert freed(trace)
    assert 1 == len(trace.log)


def test_what_stands_behind_a_newline_is_dropped() -> None:
    """The path ends at the first one."""

    assert [("/bin/alert", 0)] == executed(event_with("/bin/alert\n/bin/other\n", "/bin/alert", "/bin/other"))


# ---- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_", "told"),
    [(0, "0"), (-1, "4294967295"), (2**31 - 1, "2147483647"), (2**31, "2147483648"), (2**32 - 1, "4294967295")],
)
def test_an_id_reaches_the_program_as_an_unsigned_number(id_: int, told: str) -> None:
    """Also 0, -1 and 2**31: the parameter is a u32."""

    trace = event_with("/bin/alert\n", "/bin/alert", id_=id_)

    (event,) = [event for event in trace.events if event.op == "exec"]
    assert f"TROUBLED_DS={told}" == event.detail("envp")[2]


# ---- programs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("helper", "result", "said"),
    [
        (Helper(exit=3), 0, 0),
        (Helper(signal=9), 0, 0),
        (Helper(ends=False), 0, 0),
        (Helper(error=-13), -13, 1),
        (Helper(error=-8), -8, 1),
        (None, -2, 1),
    ],
)
def test_what_a_program_may_be(helper: Helper | None, result: int, said: int) -> None:
    """One that fails, is killed, never ends, may not be executed, is none, is missing: the next event is served."""

    helpers = {"/bin/next": Helper()} | ({"/bin/alert": helper} if helper else {})
    scenario = Scenario(
        "two",
        calls=[
            Call("first", "run_umode_handler", 7),
            Call("second", "run_umode_handler", 9, when=done("write0")),
        ],
        stores=[Store("myevent_handler", "/bin/alert")],
        writes=[Write(FILE, "/bin/next\n", when=done("first"))],
        helpers=helpers,
    )
    trace = run(scenario, "first", "khelper", f"write{FILE}", "second")

    assert [("/bin/alert", result), ("/bin/next", 0)] == executed(trace)
    assert said == len(trace.log)
    assert freed(trace)


def test_without_memory_one_line_is_said_and_the_next_event_is_served() -> None:
    """kmalloc gives NULL once."""

    scenario = Scenario(
        "memory",
        calls=[Call("first", "run_umode_handler", 7), Call("second", "run_umode_handler", 9, when=done("first"))],
        stores=[Store("myevent_handler", "/bin/alert")],
        faults=[Fault("kmalloc")],
    )
    trace = run(scenario, "fail/kmalloc", "first", "second", "khelper")

    assert [9] == trace.execs()
    assert 1 == len(trace.log)


# ---- names and strings that would like to be code ------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script>\x1b[31m\x07\u202e&\"'"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"HOME=/"', '"HOME=<img src=x onerror=alert(1)>"'),
        ('"myevent: %s: error %d\\n"', '"<script>%s</script>\\x1b[31m %d\\n"'),
        ("TROUBLED_DS=%u", "TROUBLED_DS=</td>%u"),
        ('"myevent_handler", myevent_handler, 256', '"<b>\\x1b[2J", myevent_handler, 256'),
    ],
)
def test_an_answers_strings_are_only_ever_text(old: str, new: str) -> None:
    """In the report, the story and its page: escaped, and no control character left."""

    assert old in REFERENCE
    report = kthreadlab.check("lab5", handler(REFERENCE.replace(old, new)))
    pages = [report_html(report)] + [
        page_html(report.trace(name)) for name, p in report.properties.items() if p.witness and p.holds is False
    ]

    assert all(c.isprintable() or c == "\n" for c in report_text(report))
    for page in pages:
        for tag in ("<script>%s", "<script>/bin", "<img src=x", "</td>7", "<b>\x1b", "\x1b"):
            assert tag not in page


def test_paths_and_programs_are_only_ever_text() -> None:
    """A hostile path in the boxes, the ledger, the console."""

    path = "/" + HOSTILE
    trace = event_with(f"{path}\n", path)

    assert [(path, 0)] == executed(trace)
    shown = [vectors(trace), ledger(trace), kthreadlab.console(trace)]
    for what in shown:
        assert all(c.isprintable() or c == "\n" for c in repr(what))
        html = what._repr_html_()
        assert "<script>alert" not in html and "\x1b" not in html and "\u202e" not in html


# ---- answers that are hardly any -----------------------------------------------------------------------------------

ROW = 'myevent_row = ctl_table({}, "myevent_handler", {}, {}, {}, NULL, proc_dostring, sysctl_string)\n'
STUB = "\n\ndef run_umode_handler(event_id: u32):\n    return\n"
ARRAY = "myevent_handler = char_array(256)\n"
ANSWERS = [
    "myevent_handler = u32(0)\n" + STUB,
    'myevent_handler = ptr("char")\n' + STUB,
    "myevent_handler = char_array(0)\n" + STUB,
    f'myevent_handler = char_array(256, "{"/" * 256}")\n' + STUB,
    f'myevent_handler = char_array(256, "{"/" * 255}")\n' + STUB,
    'myevent_handler = "/bin/alert"\n' + STUB,
    "run_umode_handler = char_array(256)\nmyevent_handler = char_array(256)\n",
    ARRAY + "\n\ndef run_umode_handler():\n    return\n",
    ARRAY + "\n\ndef run_umode_handler(event_id, more):\n    return\n",
    ARRAY + "\n\ndef run_umode_handler(event_id):\n    return run_umode_handler(event_id)\n",
    ARRAY + "\n\ndef run_umode_handler(event_id):\n    while True:\n        pass\n",
    ARRAY + "\n\ndef run_umode_handler(event_id):\n    raise NotImplementedError\n",
    ARRAY + "\n\ndef run_umode_handler(event_id):\n    call_usermodehelper(event_id, event_id, event_id, 0)\n",
    ARRAY + "\n\ndef run_umode_handler(event_id):\n    call_usermodehelper(myevent_handler, NULL, NULL, event_id)\n",
    ARRAY + "\n\ndef run_umode_handler(event_id):\n    call_usermodehelper(myevent_handler)\n",
    ARRAY + STUB.replace("return", "argv = [1, 2, 3]\n    call_usermodehelper(myevent_handler, argv, argv, 0)"),
    ARRAY + "\n\ndef run_umode_handler(event_id):\n    daemonize('x')\n    do_exit(3)\n",
    ARRAY + ROW.format(77, "myevent_handler", -1, "0o644") + STUB,
    ARRAY + ROW.format(77, "myevent_handler", 10**9, "0o644") + STUB,
    ARRAY + ROW.format(77, "myevent_handler", 2**70, "0o644") + STUB,
    ARRAY + ROW.format(77, "myevent_handler", 256, "0o7777777") + STUB,
    ARRAY + ROW.format(77, "myevent_handler", 256, "rw") + STUB,
    ARRAY + ROW.format(-77, "NULL", 256, "0o644") + STUB,
    ARRAY + ROW.format("KERN_MYEVENT_HANDLER", "run_umode_handler", 256, "0o644") + STUB,
    ARRAY + ROW.format("KERN_MYEVENT_HANDLER", "nothing", 256, "0o644") + STUB,
    ARRAY + "a = u32(7)\n" + ROW.format("KERN_MYEVENT_HANDLER", "a", 4, "0o644") + STUB,
    ARRAY + "myevent_row = ctl_table()\n" + STUB,
    ARRAY + 'myevent_row = ctl_table(77, "myevent_handler")\n' + STUB,
    ARRAY + "myevent_row = ctl_table(1, 2, 3, 4, 5, 6, 7, 8)\n" + STUB,
    ARRAY + "myevent_row = {77: 'myevent_handler'}\n" + STUB,
    ARRAY + "myevent_row = [77, 'myevent_handler']\n" + STUB,
    ARRAY + ROW.format(77, "myevent_handler", 256, "0o644").replace('myevent_handler"', 'a/b\\0c"') + STUB,
    ARRAY + ROW.format(77, "myevent_handler", 256, "0o644") * 2 + STUB,
    "%%kmod\n" + ARRAY + STUB,
    "\x00" + ARRAY,
    ARRAY + STUB.replace("return", "printk('%s')"),
    ARRAY + STUB.replace("return", "printk('%n %q', 1)"),
    ARRAY + STUB.replace("return", "snprintf(myevent_handler, -1, 'x')"),
    ARRAY + STUB.replace("return", "kfree(event_id)"),
    ARRAY + STUB.replace("return", "x = kmalloc(event_id, GFP_KERNEL)"),
    ARRAY + STUB.replace("return", "x = kmalloc(-1, GFP_KERNEL)\n    kfree(x)"),
    ARRAY + STUB.replace("return", "x = char_array(256)\n    strcpy(x, event_id)"),
]
"""Texts that a person may well hand in."""


def checked_by_command(text: str, tmp_path, *words: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of `kthreadlab check lab5`."""
    from kthreadlab.front.cli import main

    file = tmp_path / "answer.py"
    file.write_bytes(text.encode())
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["check", "lab5", str(file), *words])
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("text", ANSWERS)
def test_what_is_hardly_an_answer_gets_a_verdict_or_a_reason(text: str, tmp_path) -> None:
    """Never full points, never an exception, the same by check and by command; and nothing is a bug of ours."""

    report = kthreadlab.check("lab5", handler(text))
    status, printed, said = checked_by_command(text, tmp_path, "--json")

    assert report.points < 60
    assert all(c.isprintable() or c == "\n" for c in report_text(report))
    if "\0" in text:
        assert 2 == status
        return
    assert (1, "") == (status, said) or (2 == status and said)
    if status == 1:
        assert report.points == json.loads(printed)["points"]


def test_a_property_or_a_lab_there_is_none_of_is_refused() -> None:
    """In words that list what there is."""

    with pytest.raises(InputError, match="exec_vector"):
        kthreadlab.check("lab5", handler(), property="delivered")
    with pytest.raises(InputError, match="lab5"):
        kthreadlab.check("lab55", handler())
