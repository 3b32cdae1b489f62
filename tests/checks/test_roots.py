"""One break, one property to blame: what is broken only behind it follows from it, and no promise is kept by chance."""

from __future__ import annotations

import json

import pytest

import kthreadlab
from kthreadlab import Call, Config, Scenario, Signal, explore
from kthreadlab.checks.report import PropertyFails
from kthreadlab.front.cli import main
from kthreadlab.show.report import report_html, report_text
from tests.support import ANSWER, module, submission

CONFIGS = {
    "up": Config(cpus=1, smp=True),
    "each": Config(cpus=16, smp=True),
    "pre": Config(cpus=1, preempt=True, smp=True),
}
EVERYWHERE = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
BOTH_WAYS = pytest.mark.parametrize("reduce", [True, False], ids=["reduced", "unreduced"])

CLERK = """
bell = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
form = u32(0)
served = u32(0)
shelf = ptr("task_struct")


def submit(number: u32):
    global form
    spin_lock_irqsave(lock, flags)
    form |= 1 << number
    spin_unlock_irqrestore(lock, flags)
    wake_up_interruptible(bell)


def file(number: u32):
    text = char_array(16)
    sprintf(text, "FORM=%u", number)
    argv = ["/bin/file", NULL]
    envp = [text, NULL]
    call_usermodehelper("/bin/file", argv, envp, 0)


def clerk(unused):
    global form, served
    wait = DEFINE_WAIT()
    daemonize("clerk")
    allow_signal(SIGKILL)
    while True:
        prepare_to_wait(bell, wait, TASK_INTERRUPTIBLE)
        if signal_pending(current):
            break
        spin_lock_irq(lock)
        number = ffs(form) - 1 if form else 0
        form &= ~(1 << number)
        spin_unlock_irq(lock)
        if number == 0:
            schedule()
            continue
        finish_wait(bell, wait)
        file(number)
        {after}
    finish_wait(bell, wait)
    return 0
"""
"""A clerk who files one form and then does something else."""
BREAKS = {
    "leaves": ("break", "sleeps_when_idle"),
    "oopses": ("BUG()", "no_oops"),
    "divides": ("served = 1 // served", "no_oops"),
    "hangs": ("spin_lock(lock)\n        spin_lock(lock)", "sleeps_when_idle"),
    "loops": ("while True:\n            pass", "sleeps_when_idle"),
}
TWO = (Call("anna", "submit", 7), Call("ben", "submit", 9))


def office(after: str, **more: object) -> tuple[object, Scenario]:
    scenario = Scenario("office", threads=["clerk"], calls=TWO, report="submit", stays=True, **more)
    return module(CLERK.format(after=after), "clerk"), scenario


@EVERYWHERE
@BOTH_WAYS
@pytest.mark.parametrize("way", BREAKS)
def test_who_serves_one_event_and_is_gone_has_not_kept_the_promise(way, config, reduce):
    """Whichever way it goes: the break has one owner, and what is reported behind it is not delivered."""
    after, root = BREAKS[way]
    made, scenario = office(after)
    found = explore(made, scenario, config, reduce=reduce).verdicts
    assert found[root].fails
    assert ("follows", root, False) == (found["delivered"].verdict, found["delivered"].root, found["delivered"].holds)
    assert found["delivered"].exercised and found["delivered"].witness


@EVERYWHERE
@BOTH_WAYS
def test_nothing_follows_from_what_holds(config, reduce):
    """The clerk who goes on."""
    made, scenario = office("pass")
    found = explore(made, scenario, config, reduce=reduce).verdicts
    assert {"holds", "not exercised"} == {v.verdict for v in found.values()}
    assert found["delivered"].holds


@EVERYWHERE
@BOTH_WAYS
def test_what_is_no_promise_is_earned_where_nothing_is_broken(config, reduce):
    """It slept while it lived, so that is earned; that it dies of a kill is a promise, and is not."""
    made, scenario = office("BUG()", signals=[Signal("clerk")])
    found = explore(made, scenario, config, reduce=reduce).verdicts
    assert ("follows", True) == (found["sleeps_when_idle"].verdict, found["sleeps_when_idle"].holds)
    assert ("follows", False) == (found["dies_cleanly"].verdict, found["dies_cleanly"].holds)
    assert "no_oops" == found["sleeps_when_idle"].root == found["dies_cleanly"].root


@EVERYWHERE
def test_an_interrupt_that_never_returns_is_to_blame_for_what_waits_below_it(config):
    """The clerk's CPU is gone where the interrupt takes the lock that the clerk holds."""
    text = (
        CLERK.format(after="pass").replace("spin_lock_irq(", "spin_lock(").replace("spin_unlock_irq(", "spin_unlock(")
    )
    scenario = Scenario(
        "office", threads=["clerk"], calls=[Call("line", "submit", 7, context="irq")], report="submit", stays=True
    )
    found = explore(module(text, "clerk"), scenario, config).verdicts
    assert found["irq_safe"].fails
    assert ("follows", "irq_safe") == (found["delivered"].verdict, found["delivered"].root)
    assert "fails" != found["sleeps_when_idle"].verdict


def test_a_thread_that_ends_where_nobody_said_that_it_stays_breaks_nothing():
    """Then delivered fails by itself."""
    made, scenario = office("break")
    free = Scenario("free", threads=scenario.threads, calls=scenario.calls, report="submit")
    found = explore(made, free, CONFIGS["each"]).verdicts
    assert found["delivered"].fails and "holds" == found["sleeps_when_idle"].verdict


# ---- never "holds" without a reason to look -------------------------------------------------------------------------

NOTHING = "def idle():\n    pass\n"
TRIGGERED = {
    "no_oops": "    printk('x')",
    "never_sleeps_atomic": "    might_sleep()",
    "locks_balanced": "    spin_lock(lock)\n    spin_unlock(lock)",
    "no_leak": "    p = kmalloc(8, GFP_ATOMIC)\n    if p:\n        kfree(p)",
    "no_dangling": "    p = kmalloc(8, GFP_ATOMIC)\n    if p:\n        kfree(p)",
    "returns": "    pass",
}


@EVERYWHERE
@BOTH_WAYS
@pytest.mark.parametrize("name", TRIGGERED)
def test_what_never_came_about_does_not_hold(name, config, reduce):
    """It is not exercised, and neither earned nor failed."""
    busy = module("lock = DEFINE_SPINLOCK()\n\n\ndef act():\n" + TRIGGERED[name] + "\n")
    calls = {"process": [Call("a", "act")]}
    found = explore(busy, Scenario("act", calls=calls["process"]), config, reduce=reduce).verdicts[name]
    assert ("holds", True) == (found.verdict, found.holds)
    found = explore(busy, Scenario("act"), config, reduce=reduce).verdicts[name]
    assert ("not exercised", None) == (found.verdict, found.holds)


@EVERYWHERE
def test_an_interrupt_without_a_lock_is_not_safe_from_one(config):
    """irq_safe is asked only of frames that try a lock."""
    text = "lock = DEFINE_SPINLOCK()\n\n\ndef line():\n    {}\n"
    for body, word in (("pass", "not exercised"), ("spin_lock(lock)\n    spin_unlock(lock)", "holds")):
        scenario = Scenario("line", calls=[Call("nic", "line", context="irq")])
        assert word == explore(module(text.format(body)), scenario, config).verdicts["irq_safe"].verdict


# ---- the worst is shown ---------------------------------------------------------------------------------------------

NAPS = """
over = u32(0)


def napper(unused):
    allow_signal(SIGKILL)
    while not over:
        set_current_state({state})
        schedule_timeout(HZ)
    return 0


def wake():
    global over
    over = 1
"""


@EVERYWHERE
@BOTH_WAYS
@pytest.mark.parametrize(("state", "cause"), [("TASK_INTERRUPTIBLE", "busy_loop"), ("TASK_UNINTERRUPTIBLE", "polling")])
def test_the_worst_way_to_fail_is_shown_and_not_the_first(state, cause, config, reduce):
    """A sleep that a pending signal turns into a busy loop, and one that only polls."""
    scenario = Scenario("naps", threads=["napper"], calls=[Call("w", "wake")], signals=[Signal("napper")])
    found = explore(module(NAPS.format(state=state)), scenario, config, reduce=reduce).verdicts["sleeps_when_idle"]
    assert ("fails", cause) == (found.verdict, found.cause)
    assert "kill/napper" in found.witness or cause == "polling"


# ---- in a lab -------------------------------------------------------------------------------------------------------


def answer(name: str) -> tuple[str, object]:
    s = submission(name)
    return s.lab, kthreadlab.load(s.text, name=ANSWER[s.lab])


def test_a_test_cell_says_what_its_property_follows_from():
    """And passes where it is earned all the same."""
    lab, made = answer("lab2/wrong/never_enqueues")
    with pytest.raises(PropertyFails, match="dies_cleanly follows from no_oops: see there"):
        kthreadlab.check(lab, made, property="dies_cleanly")
    assert kthreadlab.check(lab, made, property="sleeps_when_idle") is None
    with pytest.raises(PropertyFails, match="again "):
        kthreadlab.check(lab, made, property="no_oops")


def test_a_report_begins_with_the_root_and_folds_what_follows():
    """A story, a hint and a place to start for the root; of its followers only that they are."""
    lab, made = answer("lab2/wrong/never_enqueues")
    report = kthreadlab.check(lab, made)
    assert "no_oops" == report.start.name
    assert {"dies_cleanly", "sleeps_when_idle", "delivered"} >= {p.name for p in report.following("no_oops")}
    text = report_text(report)
    story = text.index("start here")
    assert text.index("  story") > story and "  hint 1" in text
    assert "dies_cleanly" in text[text.index("  then") :].partition("\n\n")[0]
    assert 1 == text.count("  story")
    assert () == report.properties["dies_cleanly"].hints != report.properties["no_oops"].hints
    assert "Follows from <code>no_oops</code>" in report_html(report)


def test_json_says_what_is_earned_the_word_and_the_root(tmp_path, capsys):
    """For each property."""
    file = tmp_path / "answer.py"
    file.write_text(submission("lab2/wrong/never_enqueues").text)
    assert 1 == main(["check", "lab2", str(file), "--json"])
    told = json.loads(capsys.readouterr().out)["properties"]
    assert (False, "fails", "") == tuple(told["no_oops"][key] for key in ("holds", "verdict", "root"))
    assert (False, "follows", "no_oops") == tuple(told["dies_cleanly"][key] for key in ("holds", "verdict", "root"))
    assert (True, "follows", "no_oops") == tuple(told["sleeps_when_idle"][key] for key in ("holds", "verdict", "root"))
    assert (True, "holds", "") == tuple(told["never_sleeps_atomic"][key] for key in ("holds", "verdict", "root"))


@pytest.mark.parametrize("lab", ["lab2", "lab6"])
@pytest.mark.parametrize("body", ["return 0", "raise NotImplementedError('later')", "pass"])
def test_an_empty_answer_earns_nothing(lab, body):
    """Nothing holds of what never happened."""
    data = {
        "lab2": "myevent_lock = DEFINE_RWLOCK()\nmyevent_id = u32(0)\n",
        "lab6": "def report_event(x: u32):\n    pass\n",
    }
    text = f"myevent_waitqueue = DECLARE_WAIT_QUEUE_HEAD()\n{data[lab]}\n\ndef mykthread(unused):\n    {body}\n"
    report = kthreadlab.check(lab, kthreadlab.load(text, name="mykthread"))
    assert 0 == report.points
    assert "holds" not in {p.verdict for p in report.properties.values() if p.name != "survives_preemption"}


def test_a_call_that_never_returns_is_told_of_in_a_lab_too():
    """Only where it fails, and without points."""
    lab, made = answer("lab2/wrong/lock_leak_at_exit")
    report = kthreadlab.check(lab, made)
    assert ("fails", False) == (report.properties["returns"].verdict, report.properties["returns"].graded)
    assert "returns" in report_text(report)
    lab, made = answer("lab2/right/reference")
    assert "returns" not in kthreadlab.check(lab, made).properties


def test_full_points_in_lab_2_lead_on_to_the_next_lab_and_speak_of_lab_6():
    """With a link and not a cross; not where an event is never slept through."""
    lab, made = answer("lab2/right/reference")
    report = kthreadlab.check(lab, made)
    assert 60 == report.points
    text = report_text(report)
    onward = "next: Lab 3: contexts and locks; one way is left in which an event is slept through, for Lab 6"
    assert onward in text.splitlines()[-1]
    assert "✗" not in text
    html = report_html(report)
    assert 'href="../index.ipynb"' in html and "✗" not in html
    lab, made = answer("lab2/wrong/listing_two")
    assert "next:" not in report_text(kthreadlab.check(lab, made))
