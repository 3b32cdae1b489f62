"""What a program may cost is counted; what costs too much is not decided and says why, and all the rest is judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

import kthreadlab
from kthreadlab import Call, Config, Scenario, explore
from kthreadlab.checks import labs
from kthreadlab.checks.labs import folded_story
from kthreadlab.checks.observers import observers_for
from kthreadlab.checks.portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT
from kthreadlab.compile import limits
from kthreadlab.compile.limits import MAX_CONTEXTS, MAX_STATES, Budget, LimitReached
from kthreadlab.compile.runtime import HEAP, WIDE, Wide, holds, references, wide
from kthreadlab.compile.values import LowerError
from kthreadlab.lang.ir import Pos
from kthreadlab.run.replay import replay
from kthreadlab.run.search import build, search
from kthreadlab.run.verdict import undecided
from tests.support import linked, module, submission

CONFIGS = {"up": ONE_CPU, "each": A_CPU_EACH, "pre": PREEMPT}
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
reductions = pytest.mark.parametrize("reduce", [True, False], ids=["reduced", "unreduced"])
ALONE = Scenario("alone", threads=["worker"])


KICKED = ("wait_event_interruptible(queue, kicked)", "kicked = 0")
TIMED = ("set_current_state(TASK_INTERRUPTIBLE)", "schedule_timeout(1)")


def worker(*lines: str, statics: str = "", before: tuple[str, ...] = (), sleep: tuple[str, ...] = KICKED) -> str:
    """A thread that does *lines* and sleeps, until somebody kicks it or a timer expires."""
    body = "\n".join(f"        {line}" for line in (*lines, *sleep))
    first = "\n".join(f"    {line}" for line in before)
    return f"""
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
kicked = u32(0)
{statics}

def worker(unused):
    global kicked
    daemonize("worker")
    allow_signal(SIGKILL)
{first}
    while not signal_pending(current):
{body}
    return 0


def kick(n):
    global kicked
    kicked = n
    wake_up(queue)
"""


def kicks(number: int) -> Scenario:
    return Scenario("kicked", threads=["worker"], calls=[Call(f"kick{n}", "kick", 1) for n in range(number)])


# ---- counters ------------------------------------------------------------------------------------------------------

TICKING = """
{statics}

def tick(data):
    {count}
    mod_timer(clock, jiffies + HZ)


clock = TIMER_INITIALIZER(tick, 0, 0)


def start():
    {begin}mod_timer(clock, jiffies + HZ)


def stop():
    del_timer_sync(clock)
"""
COUNTS = {
    "a static": ("ticks = u32(0)", "global ticks\n    ticks += 1", "", "ticks"),
    "an element": ("seen = array(u32, 4)", "seen[2] += 1", "", "an element of seen"),
    "a field": (
        'box = struct("box", full=u32, taken=u32)\nhave = box()',
        "have.taken += 1",
        "",
        "an element of have",
    ),
    "a field on the heap": (
        'box = struct("box", full=u32, taken=u32)\nhave = ptr("box")',
        "have.taken += 1",
        "global have\n    have = cast(box, kzalloc(sizeof(box), GFP_ATOMIC))\n    if not have:\n        return\n    ",
        "taken in struct box",
    ),
}


@configs
@reductions
@pytest.mark.parametrize("where", COUNTS)
def test_a_counter_is_named_and_no_property_fails_for_it(where: str, reduce: bool, config: Config) -> None:
    """A timer that counts its own rounds is right; its states are too many, and everybody hears why."""

    statics, count, begin, name = COUNTS[where]
    count += f"\n    BUG_ON({count.split()[-3]} == 1000000000)"
    made = module(TICKING.format(statics=statics, count=count, begin=begin), "clock")
    world = Scenario("ticking", calls=[Call("on", "start"), Call("off", "stop", when=kthreadlab.done("on"))])
    found = explore(made, world, config, max_states=8_000, reduce=reduce)
    assert not found.complete and f"more than 8,000 states: {name} takes a new value" in found.limit
    assert not any(v.holds is False for v in found.verdicts.values())


@configs
@pytest.mark.parametrize("where", [name for name in COUNTS if name != "an element"])
def test_a_number_that_nobody_reads_costs_nothing(where: str, config: Config) -> None:
    """Nothing follows from how often a timer has run, where it is only counted."""

    statics, count, begin, _ = COUNTS[where]
    world = Scenario("ticking", calls=[Call("on", "start"), Call("off", "stop", when=kthreadlab.done("on"))])
    found = explore(module(TICKING.format(statics=statics, count=count, begin=begin), "clock"), world, config)
    assert found.complete and not any(v.holds is False for v in found.verdicts.values())


@configs
def test_a_witness_that_goes_round_counts_on(config: Config) -> None:
    """A thread that never rests, and counts how often: the cycle is one, and the numbers grow in its film."""

    text = "rounds = u32(0)\n\n\ndef worker(unused):\n    global rounds\n"
    text += "    while 1:\n        rounds += 1\n        schedule()\n"
    made = module(text, "worker")
    found = explore(made, ALONE, config).verdicts["sleeps_when_idle"]
    assert found.holds is False
    trace = kthreadlab.replay(made, ALONE, config, found.witness)
    assert "cycle" == trace.ending and len({str(v.statics["rounds"]) for v in trace.views}) > 1


def test_a_local_counter_is_named() -> None:
    """It lives in the state from one step to the next."""

    made = module(worker("rounds += 1", before=("rounds = u32(0)",), sleep=TIMED), "worker")
    found = explore(made, ALONE, ONE_CPU, max_states=3_000)
    assert "rounds takes a new value again and again" in found.limit


def test_states_without_a_counter_are_too_many_without_one() -> None:
    made = linked("lab6", submission("lab6/right/reference").text)
    world = Scenario("many", threads=["mykthread"], calls=[Call(f"r{n}", "report_event", n + 1) for n in range(4)])
    found = explore(made, world, A_CPU_EACH, max_states=2_000)
    assert found.limit == "more than 2,000 states"


# ---- one budget for a portfolio ------------------------------------------------------------------------------------


def test_a_share_is_a_quarter_of_what_is_left() -> None:
    """What was not spent of it comes back."""

    budget = Budget()
    share = budget.share()
    assert share.states == MAX_STATES // 4
    share.states -= 1_000
    share.turns -= 7
    budget.settle(share)
    assert (MAX_STATES - 1_000, limits.MAX_TURNS - 7, limits.MAX_SIZE) == (budget.states, budget.turns, budget.size)


def test_shares_that_are_all_spent_never_come_to_more_than_there_is() -> None:
    budget, spent = Budget(), 0
    for _ in range(1_000):
        share = budget.share()
        spent += share.states
        share.states = 0
        budget.settle(share)
    assert spent <= MAX_STATES and budget.states >= 0


def test_a_long_array_leads_to_what_its_elements_lead_to() -> None:
    """It keeps that, and only what may be an address on the heap."""

    array = Wide([0, 7, HEAP + 3, None, (1, (HEAP + 5, 2)), *range(WIDE)])
    assert array.addresses == {HEAP + 3, HEAP + 5} <= references([array]) and 7 not in references([array])
    assert holds((1, (array,)), HEAP + 5) and not holds((1, (array,)), HEAP + 4)


def test_a_long_array_with_another_element_is_the_one_that_is_made_so() -> None:
    """Also by its hash; and no short one is equal to it."""

    array = Wide([0] * WIDE + [-1])
    for n, value in enumerate([5, -1, "a", None, 2**40, 0, 5]):
        hash(array)
        array = array.with_element(n * 7, value)
        made = Wide(tuple(array))
        assert array == made and hash(array) == hash(made) and array[n * 7] == value
    assert array != tuple(array) and tuple(array) != array and array != array.with_element(1, 7)


TWO_WORLDS = replace(LABS["lab2"], scenarios=tuple(LABS["lab2"].scenarios[n] for n in (0, 3)))
"""One in which little happens, and one in which much does."""


def tally(name: str, budget: Budget) -> labs.Tally:
    """What is to be searched of one of Lab 2's answers in `TWO_WORLDS`."""
    return labs.Tally(TWO_WORLDS, labs.answer_of(TWO_WORLDS, module(submission(f"lab2/{name}").text)), budget=budget)


def words(of: labs.Tally) -> dict[str, tuple[str, int]]:
    """The verdict on each property, and its points."""
    of.search()
    return {name: (result.verdict, result.points) for name, result in of.results().items()}


def test_what_is_left_goes_to_those_that_have_spent_their_share() -> None:
    """All is decided then, in whichever order it is asked for, and within the budget."""

    few = tally("right/reference", Budget(states=17_000))
    assert words(few) == words(tally("right/reference", Budget()))
    assert few.complete and not few.limit and len(few.tried_again) == 2 and few.budget.states > 0
    asked = tally("right/reference", Budget(states=17_000))
    for name in reversed(TWO_WORLDS.properties):
        asked.search(until=name)
    assert words(asked) == words(few) and (asked.states, asked.budget) == (few.states, few.budget)


def test_no_search_is_made_again_if_less_is_left_than_anybody_had() -> None:
    tried = tally("right/reference", Budget(states=9_000))
    before = words(tried), tried.states, tried.limit
    assert ("not decided", 0) in before[0].values() and before[1] <= 9_000 + 6 and before[2]
    assert (words(tried), tried.states, tried.limit) == before


def test_a_failure_with_preemption_is_no_news_where_none_without_is_known(monkeypatch) -> None:
    """Without preemption it may fail as well."""

    assert words(tally("wrong/bug_on_in_atomic", Budget()))[labs.PREEMPTION][0] == "fails"

    def on_few_cpus(module, scenario, config, names, share):
        if config == A_CPU_EACH:
            return undecided(scenario, config, names, "", "too much")
        return explore(module, scenario, config, names, share)

    monkeypatch.setattr(labs, "explore", on_few_cpus)
    assert words(tally("wrong/bug_on_in_atomic", Budget()))[labs.PREEMPTION] == ("not decided", 0)


POLLS = """
myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()
myevent_lock = DEFINE_RWLOCK()
myevent_id = u32(0)
polls = u32(0)


def mykthread(unused):
    global polls
    daemonize("mykthread")
    allow_signal(SIGKILL)
    while not signal_pending(current) and polls != 1000000:
        polls += 1
        set_current_state(TASK_INTERRUPTIBLE)
        schedule_timeout(HZ)
    return 0
"""


def test_a_check_stays_in_its_budget_judges_every_scenario_and_is_remembered(monkeypatch) -> None:
    """Every scenario and configuration gets its share; the next test cell searches nothing any more."""

    made = module(POLLS)
    tally = labs.Tally(LABS["lab2"], labs.answer_of(LABS["lab2"], made), budget=Budget(states=20_000))
    monkeypatch.setattr(labs, "_tally", lambda lab, module: tally)
    explored = []

    def counted(*args: object) -> object:
        explored.append(args[-1].states)
        return explore(*args)

    monkeypatch.setattr(labs, "explore", counted)
    report = kthreadlab.check("lab2", made)
    assert report.states <= 20_000 + len(explored) and len(explored) == 3 * report.scenarios
    assert explored[:2] == [5_000, 3_750] and not report.complete and report.points == 0
    assert "polls takes a new value again and again" in report.limit
    before = len(explored)
    for name in report.properties:
        with pytest.raises(kthreadlab.PropertyFails) as failing:
            kthreadlab.check("lab2", module(POLLS), property=name)
        if report.properties[name].holds is None:
            assert "is not decided" in str(failing.value) and "polls" in str(failing.value)
    assert before == len(explored)


@configs
def test_bytes_are_counted_too(config: Config) -> None:
    """A long array that each state holds in another form."""

    statics = "log = array(u32, 2048)\nat = u32(0)\n"
    text = worker("log[at] = 1", "at = (at + 1) % 2048", statics=statics, sleep=TIMED)
    made = module(text.replace("global kicked\n", "global kicked, at\n", 1), "worker")
    machine = build(made, ALONE, config)
    graph = search(machine, Budget(size=2_000_000))
    assert not graph.complete and "states are too large to be kept" in graph.limit
    assert 50 < len(graph.states) < 1_000


def test_a_long_array_is_hashed_once() -> None:
    """And sliced and changed as any other tuple; what is equal to it is one, too."""

    long, short = wide((1,) * 100), wide((1, 2))
    assert isinstance(long, Wide) and not isinstance(short, Wide)
    assert long == wide((1,) * 100) and hash(long) == hash(wide((1,) * 100)) and vars(long)
    assert long[:] == (1,) * 100 != long


@configs
@reductions
def test_states_kept_as_halves_are_the_same_states(reduce: bool, config: Config, monkeypatch) -> None:
    """With the same numbers, edges, faults and findings, whenever the search begins to keep halves."""

    made = linked("lab6", submission("lab6/wrong/uses_after_free").text)
    world = Scenario("same", threads=["mykthread"], calls=[Call(f"r{n}", "report_event", n + 1) for n in range(2)])
    graphs = []
    for many in (10**9, 700, 1):
        monkeypatch.setattr("kthreadlab.run.search.MANY", many)
        graph = search(build(made, world, config, observers=observers_for(["delivered", "no_leak"]), reduce=reduce))
        edges = list(graph.offsets), list(graph.targets), list(graph.labels), list(graph.parents)
        graphs.append((list(graph.states), edges, graph.faults, graph.hits, graph.complete))
        assert [graph.states[n] for n in (0, 5, -1)] == [graphs[0][0][n] for n in (0, 5, -1)]
    assert graphs[0] == graphs[1] == graphs[2]


# ---- too many contexts, too much code ------------------------------------------------------------------------------


def forgetful(locks: int) -> str:
    """A thread that takes each of some locks perhaps, and goes on."""
    statics = "".join(f"l{n} = DEFINE_SPINLOCK()\nq{n} = u32(0)\n" for n in range(locks))
    lines = [line for n in range(locks) for line in (f"if q{n}:", f"    spin_lock(l{n})")]
    return worker(*lines, statics=statics + f"\n\ndef want(n):\n    global {', '.join(f'q{n}' for n in range(locks))}\n"
                  + "".join(f"    q{n} = 1\n" for n in range(locks)))  # fmt: skip


@configs
@reductions
def test_an_operation_in_too_many_contexts_is_not_decided(reduce: bool, config: Config) -> None:
    """It says which; and nothing else of the session suffers."""

    world = Scenario("perhaps", threads=["worker"], calls=[Call("want", "want", 1)])
    found = explore(module(forgetful(12), "worker"), world, config, reduce=reduce)
    most = MAX_CONTEXTS if reduce else 4 * MAX_CONTEXTS
    assert found.limit.startswith(f"more than {most} ways to hold locks, at line ") and "worker" in found.limit
    assert {v.holds for v in found.verdicts.values()} == {None} and not found.bug
    assert not explore(module(forgetful(2), "worker"), world, config, reduce=reduce).limit


def test_generated_code_is_counted() -> None:
    with pytest.raises(LimitReached, match="at line "):
        build(module(forgetful(3), "worker"), Scenario("p", threads=["worker"]), ONE_CPU, budget=Budget(lines=100))


def doubling(levels: int) -> str:
    """Small functions that call each other twice: what they come to when they are inlined doubles with each."""
    lines = ["def f0(a):", "    b = a * 3", "    b = b + 1", "    return b", "", ""]
    for n in range(1, levels + 1):
        lines += [f"def f{n}(a):", f"    return f{n - 1}(a) + f{n - 1}(a + 1)", "", ""]
    return "\n".join([*lines, "def worker(unused):", f"    x = f{levels}(1)", "    schedule()", "    return 0", ""])


def test_operations_are_counted_while_they_are_inlined() -> None:
    """Not when thousands of them are there."""

    assert explore(module(doubling(8), "worker"), ALONE, ONE_CPU).complete
    with pytest.raises(LowerError, match="worker is too large, with all that it calls"):
        explore(module(doubling(11), "worker"), ALONE, ONE_CPU)


# ---- loops that only compute ---------------------------------------------------------------------------------------


@configs
@reductions
def test_a_loop_is_not_turned_again_for_what_it_has_been_given(reduce: bool, config: Config) -> None:
    """However many states there are from which it is entered."""

    made = module(worker("for turn in range(5000):", "    pass", "set_current_state(TASK_RUNNING)"), "worker")
    budget = Budget()
    found = explore(made, kicks(3), config, max_states=budget, reduce=reduce)
    assert found.complete and found.states > 50
    assert 5_000 <= limits.MAX_TURNS - budget.turns <= 20_000


def test_a_loop_gives_what_it_has_computed() -> None:
    """Its results are told apart by everything they depend on."""

    text = """
sums = array(u32, 4)


def sum(n, odd):
    total = u32(0)
    for k in range(n):
        if odd and k % 2 == 0:
            continue
        total += k
    return total


def worker(unused):
    for n in range(4):
        sums[n] = sum(n * 10, n == 2)
        barrier()
    BUG_ON(sums[0] != 0 or sums[1] != 45 or sums[2] != 100 or sums[3] != 435)
    return 0
"""
    for config in CONFIGS.values():
        for reduce in (True, False):
            verdict = explore(module(text, "worker"), ALONE, config, ["no_oops"], reduce=reduce).verdicts["no_oops"]
            assert verdict.holds is not False


@reductions
def test_a_fault_in_a_loop_is_where_it_is(reduce: bool) -> None:
    text = worker("left = 20", "while left > 10:", "    left = left - 1", "    x = 100 // (left - 15)")
    verdict = explore(module(text, "worker"), ALONE, ONE_CPU, ["no_oops"], reduce=reduce).verdicts["no_oops"]
    assert (False, "divide_by_zero") == (verdict.holds, verdict.cause)
    assert "100 // (left - 15)" in text.splitlines()[verdict.finding.line - 1]


@configs
@reductions
def test_too_many_turns_in_all_are_not_decided(reduce: bool, config: Config) -> None:
    """Each loop is short enough; what they come to is not."""

    work = ["for turn in range(9000):", "    x = turn + seed", "seed = (seed + 1) % 500"]
    text = worker(*work, before=("seed = u32(0)",), sleep=TIMED)
    found = explore(module(text, "worker"), ALONE, config, max_states=Budget(turns=50_000), reduce=reduce)
    assert not found.complete and "loops" in found.limit
    assert found.verdicts["no_oops"].holds is None


# ---- long stories --------------------------------------------------------------------------------------------------

LATE = worker(
    "turn = (turn + 1) % 700",
    "BUG_ON(turn == 600)",
    statics="turn = u32(0)\n",
    sleep=TIMED,
).replace("global kicked\n", "global kicked, turn\n", 1)


@configs
@reductions
def test_a_long_story_is_folded(reduce: bool, config: Config) -> None:
    """Everybody can read what it comes to: the beginning, how often, the end."""

    found = explore(module(LATE, "worker"), ALONE, config, ["no_oops"], reduce=reduce)
    trace = replay(module(LATE, "worker"), ALONE, config, found.verdicts["no_oops"].witness)
    story = list(labs.story(trace))
    assert len(trace.events) > 2_000 and len(story) < 60
    assert any("lines again, 59" in line for line in story)
    assert "stops itself" in story[-1] and story[0].startswith("  1  worker ")


def test_a_story_with_no_rounds_has_its_middle_left_out() -> None:
    from kthreadlab.trace.events import Event

    events = tuple(Event(n, "a", "a", "process", 0, f"op{n}", (), None, "", (), "f", n) for n in range(5_000))
    parts = folded_story(events)
    assert len(parts) <= 300 and [p for p in parts if isinstance(p, str)] == ["and so on: 4,750 lines are left out"]
    assert (events[0], events[-1]) == (parts[0], parts[-1])


def test_a_short_story_is_told_whole() -> None:
    trace = kthreadlab.check("lab2", linked("lab2", submission("lab2/wrong/never_on_the_queue").text)).trace(
        "delivered_when_asleep"
    )
    assert folded_story(trace.events) == list(trace.events)


# ---- memory --------------------------------------------------------------------------------------------------------


def test_no_memory_is_told_and_not_a_crash(monkeypatch) -> None:
    """What this machine cannot hold is not decided."""

    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    monkeypatch.delenv("KTHREADLAB_DEBUG", raising=False)

    def full(*args: object, **more: object) -> None:
        raise MemoryError

    monkeypatch.setattr("kthreadlab.run.verdict.search", full)
    found = explore(module(worker("barrier()"), "worker"), ALONE, ONE_CPU)
    assert "MemoryError" in found.bug and {v.holds for v in found.verdicts.values()} == {None}


def test_a_limit_says_where() -> None:
    assert LimitReached("too much", Pos("worker", 7)).reason == "too much, at line 7 of worker"
    assert LimitReached("too much").reason == "too much"
