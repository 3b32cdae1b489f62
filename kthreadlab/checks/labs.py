"""Checking an answer: link it with the lab's given file, search every scenario of the portfolio, add up the verdicts.

Everybody runs this same check: a student in the notebook, nbgrader, the command line.  Nothing of the answer is
executed as Python.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from kthreadlab.compile.config import Config
from kthreadlab.compile.limits import SHARE, Budget, LimitReached
from kthreadlab.compile.values import LowerError, NotWrittenError
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.diagnostics import Diagnostic, InputError, folded, joined, told
from kthreadlab.lang.module import KernelModule, load
from kthreadlab.machine.scenario import Scenario
from kthreadlab.run.analysis import Property
from kthreadlab.run.schedule import Schedule, ScheduleError, digest, parse
from kthreadlab.run.verdict import Exploration, Verdict
from kthreadlab.run.words import FAILS, FOLLOWS, HOLDS, NOT_DECIDED, NOT_EXERCISED
from kthreadlab.trace.events import Event, Trace
from kthreadlab.trace.narrate import narrate, who

from .catalogue import PROPERTIES, explore, spoken_of
from .contract import problems
from .own_error import set_aside
from .portfolio import A_CPU_EACH, LABS, ONE_CPU, PREEMPT, VERSION, Lab
from .replaying import replay
from .report import AGAIN, JUDGED, Judged, PropertyFails, PropertyResult, Report, replay_command
from .shares import Open
from .texts import TEXTS, sentence

PREEMPTION = "survives_preemption"


def check(lab: str, module: KernelModule, property: str | None = None) -> Report | None:
    """Check an answer.

    Without *property*: the whole `Report`.  With it: None if it is earned, or `PropertyFails` with the sentence, the
    narrated witness and the schedule string, or with the property that it follows from.  Raises `InputError` for a lab
    or a property there is none of."""
    the_lab = LABS.get(lab)
    if the_lab is None:
        raise InputError(f"there is no lab {lab!r}; there are: {', '.join(LABS)}")
    if property is not None and property not in the_lab.properties:
        raise InputError(f"{lab} has no property {property!r}; it has: {', '.join(the_lab.properties)}")
    if isinstance(module, str):
        module = load(module)
    if not isinstance(module, KernelModule):
        raise InputError(f"check takes a kernel module (%%kmod makes one), not {type(module).__name__}")
    answer = answer_of(the_lab, module)
    if property is None:
        report = _report(the_lab, answer)
        return replace(report, module=module.name, told=set(report.errors) <= set(folded(module.diagnostics)))
    tally = _tally(the_lab, answer)
    tally.search(until=property)
    result = _blank(the_lab, property) if tally.problem else tally.result(property)
    if tally.problem or not result.passed:
        raise _fails(the_lab, answer, tally, result)
    return None


def _fails(lab: Lab, answer: KernelModule, tally: Tally, result: PropertyResult) -> PropertyFails:
    """The failure of one property, which can play its witness again.  Its text tells errors of the answer in short: the
    report tells all of them, and eight more cells have the same to say."""
    short = joined(told(tally.errors, brief=True)) if tally.errors else tally.problem
    text = failure_text(lab.name, short, result, tally.bug, tally.limit)
    failure = _failure(lab, answer, text, tally.problem, result)
    if result.witness and not result.root:
        failure.trace = partial(replay_in_lab, lab.name, answer, result.witness)
    return failure


def _failure(lab: Lab, answer: KernelModule, text: str, problem: str, result: PropertyResult) -> PropertyFails:
    what = judged(lab.name, answer)
    failure = PropertyFails(f"{text}\n{JUDGED}{what}" if what else text)
    failure.property, failure.result, failure.problem = result.name, result, problem
    return failure


def refused(lab: str, property: str, problem: str) -> PropertyFails:
    """The failure of *property* where there is no answer to check, because of *problem*."""
    result = _blank(LABS[lab], property)
    text = failure_text(lab, problem, result)
    return _failure(LABS[lab], KernelModule(LABS[lab].module), text, problem, result)


def judged(lab: str, module: object) -> Judged | None:
    """What a check of *module* would be about; None if the lab's answer is not in it."""
    answer = LABS[lab].answer
    files = answer_of(LABS[lab], module).files if isinstance(module, KernelModule) else {}
    return Judged.of(answer, files[answer]) if answer in files else None


def answer_of(lab: Lab, module: KernelModule) -> KernelModule:
    """The answer's own file linked with the lab's given file as it ships, under the lab's own module and file names: a
    schedule found in a notebook is good for the same text anywhere."""
    files = {lab.answer: module.files[lab.answer]} if lab.answer in module.files else dict(module.files)
    files.pop(lab.given, None)
    if len(files) == 1:
        files = {lab.answer: next(iter(files.values()))}
    given = {lab.given: lab.given_text} if lab.given else {}
    return KernelModule(lab.module, {**given, **files}, doubled=module.doubled)


def failure_text(lab: str, problem: str, result: PropertyResult, bug: str = "", limit: str = "") -> str:
    """What a failing test cell says; *problem*: why nothing could be searched, *bug* or *limit*: what was not, or
    ""."""
    if problem:
        return f"{result.name}: {problem}"
    if result.verdict == NOT_EXERCISED:
        return f"{result.name} was not exercised: what must come about before it scores never did, so it earns nothing."
    if result.verdict == FOLLOWS:
        return f"{result.name} follows from {result.root}: see there."
    if result.verdict == NOT_DECIDED and bug:
        return f"{result.name} is not decided.\n{bug}"
    if result.verdict == NOT_DECIDED:
        return f"{result.name} is not decided: {limit or f'not exhausted after {result.states:,} states'}."
    if not result.witness:
        return f"{result.title}: this fails.\n{bug}"
    lines = [result.sentence, "", *(f"  {line}" for line in result.story), ""]
    lines += [f"rule   {result.rule}"] if result.rule else []
    lines += [f"look   {result.hints[0]}"] if result.hints else []
    return "\n".join([*lines, AGAIN + replay_command(lab, result.witness)])


# ---- a report ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _tally(lab: Lab, module: KernelModule) -> Tally:
    """The searches of an answer, remembered as far as they have come, so that eight test cells explore once."""
    return Tally(lab, module)


def _report(lab: Lab, module: KernelModule) -> Report:
    start = time.perf_counter()
    tally = _tally(lab, module)
    tally.search()
    results = {} if tally.problem else tally.results()
    return Report(
        lab.name,
        lab.title,
        module.name,
        VERSION,
        results or {name: _blank(lab, name) for name in lab.properties},
        tally.problem,
        tally.states,
        tally.transitions,
        len(lab.scenarios),
        tally.complete,
        tally.bug,
        judged(lab.name, module),
        "",
        time.perf_counter() - start,
        partial(replay_in_lab, lab.name, module),
        tally.errors,
        limit=tally.limit,
        onward=_onward(lab, results),
        then=_then(lab),
        world=partial(where, tally),
    )


def where(tally: Tally, name: str) -> tuple[KernelModule, Scenario, Config, str]:
    """Where a property of an answer is to be looked at, and which it is there: in the scenario and on the machine in
    which it fails; where it doesn't, on one CPU in the first scenario that judges it, and has something to say of it if
    one has."""
    failure = tally.flipped if name == PREEMPTION else tally.failures.get(name) or tally.followers.get(name)
    if failure is not None:
        return tally.module, failure.scenario, failure.config, failure.verdict.name
    lab = tally.lab
    judging = [x for x in lab.scenarios if name in lab.judged.get(x.name, lab.properties)]
    telling = (x for x in judging if PROPERTIES.get(name) in spoken_of(x))
    return tally.module, next(telling, (judging or lab.scenarios)[0]), ONE_CPU, name


def _onward(lab: Lab, results: dict[str, PropertyResult]) -> tuple[str, str] | None:
    """Where to go on from full points, if something that is shown is not earned."""
    full = bool(results) and all(results[name].points == most for name, most in lab.points.items())
    if lab.onward is None or not full or all(results[name].holds for name in lab.shown):
        return None
    return lab.onward.lab, lab.onward.text


def _then(lab: Lab) -> tuple[str, str] | None:
    """The lab after this one, by name and title."""
    names = list(LABS)
    after = names[names.index(lab.name) + 1 :] if lab.name in names else []
    return (after[0], LABS[after[0]].title) if after else None


def _identify(name: str) -> str:
    return "I11" if name == PREEMPTION else PROPERTIES[name].id


def _blank(lab: Lab, name: str) -> PropertyResult:
    """A property of an answer that could not be searched."""
    graded = name in lab.points
    return PropertyResult(
        _identify(name), name, TEXTS[name].title, None, False, graded, 0, lab.points.get(name, 0), verdict=NOT_DECIDED
    )


@dataclass
class Failure:
    """A verdict against a property, and where."""

    verdict: Verdict
    scenario: Scenario
    config: Config


PLAIN = (ONE_CPU, A_CPU_EACH)
"""The machines without preemption."""


@dataclass
class Tally:
    """What the searches of a portfolio add up to: a property *fails* if it does so anywhere, else it is *undecided* if
    any search of it was not exhausted, else it *follows* if it does so anywhere.

    By scenario and configuration: *open*, the searches that were not exhausted, of which some have been *tried_again*,
    and *words*, what those without preemption say of each property.  *doubts*: by scenario, what fails with preemption
    where it is not known without."""

    lab: Lab
    module: KernelModule
    problem: str = ""
    bug: str = ""
    errors: tuple[Diagnostic, ...] = ()
    states: int = 0
    transitions: int = 0
    searched: int = 0
    exercised: set[str] = field(default_factory=set)
    failures: dict[str, Failure] = field(default_factory=dict)
    open: dict[tuple[str, Config], Open] = field(default_factory=dict)
    tried_again: set[tuple[str, Config]] = field(default_factory=set)
    followers: dict[str, Failure] = field(default_factory=dict)
    words: dict[tuple[str, Config], dict[str, str]] = field(default_factory=dict)
    doubts: dict[str, list[Failure]] = field(default_factory=dict)
    flipped: Failure | None = None
    told: dict[str, PropertyResult] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    untold: str = ""

    def __post_init__(self) -> None:
        self.first_share = self.budget.share()
        self.refuse(problems(self.lab, self.module))

    def refuse(self, errors: Iterable[Diagnostic]) -> None:
        """There is nothing to search, if there are any *errors*."""
        self.errors = folded(errors)
        self.problem = "\n\n".join(map(str, self.errors))

    @property
    def complete(self) -> bool:
        """Was every search exhausted?"""
        return not self.open

    @property
    def limit(self) -> str:
        """The first thing that would have cost too much, or ""."""
        return next((x.limit for x in self.open.values() if x.limit), self.untold)

    @property
    def undecided(self) -> set[str]:
        """What some search has left open."""
        names = {name for x in self.open.values() if x.config != PREEMPT for name in x.names}
        unsure = self.doubts or any(x.bug or x.config == PREEMPT for x in self.open.values())
        return names | {PREEMPTION} if unsure else names

    def search(self, until: str = "") -> None:
        """Go on with the scenarios, to the end or until the failure of property *until* is known; then once more with
        what was left open."""
        while not self.problem and self.searched < len(self.lab.scenarios) and not self.settled(until):
            self.attempt(partial(self.search_scenario, self.lab.scenarios[self.searched]))
            self.searched += 1
        over = self.searched == len(self.lab.scenarios) and (not until or until in self.undecided)
        for key, left in list(self.open.items()) if over else ():
            if key not in self.tried_again:
                self.attempt(partial(self.try_again, left))
                self.tried_again.add(key)

    def attempt(self, search: Callable[[], None]) -> None:
        """Make some searches, or learn why there is nothing to search."""
        counted = self.states, self.transitions, replace(self.budget)
        try:
            search()
        except KeyboardInterrupt:  # they will be made again, and counted then
            self.states, self.transitions, self.budget = counted
            raise
        except NotWrittenError as stub:
            self.problem = f"{stub.function} is not written yet: replace its `raise NotImplementedError` by your code."
        except LowerError as error:
            self.refuse([error.diagnostic])

    def settled(self, name: str) -> bool:
        """Has property *name* failed in a way than which no scenario can show a worse?"""
        if name == PREEMPTION:
            return self.flipped is not None
        failure = self.failures.get(name)
        return failure is not None and PROPERTIES[name].rank(failure.verdict.cause) == 0

    def search_scenario(self, scenario: Scenario) -> None:
        """One scenario, on each machine that the lab asks for."""
        judged = self.lab.judged.get(scenario.name, self.lab.properties)
        names = [name for name in (*judged, *unlisted(self.lab)) if name != PREEMPTION]
        plain = [self.explore(scenario, config, names) for config in PLAIN]
        for found, config in zip(plain, PLAIN, strict=True):
            self.add(found, scenario, config)
        if PREEMPTION in self.lab.points:
            self.compare(self.explore(scenario, PREEMPT, names), scenario)

    def try_again(self, left: Open) -> None:
        """A search that has come to the end of its share, with all that is left, if that may be enough.  What has
        failed need not be watched any more."""
        doubted = [failure.verdict.name for failure in self.doubts.get(left.scenario.name, ())]
        names = [name for name in left.names if name not in self.failures or name in doubted]
        if left.config == PREEMPT:
            names = [] if self.flipped else [*left.names]
        if set(names).isdisjoint(self.lab.properties) or not left.may_be_decided(self.budget, self.first_share):
            return
        found = self.explore(left.scenario, left.config, [name for name in PROPERTIES if name in names], parts=1)
        if left.config == PREEMPT:
            self.compare(found, left.scenario)
        else:
            self.add(found, left.scenario, left.config)
            self.flip(left.scenario, self.doubts.pop(left.scenario.name, []))

    def explore(self, scenario: Scenario, config: Config, names: list[str], parts: int = SHARE) -> Exploration:
        """One search, with its share of what is left to be spent."""
        share = self.budget.share(parts)
        found = explore(self.module, scenario, config, [self.asked(name) for name in names], share)
        self.budget.settle(share, parts)
        self.states += found.states
        self.transitions += found.transitions
        self.bug = self.bug or found.bug
        self.open.pop((scenario.name, config), None)
        if not found.complete:
            self.open[scenario.name, config] = Open.after(found, scenario, config, share)
        return found

    def asked(self, name: str) -> Property:
        """A property, as the lab asks for it."""
        known, reached = PROPERTIES[name], self.lab.reached.get(name)
        return known if reached is None else replace(known, trigger=reached, general="")

    def add(self, found: Exploration, scenario: Scenario, config: Config) -> None:
        """What one search has found."""
        words = self.words.setdefault((scenario.name, config), {})
        for name, verdict in found.verdicts.items():
            here = Failure(verdict, scenario, verdict.config or config)
            words[name] = verdict.verdict
            if verdict.exercised:
                self.exercised.add(name)
            if verdict.verdict == FAILS:
                self.failures[name] = worse(name, self.failures.get(name), here)
            elif verdict.verdict == FOLLOWS:
                self.followers.setdefault(name, here)

    def compare(self, preempted: Exploration, scenario: Scenario) -> None:
        """A graded property that holds in this scenario without preemption and fails with it."""
        verdicts = (preempted.verdicts.get(name) for name in self.lab.points)
        self.flip(scenario, [Failure(v, scenario, PREEMPT) for v in verdicts if v is not None and v.fails])

    def flip(self, scenario: Scenario, failures: list[Failure]) -> None:
        """Is one of these *failures* with preemption none without?"""
        for failure in failures:
            words = {self.words[scenario.name, config].get(failure.verdict.name) for config in PLAIN}
            if self.flipped or words & {FAILS, FOLLOWS}:
                continue
            if NOT_DECIDED in words:
                self.doubts.setdefault(scenario.name, []).append(failure)
            else:
                self.flipped = failure

    def results(self) -> dict[str, PropertyResult]:
        """What the lab speaks of; and what it does not, but where a failure begins, or a call does not return."""
        listed = {name: self.result(name) for name in self.lab.properties}
        roots = {result.root for result in listed.values()}
        more = [n for n in unlisted(self.lab) if n in self.failures and (n in roots or n in ALWAYS_TOLD)]
        return listed | {name: self.result(name) for name in more}

    def result(self, name: str) -> PropertyResult:
        """What all searches together say of one property."""
        failure = self.flipped if name == PREEMPTION else self.failures.get(name)
        exercised = ("no_oops" if name == PREEMPTION else name) in self.exercised or failure is not None
        follower = self.followers.get(name)
        if failure is not None:
            word, holds = FAILS, False
        elif name in self.undecided:
            word, holds = NOT_DECIDED, None
        elif follower is not None:
            failure, word, holds = follower, FOLLOWS, exercised and not follower.verdict.promise
        else:
            word, holds = (HOLDS, True) if exercised else (NOT_EXERCISED, None)
        most = self.lab.points.get(name, 0)
        base = PropertyResult(
            _identify(name),
            name,
            TEXTS[name].title,
            holds,
            exercised,
            name in self.lab.points,
            most if holds else 0,
            most,
            self.states,
            verdict=word,
            root=failure.verdict.root if failure is not None and word == FOLLOWS else "",
        )
        if failure is None:
            return base
        if name not in self.told:
            try:
                self.told[name] = tell(base, failure, self.module, self.lab.answer)
            except LimitReached as limit:
                self.untold = self.untold or f"the story of {name}: {limit.reason}"
                self.told[name] = base
            except Exception as error:  # it fails all the same; only its story is missing
                self.bug = self.bug or set_aside(error)
                self.told[name] = base
        return replace(self.told[name], states=self.states)


ALWAYS_TOLD = ("returns",)
"""What a report tells of wherever it fails, listed or not."""


def unlisted(lab: Lab) -> list[str]:
    """What is decided in *lab* too, though it is not spoken of there unless something begins with it."""
    to_blame = [p.name for p in PROPERTIES.values() if p.faults or p.broken is not None]
    return [name for name in dict.fromkeys((*ALWAYS_TOLD, *to_blame)) if name not in lab.properties]


def worse(name: str, known: Failure | None, new: Failure) -> Failure:
    """The worse of two failures of property *name*, or the first."""
    rank = PROPERTIES[name].rank
    return new if known is None or rank(new.verdict.cause) < rank(known.verdict.cause) else known


def tell(result: PropertyResult, failure: Failure, module: KernelModule, answer: str) -> PropertyResult:
    """The result with its witness, told."""
    verdict = failure.verdict
    trace = replay(module, failure.scenario, failure.config, verdict.witness)
    cause = "preemption" if result.name == PREEMPTION else refine(verdict, trace)
    words = words_for(verdict, trace, failure.scenario, answer)
    return PropertyResult(
        **{
            **vars(result),
            "witness": verdict.witness,
            "scenario": f"{failure.scenario.name} on {failure.config}",
            "cause": cause,
            "sentence": sentence(result.name, cause, **words),
            "story": tuple(story(trace)),
            "length": len(trace.steps),
            "hints": TEXTS[result.name].causes[cause].hints if result.verdict == FAILS else (),
        }
    )


def spoken_of_as(scenario: Scenario) -> str | None:
    """What the thread is called that a headline speaks of: the scenario's first, or the one that its identity is of;
    without any, whoever reports."""
    if scenario.threads:
        return scenario.threads[0].function
    return scenario.identity.name if scenario.identity is not None else scenario.report


def words_for(verdict: Verdict, trace: Trace, scenario: Scenario, answer: str = "") -> dict[str, object]:
    """What the headline of a verdict speaks of, as far as its witness tells.  A line in another file than *answer* is
    named with its file; one in the machine's own sources is not named at all."""
    finding, files = verdict.shown, trace.source
    return {
        "thread": spoken_of_as(scenario),
        "id": finding.id if finding.id is not None else next(reversed(trace.execs()), None),
        "line": finding.line if finding.file in files else None,
        "file": finding.file if finding.file != answer and len(files) > 1 else None,
        "scenario": scenario.name,
        "detail": finding.detail,
        "property": verdict.name,
        "lock": next((e.args[0] for e in reversed(trace.events) if "lock" in e.op and e.args), None),
        **who_and_what(trace),
        **verdict.words,
    }


def shown(found: Exploration, verdict: Verdict) -> tuple[str, str]:
    """What goes wrong in an exploration, in one sentence, and the schedule that shows it; "" for both if that is too
    much code, and if the engine fails at it, with a word in ``found.bug``."""
    m = found.machine
    if m is None:
        return "", ""
    try:
        trace = replay(m.module, m.scenario, verdict.config or m.config, verdict.witness)
        return sentence(verdict.name, refine(verdict, trace), **words_for(verdict, trace, m.scenario)), verdict.witness
    except LimitReached as limit:
        found.limit = found.limit or limit.reason
        return "", ""
    except Exception as error:
        found.bug = found.bug or set_aside(error)
        return "", ""


def who_and_what(trace: Trace) -> dict[str, object]:
    """Who made the last step of a witness, and by which call; the last queue and the last exit code it speaks of."""
    if not trace.events:
        return {}
    last = trace.events[-1]
    queues = [e.args[0] for e in trace.events if e.op in CALLS and CALLS[e.op].params[:1] == ("queue",) and e.args]
    codes = [e.detail("code") for e in trace.events if e.op == "exit"]
    call = f"{last.op}()" if last.op in CALLS else None
    return {"task": who(last), "call": call, "queue": (queues or [None])[-1], "code": (codes or [None])[-1]}


def refine(verdict: Verdict, trace: Trace) -> str:
    """Name a lost report after the way it was lost, which only its story shows."""
    cause = verdict.cause
    id_ = verdict.shown.id
    if cause not in ("slept_through", "not_queued") or id_ is None:
        return cause
    calls = [e for e in trace.events if e.detail("report") is not None]
    mine = [e for e in calls if e.detail("report") == id_]
    wakes = [
        e
        for e in trace.events
        if e.op.startswith("wake_up") and mine and mover(e) == mover(mine[-1]) and e.step >= mine[-1].step
    ]
    known = TEXTS[verdict.name].causes
    if mine and "overwritten" in known and written_over(trace, mine[-1]):
        return "overwritten"
    if wakes:
        view = trace.views[wakes[-1].step]
        thread = view.tasks[0]
        slept = any(e.op == "schedule" and e.outcome == "sleeps" and e.step < wakes[-1].step for e in trace.events)
        if wakes[-1].outcome == "woken":
            later = [e for e in calls if e.step > mine[-1].step and e.detail("report") != id_]
            return "overwritten" if later and "overwritten" in known else cause
        if thread.waiting_for == "the user-mode helper" and "during_helper" in known:
            return "during_helper"
        if not slept and "before_first_sleep" in known:
            return "before_first_sleep"
    return cause


def mover(event: Event) -> str:
    """Whose event it is: an interrupt's first names the CPU that it lands on, too."""
    return event.actor.rpartition(">")[2]


def written_over(trace: Trace, report: Event) -> bool:
    """Did somebody else write to the place where this report left its id, before anybody had read it?"""
    memory = [e for e in trace.events if e.op in ("load", "store") and e.step >= report.step]
    for n, store in enumerate(memory):
        if store.op == "store" and mover(store) == mover(report):
            after = next((e for e in memory[n + 1 :] if e.args[:1] == store.args[:1]), None)
            if after is not None and after.op == "store" and mover(after) != mover(store):
                return True
    return False


LONG_STORY = 100
"""What is told again and again is folded in a story of more events than this."""
MOST_TOLD = 250
"""Events that a story tells; the rest, in its middle, is left out."""
LONGEST_ROUND = 64
"""As many events make one round of what is folded."""


def story(trace: Trace) -> Iterator[str]:
    """The narrated witness: a numbered line a step, and how it ends.  A long one is folded."""
    if not trace.steps:
        yield "     at the very beginning, before anybody has moved"
    for part in folded_story(trace.events):
        if isinstance(part, str):
            yield f"     {part}"
            continue
        before = trace.views[part.step] if part.step < len(trace.views) else None
        where = f"  [{part.file}:{part.line}]" if part.line else ""
        yield f"{part.step + 1:>3}  {narrate(part, before)}{where}"
    if trace.cycle:
        yield f"     and from step {len(trace.steps) - trace.cycle + 1} on the same again, for ever"
    elif trace.ending == "asleep":
        yield "     and now nobody can move"
    elif trace.ending == "stuck":
        yield "     and now whoever waits for the lock spins for ever"


def folded_story(events: tuple[Event, ...]) -> list[Event | str]:
    """The events of a story; where it is long, what comes again and again is told once and counted, and of what is left
    the beginning and the end are told."""
    if len(events) <= LONG_STORY:
        return list(events)
    does = [(e.actor, e.op, e.outcome, e.file, e.line) for e in events]
    told: list[Event | str] = []
    n = 0
    while n < len(events):
        size, times = _rounds(does, n)
        told += events[n : n + size]
        n += size * times
        if times > 1:
            last = events[n - 1].step + 1
            told.append(f"and these {size} lines again, {times - 1:,} times, up to step {last:,}")
    left = len(told) - MOST_TOLD
    if left > 0:
        cut = MOST_TOLD // 2
        told[cut : cut + left] = [f"and so on: {left:,} lines are left out"]
    return told


def _rounds(does: Sequence[object], n: int) -> tuple[int, int]:
    """How many events from number *n* on make a round that comes at least three times, and how often it does; else one
    event, once."""
    for size in range(1, LONGEST_ROUND + 1):
        if does[n : n + size] == does[n + size : n + 2 * size] == does[n + 2 * size : n + 3 * size]:
            times = 3
            while does[n : n + size] == does[n + size * times : n + size * (times + 1)]:
                times += 1
            return size, times
    return 1, 1


def replay_in_lab(lab: str, module: KernelModule, schedule: str | Schedule) -> Trace:
    """Replay a schedule that a report of *lab* printed: its head says which scenario, its digest which
    configuration."""
    the_lab = LABS[lab]
    answer = answer_of(the_lab, module)
    wanted = schedule if isinstance(schedule, Schedule) else parse(schedule)
    name = wanted.where.partition("/")[2]
    scenarios = [s for s in the_lab.scenarios if not name or s.name == name]
    if not scenarios:
        raise ScheduleError(f"{lab} has no scenario {name!r}; it has: {', '.join(s.name for s in the_lab.scenarios)}")
    for scenario in scenarios:
        for config in (ONE_CPU, A_CPU_EACH, PREEMPT):
            if not wanted.digest or digest(answer, scenario, config) == wanted.digest:
                return replay(answer, scenario, config, wanted)
    raise ScheduleError(
        f"this schedule ({wanted.where}@{wanted.digest}) was recorded for another module or check version"
    )


__all__ = ["LABS", "check", "replay_in_lab"]
