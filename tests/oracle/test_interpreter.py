"""The interpreter shares nothing with the engine but the tree and the calls' signatures, and agrees with it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kthreadlab import Call, Config, Scenario, Signal, Thread, done
from kthreadlab import explore as engine
from kthreadlab.checks.labs import answer_of
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.module import load
from tests.checks.test_races import DATA, RACES, SAFE
from tests.oracle.interpreter import explore
from tests.oracle.interpreter.code import Code
from tests.oracle.interpreter.run import OPERATIONS
from tests.oracle.programs.compare import Given, as_interpreted, disagreement, interpreted
from tests.support import ANSWER, submission

PACKAGE = Path(__file__).parent / "interpreter"
CONFIGS = {"up": ONE_CPU, "each": A_CPU_EACH, "pre": PREEMPT}

SAMPLE = {
    "lab1": (
        "right/reference", "right/a_daemon_and_a_completion", "right/kthread_run", "wrong/no_daemonize",
        "wrong/never_waits", "wrong/waits_for_what_it_gave_away", "wrong/no_sigchld", "wrong/negative_pid",
        "wrong/waits_on_after_a_signal",
    ),
    "lab2": (
        "wrong/listing_two", "right/sleep_on", "wrong/autoremove_entry_once", "wrong/enqueues_every_turn",
        "wrong/uninitialised_lock", "wrong/lock_leak_at_exit", "wrong/storm",
    ),
    "lab4": (
        "right/reference", "wrong/both_in_s", "wrong/polls", "wrong/returns_declared_from_the_event",
    ),
    "lab6": (
        "right/reference", "right/wait_event_interruptible", "wrong/event_on_the_stack", "wrong/plain_lock_in_producer",
        "wrong/order_5_state_after_check", "wrong/allocates_with_gfp_kernel",
    ),
}  # fmt: skip
WORLDS = {
    "lab1": ("kill", "no-thread", "flush", "kill-who-waits"),
    "lab2": ("one-report",),
    "lab4": ("already-there", "killed-in-s", "stopped-in-d"),
    "lab6": ("one-report", "one-interrupt"),
}


def imported(path: Path) -> set[str]:
    """The modules that a file imports, relative ones by their last name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {f"{'.' * node.level}{node.module or ''}"} | (names if node.level == 0 else set())
    return found


def test_it_shares_the_tree_and_the_signatures_and_nothing_else():
    files = sorted(PACKAGE.glob("*.py"))
    shared = {name for path in files for name in imported(path) if name.startswith("kthreadlab")}
    assert files
    assert all(name == "kthreadlab.lang" or name.startswith("kthreadlab.lang.") for name in shared), shared
    assert not any(name.startswith("..") for path in files for name in imported(path))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(("lab", "answer"), [(lab, answer) for lab, answers in SAMPLE.items() for answer in answers])
def test_it_agrees_with_the_engine_on(lab, answer, config):
    module = answer_of(LABS[lab], load(submission(f"{lab}/{answer}").text, name=ANSWER[lab]))
    for scenario in LABS[lab].scenarios:
        if scenario.name.split("/")[1] in WORLDS[lab]:
            assert not disagreements(module, scenario, CONFIGS[config])


def disagreements(module, scenario, config) -> list[tuple]:
    """The verdicts in which the two differ.  What only follows from a break may be called either."""
    mine, theirs = explore(module, scenario, config), engine(module, scenario, config)
    assert mine.complete
    return [
        (scenario.name, name, verdict.holds, mine.words[name])
        for name, verdict in theirs.verdicts.items()
        if mine.words.get(name) == ("holds" if verdict.holds is False else "fails")
        and verdict.holds is not None
        and (name, verdict.cause) not in SPEAKS_OF_OTHERS
    ]


SPEAKS_OF_OTHERS = {("identity", "name"), ("identity", "signals"), ("sleeps_when_idle", "stuck")}
"""What the engine says in worlds that do not ask it, or of calls that spin."""


# ---- what it says by itself


def test_it_knows_every_call():
    assert not [name for name in CALLS if name not in OPERATIONS and not hasattr(Code, f"macro_{name}")]


TWO_LOCKS = """
left = DEFINE_MUTEX()
right = DEFINE_MUTEX()


def into():
    mutex_lock(left)
    mutex_lock(right)
    mutex_unlock(right)
    mutex_unlock(left)


def out():
    mutex_lock(right)
    mutex_lock(left)
    mutex_unlock(left)
    mutex_unlock(right)
"""
ONE_WORD = """
outer = DEFINE_SPINLOCK()
inner = DEFINE_SPINLOCK()


def work():
    spin_lock_irqsave(outer, word)
    spin_lock_irqsave(inner, word)
    spin_unlock_irqrestore(inner, word)
    spin_unlock_irqrestore(outer, word)
"""
SLEEPER = """
bell = DECLARE_WAIT_QUEUE_HEAD()


def sleeper(unused):
    link = DECLARE_WAITQUEUE(current)
    daemonize("sleeper")
    allow_signal(SIGKILL)
    {join}
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    {leave}
    return 0


def ring():
    wake_up_interruptible(bell)
"""
JOIN, LEAVE = "add_wait_queue(bell, link)", "remove_wait_queue(bell, link)"


def found(text: str, profile: str, **world):
    """What the interpreter finds on a CPU each."""
    result = explore(load(text), Scenario("alone", **world), Config(profile, cpus=16, smp=True))
    assert result.complete
    return result


def test_two_calls_that_take_two_mutexes_in_turn_wait_for_each_other():
    two = found(TWO_LOCKS, "2.6.24", calls=(Call("a", "into"), Call("b", "out")))
    same = found(TWO_LOCKS, "2.6.24", calls=(Call("a", "into"), Call("b", "into")))
    assert two.words["returns"] == "fails"
    assert same.words["returns"] == "holds"


def test_a_word_saved_twice_leaves_interrupts_off():
    assert found(ONE_WORD, "2.6.11", calls=(Call("a", "work"),)).words["context_restored"] == "fails"


@pytest.mark.parametrize(
    ("join", "leave", "cause"),
    [
        (JOIN, LEAVE, None),
        (JOIN, "pass", "dangling_entry"),
        ("pass", LEAVE, "not_queued"),
        (JOIN, f"{LEAVE}\n    {LEAVE}", "poisoned_entry"),
        (f"{JOIN}\n    {JOIN}", LEAVE, "corrupted_queue"),
    ],
)
def test_an_entry_follows_its_links(join, leave, cause):
    text = SLEEPER.format(join=join, leave=leave)
    world = {"threads": (Thread("sleeper"),), "calls": (Call("a", "ring"),), "signals": (Signal("sleeper"),)}
    assert {fault for _, fault, _ in found(text, "2.6.11", **world).faults} == ({cause} if cause else set())


HANDED = """
sem = DECLARE_MUTEX()


def holder(unused):
    down(sem)
    cond_resched()
    up(sem)
    init_MUTEX(sem)
    return 0


def second(x):
    down(sem)
    up(sem)
"""
TAKEN = """
paper = DEFINE_MUTEX()


def turns(unused):
    allow_signal(SIGKILL)
    while not signal_pending(current):
        mutex_lock(paper)
        cond_resched()
        mutex_unlock(paper)
    return 0


def takes(x):
    mutex_lock(paper)
    mutex_unlock(paper)
"""
OFF = """
answer = u32(0)


def mykthread(unused):
    global answer
    local_irq_disable()
    kfree(kmalloc(16, GFP_KERNEL))
    answer = irqs_disabled()
    local_irq_enable()
    return 0


def other(unused):
    return 0
"""


def test_a_semaphore_that_was_handed_over_is_not_taken_back():
    """The waiter finds it on its own stack (since 2.6.26), whatever becomes of the semaphore."""
    world = {"threads": (Thread("holder"),), "calls": (Call("a", "second", 1),)}
    assert found(HANDED, "2.6.32", **world).words["returns"] == "holds"


def test_who_stands_in_line_gets_it_at_last():
    """The other cannot always be faster."""
    world = {"threads": (Thread("turns"),), "calls": (Call("a", "takes", 1),), "signals": (Signal("turns"),)}
    assert found(TAKEN, "2.6.24", **world).words["returns"] == "holds"


def test_who_slept_for_memory_has_its_interrupts_as_they_were():
    """mm/slab.c restores the flags that it has saved."""
    result = found(OFF, "2.6.11", threads=(Thread("mykthread"), Thread("other")))
    assert {dict(numbers)["answer"] for _, numbers in result.resting} == {1}


def test_who_spins_in_its_first_atomic_section_has_reached_one():
    """It never makes another step."""
    text = "table = DEFINE_RWLOCK()\n\n\ndef mykthread(unused):\n    read_lock(table)\n    write_lock(table)\n"
    assert found(text, "2.6.11", threads=(Thread("mykthread"),)).verdicts["never_sleeps_atomic"] == (True, True)


# ---- races


@pytest.mark.parametrize("pair", [*RACES, *SAFE], ids="-".join)
@pytest.mark.parametrize("context", ["process", "irq"])
def test_it_sees_who_can_meet_at_the_same_place(pair, context):
    """Also in a text that a call fills, or looks at."""
    calls = (Call("anna", pair[0]), Call("ben", pair[1], context=context))
    assert found(DATA, "6.12", calls=calls).words["no_data_race"] == ("fails" if pair in RACES else "holds")


@pytest.mark.parametrize(("profile", "word"), [("2.6.32", "holds"), ("6.12", "fails")])
def test_today_a_helper_waits_for_its_initramfs(profile, word):
    """Before, it failed with EPERM where there was no root file system."""
    text = (
        'def ask(x):\n    argv = ["/bin/alert", NULL]\n    envp = ["HOME=/", NULL]\n'
        '    r = call_usermodehelper("/bin/alert", argv, envp, UMH_WAIT_EXEC)\n    BUG_ON(r != -1)\n'
    )
    result = found(text, profile, calls=(Call("a", "ask", 1),), boot="no_root")
    assert (result.words["returns"], result.words["no_oops"]) == (word, "holds")


def test_who_found_no_handler_and_executes_a_program_has_not_survived_it():
    """The path of another is none that was registered."""
    text = (
        'path = char_array(8{set})\n\n\ndef report(x):\n    argv = ["/bin/alert", NULL]\n    envp = ["HOME=/", NULL]\n'
        '    call_usermodehelper("/bin/alert", argv, envp, 1)\n'
    )
    world = {"calls": (Call("a", "report", 1),), "report": "report", "handler": "path"}
    words = [found(text.format(set=x), "2.6.11", **world).words["survives_failure"] for x in ("", ', "abc"')]
    assert words == ["fails", "holds"]


@pytest.mark.parametrize("looks", ["strlen(p)", 'strncmp(p, "ab", 2)', "p[0]"])
@pytest.mark.parametrize(
    ("made", "fault"),
    [("kmalloc(8, 32)", True), ("kzalloc(8, 32)", False), ("memset(kmalloc(8, 32), 0, 8)", False)],
)
def test_a_text_in_memory_that_nothing_has_written_is_none(looks, made, fault):
    text = (
        'answer = u32(0)\n\n\ndef ask(x):\n    global answer\n    p = ptr("char")\n'
        f"    p = {made}\n    answer = {looks}\n"
    )
    result = found(text, "2.6.11", calls=(Call("a", "ask", 1),))
    assert {cause for _, cause, _ in result.faults} == ({"uninitialised_local"} if fault else set())


def test_whose_end_goes_wrong_has_not_died():
    """A reference too few is found when the thread gives back its own: then its end is not through."""
    text = "def mykthread(unused):\n    allow_signal(SIGKILL)\n    put_task_struct(current)\n"
    world = {"threads": (Thread("mykthread"),), "signals": (Signal("mykthread"),)}
    assert found(text, "2.6.11", **world).verdicts["dies_cleanly"] == (False, True)


def test_a_call_on_whose_way_objects_may_be_made_comes_before_its_first_operation():
    """Whether or not they are: an interrupt finds it there."""
    text = (
        "c = u32(0)\nlock = DEFINE_SPINLOCK()\nqueue = DECLARE_WAIT_QUEUE_HEAD()\n\n\n"
        "def handler(x):\n    wait_event_interruptible(queue, not c)\n\n\n"
        "def stuck(x):\n    spin_lock_irq(lock)\n    spin_lock(lock)\n"
    )
    calls = (Call("cat", "handler", 1), Call("nic", "stuck", 0, context="irq", certain=True))
    result = explore(load(text), Scenario("alone", calls=calls), Config(smp=True))
    assert result.words["returns"] == "follows"


def test_an_address_as_a_number_can_be_counted_with():
    """Which it is, nobody can say."""
    text = 'n = u32(0)\nbuf = char_array(16, "x")\n\n\ndef ask(x):\n    global n\n    n = PTR_ERR(buf)\n    n |= 2\n'
    result = found(text, "2.6.11", calls=(Call("a", "ask", 1),))
    assert not result.faults
    assert {dict(numbers)["n"] for _, numbers in result.resting} == {0, "address"}
    assert (
        found(text.replace("n |= 2", "set_bit(1, n)"), "2.6.11", calls=(Call("a", "ask", 1),)).resting == result.resting
    )


def test_complete_and_exit_is_one_after_the_other():
    """Who waits may go on before the caller has ended."""
    text = (
        "done = DECLARE_COMPLETION()\nleft = u32(0)\n\n\ndef last(x):\n    complete_and_exit(done, 0)\n\n\n"
        "def mykthread(unused):\n    wait_for_completion(done)\n    BUG()\n"
    )
    world = {"threads": (Thread("mykthread"),), "calls": (Call("a", "last", 1),)}
    assert found(text, "2.6.11", **world).verdicts["returns"] == (False, True)


def test_whoever_releases_what_he_takes_may_take_as_many_locks_as_he_likes():
    locks = "rw = DEFINE_RWLOCK()\n" + "".join(f"lock{n} = DEFINE_SPINLOCK()\n" for n in range(9))
    for taken in ([f"spin_lock(lock{n})" for n in range(9)], ["read_lock(rw)"] * 5):
        given = [call.replace("lock(", "unlock(") for call in reversed(taken)]
        for calls, word in (([*taken, *given], "holds"), (taken, "fails")):
            text = f"{locks}\n\ndef ask(x):\n" + "".join(f"    {call}\n" for call in calls)
            result = found(text, "2.6.11", calls=(Call("a", "ask", 1),))
            assert result.words["locks_balanced"] == word and not result.faults


@pytest.mark.parametrize("asks", ["spin_is_locked(lock)", "spin_trylock(lock)", "spin_lock(lock)"])
@pytest.mark.parametrize("smp", [False, True])
def test_a_lock_that_nothing_has_initialised_is_a_fault_in_every_build(asks, smp):
    text = f"lock = spinlock_t()\n\n\ndef ask(x):\n    {asks}\n"
    found = both(text, Config(smp=smp), calls=(Call("a", "ask", 1),))
    assert {cause for _, cause, _ in found.faults} == {"uninitialised_lock"}


def test_the_cpu_of_a_thread_that_has_ended_is_not_any_idle_one_where_interrupts_come_on_it():
    """One that holds a lock there is interrupted by one that wants it."""
    text = (
        "lock = DEFINE_SPINLOCK()\n\n\ndef takes(x):\n    spin_lock(lock)\n    spin_unlock(lock)\n\n\n"
        "def wants(x):\n    spin_lock_irq(lock)\n    spin_unlock_irq(lock)\n\n\ndef mykthread(unused):\n    return 0\n"
    )
    calls = (
        Call("nic", "takes", 1, context="irq"),
        Call("uart", "wants", 2, context="irq", when=done("mykthread"), cpu_of="mykthread"),
    )
    assert both(text, Config(cpus=8), threads=(Thread("mykthread"),), calls=calls).verdicts["irq_safe"][0] is False


def test_an_interrupt_comes_between_a_timers_expiry_and_its_functions_first_operation():
    """It arms the timer anew, which is initialised then while it is pending."""
    text = (
        "timer = TIMER_INITIALIZER(fired, 0, 0)\n\n\ndef arm(x):\n    mod_timer(timer, jiffies + HZ)\n\n\n"
        "def fired(x):\n    init_timer(timer)\n"
    )
    calls = (Call("a", "arm", 1), Call("nic", "arm", 2, context="irq"))
    result = explore(load(text), Scenario("alone", calls=calls), Config())
    assert {cause for _, cause, _ in result.faults} == {"corrupted_list"}


GIVES = """
sem = DECLARE_MUTEX_LOCKED()
given = u32(0)


def waits(unused):
    allow_signal(SIGKILL)
    BUG_ON(down_interruptible(sem) and given)
    return 0


def gives(x):
    global given
    up(sem)
    given = 1
"""
NEXT = """
sem = DECLARE_MUTEX_LOCKED()
taken = u32(0)


def waits(unused):
    global taken
    allow_signal(SIGKILL)
    taken = down_interruptible(sem) == 0
    return 0


def later(unused):
    down(sem)
    return 0


def gives(x):
    up(sem)
"""


def both(text, config, **world):
    """What the interpreter and the engine say of no_oops, where each comes to rest."""
    p = Given(load(text), Scenario("alone", **world), config)
    assert not disagreement(p, interpreted, as_interpreted)
    return as_interpreted(p)


@pytest.mark.parametrize(("profile", "holds"), [("2.6.11", False), ("2.6.24", False), ("2.6.32", True)])
def test_a_woken_waiter_looks_for_a_signal_before_the_semaphore_until_it_is_handed_over(profile, holds):
    world = {"threads": (Thread("waits"),), "calls": (Call("a", "gives", 1),), "signals": (Signal("waits"),)}
    assert both(GIVES, Config(profile), **world).verdicts["no_oops"][0] is holds


@pytest.mark.parametrize("profile", ["2.6.11", "2.6.24", "2.6.32"])
def test_who_leaves_the_line_for_a_signal_lets_the_next_one_have_it(profile):
    world = {"threads": (Thread("waits"), Thread("later")), "calls": (Call("a", "gives", 1),)}
    for stands, numbers in both(NEXT, Config(profile), signals=(Signal("waits"),), **world).resting:
        who, taken = dict(stands), dict(numbers).get("taken")
        assert who.get("a") != "X" or taken or who["later"] == "X", stands


FOREVER = """
buf = char_array(16)
timer = TIMER_INITIALIZER(fired, 0, 3)


def mykthread(unused):
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()


def starts(x):
    mod_timer(timer, jiffies + HZ)


def fired(x):
    {body}
"""


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(
    ("body", "holds"),
    [('while snprintf(buf, 4, "%s-%u", buf, x):\n        pass', False), ("mod_timer(timer, jiffies + HZ)", True)],
)
def test_a_timers_function_that_never_returns_is_a_busy_loop(body, holds, config):
    """One that only sets the timer again is not, though nothing else moves."""
    world = {"threads": (Thread("mykthread"),), "calls": (Call("a", "starts", 1),)}
    found = both(FOREVER.format(body=body), CONFIGS[config], **world)
    assert found.verdicts["sleeps_when_idle"] == (holds, True)


DEEP = """
sem = DECLARE_MUTEX_LOCKED()
timer = TIMER_INITIALIZER(fired, 0, 3)


def mykthread(unused):
    mod_timer(timer, jiffies + HZ)
    down(sem)


def fired(x):
    mod_timer(timer, jiffies + HZ)
"""


def test_who_sleeps_in_d_is_not_at_rest_because_a_timer_goes_on():
    found = both(DEEP, ONE_CPU, threads=(Thread("mykthread"),))
    assert found.verdicts["sleeps_when_idle"] == (False, True)


TWICE = """
sem = DECLARE_MUTEX()


def mykthread(unused):
    allow_signal(SIGKILL)
    if down_interruptible(sem):
        return 0
    if {condition}:
        down_interruptible(sem)
    up(sem)
    return 0
"""


@pytest.mark.parametrize("profile", ["2.6.11", "2.6.32"])
@pytest.mark.parametrize(("condition", "holds"), [("signal_pending(current)", True), ("1", False)])
def test_whoever_would_not_sleep_for_what_he_has_takes_nothing_twice(condition, holds, profile):
    """With a signal pending a second down_interruptible() says so."""
    world = {"threads": (Thread("mykthread"),), "signals": (Signal("mykthread"),)}
    found = both(TWICE.format(condition=condition), Config(profile), **world)
    assert found.verdicts["locks_balanced"] == (holds, True)
