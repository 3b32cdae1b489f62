"""What `explore` and `replay` are given by mistake is refused in words, and is no error of ours."""

import pytest

from kthreadlab import Call, Config, Identity, Scenario, Signal, Thread, explore, load, replay, show
from kthreadlab.run.schedule import digest

MODULE = load("def visit():\n    pass\n")
ONE = Scenario("one", calls=[Call("ann", "visit")])


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (("counter", ONE, Config()), "first place, not str: 'counter'"),
        ((MODULE, "one", Config()), "second place, not str: 'one'"),
        ((MODULE, ONE, ["no_oops"]), "third place, not list: ['no_oops']"),
    ],
)
def test_a_world_is_a_module_a_scenario_and_a_configuration(given, place):
    """In this order; which of them is something else is said."""
    for ask in (explore, lambda *world: replay(*world, "ann")):
        with pytest.raises(ValueError, match="is wanted in the") as refused:
            ask(*given)
        assert place in str(refused.value)


@pytest.mark.parametrize("properties", [["no_ops"], "no_ops", [["no_oops"]], [3]])
def test_a_property_that_there_is_not_is_named(properties):
    """Beside those that there are."""
    with pytest.raises(ValueError, match="there is no property .*no_oops, delivered"):
        explore(MODULE, ONE, Config(), properties)


def test_one_property_may_stand_alone():
    """Its name is no list of letters."""
    assert ["no_oops"] == list(explore(MODULE, ONE, Config(), "no_oops").verdicts)


@pytest.mark.parametrize(
    "lists", [{"calls": Call("ann", "visit")}, {"calls": ["visit"]}, {"threads": "mykthread"}, {"signals": [9]}]
)
def test_the_lists_of_a_scenario_hold_what_they_are_lists_of(lists):
    """One alone, a name, or a number: the sentence shows how it is written."""
    (key,) = lists
    with pytest.raises(ValueError, match=rf"^{key} is a list of what \w+\(…\) makes: {key}=\["):
        Scenario("wrong", **lists)


def test_a_call_gives_numbers():
    """The kernel's functions take no Python."""
    with pytest.raises(ValueError, match="what a call gives to report_event are whole numbers, not 'seven'"):
        Call("sensor", "report_event", "seven")


def test_a_moment_is_a_number():
    """When it is asked for, and not when it is drawn."""
    with pytest.raises(ValueError, match="at is the number of a step, not 'x'"):
        show(replay(MODULE, ONE, Config(), "ann"), at="x")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Scenario("w", report="report event"), "report names something of the module, or is None"),
        (lambda: Scenario("w", handler=7), "handler names something"),
        (lambda: Scenario("w", ends_after=""), "ends_after names something"),
        (lambda: Scenario("w", variable="ID=7"), "variable is the name of an environment variable"),
        (lambda: Scenario("w", helper_owed="no"), "helper_owed is True or False, not 'no'"),
        (lambda: Scenario("w", stays=None), "stays is True or False"),
        (lambda: Scenario("w", identity="mykthread"), "identity is what Identity"),
        (lambda: Identity("a_name_of_17_letters"), "1 to 15 characters"),
        (lambda: Identity("server", parent=-1), "parent is a whole number"),
        (lambda: Identity("server", parent="nobody"), "parent is a whole number"),
        (lambda: Identity("server", blocked="SIGKILL"), "blocked is a whole number"),
        (lambda: Thread("server", ends=1), "ends is True or False, not 1"),
        (lambda: Call("ann", "visit", certain="yes"), "certain is True or False"),
        (lambda: Signal("server", certain=0), "certain is True or False"),
    ],
)
def test_what_a_world_is_judged_by_is_looked_at(wrong, said):
    """When it is written down, not when something is missed."""
    with pytest.raises(ValueError, match=said):
        wrong()


def test_what_a_world_is_judged_by_changes_no_run():
    """A schedule is good in both worlds, which are not the same."""
    plain, judged = (Scenario("one", calls=ONE.calls, **more) for more in ({}, {"report": "visit", "stays": True}))
    assert plain != judged
    assert digest(MODULE, plain, Config()) == digest(MODULE, judged, Config())
    assert "certain" not in repr(Call("ann", "visit", certain=True))
