"""Lab 5's verdicts against a model: random handlers, judged by what each statement does, without any interleaving.

Lab 5's callers come one after the other, so a handler is a straight line, and its verdicts follow from running it
once for each outcome of its allocations.  The model knows the rules of the lab and nothing of the machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kthreadlab import check
from kthreadlab.checks.portfolio import LAB5
from tests.support import computed, module

ROW = """myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


"""
ENVIRONMENTS = {
    "full": '["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]',
    "more": '["HOME=/", "TERM=linux", "PATH=/sbin:/usr/sbin:/bin:/usr/bin", buffer, NULL]',
    "id first": '[buffer, "HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", NULL]',
    "no home": '["PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]',
    "no path": '["HOME=/", buffer, NULL]',
    "no end": '["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer]',
}
ARGUMENTS = {"full": "[myevent_handler, NULL]", "more": '[myevent_handler, "-v", NULL]', "no end": "[myevent_handler]"}
SOUND = ("full", "more", "id first")
"""Environments that hold what they must (as long as the buffer does)."""


# ---- a handler, as text


@dataclass(frozen=True)
class Handler:
    """Statements in order, each a word of `TEXTS`; *envp*, *argv*: which vectors; *wait*; *size* of the buffer."""

    steps: tuple[str, ...]
    envp: str = "full"
    argv: str = "full"
    wait: int = 0
    size: int = 32

    @property
    def text(self) -> str:
        lines = [f"    {line}" for step in self.steps for line in TEXTS[step].format(**self.words).splitlines()]
        return ROW + "def run_umode_handler(event_id: u32):\n    value = 0\n" + "\n".join(lines) + "\n"

    @property
    def words(self) -> dict[str, object]:
        return {"size": self.size, "wait": self.wait, "envp": ENVIRONMENTS[self.envp], "argv": ARGUMENTS[self.argv]}


TEXTS = {
    "unset": "if myevent_handler[0] == '\\0':\n    return",
    "unset, freed": "if myevent_handler[0] == '\\0':\n    kfree(buffer)\n    return",
    "alloc": "buffer = kmalloc({size}, GFP_KERNEL)",
    "null": "if buffer == NULL:\n    return",
    "null, printed": 'if buffer == NULL:\n    printk("no memory")\n    return',
    "fill": 'sprintf(buffer, "TROUBLED_DS=%u", event_id)',
    "call": "argv = {argv}\nenvp = {envp}\nvalue = call_usermodehelper(myevent_handler, argv, envp, {wait})",
    "report": 'if value < 0:\n    printk("failed %d", value)',
    "say": 'printk("served")',
    "failed": "if value < 0:\n    return",
    "free": "kfree(buffer)",
    "free if ok": "if value == 0:\n    kfree(buffer)",
    "free if failed": "if value < 0:\n    kfree(buffer)",
}


# ---- the lab's world


@dataclass
class World:
    """One run of a scenario: what is registered, which programs there are, which allocation fails."""

    path: str
    programs: dict[str, object]
    fails_at: int = -1
    allocations: int = 0


@dataclass
class Verdicts:
    failed: set[str] = field(default_factory=set)
    served: bool = False
    called: bool = False


class Ends(Exception):
    """The path ends here: a fault, or a wait for ever."""


@dataclass
class Run:
    """One event: runs the statements and notes what the rules say."""

    handler: Handler
    world: World
    out: Verdicts
    judged: tuple[str, ...]
    id: int
    buffer: str = "none"
    filled: bool = False
    value: int = 0
    failure: bool = False
    printed_after: bool = True
    executed: bool = False
    tried: bool = False
    faulted: bool = False

    def fail(self, *names: str) -> None:
        self.out.failed |= {n for n in names if n in self.judged}

    def fault(self, *names: str) -> None:
        self.fail(*names)
        self.faulted = True
        raise Ends

    def go(self) -> None:
        for step in self.handler.steps:
            if self.step(step):
                break
        self.returns()

    def step(self, step: str) -> bool:
        """One statement; True: it returned."""
        unset, null = self.world.path == "", self.buffer == "null"
        if step == "unset":
            return unset
        if step == "unset, freed":
            if unset:
                self.free()
            return unset
        if step == "alloc":
            self.buffer = "null" if self.world.allocations == self.world.fails_at else "live"
            self.world.allocations += 1
            if self.buffer == "null":
                self.failure, self.printed_after = True, False
        elif step in ("null", "null, printed"):
            self.printed_after |= null and step == "null, printed"
            return null
        elif step == "fill":
            self.fill()
        elif step == "call":
            self.call()
        elif step == "report":
            self.printed_after |= self.value < 0
        elif step == "say":
            self.printed_after = True
        elif step == "failed":
            return self.value < 0
        elif (
            step == "free" or (step == "free if ok" and not self.value) or (step == "free if failed" and self.value < 0)
        ):
            self.free()
        return False

    def free(self) -> None:
        if self.buffer == "freed":
            self.fault("no_leak")
        if self.buffer == "live":
            self.buffer = "freed"

    def fill(self) -> None:
        if self.buffer == "null":
            self.fault("no_oops")
        if self.buffer == "freed":
            self.fault("no_dangling")
        if len(f"TROUBLED_DS={self.id}") + 1 > self.handler.size:
            self.fault("no_dangling", "exec_vector")

    def call(self) -> None:
        self.out.called = True
        self.value = 0
        if self.world.path == "":
            self.fail("survives_failure")  # nothing is to be called
            return
        self.tried = True
        if self.buffer == "freed":
            self.fault("no_dangling", "exec_vector")
        h = self.handler
        ends = h.argv != "no end" and (h.envp != "no end" or self.buffer == "null")
        whole = h.argv == "full" and h.envp in SOUND and self.buffer == "live"
        if not whole:
            self.fail("exec_vector")
        program = self.world.programs.get(self.world.path, -2)
        error = -14 if not ends else program if isinstance(program, int) else 0
        if error:
            self.value = 0 if h.wait else error
            self.failure, self.printed_after = True, False
            return
        self.out.served = self.executed = True
        if h.wait and program == "endless":
            raise Ends
        self.value = program[0] << 8 if h.wait and isinstance(program, tuple) else 0

    def returns(self) -> None:
        if self.buffer == "live":
            self.fail("no_leak")
            if self.failure or self.world.path == "":
                self.fail("survives_failure")
        if self.failure and not self.printed_after:
            self.fail("survives_failure")
        if self.world.path and not self.executed and not self.failure:
            self.fail("exec_vector")


SAFETY = ("no_oops", "never_sleeps_atomic", "no_leak", "no_dangling")
ALERT, OTHER, PAGE = "/bin/alert", "/bin/other", "/usr/local/bin/page"
PLAIN = (*SAFETY, "exec_vector")
FAILURES = (*PLAIN, "survives_failure")
LONG = "/opt/" + "x" * 250


def scenarios() -> list[tuple]:
    """``(judged, path, programs, [(id, path then)], failing allocations)``: the lab's portfolio for the model."""
    out = [
        (PLAIN, ALERT, {ALERT: "ok"}, [(7, None)], [-1]),
        (PLAIN, ALERT, {ALERT: "ok"}, [(1, None), (9, None), (2**31 - 1, None)], [-1]),
        (PLAIN, ALERT, {ALERT: "ok"}, [(7, None), (7, None)], [-1]),
        (PLAIN, PAGE, {PAGE: "ok"}, [(4, None)], [-1]),
        (PLAIN, ALERT, {ALERT: (3,)}, [(7, None), (9, None)], [-1]),
        (FAILURES, "", {ALERT: "ok"}, [(7, None), (9, ALERT)], [-1]),
        (FAILURES, ALERT, {ALERT: "ok"}, [(7, None), (9, None)], [-1, 0, 1, 2, 3]),
    ]
    out += [
        (FAILURES, OTHER, {ALERT: "ok", OTHER: how}, [(7, None), (9, ALERT)], [-1]) for how in (-2, -13, -8, "endless")
    ]
    files = [
        (ALERT, OTHER, {ALERT: "ok", OTHER: "ok"}),
        (ALERT, "", {ALERT: "ok"}),
        (LONG, None, {LONG: "ok"}),
        (ALERT + " now", None, {ALERT: "ok"}),
        ("", None, {ALERT: "ok"}),
    ]
    out += [
        (SAFETY, first, programs, [(7, None)] + ([(8, then)] if then is not None else []), [-1])
        for first, then, programs in files
    ]
    return out


def judge(handler: Handler) -> dict[str, str]:
    """Each graded verdict of a handler with a right row."""
    failed, followed, served, called = set(), set(), False, False
    for judged, path, programs, events, failing in scenarios():
        for fails_at in failing:
            out = Verdicts()
            world = World(path, programs, fails_at)
            run = None
            owes = False
            try:
                for id_, then in events:
                    world.path = world.path if then is None else then
                    unset = world.path == ""
                    run = Run(handler, world, out, judged, id_)
                    run.go()
                    if owes and not run.executed and not run.failure:
                        run.fail("survives_failure")
                    if owes and run.failure and fails_at < 0:
                        run.fail("survives_failure")
                    first = id_ == events[0][0]
                    owes = first and (run.failure or unset)
            except Ends:
                if "survives_failure" in judged and (owes or run.failure or ends_badly(run, programs, path)):
                    followed |= {"survives_failure"} if run.faulted else set()
                    run.fail(*([] if run.faulted else ["survives_failure"]))
            failed |= out.failed
            served |= out.served
            called |= out.called
    triggered = {
        **dict.fromkeys(SAFETY, served),
        "exec_vector": called,
        "survives_failure": called,
        "registration": True,
    }
    words = {n: "holds" if triggered[n] else "unexercised" for n in LAB5.points}
    return words | dict.fromkeys(followed, "follows") | dict.fromkeys(failed, "fails")


def ends_badly(run: Run, programs: dict, path: str) -> bool:
    """The path ended while the first event's program never ends: the next is not served."""
    return programs.get(path) == "endless"


# ---- random handlers


@st.composite
def handlers(draw: st.DrawFn) -> Handler:
    """The right order with things left out, doubled and moved."""
    steps = ["unset", "alloc", draw(st.sampled_from(["null, printed", "null, printed", "null"])), "fill", "call"]
    steps += draw(st.sampled_from([["report"], ["report"], ["say"], []]))
    steps += draw(st.sampled_from([["free"], ["free"], ["free if ok"], ["free if failed"], ["failed", "free"], []]))
    for _ in range(draw(st.integers(0, 2))):
        what = draw(st.sampled_from(["drop", "double", "move", "late test"]))
        at = draw(st.integers(0, len(steps) - 1))
        if what == "drop" and steps[at] not in ("alloc", "fill"):
            del steps[at]
        elif what == "double" and steps[at] != "alloc":
            steps.insert(at, steps[at])
        elif what == "move" and at + 1 < len(steps):
            steps[at], steps[at + 1] = steps[at + 1], steps[at]
        elif what == "late test" and "unset" in steps:
            steps.remove("unset")
            place = draw(st.integers(0, len(steps)))
            steps.insert(place, draw(st.sampled_from(["unset", "unset, freed"])))
    if not sensible(steps):
        steps = ["unset", "alloc", "null, printed", "fill", "call", "report", "free"]
    return Handler(
        tuple(steps),
        draw(st.sampled_from(["full"] * 6 + list(ENVIRONMENTS))),
        draw(st.sampled_from(["full"] * 6 + list(ARGUMENTS))),
        draw(st.sampled_from([0, 0, 0, 1])),
        draw(st.sampled_from([32, 32, 32, 23, 22, 16])),
    )


def sensible(steps: list[str]) -> bool:
    """Nothing is used before there is a buffer, and it is filled before it is given away."""
    uses = [
        i for i, s in enumerate(steps) if s in ("unset, freed", "null", "null, printed", "fill", "call") or "free" in s
    ]
    if steps.count("alloc") != 1 or min(uses, default=99) < steps.index("alloc"):
        return False
    calls = [i for i, s in enumerate(steps) if s == "call"]
    fills = [i for i, s in enumerate(steps) if s == "fill"]
    return not calls or bool(fills) and min(fills) < min(calls)


def agrees(handler: Handler) -> None:
    report = check("lab5", module(handler.text, "myevent"))
    found = {n: v for n, v in computed(report).items() if n in LAB5.points}
    assert judge(handler) == found, handler.text


def test_the_right_handler_holds_everywhere() -> None:
    """In the model as in the check."""

    right = Handler(("unset", "alloc", "null, printed", "fill", "call", "report", "free"))
    assert {"holds"} == set(judge(right).values())
    agrees(right)


@settings(max_examples=16, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(handler=handlers())
def test_random_handlers_are_judged_as_the_rules_say(handler: Handler) -> None:
    """Every graded verdict."""

    agrees(handler)


@pytest.mark.long
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(handler=handlers())
def test_many_random_handlers_are_judged_as_the_rules_say(handler: Handler) -> None:
    """The same, for longer."""

    agrees(handler)
