"""Processes of user space: parents, children and zombies, what a signal stops, and the seven states of the article."""

from __future__ import annotations

import pytest

from kthreadlab import (
    Config,
    Enter,
    Exit,
    Fault,
    Fork,
    Pause,
    Process,
    Ptrace,
    Scenario,
    Signal,
    Spurious,
    Thread,
    Wait4,
    explore,
    replay,
)
from kthreadlab.kernel.family import in_family
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.outcome import Outcome
from kthreadlab.run.schedule import ScheduleError
from kthreadlab.run.search import build, search
from kthreadlab.run.view import Viewer
from kthreadlab.show.text import ps_text
from kthreadlab.trace.events import Trace
from tests.support import module

ALL = ("2.4", "2.6.11", "2.6.24", "2.6.32", "6.12")
WITH_THREADS = ("2.6.11", "2.6.24", "2.6.32")
TEXT = """
queue = DECLARE_WAIT_QUEUE_HEAD()
flag = u32(0)


def sleep_deeply():
    wait_event(queue, flag)


def set_flag():
    global flag
    flag = 1
    wake_up(queue)
"""
THREADS = """
def child(code):
    return code


def demon(unused):
    daemonize("demon")
    return 0


def adopted(unused):
    reparent_to_init()
    return 0


def spawn():
    kernel_thread(child, 0, CLONE_FS | CLONE_FILES | SIGCHLD)


def spawn_one():
    kernel_thread(child, 1, CLONE_FS | CLONE_FILES | SIGCHLD)


def spawn_silent():
    kernel_thread(child, 0, CLONE_FS | CLONE_FILES)


def spawn_demon():
    kernel_thread(demon, 0, CLONE_FS | CLONE_FILES | SIGCHLD)


def spawn_adopted():
    kernel_thread(adopted, 0, CLONE_FS | CLONE_FILES | SIGCHLD)
"""
SLEEPER = """
def mykthread(unused):
    daemonize("mykthread")
    allow_signal(SIGSTOP)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    return signal_pending(current)
"""
LS = Process("ls", Exit(3))
Stand = frozenset[tuple[str, str, str]]


def made(profile: str) -> object:
    return module(TEXT + (THREADS if profile in WITH_THREADS else ""))


def stands(profile: str, *processes: Process, at_rest: bool = True, cpus: int = 1, **more: object) -> set[Stand]:
    """How the family can stand, at rest or at any time: who is there, with the letter of ps and the parent."""
    scenario = Scenario("family", processes=processes, **more)
    graph = search(build(made(profile), scenario, Config(profile, cpus=cpus), reduce=False), 20_000)
    m = graph.machine
    names = {1: "init", 2: "kthreadd", **{a.pid: a.name for a in m.actors}}
    moving = {
        n for n in range(len(graph.states)) if any(not e.external and open_(e, graph.states[n]) for e in m.internal)
    }
    viewer, found = Viewer(m), set()
    assert graph.complete and not graph.faults
    for n, s in enumerate(graph.states):
        if not (at_rest and n in moving):
            there = [(a, viewer.task(s, a)) for a in m.actors if in_family(m, a) and viewer.exists(s, a)]
            found.add(frozenset((a.name, t.letter, names[t.ppid]) for a, t in there))
    return found


def open_(entry: object, s: tuple) -> bool:
    """Is that choice open in state *s*?"""
    return s[entry.st] < 4 and entry.table[s[entry.pc]](s) is not None


def way(schedule: str, *processes: Process, profile: str = "2.6.11", **more: object) -> Trace:
    """What happens along a schedule, on one CPU; ``name+`` moves as often as it can."""
    world = made(profile), Scenario("family", processes=processes, **more), Config(profile, cpus=1)
    steps: list[str] = []
    for step in schedule.split():
        steps.append(step.removesuffix("+"))
        while step.endswith("+") and can_move(world, [*steps, steps[-1]]):
            steps.append(steps[-1])
    return replay(*world, " ".join(steps))


def can_move(world: tuple, steps: list[str]) -> bool:
    try:
        return bool(replay(*world, " ".join(steps)))
    except ScheduleError:
        return False


def row(trace: Trace, name: str, step: int = -1) -> object:
    """A task in a view of the trace."""
    return next(t for t in trace.views[step].tasks if t.name == name)


def letters(trace: Trace, name: str) -> str:
    """The letters of a task, one for each view in which it is there, repeats left out."""
    found = [t.letter for view in trace.views for t in view.tasks if t.name == name]
    return "".join(x for n, x in enumerate(found) if not n or x != found[n - 1])


# ---- the seven states


SEVEN = {
    "TASK_RUNNING", "TASK_INTERRUPTIBLE", "TASK_UNINTERRUPTIBLE", "TASK_STOPPED", "TASK_TRACED", "EXIT_ZOMBIE",
    "EXIT_DEAD",
}  # fmt: skip


def seven(profile: str) -> Trace:
    """A process sleeps in D and in S, is stopped, traced and killed, and reaped at last."""
    dd = Process("dd", Enter("sleep_deeply"), Pause())
    bash = Process("bash", Fork(dd), Enter("set_flag"), Wait4(), Pause())
    return way(
        "bash dd+ bash+ dd+ SIGSTOP/dd dd SIGCONT/dd ptrace/dd dd detach/dd kill/dd dd bash+",
        bash,
        profile=profile,
        signals=[Signal("dd", "SIGSTOP"), Signal("dd", "SIGCONT"), Signal("dd", "SIGKILL")],
        ptraces=[Ptrace("dd")],
    )


@pytest.mark.parametrize("profile", ALL)
def test_all_seven_states_of_the_article_in_one_trace(profile):
    trace = seven(profile)

    assert SEVEN == {t.state for view in trace.views for t in view.tasks if t.name == "dd"}
    assert ("RDRDRSRTRtRZX" if profile == "6.12" else "RDRDRSRTRTRZX") == letters(trace, "dd")


def test_ps_lists_all_of_them_but_the_dead():
    """KERNEL 1.6: T for both stops up to 2.6.32, [comm] <defunct> for a zombie, and no line for X."""

    pages = [ps_text(view) for view in seven("2.6.11").views]
    lines = [next((x for x in page.splitlines() if " 101 " in x), "") for page in pages]

    assert [
        "",
        "root       101   100 R    dd",
        "root       101   100 D    dd",
        "root       101   100 S    dd",
        "root       101   100 T    dd",
        "root       101   100 Z    [dd] <defunct>",
    ] == list(dict.fromkeys(lines))
    assert "" == lines[-1]


# ---- zombies


@pytest.mark.parametrize("profile", ALL)
def test_a_child_is_a_zombie_for_ever_if_its_parent_never_waits(profile):
    """KERNEL 1.5: the zombie is the child that ended first, with a parent that lives and does not wait."""

    assert {frozenset({("bash", "S", "init"), ("ls", "Z", "bash")})} == stands(
        profile, Process("bash", Fork(LS), Pause())
    )


@pytest.mark.parametrize("profile", ALL)
def test_wait4_reaps(profile):
    assert {frozenset({("bash", "S", "init"), ("ls", "X", "bash")})} == stands(
        profile, Process("bash", Fork(LS), Wait4(), Pause())
    )


@pytest.mark.parametrize("profile", ALL)
def test_a_child_whose_parent_ends_first_is_inits_and_no_zombie_stays(profile):
    found = stands(profile, Process("bash", Fork(Process("ls", Pause())), Exit(0)))

    assert {frozenset({("bash", "X", "init"), ("ls", "S", "init")})} == found


@pytest.mark.parametrize("profile", ALL)
def test_a_zombie_whose_parent_ends_is_reaped_by_init(profile):
    bash = Process("bash", Fork(LS), Exit(0))

    assert frozenset({("bash", "R", "init"), ("ls", "Z", "bash")}) in stands(profile, bash, at_rest=False)
    assert {frozenset({("bash", "X", "init"), ("ls", "X", "init")})} == stands(profile, bash)


@pytest.mark.parametrize("profile", ALL)
def test_a_parent_that_ignores_sigchld_has_no_zombies(profile):
    bash = Process("bash", Fork(LS), Wait4(), Pause(), ignores=["SIGCHLD"])

    assert {"R", "X"} == {x for stand in stands(profile, bash, at_rest=False) for who, x, _ in stand if who == "ls"}
    assert {frozenset({("bash", "S", "init"), ("ls", "X", "bash")})} == stands(profile, bash)


def test_wait4_of_a_parent_that_ignores_sigchld_finds_no_child():
    trace = way("bash*2 ls bash", Process("bash", Fork(LS), Wait4(), ignores=["SIGCHLD"]))

    assert ("wait4:return", Outcome.NOTHING, -10) == last(trace, "bash")


def last(trace: Trace, task: str) -> tuple[str, Outcome, int | None]:
    event = [e for e in trace.events if e.task == task][-1]
    return event.op, event.outcome, event.result


def test_sigkill_does_not_remove_a_zombie():
    bash = Process("bash", Fork(LS), Pause())

    trace = way("bash*2 ls kill/ls", bash, signals=[Signal("ls", "SIGKILL")])

    assert ("Z", Outcome.DEAD) == (row(trace, "ls").letter, trace.events[-1].outcome)
    assert {frozenset({("bash", "S", "init"), ("ls", "Z", "bash")})} <= stands(
        "2.6.11", bash, signals=[Signal("ls", "SIGKILL")]
    )


def test_a_zombie_has_no_memory_and_no_place_on_the_run_queue():
    trace = way("bash ls", Process("bash", Fork(LS), Pause()))
    ls = row(trace, "ls")

    assert (False, False) == (ls.on_runqueue, ls.on_cpu)
    assert "root       101   100 Z    [ls] <defunct>" in ps_text(trace.views[-1])


def test_wait4_tells_how_the_child_ended():
    trace = way("bash ls bash", Process("bash", Fork(LS), Wait4()))

    assert "exit status 3" == trace.events[-1].detail("status")
    assert 101 == trace.events[-1].result


def test_fork_that_fails_leaves_no_child():
    trace = way("fail/fork bash*2", Process("bash", Fork(LS), Wait4()), faults=[Fault("fork")])

    assert ["fork", "wait4"] == [e.op for e in trace.events if e.task == "bash"]
    assert [-11, -10] == [e.result for e in trace.events if e.task == "bash"]


# ---- threads of the kernel as children


@pytest.mark.parametrize("profile", WITH_THREADS)
@pytest.mark.parametrize(
    ("function", "how"),
    [("spawn", "X"), ("spawn_silent", "Z"), ("spawn_demon", "sleeps on"), ("spawn_adopted", "sleeps on")],
)
def test_who_reaps_a_thread_of_kernel_thread(function, how, profile):
    """KERNEL 1.1, 1.3, 1.5: the parent that waits, if SIGCHLD stands in the flags; else nobody while it lives.  Who has
    become a child of init, or of kthreadd, is gone; and whoever slept in wait4() for it is not told."""

    found = stands(profile, Process("insmod", Enter(function), Wait4(), Pause()))
    name = next(name for stand in found for name, _, _ in stand if name != "insmod")
    ends = {letter for stand in found for who, letter, _ in stand if who == name}

    assert ({"Z"} if how == "Z" else {"X"}) == ends
    asleep = {trace_of(profile, function).views[-1].tasks[0].waiting_for}
    assert asleep == ({"the end of a child"} if how == "sleeps on" else {"a signal"})


def trace_of(profile: str, function: str) -> Trace:
    """insmod waits before its thread has run; then the thread runs to its end, and insmod as far as it can."""
    process = Process("insmod", Enter(function), Wait4(), Pause())
    name = {"spawn_demon": "demon", "spawn_adopted": "adopted"}.get(function, "child")
    return way(f"insmod+ {name}+ {'insmod+' if function == 'spawn' else ''}", process, profile=profile)


@pytest.mark.parametrize("profile", WITH_THREADS)
def test_a_thread_that_nobody_may_wait_for_goes_with_its_parent(profile):
    """reparent_thread(): the orphan's exit signal is SIGCHLD again, so init hears of it."""

    found = stands(profile, Process("insmod", Enter("spawn_silent"), Exit(0)))

    assert {frozenset({("insmod", "X", "init"), ("child", "X", "init")})} == found


@pytest.mark.parametrize("profile", WITH_THREADS)
def test_a_thread_has_its_parents_name_memory_and_pid_until_it_daemonizes(profile):
    trace = way("insmod*2", Process("insmod", Enter("spawn_demon"), Pause()), profile=profile)

    assert "root       101   100 R    insmod" in ps_text(trace.views[-1])


def test_what_a_thread_returns_is_no_exit_status():
    """KERNEL 1.1: return 1 looks to wait4() like "killed by signal 1"."""

    trace = way("insmod+ child+ insmod", Process("insmod", Enter("spawn_one"), Wait4()))

    assert "killed by signal 1" == trace.events[-1].detail("status")


# ---- SIGSTOP, SIGCONT


BASH = Process("bash", Pause())
STOP, CONT, KILL = Signal("bash", "SIGSTOP"), Signal("bash", "SIGCONT"), Signal("bash", "SIGKILL")


def test_a_stopped_process_is_off_the_run_queue_and_sigcont_puts_it_back():
    trace = way("bash SIGSTOP/bash bash SIGCONT/bash bash", BASH, signals=[STOP, CONT])

    assert "RSRTRS" == letters(trace, "bash")
    assert [True, False, True, False, True, False] == [row(trace, "bash", n).on_runqueue for n in range(6)]
    assert "SIGCONT" == row(trace, "bash", 3).waiting_for


def test_a_stopped_process_cannot_move_and_says_why():
    with pytest.raises(ScheduleError, match="a signal has stopped it: it waits for SIGCONT"):
        way("SIGSTOP/bash bash*2", BASH, signals=[STOP])


def test_a_process_stops_only_on_its_way_back_to_user_space():
    """KERNEL 2.2: in D it does not hear of it; and inside the kernel it never stops."""

    trace = way(
        "dd+ SIGSTOP/dd bash+ dd+",
        Process("dd", Enter("sleep_deeply"), Pause()),
        Process("bash", Enter("set_flag"), Pause()),
        signals=[Signal("dd", "SIGSTOP")],
    )

    assert "RDRDRT" == letters(trace, "dd")
    assert ("SIGSTOP",) in {
        row(trace, "dd", n).signals for n in range(len(trace.views)) if row(trace, "dd", n).letter == "D"
    }


def test_a_signal_for_a_process_that_nobody_has_forked_is_lost():
    trace = way("SIGSTOP/ls bash ls", Process("bash", Fork(LS), Pause()), signals=[Signal("ls", "SIGSTOP")])

    assert Outcome.MISSING == trace.events[0].outcome
    assert "RZ" == letters(trace, "ls")


def test_sigcont_takes_a_pending_sigstop_back():
    trace = way("SIGSTOP/bash SIGCONT/bash bash", BASH, signals=[STOP, CONT])

    assert ("RS", ()) == (letters(trace, "bash"), row(trace, "bash").signals)


def test_a_parent_that_was_stopped_in_wait4_waits_on():
    trace = way(
        "bash*2 SIGSTOP/bash bash ls SIGCONT/bash bash",
        Process("bash", Fork(LS), Wait4(), Pause()),
        signals=[STOP, CONT],
    )

    assert "RSRTR" == letters(trace, "bash")
    assert ("wait4", Outcome.REAPED, 101) == last(trace, "bash")


def test_sigkill_ends_a_stopped_process_and_sigterm_waits():
    trace = way("SIGSTOP/bash bash SIGTERM/bash kill/bash bash", BASH, signals=[STOP, Signal("bash", "SIGTERM"), KILL])

    assert ["T", "T", "R", "Z"] == [row(trace, "bash", n).letter for n in (2, 3, 4, 5)]
    assert "fatal_signal" == trace.events[-1].op


def test_a_process_ignores_what_it_wants_to_ignore():
    trace = way("bash SIGTERM/bash", Process("bash", Pause(), ignores=["SIGTERM"]), signals=[Signal("bash", "SIGTERM")])

    assert ("S", Outcome.IGNORED) == (row(trace, "bash").letter, trace.events[-1].outcome)


@pytest.mark.parametrize(("profile", "letter"), [("2.4", "R"), ("2.6.11", "R"), ("2.6.32", "R"), ("6.12", "T")])
def test_wake_up_process_wakes_a_stopped_process_up_to_2_6_32(profile, letter):
    """KERNEL 2.2: the mask of wake_up_process() has TASK_STOPPED in it, and today has not."""

    more = {"signals": [STOP], "spurious": [Spurious("bash")], "profile": profile}
    if letter == "T":
        with pytest.raises(ScheduleError):
            way("SIGSTOP/bash bash spurious/bash", BASH, **more)
    else:
        assert letter == row(way("SIGSTOP/bash bash spurious/bash", BASH, **more), "bash").letter


def test_a_kernel_thread_is_never_stopped():
    """KERNEL 1.4, 2.2: SIGSTOP that it allows ends its sleep, and is pending; it never comes to user space."""

    scenario = Scenario("thread", threads=[Thread("mykthread")], signals=[Signal("mykthread", "SIGSTOP")])

    trace = replay(module(SLEEPER), scenario, Config(cpus=1), "mykthread*4 SIGSTOP/mykthread mykthread*3")

    assert "RSRZ" == letters(trace, "mykthread").replace("X", "Z")
    assert 1 == [e for e in trace.events if e.op == "exit"][-1].detail("code")


def test_a_daemon_blocks_sigstop():
    text = SLEEPER.replace("    allow_signal(SIGSTOP)\n", "")
    scenario = Scenario("thread", threads=[Thread("mykthread")], signals=[Signal("mykthread", "SIGSTOP")])

    trace = replay(module(text), scenario, Config(cpus=1), "mykthread*3 SIGSTOP/mykthread")

    assert ("S", Outcome.BLOCKED) == (row(trace, "mykthread").letter, trace.events[-1].outcome)


# ---- ptrace


def test_sigcont_does_not_wake_a_traced_process_but_sigkill_does():
    trace = way("ptrace/bash bash SIGCONT/bash kill/bash bash", BASH, signals=[CONT, KILL], ptraces=[Ptrace("bash")])

    states = [row(trace, "bash", n).state for n in (2, 3, 4, 5)]
    assert ["TASK_TRACED", "TASK_TRACED", "TASK_RUNNING", "EXIT_ZOMBIE"] == states


def test_a_traced_process_keeps_its_parent():
    """/proc shows real_parent as PPid."""

    bash = Process("bash", Fork(Process("dd", Pause())), Pause())

    assert 100 == row(way("bash*2 dd ptrace/dd dd", bash, ptraces=[Ptrace("dd")]), "dd").ppid


@pytest.mark.parametrize(("profile", "state"), [("2.6.11", "TASK_STOPPED"), ("6.12", "TASK_TRACED")])
def test_attaching_to_a_stopped_process(profile, state):
    """Up to 2.6.32 its SIGSTOP finds nobody awake; today it wakes the process, which stops again, for its tracer."""

    trace = way(
        "SIGSTOP/bash bash ptrace/bash " + "bash" * (profile == "6.12"),
        BASH,
        profile=profile,
        signals=[STOP],
        ptraces=[Ptrace("bash")],
    )

    assert state == row(trace, "bash").state


def test_nobody_can_trace_a_thread_of_the_kernel():
    scenario = Scenario("thread", threads=[Thread("mykthread")], ptraces=[Ptrace("mykthread")])

    trace = replay(module(SLEEPER), scenario, Config(cpus=1), "mykthread*4 ptrace/mykthread")

    assert ("S", Outcome.REFUSED) == (row(trace, "mykthread").letter, trace.events[-1].outcome)


# ---- what is judged, and what is refused


def test_a_process_that_never_enters_the_module_exercises_nothing():
    found = explore(module(TEXT), Scenario("family", processes=[Process("bash", Fork(LS), Wait4())]), Config(cpus=1))

    assert set() == {name for name, v in found.verdicts.items() if v.exercised}


def test_a_process_that_enters_the_module_is_judged_by_what_it_does_there():
    text = "lock = DEFINE_SPINLOCK()\n\n\ndef f():\n    spin_lock(lock)\n    schedule()\n    spin_unlock(lock)\n"

    found = explore(module(text), Scenario("one", processes=[Process("sh", Enter("f"))]), Config(cpus=1))

    assert found.verdicts["never_sleeps_atomic"].holds is False


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Process("sh", "fork"), "Fork, Wait4, Pause, Enter and Exit"),
        (lambda: Process("sh", ignores=["SIGKILL"]), "nobody can ignore SIGKILL"),
        (lambda: Process("sh", ignores="SIGCHLD"), "a list of signals"),
        (lambda: Process("sh", Exit(0), Pause()), "never reached"),
        (lambda: Exit(256), "from 0 to 255"),
        (lambda: Enter("f", "x"), "whole numbers"),
        (lambda: Scenario("s", processes=[Process("my sh")]), "cannot stand in a schedule"),
        (lambda: Scenario("s", processes=["sh"]), "a list of what Process"),
        (lambda: Scenario("s", processes=[Process(f"sh{n}") for n in range(17)]), "16 processes at the most, not 17"),
        (lambda: Scenario("s", report="f", processes=[Process("sh", Enter("f"))]), r"reports come by Call\(…\)"),
    ],
)
def test_what_is_no_process_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("processes", "more", "words"),
    [
        ([Process("sh", Enter("nothing"))], {}, "has no function nothing"),
        ([Process("sh", Enter("set_flag", 1))], {}, "set_flag"),
        ([Process("sh")], {"ptraces": [Ptrace("zsh")]}, "has no task 'zsh'"),
        ([Process("sh")], {"signals": [Signal("sh", "SIGNOT")]}, "is not a signal"),
    ],
)
def test_what_does_not_fit_the_module_is_refused(processes, more, words):
    with pytest.raises(InputError, match=words):
        explore(module(TEXT), Scenario("s", processes=processes, **more), Config(cpus=1))


def test_a_call_of_a_process_must_return():
    """returns (I16) speaks of a process as of a Call; where somebody sets the flag, it holds."""

    waits, sets = Process("dd", Enter("sleep_deeply")), Process("sh", Enter("set_flag"))

    def returns(*processes: Process) -> object:
        found = explore(module(TEXT), Scenario("family", processes=processes), Config(cpus=1))
        return found.verdicts["returns"].holds

    assert [False, True] == [returns(waits), returns(waits, sets)]


def test_a_process_that_only_sleeps_in_user_space_does_not_hang():
    found = explore(module(TEXT), Scenario("family", processes=[Process("sh", Enter("set_flag"), Pause())]), Config())

    assert found.verdicts["returns"].holds is True


@pytest.mark.parametrize(
    ("signals", "pending"), [(("SIGSTOP", "SIGCONT"), ("SIGCONT",)), (("SIGCONT", "SIGSTOP"), ("SIGSTOP",))]
)
def test_sigstop_and_sigcont_take_each_other_back_in_a_thread_too(signals, pending):
    text = SLEEPER.replace("    allow_signal(SIGSTOP)\n", "    allow_signal(SIGSTOP)\n    allow_signal(SIGCONT)\n")
    sent = [Signal("mykthread", x) for x in signals]

    trace = replay(
        module(text),
        Scenario("thread", threads=[Thread("mykthread")], signals=sent),
        Config(cpus=1),
        "mykthread*5 " + " ".join(f"{x}/mykthread" for x in signals),
    )

    assert pending == row(trace, "mykthread").signals


@pytest.mark.parametrize("profile", ["2.4", "2.6.11", "6.12"])
def test_nobody_hears_of_sigchld_who_has_not_asked(profile):
    """KERNEL 1.4: SIG_DFL ignores it; only a thread that blocks it keeps it."""

    text = "def mykthread(unused):\n    set_current_state(TASK_INTERRUPTIBLE)\n    schedule()\n    return 0\n"
    scenario = Scenario("thread", threads=[Thread("mykthread")], signals=[Signal("mykthread", "SIGCHLD")])

    trace = replay(module(text), scenario, Config(profile, cpus=1), "mykthread*2 SIGCHLD/mykthread")

    assert ("S", Outcome.IGNORED) == (row(trace, "mykthread").letter, trace.events[-1].outcome)
