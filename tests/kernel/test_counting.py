"""Completions, semaphores and mutexes: what Linux documents, and random programs against a model of 60 lines.

A take that finds nothing waits in the order of arrival, in D; a post wakes who has waited longest.  Whether a newcomer
may take what was posted before the woken one gets the CPU depends on the kind and the version: completions, and
semaphores until 2.6.25, allow it; later semaphores hand over.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kthreadlab import Call, Config, Scenario, Signal, Thread, asleep, done, explore
from kthreadlab.run.outcomes import outcomes
from tests.kernel.rests import rests
from tests.machine.drive import code, drive, lines
from tests.support import module, settled

T = "mykthread"
EACH = Config(cpus=8)
UP_PREEMPT = Config(cpus=1, preempt=True)
MUTEXES = "2.6.24"
"""The first version with mutexes."""
LATER = "2.6.32"
"""The first version with try_wait_for_completion."""

DECLARED = {
    "completion": "DECLARE_COMPLETION()",
    "semaphore": "DECLARE_MUTEX_LOCKED()",
    "mutex": "DEFINE_MUTEX()",
}
POST = {"completion": "complete(c)", "semaphore": "up(c)", "mutex": "mutex_unlock(c)"}
TAKE = {"completion": "wait_for_completion(c)", "semaphore": "down(c)", "mutex": "mutex_lock(c)"}
TRY = {"completion": "try_wait_for_completion(c)", "semaphore": "down_trylock(c)", "mutex": "mutex_trylock(c)"}
BREAKABLE = {
    "completion": ("wait_for_completion_interruptible(c)", -512),
    "semaphore": ("down_interruptible(c)", -4),
    "mutex": ("mutex_lock_interruptible(c)", -4),
}
KINDS = ("completion", "semaphore")


def profile(kind: str) -> str:
    return MUTEXES if kind == "mutex" else "2.6.11"


def program(kind: str, *functions: str) -> str:
    return f"c = {DECLARED[kind]}\nn = u32(0)\n\n\n" + "\n\n".join(functions)


def body(name: str, *statements: str, arg: str = "unused") -> str:
    return f"def {name}({arg}):\n    global n\n" + "".join(f"    {s}\n" for s in statements)


def ends(text: str, config: Config, threads: tuple = (T,), **world: object) -> set[tuple]:
    scenario = Scenario("counting", threads=threads, **world)
    return {(o.ending, o.code) for o in settled(outcomes(module(text), scenario, config))}


# ---- what is documented


@pytest.mark.parametrize("kind", KINDS)
def test_a_post_before_the_take_is_not_lost(kind: str) -> None:
    """Unlike a wake-up: it counts, three times too; the fourth take sleeps."""

    posts, takes = [POST[kind]] * 3, [TAKE[kind]] * 3
    assert {("exited", 0)} == ends(program(kind, body(T, *posts, *takes, "return 0")), Config())
    assert {("asleep", None)} == ends(program(kind, body(T, *posts, *takes, TAKE[kind], "return 0")), Config())


@pytest.mark.parametrize("kind", [*KINDS, "mutex"])
def test_the_wait_is_in_d(kind: str) -> None:
    """Off the run queue, and no signal ends it."""

    first = TAKE[kind] if kind == "mutex" else "n = 0"
    config = Config(profile=profile(kind))
    text = program(kind, body(T, "allow_signal(SIGKILL)", first, TAKE[kind], "return 0"))
    trace = drive(text, config)
    waiter = next(t for t in trace.views[-1].tasks if t.name == T)
    assert ("D", False) == (waiter.letter, waiter.on_runqueue)
    assert {("asleep", None)} == ends(text, config, signals=[Signal(T, "SIGKILL", when=asleep(T))])


@pytest.mark.parametrize("kind", [*KINDS, "mutex"])
def test_the_interruptible_wait_is_left_by_a_signal_and_takes_nothing(kind: str) -> None:
    """In S; its errno says so, and what is posted afterwards is still there for the next take."""

    call, errno = BREAKABLE[kind]
    config = Config(profile=profile(kind))
    first = TAKE[kind] if kind == "mutex" else "n = 0"
    text = program(kind, body(T, "allow_signal(SIGKILL)", first, f"r = {call}", POST[kind], TAKE[kind], "return r"))
    waiter = next(t for t in drive(text, config).views[-1].tasks if t.name == T)
    assert "S" == waiter.letter
    kill = [Signal(T, "SIGKILL", when=asleep(T))]
    assert {("exited", errno)} == ends(text, config, signals=kill)
    free = body(T, "allow_signal(SIGKILL)", "" if kind == "mutex" else POST[kind], f"return {call}").replace(
        "    \n", ""
    )
    assert {("exited", 0)} == ends(program(kind, free), config)


@pytest.mark.parametrize("kind", KINDS)
def test_a_try_says_whether_it_took(kind: str) -> None:
    """1 if a completion was done; a semaphore's trylock says 0 if it was taken."""

    took = {"completion": 1, "semaphore": 0}[kind]
    config = Config(profile=LATER)
    for posts, first in ((0, 1 - took), (1, took)):
        text = program(kind, body(T, *[POST[kind]] * posts, f"a = {TRY[kind]}", f"b = {TRY[kind]}", "return a * 2 + b"))
        assert {("exited", 2 * first + 1 - took)} == ends(text, config)


def test_a_mutex_is_taken_once() -> None:
    """mutex_trylock says 1 if it took it; mutex_is_locked; recursion waits for itself."""

    config = Config(profile=MUTEXES)
    text = program(
        "mutex",
        body(
            T,
            "a = mutex_trylock(c)",
            "b = mutex_trylock(c)",
            "d = mutex_is_locked(c)",
            "mutex_unlock(c)",
            "e = mutex_is_locked(c)",
            "return a * 8 + b * 4 + d * 2 + e",
        ),
    )
    assert {("exited", 0b1010)} == ends(text, config)
    assert {("asleep", None)} == ends(program("mutex", body(T, "mutex_lock(c)", "mutex_lock(c)", "return 0")), config)


def test_completion_done_does_not_take() -> None:
    """It only looks."""

    text = program(
        "completion",
        body(
            T,
            "a = completion_done(c)",
            "complete(c)",
            "b = completion_done(c)",
            "d = completion_done(c)",
            "wait_for_completion(c)",
            "e = completion_done(c)",
            "return a * 8 + b * 4 + d * 2 + e",
        ),
    )
    assert {("exited", 0b0110)} == ends(text, Config(profile=LATER))


def test_init_makes_it_not_done_again() -> None:
    """init_completion forgets what was counted."""

    text = program("completion", body(T, "complete(c)", "init_completion(c)", "wait_for_completion(c)", "return 0"))
    assert {("asleep", None)} == ends(text, Config())


@pytest.mark.parametrize(("make", "takes"), [("sema_init(c, 3)", 3), ("init_MUTEX(c)", 1), ("init_MUTEX_LOCKED(c)", 0)])
def test_sema_init(make: str, takes: int) -> None:
    """As many as it says, and no more."""

    for count, ending in ((takes, "exited"), (takes + 1, "asleep")):
        text = program("semaphore", body(T, make, *["down(c)"] * count, "return 0"))
        assert {ending} == {end for end, _ in ends(text, Config())}


@pytest.mark.parametrize(("declared", "takes"), [("DECLARE_MUTEX", 1), ("DECLARE_MUTEX_LOCKED", 0)])
def test_declared_semaphores(declared: str, takes: int) -> None:
    """Count 1 and count 0."""

    for count, ending in ((takes, "exited"), (takes + 1, "asleep")):
        text = f"c = {declared}()\n\n\n" + lines(*["down(c)"] * count, "return 0")
        assert {ending} == {end for end, _ in ends(text, Config())}


def waiters(kind: str, n: int, take: str = "") -> list[str]:
    return [body(f"w{i}", take or TAKE[kind], "return 0") for i in range(n)]


ALL_ASLEEP = asleep("w0") & asleep("w1") & asleep("w2")
THREE = (Thread("w0"), Thread("w1"), Thread("w2"))


@pytest.mark.parametrize("posts", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_each_post_lets_one_go(kind: str, posts: int) -> None:
    """Two posts in a row let two go, though the first of them is not gone yet."""

    text = program(kind, *waiters(kind, 3), body("post", *[POST[kind]] * posts, "n = 1", arg=""))
    found = rests(module(text), Scenario("x", threads=THREE, calls=[Call("p", "post", when=ALL_ASLEEP)]), EACH)
    posted = {letters for (n,), letters in found.ends if n == 1}
    assert {posts} == {sum(x not in "SD" for x in letters) for letters in posted}
    assert {"D"} == {x for letters in posted for x in letters if x in "SD"} or posts == 3


def test_complete_all_lets_everybody_go_now_and_later() -> None:
    """And who comes afterwards does not wait at all."""

    late = body("late", "wait_for_completion(c)", "wait_for_completion(c)", "n = 2", arg="")
    text = program("completion", *waiters("completion", 3), body("post", "complete_all(c)", "n = 1", arg=""), late)
    calls = [Call("p", "post", when=ALL_ASLEEP), Call("late", "late", when=done("p"))]
    found = rests(module(text), Scenario("x", threads=THREE, calls=calls), EACH)
    assert {("gone",) * 3} == {tuple("gone" if x in "XZ" else x for x in ls) for (n,), ls in found.ends if n == 2}
    assert not [ls for (n,), ls in found.ends if n == 1 and "D" in ls]


FIFO = """
def first(unused):
    global n
    TAKE
    n = n * 4 + 1
    return 0


def second(unused):
    global n
    TAKE
    n = n * 4 + 2
    return 0


def post():
    POST


def report():
    return 0
"""


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_waiter_goes_first(kind: str) -> None:
    """First in, first out: one post lets the first waiter go."""

    text = program(
        kind,
        FIFO.replace("TAKE", TAKE[kind])
        .replace("POST", POST[kind])
        .replace(
            "def second(unused):\n    global n\n",
            "def second(unused):\n    global n\n    while go == 0:\n        barrier()\n",
        ),
    )
    text = text.replace("n = u32(0)\n", "n = u32(0)\ngo = u32(0)\n").replace(
        "def report():\n    return 0\n", "def report():\n    global go\n    go = 1\n"
    )
    calls = [
        Call("r", "report", when=asleep("first")),
        Call("p", "post", when=asleep("first") & asleep("second") & done("r")),
    ]
    scenario = Scenario("fifo", threads=[Thread("first"), Thread("second")], calls=calls)
    found = rests(module(text), scenario, EACH)
    assert {1} == {n for (_, n), letters in found.ends if n}
    assert {"D"} == {letters[1] for (_, n), letters in found.ends if n}


@pytest.mark.parametrize("kind", [*KINDS, "mutex"])
def test_taking_may_sleep_so_not_under_a_spinlock(kind: str) -> None:
    """Posting may be done anywhere but for a mutex."""

    config = Config(profile=profile(kind))

    def verdict(*inside: str) -> bool:
        text = "lock = DEFINE_SPINLOCK()\n" + program(
            kind, body(T, "spin_lock(lock)", *inside, "spin_unlock(lock)", "return 0")
        )
        scenario = Scenario("atomic", threads=[T])
        return (
            explore(module(text), scenario, config, properties=("never_sleeps_atomic",))
            .verdicts["never_sleeps_atomic"]
            .holds
        )

    if kind != "mutex":
        assert verdict(POST[kind])
        assert not verdict(POST[kind], TAKE[kind])
    else:
        assert not verdict(TAKE[kind], POST[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupt_may_post(kind: str) -> None:
    """complete() and up() never sleep."""

    text = program(kind, body(T, TAKE[kind], "return 0"), body("post", POST[kind], arg=""))
    calls = [Call("nic", "post", context="irq")]
    for config in (Config(), UP_PREEMPT, EACH):
        assert {("exited", 0)} == ends(text, config, calls=calls)
    found = explore(
        module(text), Scenario("irq", threads=[T], calls=calls), Config(), properties=("never_sleeps_atomic",)
    )
    assert found.verdicts["never_sleeps_atomic"].holds


def test_complete_and_exit() -> None:
    """The waiter goes on; the completer is gone, with its code."""

    text = program(
        "completion", body(T, "complete_and_exit(c, 5)", "return 0"), body("w", "wait_for_completion(c)", "return 3")
    )
    assert {("exited", 5)} == ends(text, EACH, threads=(T, "w"))
    assert {("exited", 3)} == ends(text, EACH, threads=("w", T))


def test_wait_for_completion_timeout() -> None:
    """0 if the timer came first, and nothing is taken; else at least 1."""

    text = program("completion", body(T, "r = wait_for_completion_timeout(c, HZ)", "return r > 0"))
    assert {("exited", 0)} == ends(text, Config())
    post = body("post", "complete(c)", "n = 1", arg="")
    assert {("exited", 0), ("exited", 1)} == ends(text + "\n\n" + post, Config(), calls=[Call("p", "post")])
    assert 1 == code(
        drive(program("completion", body(T, "complete(c)", "return wait_for_completion_timeout(c, HZ) > 0")))
    )


@pytest.mark.parametrize("kind", ["semaphore", "mutex"])
@pytest.mark.parametrize("config", ["up", "up preempt", "each"])
def test_what_a_semaphore_or_mutex_protects_is_never_lost(kind: str, config: str) -> None:
    """Two increments make 2, although the holder sleeps in between; without it one is lost."""

    made = {"up": {}, "up preempt": {"preempt": True}, "each": {"cpus": 8}}[config]
    machine = Config(profile=profile(kind), **made)
    inside = ["x = n", "kfree(kmalloc(8, GFP_KERNEL))", "n = x + 1"]

    def text(*statements: str) -> str:
        source = program(kind, body("one", *statements, "return 0"), body("two", *statements, "return 0"))
        return source.replace("DECLARE_MUTEX_LOCKED", "DECLARE_MUTEX")

    scenario = Scenario("count", threads=[Thread("one"), Thread("two")])
    found = rests(module(text(TAKE[kind], *inside, POST[kind])), scenario, machine)
    assert {2} == {n for (n,), _ in found.ends}
    found = rests(module(text(*inside)), scenario, machine)
    assert {1, 2} == {n for (n,), _ in found.ends}


@pytest.mark.parametrize("kind", ["semaphore", "mutex"])
def test_taking_two_in_different_order_deadlocks(kind: str) -> None:
    """AB-BA: both asleep in D; in the same order never."""

    def text(first: str, second: str) -> str:
        a, b = TAKE[kind], TAKE[kind].replace("(c)", "(d)")
        ua, ub = POST[kind], POST[kind].replace("(c)", "(d)")
        make = DECLARED[kind].replace("_LOCKED", "")
        return (
            f"c = {make}\nd = {make}\nn = u32(0)\n\n\n"
            + body("one", a, b, ub, ua, "return 0")
            + "\n\n"
            + body("two", *((a, b) if first == second else (b, a)), ub, ua, "return 0")
        )

    scenario = Scenario("abba", threads=[Thread("one"), Thread("two")])
    machine = Config(profile=profile(kind), cpus=8)
    letters = {ls for _, ls in rests(module(text("c", "d")), scenario, machine).ends}
    assert ("D", "D") in letters
    assert {"D"} < {x for ls in letters for x in ls}
    letters = {ls for _, ls in rests(module(text("c", "c")), scenario, machine).ends}
    assert "D" not in {x for ls in letters for x in ls}


@pytest.mark.parametrize("wrong", ["mutex_unlock(c)", "mutex_lock(c)\n    mutex_unlock(c)\n    mutex_unlock(c)"])
def test_a_mutex_is_given_back_once_by_its_owner(wrong: str) -> None:
    """Unlocking what one does not hold is a fault or a verdict, never silence."""

    text = program("mutex", body(T, wrong, "return 0"))
    found = explore(
        module(text), Scenario("own", threads=[T]), Config(profile=MUTEXES), properties=("no_oops", "locks_balanced")
    )
    assert not all(v.sound for v in found.verdicts.values())


# ---- random programs


def model(programs: list[list[tuple]], count: int, handoff: bool) -> set[tuple]:
    """All rests of tasks that post, take, try and write, every one on a CPU of its own.

    A task is ``(pc, tmp, waits)``, *waits*: 0 running, 1 asleep on the queue, 2 woken.
    """
    start = (count, 0, 0, (), tuple((0, 0, 0) for _ in programs))
    seen, todo, ends = {start}, [start], set()
    while todo:
        state = todo.pop()
        after = [t for i in range(len(programs)) if (t := _step(state, i, programs, handoff)) is not None]
        if not after:
            _, order, tries, _, tasks = state
            ends.add(((order, tries), tuple("D" if w else "-" for _, _, w in tasks)))
        for t in after:
            if t not in seen:
                seen.add(t)
                todo.append(t)
    return ends


def _step(state: tuple, i: int, programs: list[list[tuple]], handoff: bool) -> tuple | None:
    """The state after task *i*'s next operation; None if it cannot move."""
    count, order, tries, queue, tasks = state
    pc, tmp, waits = tasks[i]
    if waits == 1 or pc == len(programs[i]):
        return None
    op, value = programs[i][pc]
    tasks = list(tasks)
    tasks[i] = (pc + 1, 0, 0)
    if op == "post" or op == "all":
        asleep_ = [t for t in queue if tasks[t][2] == 1]
        chosen = asleep_ if op == "all" else asleep_[:1]
        if handoff and op == "post" and queue:
            queue = tuple(t for t in queue if t != chosen[0])
            p, _, _ = tasks[chosen[0]]
            tasks[chosen[0]] = (p + 1, 0, 0)
        else:
            count += 1 if op == "post" else 1000
            for t in chosen:
                tasks[t] = (tasks[t][0], 0, 2)
    elif op == "take":
        if count:
            count, queue = count - 1, tuple(t for t in queue if t != i)
        else:
            queue = queue if i in queue else (*queue, i)
            tasks[i] = (pc, 0, 1)
    elif op == "try":
        took = bool(count)
        count -= took
        tries |= took << value
    elif op == "mark" and not tmp:
        tasks[i] = (pc, order + 1, 0)  # loaded
    elif op == "mark":
        order = (tmp - 1) * 4 + value
    return (count, order, tries, queue, tuple(tasks))


def source(kind: str, programs: list[list[tuple]], count: int) -> str:
    """The same programs as kernel Python."""
    parts = [f"c = {DECLARED[kind]}\norder = u32(0)\ntries = u32(0)\n"]
    for i, ops in enumerate(programs):
        out = [f"def t{i}(unused):\n    global order\n"]
        if i == 0:
            out += [f"    {POST[kind]}\n"] * count
        for op, value in ops:
            if op == "post":
                out.append(f"    {POST[kind]}\n")
            elif op == "all":
                out.append("    complete_all(c)\n")
            elif op == "take":
                out.append(f"    {TAKE[kind]}\n")
            elif op == "try":
                test = TRY[kind] + (" == 0" if kind == "semaphore" else " == 1")
                out.append(f"    if {test}:\n        set_bit({value}, tries)\n")
            else:
                out.append(f"    order = order * 4 + {value}\n")
        parts.append("".join([*out, "    return 0\n"]))
    return "\n\n".join(parts)


def shorter(programs: list[list[str]], kind: str) -> list[list[tuple]]:
    """Operations with numbers: marks say whose, tries which."""
    tries = 0
    out = []
    for i, ops in enumerate(programs):
        numbered = []
        for op in ops:
            numbered.append((op, tries if op == "try" else i + 1))
            tries += op == "try"
        out.append(numbered)
    return out


def operations(kind: str, machine: str) -> st.SearchStrategy[list[list[str]]]:
    names = ["post", "take", "take", "mark", "try"] + (["all"] if kind == "completion" else [])
    names = [n for n in names if n not in NOT_YET.get((kind, machine), ())]
    return st.lists(st.lists(st.sampled_from(names), min_size=1, max_size=4), min_size=2, max_size=3)


def compare(kind: str, ops: list[list[str]], config: Config) -> None:
    """The machine's rests are the model's: with newcomers that may be first, or handed over."""
    programs = shorter(ops, kind)
    scenario = Scenario("random", threads=[Thread(f"t{i}") for i in range(len(programs))])
    found = rests(module(source(kind, programs, 0)), scenario, config)
    assert not found.faults and not found.cycles
    ends = {(numbers, tuple("D" if x == "D" else "-" for x in letters)) for numbers, letters in found.ends}
    handoff = kind == "semaphore" and config.profile in HANDS_OVER
    assert model(programs, 0, handoff) == ends


HANDS_OVER = ("2.6.32", "6.12")
"""Semaphores since 2.6.26: up() gives to the longest waiter, and nobody can come in between."""
MACHINES = {
    "a CPU each": Config(profile=LATER, cpus=8),
    "one CPU, preempt": Config(profile=LATER, cpus=1, preempt=True),
    "2.6.11, a CPU each": Config(cpus=8),
}
NOT_YET = {("completion", "2.6.11, a CPU each"): ["try"]}
"""Operations that a version lacks."""


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_random_programs_rest_where_the_model_does(kind: str, machine: str, data: st.DataObject) -> None:
    """Every result of every interleaving: orders, tries, who is left asleep."""

    compare(kind, data.draw(operations(kind, machine)), MACHINES[machine])


@pytest.mark.long
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_many_random_programs_rest_where_the_model_does(kind: str, machine: str, data: st.DataObject) -> None:
    """The same, for longer, with new programs every time."""

    compare(kind, data.draw(operations(kind, machine)), MACHINES[machine])
