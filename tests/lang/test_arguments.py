"""A call with wrong arguments is shown with the names of its parameters: the kernel's calls, macros, own functions."""

import pytest

from kthreadlab.lang.api import CALLS, OBJECTS
from kthreadlab.lang.diagnostics import Diagnostic
from kthreadlab.lang.module import load

DATA = """\
queue = DECLARE_WAIT_QUEUE_HEAD()
spin = DEFINE_SPINLOCK()
rw = DEFINE_RWLOCK()
count = ATOMIC_INIT(0)
done = DECLARE_COMPLETION()
sem = DECLARE_MUTEX()
mut = DEFINE_MUTEX()
rwsem = DECLARE_RWSEM()
head = rcu_head()
timer = timer_list()
job = work_struct()
late = delayed_work()
soon = tasklet_struct()
ring = LIST_HEAD()
text = char_array(16)
word = u32(0)
users = refcount_t()
refs = kref()
item = struct("item", id=u32, link=list_head)

def worker(data):
    return 0

def served(irq, dev):
    return IRQ_HANDLED

"""
RIGHT = {
    "queue": "queue", "entry": "wait", "spinlock": "spin", "rwlock": "rw", "atomic": "count", "completion": "done",
    "semaphore": "sem", "mutex": "mut", "timer": "timer", "list": "ring", "work": "job",
    "delayed_work": "late", "tasklet": "soon", "text": "text", "word": "word", "int": "1",
    "cond": "word", "str": '"text"', "ptr": "text", "task": "current", "fn": "worker", "flags": "flags", "type": "item",
    "any": "link", "rw_semaphore": "rwsem", "rcu_head": "head", "refcount": "users", "kref": "refs",
}  # fmt: skip
"""An argument for each kind of parameter."""
WRONG = {
    "int": '"text"', "cond": '"text"', "text": '"text"', "task": '"text"', "any": "", "fn": "worker(1)", "word": "5",
}  # fmt: skip
"""An argument that is none; for the other kinds a number is."""


def errors(call: str) -> tuple[Diagnostic, ...]:
    """What is wrong with a statement in a function that has an entry, flags and a link."""
    head = "def f(link):\n    wait = DECLARE_WAITQUEUE(current)\n    flags = 0\n"
    return load(f"{DATA}{head}    {call}\n").diagnostics


def arguments(name: str) -> list[str]:
    call = CALLS[name]
    return ["served" if "irqreturn_t" in call.c and kind == "fn" else RIGHT[kind] for kind in call.params]


@pytest.mark.parametrize("name", CALLS)
def test_right_arguments_are_accepted(name):
    """What the other tests leave out or change is right to begin with."""
    assert () == errors(f"{name}({', '.join(arguments(name))})")


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if len(call.params) > call.optional])
def test_too_few_arguments_name_the_missing_ones(name):
    """Whatever the call: its signature with names, and which of them are missing."""
    needed = CALLS[name].names[: len(CALLS[name].names) - CALLS[name].optional]
    for given in range(len(needed)):
        (error,) = errors(f"{name}({', '.join(arguments(name)[:given])})")
        assert CALLS[name].prototype in error.message
        assert all(missing in error.message.partition(": ")[2] for missing in needed[given:])
        assert f"kthreadlab man {name}" in error.look


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if not call.variadic])
def test_too_many_arguments_show_the_signature(name):
    """Whatever the call: its signature with names, how many it takes, and how many there are."""
    given = [*arguments(name), "1"]
    (error,) = errors(f"{name}({', '.join(given)})")

    takes = len(given) - 1 or "none"
    assert f"too many arguments to {CALLS[name].prototype}: it takes {takes}, not {len(given)}" == error.message


PARAMETERS = [(name, n) for name, call in CALLS.items() for n, kind in enumerate(call.params) if kind != "any"]


@pytest.mark.parametrize(("name", "n"), PARAMETERS)
def test_a_wrong_kind_names_the_argument(name, n):
    """Whatever the call and the parameter: which argument it is, by number and name, and the whole signature."""
    call, given = CALLS[name], arguments(name)
    given[n] = WRONG.get(call.params[n], "5")
    (error,) = errors(f"{name}({', '.join(given)})")

    if call.params[n] == "flags":
        assert f"{name}: flags must be a local variable" == error.message
        assert call.prototype == error.look
    else:
        assert error.message.startswith(f"{name}: ")
        assert error.message.endswith(f"(argument {n + 1}, {call.names[n]})")
        assert error.rule.startswith(f"{call.prototype}: ")


@pytest.mark.parametrize("name", [name for name, made in OBJECTS.items() if made.names])
def test_a_declaration_names_what_it_lacks(name):
    """array(type, n) and its like, too."""
    (error,) = errors(f"x = {name}()")

    assert error.message.startswith(f"too few arguments to {name}({', '.join(OBJECTS[name].names)}): ")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("pair(1)", "too few arguments to pair(id, flags): flags is missing"),
        ("pair()", "too few arguments to pair(id, flags): id and flags are missing"),
        ("pair(1, 2, 3)", "too many arguments to pair(id, flags): it takes 2, not 3"),
        ("alone(1)", "too many arguments to alone(): it takes none, not 1"),
    ],
)
def test_own_functions_are_shown_like_the_kernels(call, message):
    """The names of the parameters, and the line of the definition."""
    text = f"def pair(id, flags):\n    return 0\ndef alone():\n    return 0\ndef f(a):\n    {call}\n"
    (error,) = load(text).diagnostics

    assert message == error.message
    assert f"it is defined in myevent, line {1 if 'pair' in call else 3}" == error.rule


def test_kmalloc_with_one_argument():
    """As a student sees it."""
    (error,) = errors("p = kmalloc(32)")

    assert [
        "myevent:30:9: error: too few arguments to kmalloc(size, flags): flags is missing",
        "        p = kmalloc(32)",
        "            ^~~~~~~~~~~",
        "  rule  memory, or NULL; may sleep with GFP_KERNEL",
        "  look  kthreadlab man kmalloc; in a notebook: kmalloc?",
    ] == str(error).splitlines()


# ---- functions that the kernel calls ---------------------------------------------------------------------------------

TWO, NONE = "def worker(a, b):\n    return 0\n", "def worker():\n    return 0\n"
HANDS_ON = [
    ("kernel_thread(worker, NULL, 0)", "int fn(void *data)"),
    ('kthread_run(worker, NULL, "worker")', "int fn(void *data)"),
    ('kthread_create(worker, NULL, "worker")', "int fn(void *data)"),
    ("setup_timer(timer, worker, 0)", "a timer's function"),
    ("timer_setup(timer, worker, 0)", "a timer's function"),
    ("timer.function = worker", "a timer's function"),
    ("t = TIMER_INITIALIZER(worker, 0, 0)", "a timer's function"),
]


@pytest.mark.parametrize(("function", "takes"), [(TWO, "2 arguments"), (NONE, "no arguments")])
@pytest.mark.parametrize(("use", "rule"), HANDS_ON)
def test_a_callback_takes_one_argument(function, takes, use, rule):
    """A thread's or a timer's function with two parameters, or none, is refused where it is defined."""
    (error,) = load(f"timer = timer_list()\n{function}def f(a):\n    {use}\n").diagnostics

    assert (2, 4) == (error.pos.line, error.pos.col)
    assert error.message.startswith(f"worker takes {takes}, and ")
    assert error.message.endswith(" (line 5) gives it 1")
    assert error.rule.startswith(rule) or rule in error.rule
    assert error.look == ("def worker(a):" if function == TWO else "def worker(data):")


def test_a_static_timers_function_takes_one_argument():
    """A declaration at module level hands a function on, too."""
    (error,) = load(f"{TWO}timer = TIMER_INITIALIZER(worker, 0, 0)\n").diagnostics

    assert "worker takes 2 arguments, and TIMER_INITIALIZER (line 3) gives it 1" == error.message


def test_a_function_that_nobody_hands_on_may_take_what_it_likes():
    """Only what the kernel calls has a shape."""
    assert () == load(TWO + NONE.replace("worker", "other")).diagnostics
