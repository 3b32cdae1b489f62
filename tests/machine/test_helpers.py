"""call_usermodehelper in 2.6.11: what it returns, what the helper is given, when the caller goes on (KERNEL.md 6)."""

from __future__ import annotations

import pytest

from kthreadlab import Config, Helper, Scenario, Signal, in_helper
from kthreadlab.run.outcomes import outcomes
from tests.machine.drive import code, drive, fault, lines
from tests.support import module

HELPERS = {
    "/bin/alert": Helper(),
    "/bin/three": Helper(exit=3),
    "/bin/shell": Helper(exit=127),
    "/bin/denied": Helper(error=-13),
    "/bin/garbage": Helper(error=-8),
}
CONFIGS = {"up": Config(cpus=1), "up_preempt": Config(cpus=1, preempt=True), "a_cpu_each": Config(cpus=8)}
CALL = ['argv = ["{path}", NULL]', 'envp = ["HOME=/", "TROUBLED_DS=7", NULL]']

RETURNS = [
    ("", 0, 0),
    ("", 1, 0),
    ("/bin/alert", 0, 0),
    ("/bin/alert", 1, 0),
    ("/bin/three", 0, 0),
    ("/bin/three", 1, 3 << 8),
    ("/bin/shell", 1, 127 << 8),
    ("/bin/missing", 0, -2),
    ("/bin/missing", 1, 0),
    ("/bin/denied", 0, -13),
    ("/bin/denied", 1, 0),
    ("/bin/garbage", 0, -8),
    ("/bin/garbage", 1, 0),
    ("/bin/alert arg", 0, -2),
]


def text_of(path: str, wait: int, *after: str) -> str:
    """A thread that runs *path* and ends with what the call returned, unless *after* says otherwise."""
    body = [line.format(path=path) for line in CALL]
    return lines(*body, f'r = call_usermodehelper("{path}", argv, envp, {wait})', *(after or ("return r",)))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("path, wait, expected", RETURNS)
def test_what_the_call_returns(path: str, wait: int, expected: int, config: str) -> None:
    """The table of KERNEL.md 6.2, with 2.6.11's bug: wait=1 hides why the exec failed."""

    scenario = Scenario("helper", threads=["mykthread"], helpers=HELPERS)
    found = outcomes(module(text_of(path, wait)), scenario, CONFIGS[config])
    assert {("exited", expected)} == {(o.ending, o.code) for o in found}
    assert {(7,) if path in ("/bin/alert", "/bin/three", "/bin/shell") else ()} == {o.execs for o in found}


def test_the_helper_gets_exactly_what_it_was_given() -> None:
    """argv and envp as they are, uid 0, no more."""

    trace = drive(text_of("/bin/alert", 0), helpers=HELPERS)
    run = next(e for e in trace.events if e.op == "exec")
    assert ("ok", ("/bin/alert",), ("HOME=/", "TROUBLED_DS=7"), 0, 7) == (
        run.outcome,
        run.detail("argv"),
        run.detail("envp"),
        run.detail("uid"),
        run.detail("id"),
    )


@pytest.mark.parametrize("wait", [0, 1])
def test_the_caller_waits_in_d(wait: int) -> None:
    """wait=0 too: from the call to the return it is in TASK_UNINTERRUPTIBLE, off the run queue."""

    trace = drive(text_of("/bin/alert", wait), helpers=HELPERS)
    run = next(e for e in trace.events if e.op == "exec")
    caller = next(t for t in trace.views[run.step].tasks if t.name == "mykthread")
    assert ("D", False, "the user-mode helper") == (caller.letter, caller.on_runqueue, caller.waiting_for)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_signal_does_not_end_the_wait(config: str) -> None:
    """SIGKILL in the helper call: it is noticed afterwards, the helper has run."""

    text = (
        "def mykthread(unused):\n    allow_signal(SIGKILL)\n"
        + text_of("/bin/alert", 0, "return signal_pending(current)").split("\n", 1)[1]
    )
    kill = [Signal("mykthread", "SIGKILL", when=in_helper("mykthread"))]
    scenario = Scenario("helper", threads=["mykthread"], helpers=HELPERS, signals=kill)
    found = {o for o in outcomes(module(text), scenario, CONFIGS[config]) if not o.pending}
    assert {("exited", 1, (7,))} == {(o.ending, o.code, o.execs) for o in found}


def test_a_path_of_null_is_an_oops() -> None:
    """It is dereferenced."""

    assert "null_pointer" == fault(drive(lines("call_usermodehelper(NULL, NULL, NULL, 0)")))


@pytest.mark.parametrize("replayed", [False, True])
def test_a_vector_without_its_null_is_efault(replayed: bool) -> None:
    """KERNEL.md 6.4: -EFAULT, in the search and in the trace."""

    text = lines('argv = ["a"]', 'return call_usermodehelper("/bin/alert", argv, NULL, 0)')
    if replayed:
        assert -14 == code(drive(text, helpers=HELPERS))
    else:
        found = outcomes(module(text), Scenario("helper", threads=["mykthread"], helpers=HELPERS), Config())
        assert {("exited", -14)} == {(o.ending, o.code) for o in found}


def test_freeing_the_buffer_after_the_call_is_in_time() -> None:
    """KERNEL.md 6.1: with wait=0 it returns after the exec, so Listing Five is right; kfree before it is not."""

    body = ["b = kmalloc(32, GFP_ATOMIC)", 'sprintf(b, "TROUBLED_DS=%d", 7)', "envp = [b, NULL]", "argv = [b, NULL]"]
    call, free = 'call_usermodehelper("/bin/alert", argv, envp, 0)', "kfree(b)"
    assert "" == fault(drive(lines(*body, call, free), helpers=HELPERS))
    assert "use_after_free" == fault(drive(lines(*body, free, call), helpers=HELPERS))


def test_khelper_serves_one_request_after_the_other() -> None:
    """Two callers: two helper runs, both return, on every number of CPUs."""

    text = text_of("/bin/alert", 1) + "\n\n" + text_of("/bin/three", 1).replace("mykthread", "rival")
    for config in CONFIGS.values():
        scenario = Scenario("helper", threads=["mykthread", "rival"], helpers=HELPERS)
        assert {("exited", 0)} == {(o.ending, o.code) for o in outcomes(module(text), scenario, config)}
