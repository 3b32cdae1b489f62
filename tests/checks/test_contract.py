"""A name that a lab asks for and the answer lacks: named with the line of its first use and the nearest own name."""

import pytest

from kthreadlab import check
from kthreadlab.checks.portfolio import LABS
from kthreadlab.lang.module import KernelModule

ANSWER = """\
%%kmod myevent mykthread
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)


def mykthread(unused):
    global myevent_id
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    allow_signal(SIGKILL)
    add_wait_queue(myevent_waitqueue, wait)
    while not signal_pending(current):
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        read_lock(myevent_lock)
        event_id = myevent_id
        read_unlock(myevent_lock)
        if event_id:
            run_umode_handler(event_id)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(myevent_waitqueue, wait)
    return 0
"""


def complaints(text: str, lab: str = "lab2"):
    """The errors of an answer, which gets nothing for it."""
    file = LABS[lab].answer
    report = check(lab, KernelModule("myevent", {file: text}))
    assert 0 == report.points
    assert report.problem == "\n\n".join(map(str, report.errors))
    return report.errors


def without(*names: str) -> str:
    """The answer without the definitions of these names."""
    return "".join(
        line for line in ANSWER.splitlines(keepends=True) if not line.startswith(tuple(f"{name} = " for name in names))
    )


@pytest.mark.parametrize(
    ("name", "line", "column", "declared"),
    [
        ("myevent_waitqueue", 11, 19, "DECLARE_WAIT_QUEUE_HEAD()"),
        ("myevent_lock", 15, 18, "DEFINE_RWLOCK()"),
        ("myevent_id", 7, 4, "u32(0)"),
    ],
)
def test_a_missing_name_is_named_where_the_answer_first_uses_it(name, line, column, declared):
    """And how it is declared, by what the calls take it for."""
    (error,) = complaints(without(name))

    assert f"Lab 2 needs {name}, and nothing defines it" == error.message
    assert ("mykthread", line, column) == (error.pos.file, error.pos.line, error.pos.col)
    assert f"define it at module level: {name} = {declared}" == error.look
    assert "your file defines mykthread, myevent_waitqueue, myevent_lock and myevent_id" in error.rule


@pytest.mark.parametrize(
    ("name", "other", "line"),
    [("myevent_waitqueue", "myevent_queue", 2), ("myevent_lock", "event_rwlock", 3), ("myevent_id", "my_event_id", 4)],
)
def test_a_renamed_one_is_named_where_the_given_file_uses_it(name, other, line):
    """The answer uses its own name throughout, so the first use is the given file's, which is named."""
    (error,) = complaints(ANSWER.replace(name, other))

    assert f"Lab 2 needs {name}, and nothing defines it" == error.message
    assert "events" == error.pos.file
    assert name in LABS["lab2"].given_text.splitlines()[error.pos.line - 1] == error.source
    assert f"did you mean {other} (line {line})? It must be called {name}" == error.look


def test_names_that_share_nothing_are_told_apart_by_what_they_are():
    """The only lock of its kind is the lock, whatever it is called."""
    text = ANSWER.replace("myevent_waitqueue", "q").replace("myevent_lock", "x").replace("myevent_id", "n")

    assert [
        "did you mean q (line 2)? It must be called myevent_waitqueue",
        "did you mean x (line 3)? It must be called myevent_lock",
        "did you mean n (line 4)? It must be called myevent_id",
    ] == [error.look for error in complaints(text)]


@pytest.mark.parametrize("other", ["my_kthread", "mykthred", "thread_function"])
def test_a_thread_of_another_name_is_found(other):
    """Nothing calls a thread but the check: it points at the function that may be meant."""
    (error,) = complaints(ANSWER.replace("def mykthread", f"def {other}"))

    assert "Lab 2 needs a function mykthread, and there is none" == error.message
    assert ("mykthread", 7, 4) == (error.pos.file, error.pos.line, error.pos.col)
    assert f"did you mean {other} (line 7)? It must be called mykthread" == error.look


def test_a_local_is_no_static():
    """Assigned in the thread and defined nowhere: the given file can't see it."""
    text = (
        without("myevent_id").replace("    global myevent_id\n", "").replace("event_id = myevent_id", "myevent_id = 0")
    )
    (error,) = complaints(text.replace("event_id:", "myevent_id:").replace("(event_id)", "(myevent_id)"))

    assert "Lab 2 needs myevent_id, and nothing defines it" == error.message
    assert "events" == error.pos.file
    assert "myevent_id is only a local of mykthread" in error.look


def test_everything_that_is_missing_is_told_at_once():
    """Names of the contract, then names of anybody's."""
    errors = complaints(without("myevent_lock").replace("schedule()", "shedule()"))

    assert ["Lab 2 needs myevent_lock, and nothing defines it", "myevent: Unknown symbol shedule"] == [
        error.message for error in errors
    ]


def test_data_where_a_function_is_asked_for():
    """At its line."""
    (error,) = complaints("%%kmod myevent mykthread\nmykthread = u32(0)\nreport_event = u32(0)\n", "lab6")[:1]

    assert "Lab 6 needs mykthread to be a function, and no data" == error.message
    assert 2 == error.pos.line


def test_a_missing_buffer_is_declared_as_one():
    """Not as a number, which the row under /proc/sys could not stand on."""
    (error,) = complaints("def run_umode_handler(event_id):\n    if myevent_handler[0]:\n        return\n", "lab5")

    assert ("define it at module level: myevent_handler = char_array(256)", 2) == (error.look, error.pos.line)


def test_a_pointer_is_no_char_array():
    """Lab 5's buffer is written to by proc_dostring."""
    (error,) = complaints('myevent_handler = "/bin/alert"\ndef run_umode_handler(event_id):\n    return\n', "lab5")

    assert "Lab 5 needs myevent_handler to be a char array" == error.message
    assert ("myevent_handler = char_array(256)", 1) == (error.look, error.pos.line)


@pytest.mark.parametrize(("params", "takes"), [("a, b", "2 arguments"), ("", "no arguments")])
def test_a_thread_takes_one_argument(params, takes):
    """The check starts it as a thread: refused at the line of its def."""
    (error,) = complaints(ANSWER.replace("def mykthread(unused)", f"def mykthread({params})"))

    assert error.message.startswith(f"mykthread takes {takes}, and ")
    assert ("mykthread", 7, 4) == (error.pos.file, error.pos.line, error.pos.col)
    assert "int fn(void *data)" in error.rule
    assert f"def mykthread({params.partition(',')[0] or 'data'}):" == error.look
    assert f"def mykthread({params}):" == error.source


def test_a_call_of_the_check_takes_what_it_gives():
    """report_event(7) has one argument, from an interrupt too."""
    answer = "def mykthread(unused):\n    return 0\ndef report_event(id, urgent):\n    return\n"
    (error,) = complaints(answer, "lab6")

    assert "report_event takes 2 arguments, and the call sensor gives it 1" == error.message
    assert ("mykthread", 3, "this world calls report_event(7)") == (error.pos.file, error.pos.line, error.rule)


def test_a_test_cell_says_it_in_short():
    """The first error, what and where, and how many more: nine cells have the same to say."""
    from kthreadlab.checks.labs import judged
    from kthreadlab.checks.report import PropertyFails

    module = KernelModule("myevent", {"mykthread": without("myevent_lock", "myevent_id")})
    with pytest.raises(PropertyFails) as failure:
        check("lab2", module, property="no_oops")

    assert [
        "no_oops: mykthread:14:19: error: Lab 2 needs myevent_lock, and nothing defines it",
        "            read_lock(myevent_lock)",
        "                      ^~~~~~~~~~~~",
        "and 1 more error",
        f"judged {judged('lab2', module)}",
    ] == str(failure.value).splitlines()


def test_a_function_that_the_given_file_calls_is_asked_for_as_it_is_called():
    """Lab 3: nobody but the given thread calls fetch_event."""
    stub = "%%kmod myevent events\ndef report_event(event_id: u32):\n    return\n"
    missing = str(*complaints(stub, "lab3"))
    assert "Lab 3 needs a function fetch_event, and there is none" in missing
    assert "the given file thread calls it" in missing and "def fetch_event():" in missing
