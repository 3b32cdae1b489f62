"""How long a task_struct, a thread's argument and a request to stop live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kthreadlab import (
    Call,
    Config,
    Freeze,
    Scenario,
    Signal,
    Spurious,
    asleep,
    before_first,
    done,
    explore,
    replay,
)
from kthreadlab.run.search import build, search
from kthreadlab.run.verdict import Exploration
from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import narrate
from tests.machine.drive import LAST, drive, fault, lines, printed
from tests.support import module

UP, EACH, PREEMPT = Config(cpus=1, smp=True), Config(cpus=16, smp=True), Config(cpus=1, preempt=True, smp=True)
CONFIGS = pytest.mark.parametrize("config", [UP, EACH, PREEMPT], ids=["up", "each", "pre"])
REDUCED = pytest.mark.parametrize("reduce", [True, False], ids=["reduced", "every operation"])


def one_by_one(*names: str) -> list[Call]:
    """Calls of functions without arguments, each after the last."""
    return [Call(n, n, when=done(names[k - 1]) if k else None) for k, n in enumerate(names)]


def found(text: str, config: Config, reduce: bool, profile: str = "2.6.11", **world: object) -> Exploration:
    return explore(module(text), Scenario("life", **world), replace(config, profile=profile), reduce=reduce)


def causes(text: str, config: Config, reduce: bool = True, profile: str = "2.6.11", **world: object) -> dict[str, str]:
    """How the properties of memory fail."""
    verdicts = found(text, config, reduce, profile, **world).verdicts
    return {n: verdicts[n].cause for n in ("no_oops", "no_dangling", "no_leak") if verdicts[n].holds is False}


def told(trace: Trace) -> str:
    """Everything that is said of a run."""
    return "\n".join(str(narrate(e)) for e in trace.events)


# ---- a task_struct ---------------------------------------------------------------------------------------------------

DOORMAN = """
bell = DECLARE_WAIT_QUEUE_HEAD()
doorman = ptr("task_struct")
open_ = u32(0)
waits = DECLARE_COMPLETION()


def stands(unused):
    wait_event_interruptible(bell, open_ or kthread_should_stop())
    return 3


def hires():
    global doorman
    doorman = kthread_create(stands, 0, "doorman")
    {hired}
    wake_up_process(doorman)


def opens():
    global open_
    open_ = 1
    wake_up(bell)


def calls():
    {called}
"""
HIRED = {"alone": "pass", "held": "get_task_struct(doorman)"}
USES = {
    "woken": "wake_up_process(doorman)",
    "stopped": "kthread_stop(doorman)",
    "bound": "kthread_bind(doorman, 0)",
    "held too late": "get_task_struct(doorman)",
    "asked for signals": "signal_pending(doorman)",
    "asked of the freezer": "freezing(doorman)",
    "its signals flushed": "flush_signals(doorman)",
}


@CONFIGS
@REDUCED
@pytest.mark.parametrize("use", USES)
def test_whoever_uses_a_thread_after_its_end_uses_what_is_gone(use: str, config: Config, reduce: bool) -> None:
    """The thread leaves by itself; a pointer to it is worth nothing then, whatever call is given it."""

    text = DOORMAN.format(hired="pass", called=USES[use])

    assert {"no_dangling": "ended_task"} == causes(text, config, reduce, calls=one_by_one("hires", "opens", "calls"))


@CONFIGS
@REDUCED
@pytest.mark.parametrize("profile", ["2.6.32", "6.12"])
def test_a_reference_keeps_it(profile: str, config: Config, reduce: bool) -> None:
    """Woken, stopped and asked again, in any order with its own end; the last reference gone, it is gone."""

    for use in ("wake_up_process(doorman)", "kthread_stop(doorman)"):
        text = DOORMAN.format(hired=HIRED["held"], called=f"{use}\n    put_task_struct(doorman)")
        world = [Call("hires", "hires"), *(Call(n, n, when=done("hires")) for n in ("opens", "calls"))]
        assert {} == causes(text, config, reduce, profile, calls=world)
        more = text + "    wake_up_process(doorman)\n"
        assert {"no_dangling": "ended_task"} == causes(more, config, reduce, profile, calls=world)


@CONFIGS
def test_a_reference_nobody_took_is_the_threads_own(config: Config) -> None:
    """One put too many takes the structure away from who lives: at its end, or with the next one."""

    for puts, opens, expected in (
        (1, "", {}),
        (1, "opens", {"no_dangling": "ended_task"}),
        (2, "", {"no_dangling": "ended_task"}),
    ):
        called = "\n    ".join(["put_task_struct(doorman)"] * puts)
        text = DOORMAN.format(hired=HIRED["alone"], called=called)
        assert expected == causes(text, config, calls=one_by_one("hires", "calls", *opens.split()))


@pytest.mark.parametrize("profile, returned", [("2.6.11", []), ("2.6.24", []), ("2.6.32", [3, 3]), ("6.12", [3])])
def test_who_stops_a_thread_that_has_ended_hears_what_its_version_tells(profile: str, returned: list[int]) -> None:
    """Nothing, up to 2.6.30: he waits for ever.  Then what it returned; today once, as a completion tells it."""

    text = DOORMAN.format(
        hired=HIRED["held"], called='printk("%d", kthread_stop(doorman))\n    printk("%d", kthread_stop(doorman))'
    )
    prefer = ("hires", "stands", "opens", "calls")
    trace = drive(text, Config(profile=profile), prefer, threads=[], calls=one_by_one("hires", "opens", "calls"))

    assert [str(n) for n in returned] == printed(trace)


@CONFIGS
@REDUCED
def test_who_waits_for_a_thread_keeps_it(config: Config, reduce: bool) -> None:
    """kthread_stop holds a reference of its own as long as it waits, if need be for ever; up to 2.6.30 it gives it back
    before it waits."""

    text = (
        DOORMAN.format(hired="pass", called="kthread_stop(doorman)")
        + "\n\ndef looks():\n    wake_up_process(doorman)\n"
    )
    two = [Call("hires", "hires"), Call("first", "calls", when=done("hires"))]
    second = Call("second", "calls", when=asleep("first"), whole=True)
    late = Call("looks", "looks", when=asleep("second") & done("first"))
    assert {} == causes(text.replace("open_ or ", ""), config, reduce, "6.12", calls=[*two, second, late])

    text = text.replace("return 3", "do_exit(3)")
    late = Call("looks", "looks", when=asleep("first") & done("stands"))
    assert {"no_dangling": "ended_task"} == causes(text, config, reduce, "2.6.24", calls=[*two, late])


@pytest.mark.parametrize("profile", ["2.6.11", "2.6.32", "6.12"])
@pytest.mark.parametrize("held", [False, True])
def test_what_a_thread_returned_goes_with_it(held: bool, profile: str) -> None:
    """The next one of the same place has an end of its own."""

    text = (
        DOORMAN.format(hired="pass", called="pass")
        .replace("stands(unused)", "stands(n)")
        .replace("return 3", "return n")
    )
    hold, let_go = ("get_task_struct(t)", "put_task_struct(t)") if held else ("pass", "pass")
    body = [
        "two = 2",
        "for i in range(two):",
        '    t = kthread_run(stands, i + 1, "d")',
        f"    {hold}",
        "    schedule()",
    ]
    body += ['    printk("%d", kthread_stop(t))', f"    {let_go}"]
    text = text.replace("open_ or ", "") + "\n\n" + lines(*body)

    assert ["1", "2"] == printed(drive(text, Config(profile=profile), ("stands", "mykthread")))


@pytest.mark.parametrize("let_go, second", [("pass", "1"), ("put_task_struct(t)", "0")])
def test_the_place_of_a_thread_that_somebody_holds_is_taken(let_go: str, second: str) -> None:
    """There is one task_struct for each place in the program that makes threads."""

    text = DOORMAN.format(hired="pass", called="pass").replace("wait_event_interruptible", "pass  #")
    body = ["two = 2", "for i in range(two):", '    t = kthread_run(stands, 0, "d")', '    printk("%d", IS_ERR(t))']
    body += ["    if not IS_ERR(t):", "        get_task_struct(t)", "        schedule()", f"        {let_go}"]

    assert ["0", second] == printed(drive(text + "\n\n" + lines(*body), UP, ("stands", "mykthread")))


@pytest.mark.parametrize("profile", ["2.6.32", "6.12"])
def test_of_two_who_stop_one_thread_one_is_told(profile: str) -> None:
    """complete() lets one of them go."""

    text = DOORMAN.format(hired="pass", called="kthread_stop(doorman)\n    printk('back')")
    world = [Call("hires", "hires"), *(Call(n, "calls", when=done("hires")) for n in ("first", "second"))]
    prefer = ("hires", "first", "second", "stands")
    trace = drive(text.replace("open_ or ", ""), Config(profile=profile, cpus=8), prefer, threads=[], calls=world)

    assert ["back"] == printed(trace)


MYSELF = """
me = ptr("task_struct")
met = u32(0)


def guest(unused):
    global me
    {first}
    me = current
    return 0


def waves():
    if me != NULL:
        wake_up_process(me)
"""


@CONFIGS
@REDUCED
@pytest.mark.parametrize(
    "profile, first, gone",
    [
        ("2.6.11", 'daemonize("guest")', True),
        ("2.6.11", "reparent_to_init()", True),
        ("2.6.11", "pass", False),
        ("2.4", "daemonize()", False),
        ("2.4", "daemonize(); reparent_to_init()", True),
        ("2.6.24", 'daemonize("guest")', True),
        ("2.6.24", "pass", False),
        ("6.12", "pass", True),
    ],
)
def test_who_reaps_a_thread_says_how_long_it_is_there(
    profile: str, first: str, gone: bool, config: Config, reduce: bool
) -> None:
    """init and kthreadd do; who made it with kernel_thread, and does not wait, never."""

    if profile == "2.4" and config.preempt:
        config = UP
    text = MYSELF.format(first=first.replace("; ", "\n    "))
    world = {"threads": ["guest"], "calls": [Call("waves", "waves")]}

    assert ({"no_dangling": "ended_task"} if gone else {}) == causes(text, config, reduce, profile, **world)


def test_init_comes_when_it_comes() -> None:
    """Before it does, a zombie's structure is there; its coming is a step that is told."""

    text, world = MYSELF.format(first='daemonize("g")'), {"threads": ["guest"], "calls": [Call("waves", "waves")]}
    early = drive(text, UP, ("guest", "waves"), **world)
    late = drive(text, UP, ("guest", "reap/*", "waves"), **world)

    assert ("", "ended_task") == (fault(early), fault(late))
    letters = [next(t.letter for t in v.tasks if t.name == "guest") for v in late.views]
    assert ["R", "Z", "X"] == list(dict.fromkeys(letters))
    assert "guest ends with code 0, and is a zombie until init comes to it." in told(late)
    assert "init reaps guest: only who holds a reference still has its task_struct." in told(late)


@pytest.mark.parametrize("config", [UP, EACH, PREEMPT, Config(cpus=2, smp=True)], ids=["up", "each", "pre", "two"])
def test_init_needs_a_cpu_to_reap(config: Config) -> None:
    """It is a task: where another has the only CPU, and keeps it, it does not come."""

    text = MYSELF.format(first='daemonize("g")') + "    met = 1\n    met = 2\n"
    text = text.replace("def waves():\n", "def waves():\n    global met\n")
    machine = build(
        module(text), Scenario("life", threads=["guest"], calls=[Call("waves", "waves")]), config, reduce=False
    )
    cpus = [n for key, n in machine.index.items() if key.startswith(("cur.", "cpu."))]
    reap = next(e for e in machine.internal if e.kind == "reap")
    comes = [s for s in search(machine).states if reap.table[s[reap.pc]](s) is not None]

    assert comes and not [s for s in comes if cpus and all(s[n] >= 0 for n in cpus)]


def test_a_thread_of_the_same_place_is_born_as_the_first_was() -> None:
    """No signal is left to it, no name, no parent."""

    text = """
def guest(n):
    if n:
        daemonize("first")
        allow_signal(SIGKILL)
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    printk("%d", signal_pending(current))
    schedule()
    return 0


"""
    body = ["two = 2", "for i in range(two):", "    kernel_thread(guest, 1 - i, CLONE_FS)", "    schedule()"]
    kill = [Signal("guest", "SIGKILL", when=asleep("guest"))]
    trace = drive(text + lines(*body), UP, ("guest", "kill/*", "mykthread"), signals=kill)
    people = [(t.comm, t.ppid, t.has_mm) for v in trace.views for t in v.tasks if t.name == "guest"]

    assert ["1", "0"] == printed(trace)
    assert [("insmod", 2000, True), ("first", 1, False), ("insmod", 2000, True)] == [
        x for n, x in enumerate(people) if not n or people[n - 1] != x
    ]


@CONFIGS
def test_a_thread_of_the_same_place_is_a_thread_of_its_own(config: Config) -> None:
    """The first is a daemon and reaped; the second is not, and stays a zombie."""

    text = """
me = ptr("task_struct")


def guest(daemon):
    global me
    if daemon:
        daemonize("d")
        return 0
    me = current
    return 0


def hosts():
    for i in range(2):
        while kernel_thread(guest, 1 - i, CLONE_FS) < 0:
            schedule()


def waves():
    if me != NULL:
        wake_up_process(me)
"""

    assert {} == causes(text, config, calls=[Call("hosts", "hosts"), Call("waves", "waves")])


@CONFIGS
def test_a_child_is_inits_when_the_thread_that_made_it_has_ended(config: Config) -> None:
    """As long as that lives and does not wait, a zombie stays."""

    host = "\n\ndef host(unused):\n    kernel_thread(guest, 0, CLONE_FS)\n    {last}return 0\n"
    text = MYSELF.format(first="pass") + host
    world = {"threads": ["host"], "calls": [Call("waves", "waves")]}
    sleeps = "set_current_state(TASK_INTERRUPTIBLE)\n    schedule()\n    "

    assert {} == causes(text.format(last=sleeps), config, **world)
    assert {"no_dangling": "ended_task"} == causes(text.format(last=""), config, **world)


LEFT = """
bell = DECLARE_WAIT_QUEUE_HEAD()
entry = wait_queue_t()


def guest(unused):
    {first}
    init_waitqueue_entry(entry, current)
    add_wait_queue(bell, entry)
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    set_current_state(TASK_RUNNING)
    {last}
    return 0


def invites():
    kthread_run(guest, 0, "guest")


def rings():
    wake_up(bell)
"""


@CONFIGS
@REDUCED
@pytest.mark.parametrize(
    "first, last, gone",
    [
        ('daemonize("g")', "pass", True),
        ('daemonize("g")', "remove_wait_queue(bell, entry)", False),
        ("pass", "pass", False),
    ],
)
def test_an_entry_that_outlives_its_task_leads_to_it(
    first: str, last: str, gone: bool, config: Config, reduce: bool
) -> None:
    """A static entry is there when the thread is not; a wake-up follows it."""

    text = LEFT.format(first=first, last=last)
    rings = [Call("first", "rings"), Call("second", "rings", when=done("first"))]
    made = [Call("invites", "invites"), Call("first", "rings", when=done("invites")), rings[1]]

    assert ({"no_dangling": "ended_task"} if gone else {}) == causes(
        text, config, reduce, threads=["guest"], calls=rings
    )
    assert ({"no_dangling": "ended_task"} if last == "pass" else {}) == causes(text, config, reduce, calls=made)


def test_who_asks_for_no_task_pays_nothing() -> None:
    """No cell and no choice more for a thread at whose task_struct nobody looks."""

    text = MYSELF.format(first='daemonize("g")').replace("current", "NULL").replace("wake_up_process(me)", "pass")
    machine = build(module(text), Scenario("life", threads=["guest"], calls=[Call("waves", "waves")]), UP)

    assert [] == [name for name in machine.index if name.split(".")[0] in ("ref", "reap", "over", "kstop")]
    assert [] == [e.name for e in machine.internal if e.kind == "reap"]


@pytest.mark.parametrize("profile", ["2.6.11", "6.12"])
@pytest.mark.parametrize(
    "first, expected", [("allow_signal(SIGKILL)", "1 0 0"), ("pass", "0 0 0"), ("flush_signals(current)", "0 0 0")]
)
def test_the_signals_of_another_task_may_be_looked_at(first: str, expected: str, profile: str) -> None:
    """signal_pending and flush_signals speak of the task that they are given, not of who asks."""

    ear = f"def ear(unused):\n    {first}\n    set_current_state(TASK_UNINTERRUPTIBLE)\n    schedule()\n    return 0\n"
    body = [
        'other = kthread_run(ear, 0, "ear")',
        "schedule()",
        "a = signal_pending(other)",
        "flush_signals(other)",
        'printk("%d %d %d", a, signal_pending(other), signal_pending(current))',
    ]
    kill = [Signal("ear", "SIGKILL", when=asleep("ear") & before_first("mykthread", "flush_signals"))]
    trace = drive(f"{ear}\n\n" + lines(*body), Config(profile=profile), ("ear", "kill/*"), signals=kill)

    assert [expected] == printed(trace) and any(e.op == "kill" for e in trace.events)


# ---- what a thread is given ------------------------------------------------------------------------------------------

PARCEL = """
parcel = struct("parcel", n=u32)
porter = ptr("task_struct")


def carries(p: ptr("parcel")):
    {carry}
    return 0


def sends():
    global porter
    p = cast(parcel, kzalloc(sizeof(parcel), GFP_KERNEL))
    if p == NULL:
        return
    {send}


def ends():
    kthread_stop(porter)
"""
STAYS = """while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if kthread_should_stop():
            break
        schedule()
    set_current_state(TASK_RUNNING)
    kfree(p)"""


@CONFIGS
@REDUCED
@pytest.mark.parametrize("send", ["kernel_thread(carries, p, CLONE_FS)", 'kthread_run(carries, p, "porter")'])
@pytest.mark.parametrize(
    "carry, leaks", [("pass", True), ("n = p.n", True), ("kfree(p)", False), ("p.n = 1; kfree(p)", False)]
)
def test_what_a_thread_was_given_is_lost_with_it(
    carry: str, leaks: bool, send: str, config: Config, reduce: bool
) -> None:
    """The thread's argument leads to the memory as long as the thread is there."""

    text = PARCEL.format(carry=carry.replace("; ", "\n    "), send=send)
    failing = causes(text, config, reduce, calls=[Call("sends", "sends")])

    assert (["no_leak"] if leaks else []) == list(failing)


@CONFIGS
@REDUCED
@pytest.mark.parametrize("profile", ["2.6.11", "2.6.24", "2.6.32", "6.12"])
def test_a_thread_stopped_before_it_ran_frees_nothing(profile: str, config: Config, reduce: bool) -> None:
    """It never runs.  Where its maker waits until it has begun, all is well."""

    text = PARCEL.format(carry=STAYS, send='porter = kthread_run(carries, p, "porter")')
    world = one_by_one("sends", "ends")
    assert {"no_leak": "at_exit"} == causes(text, config, reduce, profile, calls=world)

    begun = "begun = DECLARE_COMPLETION()\n" + text.replace("while True", "complete(begun)\n    while True")
    begun = begun.replace('"porter")\n', '"porter")\n    wait_for_completion(begun)\n', 1)
    assert {} == causes(begun, config, reduce, profile, calls=world)


SHARED = """
pair = struct("pair", n=u32)
added = DECLARE_COMPLETION()
kept = DEFINE_SPINLOCK()


def adds(p: ptr("pair")):
    p.n += 1
    complete(added)
    return 0


def shares():
    {made}
    p.n = 0
    kernel_thread(adds, p, CLONE_FS)
    p.n += 1
    wait_for_completion(added)
    if p.n == 1:
        spin_lock(kept)
    {freed}
"""


@pytest.mark.parametrize(
    "made, freed", [("p = pair()", "pass"), ("p = cast(pair, kmalloc(sizeof(pair), GFP_ATOMIC))", "kfree(p)")]
)
@REDUCED
@pytest.mark.parametrize("config, races", [(UP, False), (EACH, True), (PREEMPT, True)], ids=["up", "each", "pre"])
def test_maker_and_thread_see_the_same_memory(made: str, freed: str, config: Config, races: bool, reduce: bool) -> None:
    """An address that is handed to a thread is shared, and so are the races on it: one of two additions is lost."""

    text = SHARED.format(made=made, freed=freed)
    verdict = found(text, config, reduce, calls=[Call("shares", "shares")]).verdicts["locks_balanced"]

    assert ("exit_held" if races else "") == verdict.cause


# ---- one stop at a time ----------------------------------------------------------------------------------------------

LADDER = """
boss = ptr("task_struct")
hand = ptr("task_struct")


def obeys(unused):
    while not kthread_should_stop():
        set_current_state(TASK_INTERRUPTIBLE)
        if not kthread_should_stop():
            schedule()
    set_current_state(TASK_RUNNING)
    return 0


def leads(unused):
    global hand
    hand = kthread_run(obeys, 0, "hand")
    obeys(0)
    {own}
    return 0


def begins():
    global boss
    boss = kthread_run(leads, 0, "boss")


def ends():
    kthread_stop(boss)
    {other}
"""


def stuck(text: str, config: Config, reduce: bool, profile: str) -> bool:
    """Is there an end at which ``ends`` has begun and not come back?"""
    machine = build(
        module(text),
        Scenario("life", calls=one_by_one("begins", "ends")),
        replace(config, profile=profile),
        reduce=reduce,
    )
    graph = search(machine)
    moves = {s for s in range(len(graph.states)) for c, _ in graph.edges(s)}
    pc = machine.index[f"pc.{machine.task('ends').index}"]
    finished = machine.special[machine.task("ends").index, "final"]
    return any(s not in moves and graph.states[s][pc] != finished for s in range(len(graph.states)))


@CONFIGS
@REDUCED
@pytest.mark.parametrize("profile, waits", [("2.6.11", True), ("2.6.24", True), ("2.6.32", False), ("6.12", False)])
def test_a_thread_that_is_being_stopped_may_not_stop_another(
    profile: str, waits: bool, config: Config, reduce: bool
) -> None:
    """Up to 2.6.30 its own stop holds the lock that the other one needs.  One after the other, all is well."""

    nested = LADDER.format(own="kthread_stop(hand)", other="pass")
    flat = LADDER.format(own="pass", other="if hand != NULL:\n        kthread_stop(hand)")

    assert waits is stuck(nested, config, reduce, profile)
    assert not stuck(flat, config, reduce, profile)


def test_who_waits_for_his_turn_to_stop_is_told_of() -> None:
    """In the story, and where a task is asked what it waits for."""

    text = LADDER.format(own="kthread_stop(hand)", other="pass")
    prefer = ("begins", "leads", "obeys", "ends")
    trace = drive(text, UP, prefer, threads=[], calls=one_by_one("begins", "ends"))

    assert "leads waits in D before it may tell obeys to stop: another kthread_stop is not over." in told(trace)
    assert "the end of kthread_stop() in ends" in {t.waiting_for for t in trace.views[-1].tasks}


def test_two_who_stop_one_after_the_other_get_their_turns() -> None:
    """The lock goes on to who waits for it."""

    text = DOORMAN.format(hired="pass", called="kthread_stop(doorman)") + LADDER.format(own="pass", other="pass")
    world = [*one_by_one("hires", "begins"), *(Call(n, n, when=done("begins")) for n in ("calls", "ends"))]
    prefer = ("hires", "begins", "calls", "ends", "stands", "leads", "obeys", *LAST)
    trace = drive(text.replace("open_ or ", ""), EACH, prefer, threads=[], calls=world)
    steps = [(e.task, e.outcome) for e in trace.events if e.op.startswith("kthread_stop")]

    assert [("calls", ""), ("ends", "in_turn"), ("calls", ""), ("ends", "asks"), ("ends", "")] == steps


def test_who_waits_for_his_turn_hears_nothing_of_what_another_waits_for() -> None:
    """Woken by mistake, he goes on waiting, though the thread that he wants to stop, too, has ended."""

    text = DOORMAN.format(hired=HIRED["held"], called="kthread_stop(doorman)").replace("open_ or ", "")
    world = [*one_by_one("hires"), Call("first", "calls"), Call("second", "calls", when=asleep("first"))]
    early = [Spurious("second", when=done("stands"))]
    prefer = ("hires", "spurious/*", "second", "stands", "first")
    trace = drive(text, replace(EACH, profile="2.6.24"), prefer, threads=[], calls=world, spurious=early)
    steps = [(e.task, e.outcome) for e in trace.events if e.op == "kthread_stop:return"]

    assert [("second", "in_turn"), ("first", ""), ("second", "asks")] == steps


# ---- the freezer -----------------------------------------------------------------------------------------------------

LOOKS = """
def looks(unused):
    {off}
    before = freezing(current)
    {between}
    if freezing(current) != before:
        BUG()
    {on}
    try_to_freeze()
    return 0


def other(unused):
    while True:
        schedule()
"""


@pytest.mark.parametrize(
    "config, between, seen",
    [
        (UP, "pass", False),
        (UP, "yield()", True),
        (EACH, "pass", True),
        (PREEMPT, "pass", True),
        (PREEMPT, "preempted not", False),
        (Config(cpus=2), "pass", True),
    ],
)
@REDUCED
def test_the_freezer_needs_a_cpu_to_ask(config: Config, between: str, seen: bool, reduce: bool) -> None:
    """Between two operations of another task it comes only where that can be preempted, or on another CPU."""

    off, on = ("preempt_disable()", "preempt_enable()") if "not" in between else ("pass", "pass")
    text = LOOKS.format(between=between.replace("preempted not", "pass"), off=off, on=on)
    world = {"threads": ["looks", "other", "other"], "freeze": Freeze("looks")}

    assert ("bug" if seen else "") == found(text, config, reduce, **world).verdicts["no_oops"].cause
    alone = {"threads": ["looks"], "freeze": Freeze("looks")}
    assert ("bug" if seen else "") == found(text, config, reduce, **alone).verdicts["no_oops"].cause


# ---- replay ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpus", [1, 2, 8])
def test_a_fault_stands_on_the_cpu_that_it_came_about_on(cpus: int) -> None:
    """Also where the task that faults takes its CPU in the same step."""

    world = Scenario("life", threads=["mykthread", "other", "third"])
    text = lines("BUG()") + "".join(f"\n\ndef {n}(unused):\n    schedule()\n    return 0\n" for n in ("other", "third"))
    fault_at = replay(module(text), world, Config(cpus=cpus), "mykthread").events[-1]

    assert ("fault", 0) == (fault_at.op, fault_at.cpu)


BAD = """
def bad(data):
    {body}


def worse():
    BUG()


clock = TIMER_INITIALIZER(bad, 0, 0)


def mykthread(unused):
    mod_timer(clock, jiffies + HZ)
    schedule()
    return 0


def other(unused):
    schedule()
    return 0
"""


@pytest.mark.parametrize("config", [UP, Config(cpus=2), EACH], ids=["one", "two", "each"])
@pytest.mark.parametrize(
    "body, choice, actor", [("BUG()", "timer/clock", "softirq/clock"), ("pass", "irq/nic", "irq/nic")]
)
def test_a_fault_of_a_frame_stands_where_the_frame_has_landed(
    body: str, choice: str, actor: str, config: Config
) -> None:
    """Also where landing and the first operation are one step."""

    world = {"threads": ["mykthread", "other", "other"], "calls": []}
    if choice == actor:
        world["calls"] = [Call("nic", "worse", context="irq")]
    prefer = (f"cpu1>{choice}", f"cpu4>{choice}", choice, "softirq/*", "irq/*", "mykthread")
    last = drive(BAD.format(body=body), config, prefer, **world).events[-1]
    cpu = 0 if config is UP else 1 if config.cpus == 2 else last.cpu

    assert ("fault", actor, "irq", cpu) == (last.op, last.task, last.context, last.cpu) and last.cpu >= 0
