"""KERNEL 6.2: what call_usermodehelper returns, in each version, for each situation and each meaning of "wait".

And what "wait" means: when the caller goes on, and whose memory the helper's exec still reads then.
"""

from __future__ import annotations

import pytest

from kthreadlab import (
    Call,
    Config,
    Fault,
    Helper,
    Scenario,
    Signal,
    Thread,
    asleep,
    before_first,
    explore,
    in_helper,
)
from kthreadlab.run.outcomes import outcomes
from tests.machine.drive import drive, fault, lines
from tests.support import module, settled

EBUSY, EINVAL, ENOENT, EPERM, EACCES, ENOEXEC, EFAULT, ENOMEM = -16, -22, -2, -1, -13, -8, -14, -12
EAGAIN = -11
FORK = (Fault("fork"),)
T = "mykthread"

NO_WAIT = {"2.6.24": -1, "2.6.32": -1, "6.12": 0}
WAIT_EXEC = {"2.4": None, "2.6.11": 0, "2.6.24": 0, "2.6.32": 0, "6.12": 1}
WAIT_EXIT = {"2.6.11": 1, "2.6.24": 1, "2.6.32": 1, "6.12": 2}
MEANINGS = {"none": NO_WAIT, "exec": WAIT_EXEC, "exit": WAIT_EXIT}
"""The last argument that has this meaning, by version; None: the call has no such argument."""
EVERY = [(p, meaning) for meaning, values in MEANINGS.items() for p in values]

HELPERS = {
    "/bin/alert": Helper(),
    "/bin/exits1": Helper(exit=1),
    "/bin/exits3": Helper(exit=3),
    "/bin/exits127": Helper(exit=127),
    "/bin/killed": Helper(signal=9),
    "/bin/terminated": Helper(signal=15),
    "/bin/denied": Helper(error=EACCES),
    "/bin": Helper(error=EACCES),
    "/bin/text": Helper(error=ENOEXEC),
    "/bin/bashecho": Helper(error=ENOENT),
    "/bin/endless": Helper(ends=False),
}

CASES = {
    # situation: (path, what no wait, wait for exec, wait for exit return)
    "empty path": ("", 0, 0, 0),
    "no such file": ("/bin/missing", 0, ENOENT, ENOENT),
    "a file name with a blank": ("/bin/alert arg", 0, ENOENT, ENOENT),
    "a relative name": ("alert", 0, ENOENT, ENOENT),
    "not executable": ("/bin/denied", 0, EACCES, EACCES),
    "a directory": ("/bin", 0, EACCES, EACCES),
    "no ELF, no #!": ("/bin/text", 0, ENOEXEC, ENOEXEC),
    "a script with a missing interpreter": ("/bin/bashecho", 0, ENOENT, ENOENT),
    "exit(0)": ("/bin/alert", 0, 0, 0),
    "exit(1)": ("/bin/exits1", 0, 0, 256),
    "exit(3)": ("/bin/exits3", 0, 0, 768),
    "exit(127)": ("/bin/exits127", 0, 0, 32512),
    "killed by SIGKILL": ("/bin/killed", 0, 0, 9),
    "killed by SIGTERM": ("/bin/terminated", 0, 0, 15),
}
RUNS = {"exit(0)", "exit(1)", "exit(3)", "exit(127)", "killed by SIGKILL", "killed by SIGTERM"}


def last(profile: str, meaning: str) -> str:
    """The last argument of the call, with its comma."""
    wait = MEANINGS[meaning][profile]
    return "" if wait is None else f", {wait}"


def call(profile: str, meaning: str, path: str = "/bin/alert") -> str:
    """A module whose thread runs *path* out of memory that stays, and ends with what the call returned."""
    target = "NULL" if path == "NULL" else f'"{path}"'
    return f"""
argv = ["{path}", NULL]
envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", "TROUBLED_DS=7", NULL]


def mykthread(unused):
    return call_usermodehelper({target}, argv, envp{last(profile, meaning)})
"""


def world(**more: object) -> Scenario:
    return Scenario("umh", threads=[T], helpers=HELPERS, **more)


def ends(text: str, config: Config, **more: object) -> set[tuple]:
    """How the caller can end, and which ids have been given to helpers."""
    return {(o.ending, o.code, o.execs) for o in settled(outcomes(module(text), world(**more), config))}


def returns(text: str, config: Config, **more: object) -> set[int | None]:
    return {code for _, code, _ in ends(text, config, **more)}


# ---- the table


@pytest.mark.parametrize("situation", CASES)
@pytest.mark.parametrize(("profile", "meaning"), EVERY)
def test_return_table(profile: str, meaning: str, situation: str) -> None:
    """A cell of KERNEL 6.2: version and meaning of "wait" across, situation down."""

    path, *columns = CASES[situation]
    expected = columns[list(MEANINGS).index(meaning)]
    if profile == "2.6.11" and meaning == "exit" and expected < 0:
        expected = 0  # the bug before 2.6.20: wait4 writes the status 0 over the errno
    found = ends(call(profile, meaning, path), Config(profile=profile))
    assert {expected} == {code for _, code, _ in found}
    assert {"exited"} == {ending for ending, _, _ in found}
    assert {(7,) if situation in RUNS else ()} == {execs for _, _, execs in found}


@pytest.mark.parametrize(("profile", "meaning"), EVERY)
def test_path_null(profile: str, meaning: str) -> None:
    """2.4 to 2.6.24 dereference it; 2.6.32 and later give -EINVAL."""

    text, config = call(profile, meaning, "NULL"), Config(profile=profile)
    if profile in ("2.4", "2.6.11", "2.6.24"):
        assert {"fault"} == {ending for ending, _, _ in ends(text, config)}
        assert "null_pointer" == fault(drive(text, config))
    else:
        assert {("exited", EINVAL, ())} == ends(text, config)


@pytest.mark.parametrize("path", ["/bin/alert", "/bin/missing"])
@pytest.mark.parametrize(("profile", "meaning"), [(p, m) for p, m in EVERY if p != "2.4"])
def test_helpers_are_not_up_yet(profile: str, meaning: str, path: str) -> None:
    """-EBUSY, whether it would have waited or not: a thread started too early in init/main.c (E-37)."""

    found = ends(call(profile, meaning, path), Config(profile=profile), boot="no_khelper")
    assert {("exited", EBUSY, ())} == found


def test_2_6_11_looks_for_khelper_before_it_looks_at_the_path() -> None:
    """KERNEL 6.1, steps 1 and 2: so an empty path is -EBUSY too, and NULL is not dereferenced."""

    for path in ("", "NULL"):
        assert {EBUSY} == returns(call("2.6.11", "exec", path), Config(), boot="no_khelper")


@pytest.mark.parametrize(("profile", "meaning"), EVERY)
def test_the_request_itself_cannot_be_allocated(profile: str, meaning: str) -> None:
    """-ENOMEM, waiting or not, since 2.6.24 allocates it; before, it lies on the caller's stack."""

    allocates = profile not in ("2.4", "2.6.11")
    fails = [Fault("kmalloc", when=before_first(T, "call_usermodehelper"))]
    found = ends(call(profile, meaning), Config(profile=profile), faults=fails)
    assert {("exited", ENOMEM, ()) if allocates else ("exited", 0, (7,))} == found


@pytest.mark.parametrize(("profile", "meaning"), EVERY)
def test_the_fork_fails(profile: str, meaning: str) -> None:
    """-EAGAIN for whoever waits, also in 2.6.11 for the end; who does not wait is told nothing, and no helper runs."""

    ran = {(code, execs) for _, code, execs in ends(call(profile, meaning), Config(profile=profile), faults=FORK)}
    told = {(EAGAIN, ()), (0, (7,))}
    assert told <= ran if meaning != "none" else EAGAIN not in {code for code, _ in ran} and (0, ()) in ran


@pytest.mark.parametrize(
    ("profile", "meaning"), [(p, m) for p, m in EVERY if (p, m) not in (("6.12", "exec"), ("6.12", "exit"))]
)
def test_root_is_not_mounted(profile: str, meaning: str) -> None:
    """-EPERM from the exec, with 2.6.11's bug hidden again; 6.12, which would wait for its initramfs, is left out."""

    expected = 0 if meaning == "none" or (profile, meaning) == ("2.6.11", "exit") else EPERM
    assert {("exited", expected, ())} == ends(call(profile, meaning), Config(profile=profile), boot="no_root")


@pytest.mark.parametrize(("profile", "meaning"), [(p, m) for p, m in EVERY if m != "none"])
def test_vectors_without_a_null(profile: str, meaning: str) -> None:
    """KERNEL 6.4: -EFAULT, which waiting for the end hides in 2.6.11 as it hides every errno."""

    expected = 0 if (profile, meaning) == ("2.6.11", "exit") else EFAULT
    for before, after in (('TROUBLED_DS=7", NULL]', 'TROUBLED_DS=7"]'), ('/bin/alert", NULL]', '/bin/alert"]')):
        text = call(profile, meaning)
        assert before in text
        assert {expected} == returns(text.replace(before, after), Config(profile=profile))


@pytest.mark.parametrize("profile", ["2.6.24", "2.6.32", "6.12"])
def test_umh_names_have_the_values_of_their_version(profile: str) -> None:
    """-1, 0, 1 until 3.3; 0, 1, 2 from 3.4 on: the name means the same, the literal does not."""

    for name, meaning in (("UMH_NO_WAIT", "none"), ("UMH_WAIT_EXEC", "exec"), ("UMH_WAIT_PROC", "exit")):
        config, value = Config(profile=profile), MEANINGS[meaning][profile]
        assert {value & 0xFF} == returns(lines(f"return {name} & 0xff"), config)
        text = call(profile, meaning, "/bin/exits3")
        named = text.replace(f"{last(profile, meaning)})", f", {name})")
        assert text != named
        assert ends(text, config) == ends(named, config)


@pytest.mark.parametrize(("wait", "expected"), [(1 | 4, 0), (2 | 4, 768), (2 | 8, 768)])
def test_killable_and_freezable_are_flags_beside_the_meaning(wait: int, expected: int) -> None:
    """6.12: UMH_WAIT_EXEC | UMH_KILLABLE still waits for the exec only."""

    text = call("6.12", "exec", "/bin/exits3").replace("envp, 1)", f"envp, {wait})")
    assert {("exited", expected, (7,))} == ends(text, Config(profile="6.12"))


@pytest.mark.parametrize("wait", [1, 2, -1])
def test_2_6_11_waits_for_the_end_whatever_is_not_zero(wait: int) -> None:
    """`if (wait)`: the UMH_* of later kernels are not there yet, so -1 is no way not to wait."""

    text = call("2.6.11", "exec", "/bin/exits3").replace("envp, 0)", f"envp, {wait})")
    assert {("exited", 768, (7,))} == ends(text, Config())


# ---- when the caller comes back


def order(profile: str, meaning: str, prefer: tuple[str, ...]) -> list[str]:
    """The helper's exec, its end, and the caller's exit, in the order of one run."""
    trace = drive(call(profile, meaning), Config(profile=profile, cpus=8), prefer=prefer, helpers=HELPERS)
    names = [e.op for e in trace.events if e.op in ("exec", "helper_exit") or e.op == "exit" and e.task == T]
    return [name for name in names if name != "helper_exit" or meaning == "exit"]


@pytest.mark.parametrize(("profile", "meaning"), EVERY)
def test_when_the_caller_goes_on(profile: str, meaning: str) -> None:
    """After the exec, after the end, or, if it does not wait, as soon as it has asked."""

    expected = {"none": ["exit", "exec"], "exec": ["exec", "exit"], "exit": ["exec", "helper_exit", "exit"]}[meaning]
    assert expected == order(profile, meaning, (T,))


@pytest.mark.parametrize("profile", NO_WAIT)
def test_who_does_not_wait_may_still_be_overtaken_by_the_exec(profile: str) -> None:
    """No promise either way."""

    assert ["exec", "exit"] == order(profile, "none", ("khelper", "kworker*"))


@pytest.mark.parametrize(("profile", "meaning"), EVERY)
def test_a_helper_that_never_ends(profile: str, meaning: str) -> None:
    """Only who waits for its end waits for ever, in D."""

    found = ends(call(profile, meaning, "/bin/endless"), Config(profile=profile))
    assert {("helper", None, (7,)) if meaning == "exit" else ("exited", 0, (7,))} == found


TWO_CALLERS = """
argv = ["/bin/alert", NULL]
never = ["/bin/endless", NULL]
envp = ["TROUBLED_DS=7", NULL]


def waits(unused):
    return call_usermodehelper("/bin/endless", never, envp, WAIT)


def mykthread(unused):
    return call_usermodehelper("/bin/alert", argv, envp, EXEC)
"""


@pytest.mark.parametrize("profile", WAIT_EXIT)
def test_who_waits_for_the_end_does_not_block_the_others(profile: str) -> None:
    """KERNEL 6.1: a second thread waits for the child; khelper is free meanwhile."""

    text = TWO_CALLERS.replace("WAIT", str(WAIT_EXIT[profile])).replace("EXEC", str(WAIT_EXEC[profile]))
    scenario = Scenario("two", threads=[Thread(T), Thread("waits")], helpers=HELPERS)
    found = outcomes(module(text), scenario, Config(profile=profile, cpus=8))
    assert {("exited", 0)} == {(o.ending, o.code) for o in found}


@pytest.mark.parametrize(("profile", "meaning"), [(p, m) for p, m in EVERY if m != "none"])
def test_the_wait_is_in_d_and_no_signal_ends_it(profile: str, meaning: str) -> None:
    """SIGKILL during the call: the helper runs all the same, and the signal is there afterwards (KERNEL 1.4)."""

    allow = "pass" if profile == "2.4" else "allow_signal(SIGKILL)"
    text = call(profile, meaning).replace("    return call", f"    {allow}\n    call")
    kill = [Signal(T, "SIGKILL", when=in_helper(T))]
    found = ends(text + "    return signal_pending(current)\n", Config(profile=profile), signals=kill)
    assert {("exited", 1, (7,))} == found


# ---- whose memory it is


LISTING_FIVE = """
def ask(event_id: u32):
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        return
    sprintf(buffer, "TROUBLED_DS=%u", event_id)
    argv = ["/bin/alert", NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    call_usermodehelper("/bin/alert", argv, envp{last})
    kfree(buffer)


def mykthread(unused):
    ask(7)
    return 0
"""

ON_THE_STACK = """
text = char_array(32, "TROUBLED_DS=7")


def ask():
    argv = ["/bin/alert", NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", text, NULL]
    call_usermodehelper("/bin/alert", argv, envp{last})


def mykthread(unused):
    ask()
    schedule()
    return 0
"""


def memory_verdict(text: str, profile: str, meaning: str, **config: object) -> tuple[bool, str]:
    made = module(text.format(last=last(profile, meaning)))
    found = explore(made, world(), Config(profile=profile, **config), properties=("no_dangling",))
    verdict = found.verdicts["no_dangling"]
    return verdict.holds, verdict.cause or ""


@pytest.mark.parametrize(("profile", "meaning"), [(p, m) for p, m in EVERY if m != "none"])
@pytest.mark.parametrize("text", [LISTING_FIVE, ON_THE_STACK], ids=["buffer", "stack"])
def test_memory_may_go_when_the_call_has_waited(text: str, profile: str, meaning: str) -> None:
    """The exec has read argv, envp and the buffer before the caller goes on: Listing Five's kfree is right."""

    assert (True, "") == memory_verdict(text, profile, meaning)
    assert (True, "") == memory_verdict(text, profile, meaning, cpus=8)


@pytest.mark.parametrize("profile", NO_WAIT)
def test_memory_goes_too_early_when_the_call_did_not_wait(profile: str) -> None:
    """E-17: the exec reads a buffer that has been freed, an argv that was on a stack."""

    for config in ({}, {"cpus": 8}):
        holds, cause = memory_verdict(LISTING_FIVE, profile, "none", **config)
        assert not holds
        assert cause in ("use_after_free", "dead_stack")
    assert (False, "dead_stack") == memory_verdict(ON_THE_STACK, profile, "none")


@pytest.mark.parametrize("profile", NO_WAIT)
def test_memory_that_stays_needs_no_wait(profile: str) -> None:
    """Static vectors: not waiting is safe, and the helper still runs."""

    verdict = explore(
        module(call(profile, "none")), world(), Config(profile=profile, cpus=8), properties=("no_dangling",)
    ).verdicts["no_dangling"]
    assert verdict.holds and verdict.exercised
    assert {("exited", 0, (7,))} == ends(call(profile, "none"), Config(profile=profile, cpus=8))


@pytest.mark.parametrize(
    ("profile", "safe"), [("2.4", True), ("2.6.11", True), ("2.6.24", True), ("2.6.32", True), ("6.12", False)]
)
def test_the_literal_zero_changed_its_meaning(profile: str, safe: bool) -> None:
    """The same Listing Five with `0`: right until 3.3, use after free since 3.4."""

    text = LISTING_FIVE.replace("{last}", "" if profile == "2.4" else ", 0")
    found = explore(module(text), world(), Config(profile=profile, cpus=8), properties=("no_dangling",))
    assert safe == found.verdicts["no_dangling"].holds


# ---- where it may be called


IN_INTERRUPT = """
argv = ["/bin/alert", NULL]
envp = ["TROUBLED_DS=7", NULL]


def mykthread(unused):
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    return 0


def handler():
    call_usermodehelper("/bin/alert", argv, envp{last})
"""


@pytest.mark.parametrize(("profile", "meaning"), EVERY)
def test_from_an_interrupt(profile: str, meaning: str) -> None:
    """KERNEL 5.1, 6.3: never before 2.6.23; since then only without waiting, and the helper runs."""

    made = module(IN_INTERRUPT.format(last=last(profile, meaning)))
    scenario = world(calls=[Call("nic", "handler", context="irq", when=asleep(T))])
    found = explore(made, scenario, Config(profile=profile), properties=("never_sleeps_atomic",))
    assert (meaning == "none") == found.verdicts["never_sleeps_atomic"].holds
    if meaning == "none":
        result = settled(outcomes(made, scenario, Config(profile=profile)))
        assert {("asleep", (7,))} == {(o.ending, o.execs) for o in result}
