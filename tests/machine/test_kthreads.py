"""kthread_create, kthread_run, kthread_stop: threads that begin asleep, and end when they are asked to."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Freeze, Scenario, Signal, Spurious, asleep, done, explore
from kthreadlab.compile.values import LowerError
from kthreadlab.run.outcomes import outcomes
from tests.machine.drive import code, drive, fault, lines, printed
from tests.support import module, settled

CONFIGS = {
    "up": Config(cpus=1),
    "up_preempt": Config(cpus=1, preempt=True),
    "one_cpu_smp": Config(cpus=1, smp=True),
    "a_cpu_each": Config(cpus=8),
}
DATA = """
queue = DECLARE_WAIT_QUEUE_HEAD()
task = ptr("task_struct")
ready = u32(0)


def worker(n):
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if kthread_should_stop():
            break
        schedule()
    set_current_state(TASK_RUNNING)
    return n


def deaf(n):
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    return 0


def brief(n):
    printk("n is %d", n)
    return n


def start():
    global task
    task = kthread_run(worker, 7, "worker")


def stop():
    if task != NULL:
        kthread_stop(task)


"""
PROFILES = ("2.6.11", "2.6.24", "2.6.32", "6.12")


def ends(*body: str, config: Config = CONFIGS["up"], **world: object) -> set[tuple[str, int | None]]:
    scenario = Scenario("end", **{"threads": ["mykthread"], **world})
    return {(o.ending, o.code) for o in settled(outcomes(module(DATA + lines(*body)), scenario, config))}


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(
    "body, expected",
    [
        (['t = kthread_run(worker, 7, "w")', "schedule()", "return kthread_stop(t)"], {("exited", 7), ("exited", -4)}),
        (['t = kthread_create(worker, 7, "w")', "return kthread_stop(t)"], {("exited", -4)}),
        (
            ['t = kthread_create(worker, 7, "w")', "wake_up_process(t)", "schedule()", "return kthread_stop(t)"],
            {("exited", 7), ("exited", -4)},
        ),
        (['t = kthread_run(deaf, 0, "w")', "schedule()", "return kthread_stop(t)"], {("asleep", None), ("exited", -4)}),
        (["return kthread_should_stop()"], {("exited", 0)}),
        (['t = kthread_run(worker, 7, "w")', "return IS_ERR(t)"], {("exited", 0)}),
    ],
    ids=["run", "never woken", "woken", "deaf", "not a kthread", "no error"],
)
def test_kthread_stop_waits_for_the_end(body: list[str], expected: set, config: str) -> None:
    """It returns what the function returned, -EINTR if that never ran, and hangs if the thread does not listen."""

    assert expected == ends(*body, config=CONFIGS[config])


def test_a_trace_shows_no_addresses_of_tasks() -> None:
    """Threads by name, and what has no number has none."""

    body = [
        "gate = DECLARE_COMPLETION()",
        "complete(gate)",
        't = kthread_run(worker, 7, "w")',
        "wait_for_completion(gate)",
    ]
    trace = drive(DATA + lines(*body, "schedule()", "kthread_stop(t)"), prefer=("worker", "*"))
    results = {e.op: e.result for e in trace.events}

    assert (None, None, 7) == tuple(
        results[op] for op in ("kthread_run:return", "wait_for_completion", "kthread_stop:return")
    )


def test_a_thread_that_has_run_before_it_is_stopped_returns_its_value() -> None:
    """The worker sleeps when the stop comes."""

    body = ["schedule()", "return 0"]
    calls = [Call("rmmod", "stop", when=asleep("worker"))]
    text = DATA + lines('global task; task = kthread_run(worker, 7, "worker")'.replace("; ", "\n    "), *body)
    trace = drive(text, prefer=("mykthread", "worker", "rmmod"), calls=calls)

    assert 7 == code(trace, "worker")
    assert [7] == [e.result for e in trace.events if e.op == "kthread_stop:return"]


@pytest.mark.parametrize("profile", PROFILES)
def test_it_begins_asleep_with_its_name_and_its_parent(profile: str) -> None:
    """In S in 2.6.11, in D since; no user memory; a child of whoever makes such threads."""

    text = DATA + lines('t = kthread_create(brief, 7, "kid/%d-and-very-long", 3)')
    trace = drive(
        text.replace("mykthread", "maker").replace("maker(unused)", "mykthread(unused)"), Config(profile=profile)
    )
    kid = next(t for t in trace.views[-1].tasks if t.name == "brief")

    assert ("S" if profile == "2.6.11" else "D", "kid/3-and-very-") == (kid.letter, kid.comm)
    assert (4 if profile == "2.6.11" else 2, False, "its first wake-up") == (kid.ppid, kid.has_mm, kid.waiting_for)
    assert [] == printed(trace)


@pytest.mark.parametrize(
    "data, expected",
    [("5", "5"), ("ready + 5", "6"), ("NULL", "0"), ("n", "8")],
    ids=["a number", "computed", "NULL", "a variable"],
)
@pytest.mark.parametrize("make", ['kthread_run(brief, {}, "kid")', "kernel_thread(brief, {}, CLONE_KERNEL)"])
def test_the_function_gets_its_argument(make: str, data: str, expected: str) -> None:
    """Whatever is known of it when the machine is built."""

    body = ["global ready", "ready = 1", "n = 8 * ready", make.format(data)]

    assert [f"n is {expected}"] == printed(drive(DATA + lines(*body)))


def test_the_argument_may_be_an_object() -> None:
    """A static, a stack object of the creator, the address of memory."""

    text = """
ev = struct("ev", id=u32)
one = ev()
gate = DECLARE_COMPLETION()


def opens(x):
    complete(x)
    return 0


def reads(p: ev):
    printk("id %d", p.id)
    return 0


"""
    body = [
        "one.id = 5",
        'kthread_run(reads, one, "r")',
        "p = cast(ev, kzalloc(sizeof(ev), GFP_ATOMIC))",
        "p.id = 6",
        'kthread_run(reads, p, "r")',
        "mine = DECLARE_COMPLETION()",
        'kthread_run(opens, mine, "o")',
        "wait_for_completion(mine)",
        'kthread_run(opens, gate, "o")',
        "wait_for_completion(gate)",
        'printk("through")',
    ]
    config = Config(profile="2.6.24")

    assert ["id 5", "id 6", "through"] == printed(drive(text + lines(*body), config, prefer=("reads*", "opens*", "*")))


def test_the_same_place_makes_a_thread_again_when_the_last_one_has_ended() -> None:
    """With its variables as new; until then there is none to be had."""

    text = DATA + "def counts(n):\n    i = 1\n    schedule()\n    printk('%d', i)\n    i += n\n\n\n"
    body = [
        "i = 2",
        "while i:",
        '    t = kthread_run(counts, 0, "c")',
        '    printk("err %d", IS_ERR(t))',
        "    schedule()",
        "    i -= 1",
    ]
    prefer = ("counts", "mykthread")

    assert ["1", "err 0", "1", "err 0"] == printed(drive(text + lines(*body), CONFIGS["a_cpu_each"], prefer=prefer))
    late = printed(drive(text + lines(*body), CONFIGS["a_cpu_each"], prefer=("mykthread", "counts")))
    assert ["err 0", "err 1"] == late[:2]


@pytest.mark.parametrize("profile", PROFILES)
def test_signals_pass_a_kthread_by(profile: str) -> None:
    """Blocked in 2.6.11, ignored later: kill -9 does nothing; allowed, it is heard."""

    def run(*first: str) -> str:
        text = DATA.replace("def worker(n):\n", "def worker(n):\n" + "".join(f"    {x}\n" for x in first))
        text = text.replace("kthread_should_stop():", "signal_pending(current):") + lines('kthread_run(worker, 7, "w")')
        world = {"signals": [Signal("worker", "SIGKILL", when=asleep("worker") & done("mykthread"))]}
        trace = drive(text, Config(profile=profile), prefer=("mykthread", "worker", "kill/*"), **world)
        return next(t.letter for t in trace.views[-1].tasks if t.name == "worker")

    assert ("S", "X") == (run(), run("allow_signal(SIGKILL)"))


def test_kthread_stop_is_a_signal_of_its_own_today() -> None:
    """6.12 sets TIF_NOTIFY_SIGNAL, so that an interruptible wait ends."""

    text = DATA + "def waits(n):\n    return wait_event_interruptible(queue, ready)\n\n\n"
    body = ['task = kthread_run(waits, 0, "w")', "schedule()", "return kthread_stop(task)"]
    text += lines("global task", *body)

    def returned(profile: str) -> list[int | None]:
        trace = drive(text, Config(profile=profile), prefer=("waits", "mykthread"))
        return [e.result for e in trace.events if e.op == "kthread_stop:return"]

    assert ([-512], []) == (returned("6.12"), returned("2.6.32"))


@pytest.mark.parametrize("profile, hangs", [("2.6.11", True), ("2.6.24", True), ("2.6.32", False), ("6.12", False)])
def test_do_exit_is_not_heard_by_an_old_kthread_stop(profile: str, hangs: bool) -> None:
    """Until 2.6.31 only a return lets it go on."""

    leave = "kthread_exit(5)" if profile == "6.12" else "do_exit(5)"
    text = DATA.replace("break", leave) + lines(
        't = kthread_run(worker, 7, "w")', "schedule()", "kthread_stop(t)", 'printk("back")'
    )
    trace = drive(text, Config(profile=profile), prefer=("worker", "*"))

    assert ([] if hangs else ["back"]) == printed(trace)


@pytest.mark.parametrize(
    "task, cause",
    [
        ("task", "null_pointer"),
        ("ERR_PTR(-ENOMEM)", "bad_pointer"),
        ('kthread_run(brief, 0, "b")', "ended_task"),
    ],
)
def test_only_a_living_kthread_can_be_stopped(task: str, cause: str) -> None:
    """What has ended by itself has no task structure any more."""

    body = [f"t = {task}", "schedule()", "kthread_stop(t)"]

    assert cause == fault(drive(DATA + lines(*body), prefer=("brief", "mykthread")))


@pytest.mark.parametrize("profile, cause", [("2.6.11", ""), ("2.6.24", ""), ("2.6.32", "bad_pointer")])
def test_who_stops_what_is_no_kthread_waits_for_ever(profile: str, cause: str) -> None:
    """Up to 2.6.30 nobody looks whom he stops: he is told so, woken, and never says that he has ended; and nobody else
    can be stopped meanwhile."""

    text = DATA + (
        "def stops(t):\n    kthread_stop(task)\n    printk('never')\n    return 0\n\n\n"
        "def later(x):\n    kthread_stop(kthread_run(worker, 7, 'w'))\n    printk('never')\n    return 0\n\n\n"
    )
    body = ["task = current", "kernel_thread(stops, 0, 0)", "schedule()", "kernel_thread(later, 0, 0)", "schedule()"]
    body += ['printk("asked %d", kthread_should_stop())', "schedule()", "schedule()"]
    trace = drive(text + lines("global task", *body), Config(profile=profile), prefer=("stops", "later", "mykthread"))
    assert cause == fault(trace)
    assert cause or ["asked 1"] == printed(trace)


def test_stopping_with_a_mutex_held_that_the_thread_wants_is_a_deadlock() -> None:
    """rmmod holds what the thread needs in order to end."""

    text = "mut = DEFINE_MUTEX()\n" + DATA.replace(
        "            break\n", "            break\n        mutex_lock(mut)\n        mutex_unlock(mut)\n"
    )
    body = ['t = kthread_run(worker, 7, "w")', "mutex_lock(mut)", "kthread_stop(t)", "mutex_unlock(mut)"]
    rest = ["while True:", "    set_current_state(TASK_INTERRUPTIBLE)", "    schedule()"]
    config = Config(profile="2.6.24", cpus=8)
    made = module(text + lines(*body, *rest))

    found = explore(made, Scenario("rmmod", threads=["mykthread"]), config, properties=["sleeps_when_idle"])

    assert "deadlock" == found.verdicts["sleeps_when_idle"].cause


def test_a_spurious_wake_up_runs_a_thread_that_was_only_created() -> None:
    """It does not ask who woke it."""

    text = DATA + lines('kthread_create(brief, 7, "b")')

    assert ["n is 7"] == printed(drive(text, prefer=("mykthread", "spurious/*"), spurious=[Spurious("brief")]))


def test_a_process_may_start_and_stop_it() -> None:
    """insmod and rmmod: whatever comes between, rmmod returns only when the thread has ended."""

    calls = [Call("insmod", "start"), Call("rmmod", "stop", when=done("insmod"))]
    found = outcomes(module(DATA + "\n"), Scenario("mod", calls=calls), CONFIGS["up_preempt"])

    assert {("exited", 7), ("exited", -4)} >= {(o.ending, o.code) for o in settled(found)} != set()


@pytest.mark.parametrize("call", ['kthread_run(brief, 0, "b")', "kthread_stop(task)"])
def test_neither_may_be_called_with_a_lock_held(call: str) -> None:
    """Both sleep."""

    text = "lock = DEFINE_SPINLOCK()\n" + DATA
    body = ["global task", 'task = kthread_run(worker, 0, "w")', "spin_lock(lock)", call, "spin_unlock(lock)"]
    trace = drive(text + lines(*body))

    assert ("never_sleeps_atomic", "lock_held") in {(v.property, v.cause) for v in trace.violations}


@pytest.mark.parametrize(
    "profile, first, frozen",
    [("2.6.11", "", True), ("2.6.32", "", False), ("2.6.32", "set_freezable()", True), ("6.12", "", False)],
)
def test_the_freezer_passes_a_kthread_by_since_kthreadd(profile: str, first: str, frozen: bool) -> None:
    """Unless it asks for it, too."""

    flag = "PF_FREEZE" if profile == "2.6.11" else ""
    text = DATA.replace("        schedule()\n", f"        try_to_freeze({flag})\n        schedule()\n", 1)
    text = text.replace("def worker(n):\n", f"def worker(n):\n    {first or 'pass'}\n")
    trace = drive(
        text + lines('kthread_run(worker, 7, "w")'),
        Config(profile=profile),
        prefer=("mykthread", "worker", "freeze*"),
        freeze=Freeze("worker", when=asleep("worker") & done("mykthread")),
    )

    assert frozen is any(e.op == "try_to_freeze:return" and e.result == 1 for e in trace.events)


def test_kernels_without_kthreads_say_so() -> None:
    """2.4 has kernel_thread only."""

    with pytest.raises(LowerError, match="Unknown symbol kthread_run"):
        made = module(DATA + lines('kthread_run(brief, 0, "b")'))
        outcomes(made, Scenario("old", threads=["mykthread"]), Config(profile="2.4"))
