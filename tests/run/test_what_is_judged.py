"""What properties speak of is said by the scenario: in its words, and about nothing that it does not name."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Helper, Identity, Scenario, Signal, explore, replay
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.run.outcomes import outcomes
from kthreadlab.trace.narrate import narrate
from tests.support import module

CONFIGS = {
    "up": Config(cpus=1, smp=True),
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
EVERYWHERE = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
BOTH_WAYS = pytest.mark.parametrize("reduce", [True, False], ids=["reduced", "unreduced"])

SLEEPS_FIRST = """
box = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
letter = u32(0)


def {post}(number: u32):
    global letter
    spin_lock_irqsave(lock, flags)
    letter = number
    spin_unlock_irqrestore(lock, flags)
    wake_up_interruptible(box)


def carry(number: u32):
    text = char_array(32)
    snprintf(text, 32, "{variable}=%u", number)
    argv = ["/usr/bin/postman", {argument}NULL]
    envp = ["HOME=/", text, NULL]
    call_usermodehelper("/usr/bin/postman", argv, envp, 0)


def postman(unused):
    global letter
    wait = DECLARE_WAITQUEUE(current)
    daemonize("postman")
    allow_signal(SIGKILL)
    add_wait_queue(box, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
        if signal_pending(current):
            break
        spin_lock_irqsave(lock, flags)
        number = letter
        letter = 0
        spin_unlock_irqrestore(lock, flags)
        if number:
            carry(number)
    set_current_state(TASK_RUNNING)
    remove_wait_queue(box, wait)
    return 0
"""
"""A thread that sleeps before it looks, so a letter that comes early lies for ever."""


def post_office(post: str = "post", variable: str = "LETTER", argument: str = "") -> object:
    return module(SLEEPS_FIRST.format(post=post, variable=variable, argument=argument), "postman")


def world(post: str = "post", **judged: object) -> Scenario:
    return Scenario("post", threads=["postman"], calls=[Call("anna", post, 7)], **judged)


def failing(made: object, scenario: Scenario, config: Config, reduce: bool = True) -> dict[str, str]:
    found = explore(made, scenario, config, reduce=reduce)
    assert found.complete
    return {name: verdict.cause for name, verdict in found.verdicts.items() if verdict.holds is False}


@EVERYWHERE
@BOTH_WAYS
def test_a_report_is_what_the_scenario_calls_one(config, reduce):
    """Whatever its name is; and where it calls nothing so, nothing is owed to anybody."""
    assert {"delivered": "slept_through"} == failing(post_office(), world(report="post"), config, reduce)
    assert {"delivered": "slept_through"} == failing(post_office("tell"), world("tell", report="tell"), config, reduce)
    found = explore(post_office("report_event"), world("report_event"), config, reduce=reduce)
    assert [] == [name for name, verdict in found.verdicts.items() if not verdict.sound]
    assert "not exercised" == found.verdicts["delivered"].verdict


@EVERYWHERE
@BOTH_WAYS
def test_who_asks_for_no_helper_owes_none(config, reduce):
    """A report in a world without a thread that could serve it is only a call, unless the scenario says otherwise."""
    made = module("def ring(number: u32):\n    pass\n")
    for owed, verdict in ((None, "not exercised"), (False, "not exercised"), (True, "fails")):
        scenario = Scenario("bell", calls=[Call("anna", "ring", 7)], report="ring", helper_owed=owed)
        found = explore(made, scenario, config, ["delivered"], reduce=reduce).verdicts["delivered"]
        assert verdict == found.verdict, owed


@EVERYWHERE
def test_a_thread_may_end_unless_it_is_said_to_stay(config):
    """Unasked, whenever it likes."""
    made = module("def short(unused):\n    daemonize('short')\n    return 0\n")
    once = {"threads": ["short"]}
    assert {} == failing(made, Scenario("once", **once), config)
    assert {"sleeps_when_idle": "exits"} == failing(made, Scenario("once", **once, stays=True), config)


@EVERYWHERE
def test_nobody_has_to_die_of_a_signal_that_it_never_allowed(config):
    """Unless it is there to be killed."""
    made = module(
        "def deaf(unused):\n    daemonize('deaf')\n    while True:\n"
        "        set_current_state(TASK_INTERRUPTIBLE)\n        schedule()\n    return 0\n"
    )
    signalled = {"threads": ["deaf"], "signals": [Signal("deaf")]}
    assert {} == failing(made, Scenario("kill", **signalled), config)
    assert {"dies_cleanly": "stays"} == failing(made, Scenario("kill", **signalled, stays=True), config)


BLOCKED = 0xFFFF_FFFF_FFFF_FEFF


@EVERYWHERE
@pytest.mark.parametrize(
    ("wanted", "cause"),
    [
        (None, None),
        (Identity("postman"), None),
        (Identity("postman", parent=1, blocked=BLOCKED), None),
        (Identity("postmaster"), "name"),
        (Identity("postman", parent=2), "parent"),
        (Identity("postman", parent="init"), None),
        (Identity("postman", parent="kthreadd"), "parent"),
        (Identity("postman", blocked=0), "signals"),
    ],
)
def test_an_identity_is_judged_where_one_is_given(wanted, cause, config):
    """Name, parent and blocked signals, each by itself."""
    found = explore(post_office(), world(identity=wanted), config, ["identity"]).verdicts["identity"]
    assert (cause or "", cause is None) == (found.cause, found.holds)


@pytest.mark.parametrize(
    ("variable", "argument", "named", "told"),
    [
        ("LETTER", "", "LETTER", ({7}, "with LETTER=7.")),
        ("LETTER", "", None, ({7}, "with LETTER=7.")),
        ("LETTER", "", "PARCEL", ({-1}, None)),
        ("NR", '"9", ', None, ({7}, "with NR=7.")),
        ("WHAT=no", '"9", ', None, ({9}, "with the argument 9.")),
    ],
)
def test_what_tells_a_helper_its_id(variable, argument, named, told):
    """The variable that the scenario names; else the first that is a number; else such an argument."""
    made, scenario = post_office("post", variable, argument), world(report="post", variable=named)
    ids = {x for o in outcomes(made, scenario, CONFIGS["up"]) for x in o.execs}
    trace = replay(made, scenario, CONFIGS["up"], "postman*6 anna*5 postman*8 khelper*2")
    (event,) = [e for e in trace.events if e.op == "exec"]
    assert told == (ids, narrate(event).partition("begins to run ")[2] or None)


def test_every_path_is_a_program_unless_the_programs_are_named():
    """A missing file is a missing name in a list that there is."""
    made = post_office()
    scenarios = [world(report="post", **more) for more in ({}, {"helpers": {}}, {"helpers": {"/bin/other": Helper()}})]
    ran = [{o.execs for o in outcomes(made, scenario, CONFIGS["each"])} for scenario in scenarios]
    assert [{(), (7,)}, {()}, {()}] == ran


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        ({"report": "telegraph"}, "has no function telegraph"),
        ({"ends_after": "telegraph"}, "has no function telegraph"),
        ({"handler": "letter"}, "has no char array letter"),
    ],
)
def test_a_scenario_names_what_the_module_has(judged, said):
    """Else nothing would ever be missed."""
    with pytest.raises(InputError, match=said):
        explore(post_office(), world(**judged), CONFIGS["up"])
