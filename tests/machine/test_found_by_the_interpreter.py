"""What the second oracle and random programs have found: each a program of a few lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kthreadlab import Call, Config, Helper, Scenario, Signal, Thread, asleep, done, explore, on_cpu
from kthreadlab.checks import hangs
from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.observers import observers_for
from kthreadlab.run.analysis import Analysis
from kthreadlab.run.search import build, search
from tests.support import module

BUILDS = {
    "one CPU": Config(cpus=1, smp=True),
    "a CPU each": Config(cpus=8, smp=True),
    "preempt": Config(cpus=1, preempt=True, smp=True),
}


@pytest.mark.parametrize("reduce", [True, False])
def test_no_signal_lands_on_the_only_cpu_while_its_interrupts_are_off(reduce: bool) -> None:
    """It is sent by an interrupt or another task, and neither runs then; also where there is one task alone."""

    made = module(
        "def mykthread(unused):\n    allow_signal(SIGKILL)\n    local_irq_disable()\n    a = signal_pending(current)\n"
        "    b = signal_pending(current)\n    BUG_ON(a != b)\n    local_irq_enable()\n    return 0\n"
    )
    world = Scenario("off", threads=[Thread("mykthread")], signals=[Signal("mykthread")])
    assert explore(made, world, BUILDS["one CPU"], reduce=reduce).verdicts["no_oops"].holds
    assert explore(made, world, BUILDS["a CPU each"], reduce=reduce).verdicts["no_oops"].holds is False


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
def test_a_block_that_nothing_leads_to_is_lost_also_where_its_thread_never_ends(build: str, reduce: bool) -> None:
    """The last pointer to it is gone, whatever goes on."""

    lost = "def mykthread(unused):\n    p = kmalloc(8, GFP_ATOMIC)\n    p = NULL\n    while True:\n        schedule()\n"
    kept = lost.replace("    p = NULL\n", "").replace("        schedule()\n", "        schedule()\n        ksize(p)\n")
    world = Scenario("lost", threads=[Thread("mykthread")])
    assert explore(module(lost), world, BUILDS[build], reduce=reduce).verdicts["no_leak"].holds is False
    assert explore(module(kept), world, BUILDS[build], reduce=reduce).verdicts["no_leak"].holds


@pytest.mark.parametrize("version, allowed", [("2.6.11", True), ("2.6.32", True), ("6.12", False)])
def test_today_wait_event_asks_first_whether_sleeping_is_allowed(version: str, allowed: bool) -> None:
    """Also if what it waits for is true already."""

    made = module(
        "lock = DEFINE_SPINLOCK()\nq = DECLARE_WAIT_QUEUE_HEAD()\n\ndef mykthread(unused):\n    spin_lock(lock)\n"
        "    wait_event(q, 1)\n    spin_unlock(lock)\n    return 0\n"
    )
    found = explore(made, Scenario("asks", threads=[Thread("mykthread")]), Config(version, cpus=1, smp=True))
    assert allowed is (found.verdicts["never_sleeps_atomic"].holds is not False)


@pytest.mark.parametrize("reduce", [True, False])
def test_who_spins_for_a_holder_that_is_on_no_cpu_is_told_so(reduce: bool) -> None:
    """Two CPUs for three tasks: the holder sleeps, and no interrupt stands above it."""

    made = module(
        "table = DEFINE_RWLOCK()\nready = DECLARE_COMPLETION()\n\ndef mykthread(unused):\n    barrier()\n\n"
        "def rival(unused):\n    write_lock(table)\n\ndef caller(x):\n    read_lock_irq(table)\n"
        "    wait_for_completion_interruptible(ready)\n"
    )
    threads = [Thread("mykthread"), Thread("rival")]
    world = Scenario("sleeps", threads=threads, calls=[Call("insmod", "caller", 2)])
    found = explore(made, world, Config(cpus=2), reduce=reduce)
    assert found.complete and not found.bug
    assert found.verdicts["locks_balanced"].holds is False


@pytest.mark.parametrize("version, wrong, wants, gets_in", [
    ("2.6.11", "read_unlock", "write_lock", False), ("2.6.11", "read_unlock", "read_lock", True),
    ("2.6.11", "write_unlock", "write_lock", False), ("2.6.11", "write_unlock", "read_lock", True),
    ("6.12", "read_unlock", "write_lock", False), ("6.12", "read_unlock", "read_lock", True),
    ("6.12", "write_unlock", "write_lock", True), ("6.12", "write_unlock", "read_lock", True),
])  # fmt: skip
@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
def test_a_release_too_many_stays_in_the_word_of_a_lock(
    version: str, wrong: str, wants: str, gets_in: bool, build: str, reduce: bool
) -> None:
    """2.6 counts a reader too few, or a writer's bias too many; today a writer's release clears a byte that is clear.
    Readers get in all the same, and a writer finds such a lock never free again."""

    made = module(
        f"table = DEFINE_RWLOCK()\n\ndef mykthread(unused):\n    {wrong}(table)\n    {wants}(table)\n"
        f"    {wants.replace('lock', 'unlock')}(table)\n    return 0\n"
    )
    world = Scenario("wrong", threads=[Thread("mykthread")])
    config = replace(BUILDS[build], profile=version)
    found = explore(made, world, config, properties=["locks_balanced", "sleeps_when_idle"], reduce=reduce)
    assert found.verdicts["locks_balanced"].holds is False
    assert gets_in is (found.verdicts["sleeps_when_idle"].cause != "stuck")


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
def test_who_releases_the_lock_of_another_lets_a_third_in(build: str, reduce: bool) -> None:
    """The word is free, whoever has written it."""

    made = module(
        "lock = DEFINE_SPINLOCK()\ninside = u32(0)\n\ndef mykthread(unused):\n    global inside\n    spin_lock(lock)\n"
        "    inside = 1\n    BUG_ON(inside != 1)\n    inside = 0\n    spin_unlock(lock)\n    return 0\n\n"
        "def wrong(unused):\n    spin_unlock(lock)\n    return 0\n\n"
        "def second(unused):\n    global inside\n    spin_lock(lock)\n    inside = 2\n    spin_unlock(lock)\n"
        "    return 0\n"
    )
    third = Scenario("three", threads=[Thread("mykthread"), Thread("wrong"), Thread("second")])
    two = Scenario("two", threads=[Thread("mykthread"), Thread("second")])
    assert explore(made, two, BUILDS[build], ["no_oops"], reduce=reduce).verdicts["no_oops"].holds
    found = explore(made, third, BUILDS[build], ["no_oops"], reduce=reduce).verdicts["no_oops"]
    assert (found.holds is False) is (BUILDS[build].cpus > 1)  # on one CPU nobody runs beside who holds a lock


@pytest.mark.parametrize("version, timeout, left", [
    ("2.6.11", 7, 7), ("2.6.11", 0, 0), ("2.6.32", 7, 7), ("2.6.32", 0, 1), ("6.12", 0, 1),
])  # fmt: skip
def test_what_is_done_already_costs_none_of_the_time(version: str, timeout: int, left: int) -> None:
    """And since 2.6.32 the answer is never the 0 of a time that is up."""

    made = module(
        "ready = DECLARE_COMPLETION()\n\ndef mykthread(unused):\n    complete(ready)\n"
        f"    left = wait_for_completion_timeout(ready, {timeout})\n    BUG_ON(left != {left})\n    return 0\n"
    )
    found = explore(made, Scenario("done", threads=[Thread("mykthread")]), Config(version))
    assert found.verdicts["no_oops"].holds


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
def test_a_thread_that_waits_where_only_a_fault_comes_hangs_by_the_fault(build: str, reduce: bool) -> None:
    """Nothing but the oops could happen: the wait follows from it, and is not kept for certain either."""

    made = module(
        "gone = DECLARE_COMPLETION()\n\ndef mykthread(unused):\n    wait_for_completion(gone)\n    return 0\n\n"
        "def call(x):\n    return 0\n\ndef rival(unused):\n    BUG()\n"
    )
    world = Scenario("fault", threads=[Thread("mykthread"), Thread("rival")], calls=[Call("sensor", "call", 1)])
    verdict = explore(made, world, BUILDS[build], reduce=reduce).verdicts["returns"]
    assert ("follows", "no_oops") == (verdict.verdict, verdict.root)


@pytest.mark.parametrize("reduce", [True, False])
def test_a_frame_that_spins_where_only_a_fault_comes_spins_by_the_fault(reduce: bool) -> None:
    """On the holder's own CPU, while another CPU runs into an oops."""

    made = module(
        "table = DEFINE_SPINLOCK()\n\ndef mykthread(unused):\n    BUG()\n\ndef rival(unused):\n    spin_lock(table)\n"
        "    spin_unlock(table)\n    return 0\n\ndef handler(x):\n    spin_lock(table)\n    spin_unlock(table)\n"
    )
    threads, nic = [Thread("mykthread"), Thread("rival")], Call("nic", "handler", 1, context="irq")
    found = explore(made, Scenario("spins", threads=threads, calls=[nic]), BUILDS["a CPU each"], reduce=reduce)
    assert ("follows", "no_oops") == (found.verdicts["irq_safe"].verdict, found.verdicts["irq_safe"].root)


@pytest.mark.parametrize("reduce", [True, False])
def test_a_thread_that_gets_no_cpu_does_not_wait_for_a_lock(reduce: bool) -> None:
    """An interrupt spins for good on the only CPU; who would take the lock next has not come to that."""

    made = module(
        "lock = DEFINE_SPINLOCK()\n\ndef mykthread(unused):\n    barrier()\n    spin_lock_irq(lock)\n"
        "    spin_unlock_irq(lock)\n    return 0\n\ndef rival(unused):\n    barrier()\n    spin_lock(lock)\n"
        "    spin_unlock(lock)\n    return 0\n\ndef handler(x):\n    spin_lock(lock)\n    spin_unlock(lock)\n"
        "\ndef call(x):\n    return 0\n"
    )
    calls = [Call("nic", "handler", 1, context="irq"), Call("sensor", "call", 1)]
    world = Scenario("alone", threads=[Thread("mykthread"), Thread("rival")], calls=calls)
    found = Analysis(search(build(made, world, BUILDS["one CPU"], observers=observers_for(["returns"]), reduce=reduce)))
    assert any(True for _ in hangs.spins(found, hangs.FRAMES, "interrupt_deadlock"))
    assert "lock" not in {f.cause for f in hangs.returns(found)}


def test_what_a_helper_is_given_is_judged_where_there_is_one() -> None:
    """A text that overflows is no_dangling's; nobody has spoken of a handler."""

    made = module("path = char_array(4)\n\ndef mykthread(unused):\n    strcpy(path, '0123456789')\n    return 0\n")
    made_of = [Scenario("none", threads=[Thread("mykthread")])]
    made_of += [Scenario("one", threads=[Thread("mykthread")], handler="path")]
    fails = [explore(made, x, Config(), ["exec_vector"]).verdicts["exec_vector"].fails for x in made_of]
    assert [False, True] == fails


@pytest.mark.parametrize("lands", ["on", "not on"])
def test_who_can_be_preempted_may_be_on_the_cpu(lands: str) -> None:
    """On one CPU with preemption nobody is known to have it; a guard that asks for it lets an interrupt land."""

    made = module(
        "seen = u32(0)\n\ndef mykthread(unused):\n    global seen\n    seen = 1\n    seen = 2\n    return 0\n\n"
        "def handler(x):\n    BUG_ON(seen == 1)\n"
    )
    when = on_cpu("mykthread") if lands == "on" else ~on_cpu("mykthread") & ~done("mykthread")
    world = Scenario(
        "lands", threads=[Thread("mykthread")], calls=[Call("nic", "handler", 1, context="irq", when=when)]
    )
    assert explore(made, world, BUILDS["preempt"]).verdicts["no_oops"].holds is (lands == "not on")


@pytest.mark.parametrize("reduce", [True, False])
def test_an_interrupt_that_need_not_freeze_goes_on(reduce: bool) -> None:
    """To ask is not allowed there, and is told; nobody sleeps."""

    made = module("def mykthread(unused):\n    schedule()\n    return 0\n\ndef handler(x):\n    try_to_freeze()\n")
    world = Scenario("asks", calls=[Call("nic", "handler", 1, context="irq")], threads=[Thread("mykthread")])
    verdict = explore(made, world, BUILDS["one CPU"], reduce=reduce).verdicts["never_sleeps_atomic"]
    assert ("fails", "interrupt") == (verdict.verdict, verdict.cause)
    assert "hit" == verdict.finding.kind


@pytest.mark.parametrize("build", BUILDS)
def test_every_thread_that_stays_is_asked_why_it_ended(build: str) -> None:
    """Not the first alone."""

    waits = "    while not kthread_should_stop():\n        set_current_state(TASK_INTERRUPTIBLE)\n        schedule()\n"
    made = module(f"def mykthread(unused):\n{waits}    return 0\n\ndef rival(unused):\n    return 0\n")
    threads = [Thread("mykthread"), Thread("rival")]
    for stays in (True, False):
        found = explore(made, Scenario("two", threads=threads, stays=stays), BUILDS[build])
        verdict = found.verdicts["sleeps_when_idle"]
        assert ("fails", "exits") == (verdict.verdict, verdict.cause) if stays else verdict.holds


@pytest.mark.parametrize("reduce", [True, False])
def test_a_queue_that_nothing_initialised_has_a_lock_that_nothing_initialised(reduce: bool) -> None:
    """prepare_to_wait takes it, also where it then finds the entry no empty list and leaves it alone."""

    made = module(
        "queue = wait_queue_head_t()\n\ndef mykthread(unused):\n    entry = DECLARE_WAITQUEUE(current)\n"
        "    prepare_to_wait(queue, entry, TASK_INTERRUPTIBLE)\n    return 0\n"
    )
    found = explore(made, Scenario("raw", threads=[Thread("mykthread")]), BUILDS["one CPU"], reduce=reduce)
    assert "uninitialised_queue" == found.verdicts["no_oops"].cause


@pytest.mark.parametrize("way, exercised", [
    ("if x:\n        spin_lock(lock)\n        spin_unlock(lock)", False),
    ("spin_lock(lock)\n    spin_unlock(lock)", True),
])  # fmt: skip
@pytest.mark.parametrize("reduce", [True, False])
def test_a_context_counts_as_restored_where_it_was_changed(way: str, exercised: bool, reduce: bool) -> None:
    """On the way that was taken, whatever else stands in the text."""

    made = module(f"lock = DEFINE_SPINLOCK()\nx = u32(0)\n\ndef call(y):\n    global x\n    {way}\n    x = 0\n")
    found = explore(made, Scenario("way", calls=[Call("sensor", "call", 1)]), BUILDS["one CPU"], reduce=reduce)
    assert found.verdicts["context_restored"].exercised is exercised


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
def test_cond_resched_says_whether_it_gave_up_the_cpu(build: str, reduce: bool) -> None:
    """Both may be: interrupts stay off where it did not, and a schedule can choose either."""

    for answer in (0, 1):
        made = module(f"def mykthread(unused):\n    r = cond_resched()\n    BUG_ON(r == {answer})\n    return 0\n")
        verdict = explore(made, Scenario("asks", threads=[Thread("mykthread")]), BUILDS[build], reduce=reduce)
        assert verdict.verdicts["no_oops"].holds is False
    made = module("def mykthread(unused):\n    local_irq_disable()\n    cond_resched()\n    BUG_ON(irqs_disabled())\n")
    found = explore(made, Scenario("off", threads=[Thread("mykthread")]), BUILDS[build], reduce=reduce)
    assert "stays/mykthread" in found.verdicts["no_oops"].witness


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("off, answer", [("local_bh_disable()", 1), ("barrier()", 0)])
def test_an_interrupt_is_in_a_softirq_where_it_came_upon_one(build: str, off: str, answer: int) -> None:
    """Or upon a task that has bottom halves off: preempt_count goes on from there."""

    made = module(
        f"def mykthread(unused):\n    {off}\n    barrier()\n    barrier()\n    {off.replace('disable', 'enable')}\n"
        "    return 0\n\ndef handler(x):\n    BUG_ON(in_softirq())\n"
    )
    nic = Call("nic", "handler", 1, context="irq", cpu_of="mykthread")
    world = Scenario("upon", threads=[Thread("mykthread")], calls=[nic])
    assert explore(made, world, BUILDS[build]).verdicts["no_oops"].holds is not bool(answer)


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
def test_flags_that_were_never_saved_are_whatever_lay_there(build: str, reduce: bool) -> None:
    """On the way on which nothing was saved."""

    made = module(
        "lock = DEFINE_SPINLOCK()\nx = u32(0)\n\ndef call(y):\n    global x\n    if y == 1:\n"
        "        spin_lock_irqsave(lock, flags)\n    else:\n        spin_lock_irq(lock)\n    x = y\n"
        "    spin_unlock_irqrestore(lock, flags)\n"
    )
    for y, cause in ((1, ""), (2, "uninitialised_local")):
        found = explore(made, Scenario("flags", calls=[Call("sensor", "call", y)]), BUILDS[build], reduce=reduce)
        assert cause == found.verdicts["no_oops"].cause


@pytest.mark.parametrize("build", BUILDS)
def test_what_an_unwoken_thread_would_find_at_its_end_is_not_found_at_its_beginning(build: str) -> None:
    """It may be told to stop before it runs, and end at once; or run, and end later."""

    made = module(
        'task = ptr("task_struct")\nready = DECLARE_COMPLETION()\n\ndef mykthread(unused):\n    global task\n'
        '    task = kthread_create(worker, 1, "kid")\n    put_task_struct(task)\n    wake_up_process(task)\n'
        "    return 0\n\ndef worker(x):\n    wait_for_completion(ready)\n    return 0\n\n"
        "def stop(x):\n    kthread_stop(task)\n"
    )
    rmmod = Call("rmmod", "stop", 1, when=done("mykthread"))
    world = Scenario("early", threads=[Thread("mykthread")], calls=[rmmod])
    found = explore(made, world, BUILDS[build], ["no_dangling"])
    line = next(n for n, text in enumerate(made.files["mykthread"].splitlines(), 1) if "def worker" in text)
    finding = found.verdicts["no_dangling"].finding
    assert finding is not None and ("ended_task", line) == (finding.cause, finding.line)


@pytest.mark.parametrize("owed", [None, True])
def test_a_report_runs_the_handler_where_it_can_or_where_a_helper_is_owed(owed: bool | None) -> None:
    """What merely reports, and is in debt to nobody, need not execute anything."""

    made = module('path = char_array(16, "/bin/alert")\n\ndef report(x):\n    return 0\n')
    world = Scenario("owed", calls=[Call("sensor", "report", 1)], report="report", handler="path", helper_owed=owed)
    verdict = explore(made, world, Config(), ["exec_vector"]).verdicts["exec_vector"]
    assert verdict.cause == ("not_run" if owed else "")


# ---- texts that grow ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize("make", ["kstrdup(text, GFP_KERNEL)", 'kasprintf(GFP_KERNEL, "%s", text)'])
def test_a_text_that_has_grown_meanwhile_is_copied_as_far_as_there_is_room(make: str, build: str, reduce: bool) -> None:
    """Its length was taken before there was memory for it."""

    made = module(
        f'text = char_array(8)\n\ndef copy(x):\n    p = {make}\n    kfree(p)\n\ndef fill(x):\n    strcpy(text, "abc")\n'
    )
    world = Scenario("grows", calls=[Call("cat", "copy", 1), Call("dog", "fill", 1)])
    found = explore(made, world, replace(BUILDS[build], profile="2.6.32"), reduce=reduce)
    assert [found.verdicts[name].holds for name in ("no_dangling", "no_oops", "no_leak")] == [True] * 3


# ---- what was there before a fault --------------------------------------------------------------------------------


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize("drop, lost", [("first = NULL", True), ("barrier()", False)])
def test_a_block_is_lost_also_where_a_fault_comes_before_the_end(
    drop: str, lost: bool, build: str, reduce: bool
) -> None:
    """What a static still leads to is not: only the fault keeps it from being freed."""

    made = module(
        "item = ptr()\nfirst = ptr()\n\ndef mykthread(unused):\n    global first\n    first = kmalloc(8, GFP_ATOMIC)\n"
        f"    {drop}\n    preempt_enable()\n    return 0\n"
    )
    found = explore(made, Scenario("oops", threads=[Thread("mykthread")]), BUILDS[build], reduce=reduce)
    assert (found.verdicts["no_leak"].holds is False) is lost
    assert found.verdicts["no_oops"].holds is False


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("what, freed", [("text", False), ("NULL", False), ("kmalloc(8, GFP_ATOMIC)", True)])
def test_who_frees_nothing_leaves_nothing_that_could_dangle(what: str, freed: bool, build: str) -> None:
    """A fault comes before, or there was nothing to free."""

    made = module(f"text = char_array(8)\n\ndef mykthread(unused):\n    kfree({what})\n    preempt_enable()\n")
    found = explore(made, Scenario("frees", threads=[Thread("mykthread")]), BUILDS[build])
    assert found.verdicts["no_dangling"].exercised is freed


# ---- threads, signals, helpers, locks -----------------------------------------------------------------------------


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("context, actor", [("process", "dog"), ("irq", "irq/dog")])
def test_a_pointer_to_a_task_is_handed_on_by_who_counts_it(context: str, actor: str, build: str) -> None:
    """Up to 2.6.30 kthread_stop() then waits for ever, for what is no thread of kthread_create()'s never tells."""

    made = module(
        'task = ptr("task_struct")\n\ndef hand(x):\n    global task\n    task = get_task_struct(current)\n\n'
        "def stop(x):\n    kthread_stop(task)\n"
    )
    calls = [Call("dog", "hand", 1, context=context), Call("cat", "stop", 1, when=done("dog"))]
    found = explore(made, Scenario("waits", calls=calls), BUILDS[build])
    assert found.verdicts["no_oops"].holds
    assert found.verdicts["returns"].holds is False
    assert actor in found.verdicts["returns"].witness


@pytest.mark.parametrize("version, pending", [("2.6.24", True), ("2.6.32", True), ("6.12", False)])
def test_a_signal_that_is_disallowed_stays_pending_but_today(version: str, pending: bool) -> None:
    """Since 3.16 what is ignored from now on is forgotten, too."""

    made = module(
        "def mykthread(unused):\n    allow_signal(SIGKILL)\n    disallow_signal(SIGKILL)\n"
        "    BUG_ON(signal_pending(current))\n    return 0\n"
    )
    world = Scenario("late", threads=[Thread("mykthread")], signals=[Signal("mykthread")])
    assert explore(made, world, Config(version)).verdicts["no_oops"].holds is not pending


@pytest.mark.parametrize("path, cause", [("", ""), ("/bin/alert", "interrupt")])
def test_an_interrupt_that_asks_for_no_program_does_not_sleep(path: str, cause: str) -> None:
    """call_usermodehelper() returns before it has asked anybody; called there it must not be all the same."""

    made = module(
        f'path = char_array(16, "{path}")\n\ndef handler(x):\n    argv = [path, NULL]\n'
        '    envp = ["HOME=/", NULL]\n    r = call_usermodehelper(path, argv, envp, 0)\n    BUG_ON(r == 0)\n'
    )
    found = explore(made, Scenario("asks", calls=[Call("nic", "handler", 1, context="irq")]), BUILDS["one CPU"])
    assert found.verdicts["never_sleeps_atomic"].holds is False
    assert found.verdicts["no_oops"].cause == ("" if cause else "bug")


@pytest.mark.parametrize("build", BUILDS)
def test_a_free_lock_is_never_said_to_be_busy(build: str) -> None:
    """Where the ledger is full of locks that somebody keeps, that is what is said."""

    names = "abcdef"
    text = "".join(f"{x} = DEFINE_SPINLOCK()\n" for x in names) + "\ndef call(x):\n"
    made = module(text + "".join(f"    BUG_ON(not spin_trylock({x}))\n" for x in names))
    found = explore(made, Scenario("keeps", calls=[Call("cat", "call", 1)]), BUILDS[build])
    assert found.verdicts["no_oops"].holds is not False
    assert found.verdicts["locks_balanced"].cause == "exit_held"


# ---- lists --------------------------------------------------------------------------------------------------------

RING = 'item = struct("item", id=u32, link=list_head)\nring = {ring}()\none = item()\n\ndef mykthread(unused):\n'


@pytest.mark.parametrize(
    "ring, lines, cause",
    [
        ("LIST_HEAD", "list_add(ring, ring)\n    list_add(one.link, ring)\n    BUG_ON(list_empty(ring))", ""),
        ("LIST_HEAD", "list_add(one.link, ring)\n    list_add(ring, ring)\n    list_add(one.link, ring)", "dangling"),
        ("list_head", 'for e in list_for_each_entry_safe(ring, item, "link"):\n        pass', "null_pointer"),
        ("list_head", 'for e in list_for_each_entry(ring, item, "link"):\n        e.id = 1', "bad_pointer"),
        ("LIST_HEAD", 'e = list_entry(ring, item, "link")\n    e.id = 1', "bad_pointer"),
    ],
)
@pytest.mark.parametrize("reduce", [True, False])
def test_links_are_followed_to_where_they_lead(ring: str, lines: str, cause: str, reduce: bool) -> None:
    """An empty list that is put on itself is empty; the links around NULL are at NULL, and its fields are below it."""

    made = module(RING.format(ring=ring) + f"    {lines}\n    return 0\n")
    found = explore(made, Scenario("links", threads=[Thread("mykthread")]), BUILDS["one CPU"], reduce=reduce)
    verdicts = found.verdicts["no_oops"], found.verdicts["no_dangling"]
    assert (cause == "dangling") is (verdicts[1].holds is False)
    assert cause in ("dangling", verdicts[0].cause)


@pytest.mark.parametrize("version, timeout, true, answer, sleeps", [
    ("2.6.11", "0", "1", 0, False), ("2.6.11", "0", "x", 0, True), ("2.6.32", "HZ", "1", 100, False),
    ("6.12", "0", "1", 1, False), ("6.12", "0", "x", 0, False), ("6.12", "n", "x", 0, False),
    ("6.12", "HZ", "x", 0, True),
])  # fmt: skip
@pytest.mark.parametrize("reduce", [True, False])
def test_today_a_time_of_0_is_up_at_the_first_look(
    version: str, timeout: str, true: str, answer: int, sleeps: bool, reduce: bool
) -> None:
    """And what is true is never told by the 0 of a time that is up."""

    test = f"r != {answer}" if answer != 100 else "r == 0"
    made = module(
        "x = u32(0)\nq = DECLARE_WAIT_QUEUE_HEAD()\n\ndef other():\n    global x\n    x = 0\n\n"
        f"def mykthread(unused):\n    n = 0\n    r = wait_event_timeout(q, {true}, {timeout})\n    BUG_ON({test})\n"
        "    return 0\n"
    )
    world = Scenario("time", threads=[Thread("mykthread")])
    graph = search(build(made, world, Config(version), observers=observers_for(["sleeps_when_idle"]), reduce=reduce))
    assert not graph.faults
    assert sleeps is Analysis(graph).exercised(PROPERTIES["sleeps_when_idle"])


@pytest.mark.parametrize("whom, found", [("task", True), ("current", False)])
def test_a_report_may_wake_its_thread_by_name(whom: str, found: bool) -> None:
    """Its wake-up finds the thread asleep then; one of somebody else finds nobody."""

    made = module(
        'task = ptr("task_struct")\n\ndef mykthread(unused):\n    global task\n    allow_signal(SIGKILL)\n'
        "    task = current\n    set_current_state(TASK_INTERRUPTIBLE)\n    schedule()\n    return 0\n\n"
        f"def report(x):\n    if task != NULL:\n        wake_up_process({whom})\n"
    )
    called = Call("sensor", "report", 1, when=asleep("mykthread"))
    world = Scenario("names", threads=[Thread("mykthread")], calls=[called], report="report", helper_owed=True)
    verdict = explore(made, world, Config(), ["delivered_when_asleep"]).verdicts["delivered_when_asleep"]
    assert (found, not found) == (verdict.holds is False, verdict.holds is None)


@pytest.mark.parametrize("wait, told", [("UMH_NO_WAIT", True), ("UMH_WAIT_EXEC", False)])
def test_who_waits_for_no_program_need_not_say_that_it_failed(wait: str, told: bool) -> None:
    """Nobody tells him, whether it fails before he comes back or after."""

    made = module(
        'path = char_array(16, "/bin/alert")\n\ndef report(x):\n    argv = [path, NULL]\n    envp = ["HOME=/", NULL]\n'
        f'    call_usermodehelper("abc", argv, envp, {wait})\n    barrier()\n    barrier()\n'
    )
    helpers = {"/bin/alert": Helper()}
    called = [Call("sensor", "report", 1)]
    world = Scenario("tells", calls=called, helpers=helpers, report="report", handler="path")
    verdict = explore(made, world, Config("2.6.32", cpus=8), ["survives_failure"]).verdicts["survives_failure"]
    assert (told, "" if told else "silent") == (verdict.holds is True, verdict.cause or "")


@pytest.mark.parametrize("end", ["return 0", "do_exit(3)"])
@pytest.mark.parametrize("reduce", [True, False])
def test_a_call_that_ends_its_process_is_over(end: str, reduce: bool) -> None:
    """Who had to end after it has been told."""

    made = module(f"def mykthread(unused):\n    return 0\n\ndef last(x):\n    {end}\n\ndef other(x):\n    BUG()\n")
    world = Scenario("over", threads=[Thread("mykthread")], calls=[Call("rmmod", "last", 1)], ends_after="last")
    assert explore(made, world, Config(), ["ends_when_told"], reduce=reduce).verdicts["ends_when_told"].exercised


@pytest.mark.parametrize("cpus", [1, 2])
@pytest.mark.parametrize("other", [0, 1])
@pytest.mark.parametrize("reduce", [True, False])
def test_no_timer_expires_on_the_only_cpu_while_an_interrupt_has_interrupts_off(
    cpus: int, other: int, reduce: bool
) -> None:
    """The tick is an interrupt, too: who waits for it behind one that never comes back waits for ever."""

    made = module(
        "lock = DEFINE_SPINLOCK()\n\ndef mykthread(unused):\n    set_current_state(TASK_UNINTERRUPTIBLE)\n"
        "    schedule_timeout(HZ)\n    return 0\n\ndef other(unused):\n    return 0\n\n"
        "def handler(x):\n    spin_lock_irq(lock)\n    spin_lock(lock)\n"
    )
    threads = [Thread("mykthread"), Thread("other")][: 1 + other]
    world = Scenario("tick", threads=threads, calls=[Call("nic", "handler", 1, context="irq")])
    graph = search(build(made, world, Config(cpus=cpus, smp=True), observers=(), reduce=reduce))
    ways = [graph.states[n] for n in Analysis(graph).paths.dead_ends]
    asleep_for_good = [s for s in ways if s[graph.machine.state_cells[0]] == 6]
    assert bool(asleep_for_good) is (cpus == 1)


@pytest.mark.parametrize("wait, exercised", [("UMH_NO_WAIT", False), ("UMH_WAIT_EXEC", True)])
def test_that_khelper_may_sleep_says_nothing_of_the_module(wait: str, exercised: bool) -> None:
    """Whoever does not wait for a program has called nothing that may sleep."""

    made = module(
        'def call(x):\n    argv = ["/bin/alert", NULL]\n    envp = ["HOME=/", NULL]\n'
        f'    call_usermodehelper("/bin/alert", argv, envp, {wait})\n'
    )
    found = explore(made, Scenario("asks", calls=[Call("cat", "call", 1)]), Config("6.12", cpus=8))
    assert found.verdicts["never_sleeps_atomic"].exercised is exercised


@pytest.mark.parametrize("counts, held", [((1,), True), ((2,), False), ((2, 1), False), ((1, 2), False)])
def test_a_semaphore_is_a_mutex_where_whoever_initialises_it_says_one(counts: tuple[int, ...], held: bool) -> None:
    """Not where the last to say so does: nobody knows who comes last."""

    made = module(
        "sem = DECLARE_MUTEX_LOCKED()\n\ndef mykthread(unused):\n"
        + "".join(f"    sema_init(sem, {count})\n" for count in counts)
        + "    down(sem)\n    return 0\n"
    )
    world = Scenario("kept", threads=[Thread("mykthread")])
    verdict = explore(made, world, Config(), ["locks_balanced"]).verdicts["locks_balanced"]
    assert (verdict.holds is False) is held


TWO_LISTS = """
ring = LIST_HEAD()
other = LIST_HEAD()
item = struct("item", id=u32, link=list_head)

def mykthread(unused):
    e = ptr("item")
    e = cast(item, kmalloc(sizeof(item), GFP_ATOMIC))
    list_add(e.link, ring)
    {again}
    e = NULL
    return 0
"""


@pytest.mark.parametrize("again, lost", [
    ("pass", False), ("list_add(ring, ring)", True), ("list_add_tail(ring, ring)", False),
    ("list_add(e.link, ring)", False), ("list_add(e.link, other)", False), ("list_add_tail(ring, other)", False),
])  # fmt: skip
@pytest.mark.parametrize("reduce", [True, False])
def test_what_hangs_on_links_that_go_astray_is_not_lost(again: str, lost: bool, reduce: bool) -> None:
    """A head that is put behind itself leads to nothing but itself; put before itself, to its last entry."""

    made = module(TWO_LISTS.format(again=again))
    world = Scenario("lists", threads=[Thread("mykthread")])
    verdict = explore(made, world, Config(), ["no_leak"], reduce=reduce).verdicts["no_leak"]
    assert (verdict.holds is False) is lost


@pytest.mark.parametrize("of", ["constant", "written", "kmalloc(8, GFP_ATOMIC)", "current"])
@pytest.mark.parametrize("reduce", [True, False])
def test_the_number_of_an_address_is_a_large_one(of: str, reduce: bool) -> None:
    """PTR_ERR() of what is no errno: no signed variable of 32 bits holds it, wherever the address leads to."""

    text = (
        'constant = char_array(16, "/bin/alert")\nwritten = char_array(16)\nn = {type}(0)\n\n'
        'def mykthread(unused):\n    global n\n    sprintf(written, "x")\n    n = PTR_ERR({of})\n    n |= 2\n'
        "    BUG_ON({wrong})\n    return 0\n"
    )
    world = Scenario("numbers", threads=[Thread("mykthread")])
    for width, wrong, holds in (("s32", "0", False), ("u32", "n == 0", True), ("s64", "n < 65536", True)):
        made = module(text.format(type=width, of=of, wrong=wrong))
        assert explore(made, world, Config(), ["no_oops"], reduce=reduce).verdicts["no_oops"].holds is holds


HANDED_OVER = """
sem = DECLARE_MUTEX_LOCKED()

def waiter(unused):
    {takes}
    return 0

def mykthread(unused):
    up(sem)
    {then}
    return 0
"""


@pytest.mark.parametrize("version, faster", [("2.6.11", True), ("2.6.32", False)])
@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("reduce", [True, False])
def test_since_2_6_26_nobody_is_faster_than_who_is_given_a_semaphore(
    version: str, faster: bool, build: str, reduce: bool
) -> None:
    """It is his from up() on, not from when he runs."""

    made = module(HANDED_OVER.format(takes="down(sem)", then="BUG_ON(down_trylock(sem) == 0)"))
    call = Call("late", "mykthread", 0, when=asleep("waiter"))
    world = Scenario("handed", threads=[Thread("waiter")], calls=[call])
    found = explore(made, world, replace(BUILDS[build], profile=version), ["no_oops"], reduce=reduce)
    assert (found.verdicts["no_oops"].holds is False) is faster


@pytest.mark.parametrize("takes, then, holds", [
    ("down(sem)", "sema_init(sem, 0)", True), ("down_interruptible(sem)", "sema_init(sem, 0)", True),
    ("BUG_ON(down_interruptible(sem) == 0)", "pass", False), ("BUG_ON(down_interruptible(sem))", "pass", False),
])  # fmt: skip
@pytest.mark.parametrize("reduce", [True, False])
def test_what_was_handed_over_is_not_lost(takes: str, then: str, holds: bool, reduce: bool) -> None:
    """Neither by an initialisation nor by a signal that comes after it; one that comes before ends the wait."""

    made = module(
        HANDED_OVER.format(takes=takes, then=then).replace(
            "(unused):\n    BUG", "(unused):\n    allow_signal(SIGKILL)\n    BUG", 1
        )
    )
    call = Call("late", "mykthread", 0, when=asleep("waiter"))
    signals = [Signal("waiter")] if "BUG" in takes else []
    world = Scenario("handed", threads=[Thread("waiter")], calls=[call], signals=signals)
    found = explore(made, world, Config("2.6.32", cpus=8), ["no_oops", "returns"], reduce=reduce)
    assert (found.verdicts["no_oops"].holds is not False) is holds
    assert found.verdicts["returns"].holds is not False or not holds


@pytest.mark.parametrize("version", ["2.6.11", "6.12"])
@pytest.mark.parametrize("first, asleep_then", [("pass", False), ("wake_up_process(task)", True)])
def test_a_thread_that_has_not_begun_is_not_found_asleep(version: str, first: str, asleep_then: bool) -> None:
    """kthread_create() leaves it asleep, in no wait of its own."""

    made = module(
        'task = ptr("task_struct")\n\ndef report(x):\n    global task\n    task = kthread_create(brief, x, "kid")\n'
        f"    {first}\n    wake_up_process(task)\n\ndef brief(x):\n"
        '    argv = ["/bin/alert", NULL]\n    envp = ["HOME=/", NULL]\n    set_current_state(TASK_INTERRUPTIBLE)\n'
        '    schedule()\n    call_usermodehelper("/bin/alert", argv, envp, 0)\n'
    )
    world = Scenario("new", calls=[Call("insmod", "report", 2)], report="report")
    found = explore(made, world, Config(version, cpus=8), ["delivered_when_asleep"])
    assert found.verdicts["delivered_when_asleep"].exercised is asleep_then


@pytest.mark.parametrize("reduce", [True, False])
def test_links_that_stayed_lead_to_the_queue_they_led_to(reduce: bool) -> None:
    """2.4: whichever queue remove_wait_queue() is given the second time, it writes where the entry was."""

    made = module(
        "queue = DECLARE_WAIT_QUEUE_HEAD()\nother = DECLARE_WAIT_QUEUE_HEAD()\n\ndef mykthread(unused):\n"
        "    entry = DECLARE_WAITQUEUE(current)\n    add_wait_queue(queue, entry)\n"
        "    remove_wait_queue(queue, entry)\n    remove_wait_queue(other, entry)\n    return 0\n"
    )
    world = Scenario("stale", threads=[Thread("mykthread")])
    assert explore(made, world, Config("2.4"), ["no_dangling"], reduce=reduce).verdicts["no_dangling"].holds


@pytest.mark.parametrize("reduce", [True, False])
def test_only_the_queue_that_an_entry_is_on_is_touched_when_it_leaves(reduce: bool) -> None:
    """Whichever is named: that its links run in a circle does not matter then."""

    text = (
        "queue = DECLARE_WAIT_QUEUE_HEAD()\nother = DECLARE_WAIT_QUEUE_HEAD()\n\ndef mykthread(unused):\n"
        "    entry = DECLARE_WAITQUEUE(current)\n    twice = DECLARE_WAITQUEUE(current)\n"
        "    add_wait_queue(other, twice)\n    add_wait_queue(other, twice)\n    add_wait_queue(queue, entry)\n"
        "    remove_wait_queue({queue}, {entry})\n    return 0\n"
    )
    world = Scenario("named", threads=[Thread("mykthread")])
    for queue, entry, holds in (("other", "entry", True), ("queue", "twice", False)):
        found = explore(module(text.format(queue=queue, entry=entry)), world, Config(), ["no_dangling"], reduce=reduce)
        assert (found.verdicts["no_dangling"].holds is not False) is holds


@pytest.mark.parametrize("reduce", [True, False])
def test_a_head_on_another_list_is_walked_over_like_an_entry(reduce: bool) -> None:
    """Around it is no struct of that kind, so only its links can be followed."""

    text = (
        'ring = LIST_HEAD()\nother = LIST_HEAD()\nitem = struct("item", id=u32, link=list_head)\nn = u32(0)\n\n'
        'def mykthread(unused):\n    global n\n    q = ptr("item")\n    list_add_tail(ring, other)\n'
        '    for q in list_for_each_entry(ring, item, "link"):\n        n += {what}\n    BUG_ON(n == 1)\n    return 0\n'
    )
    world = Scenario("heads", threads=[Thread("mykthread")])
    for what, cause in (("1", "bug"), ("q.id", "bad_pointer")):
        found = explore(module(text.format(what=what)), world, Config(), ["no_oops"], reduce=reduce)
        assert found.verdicts["no_oops"].cause == cause


@pytest.mark.parametrize("task, cause", [("NULL", "null_pointer"), ("kmalloc(8, GFP_ATOMIC)", "bad_pointer")])
@pytest.mark.parametrize("reduce", [True, False])
def test_an_entry_for_nobody_is_a_fault_when_it_is_to_be_woken(task: str, cause: str, reduce: bool) -> None:
    """And one of the module's, which has a story."""

    made = module(
        "queue = DECLARE_WAIT_QUEUE_HEAD()\n\ndef mykthread(unused):\n    entry = DECLARE_WAITQUEUE(current)\n"
        f'    p = ptr("task_struct")\n    p = {task}\n    init_waitqueue_entry(entry, p)\n'
        "    add_wait_queue(queue, entry)\n    wake_up(queue)\n    return 0\n"
    )
    found = explore(made, Scenario("none", threads=[Thread("mykthread")]), Config(cpus=2), ["no_oops"], reduce=reduce)
    assert found.verdicts["no_oops"].cause == cause and str(found)


@pytest.mark.parametrize("off", ["list_del", "list_del_init"])
@pytest.mark.parametrize("reduce", [True, False])
def test_without_their_head_entries_are_a_ring(off: str, reduce: bool) -> None:
    """Each can be taken off, and the last is alone."""

    made = module(
        'ring = LIST_HEAD()\nitem = struct("item", id=u32, link=list_head)\none = item()\ntwo = item()\n\n'
        f"def mykthread(unused):\n    list_add_tail(one.link, ring)\n    list_add_tail(two.link, ring)\n"
        f"    {off}(ring)\n"
        "    BUG_ON(list_empty(two.link))\n    list_del(one.link)\n    BUG_ON(not list_empty(two.link))\n    return 0\n"
    )
    world = Scenario("ring", threads=[Thread("mykthread")])
    found = explore(made, world, Config(), ["no_oops", "no_dangling"], reduce=reduce)
    assert found.verdicts["no_oops"].holds and not found.verdicts["no_dangling"].cause


@pytest.mark.parametrize("reduce", [True, False])
def test_who_had_changed_the_context_came_back_also_where_its_end_is_a_fault(reduce: bool) -> None:
    """By then it has been looked at what it leaves behind."""

    text = "table = DEFINE_RWLOCK()\n\ndef mykthread(unused):\n    {take}\n    put_task_struct(current)\n    return 0\n"
    for take in ("read_lock(table)", "read_trylock(table)"):
        world = Scenario("end", threads=[Thread("mykthread")])
        found = explore(module(text.format(take=take)), world, Config(), reduce=reduce)
        assert found.verdicts["no_dangling"].cause == "ended_task"
        assert found.verdicts["context_restored"].exercised, take


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(("profile", "tells"), [("2.6.11", False), ("2.6.32", False), ("6.12", True)])
def test_todays_wait_event_looks_at_its_condition_after_the_signal(profile: str, tells: bool, build: str) -> None:
    """So whoever waits for a signal is never told of it by -ERESTARTSYS; before, one may come between the two looks."""

    made = module(
        "queue = DECLARE_WAIT_QUEUE_HEAD()\n\ndef mykthread(unused):\n    allow_signal(SIGKILL)\n"
        "    BUG_ON(wait_event_interruptible(queue, signal_pending(current)))\n    return 0\n"
    )
    world = Scenario("told", threads=[Thread("mykthread")], signals=[Signal("mykthread")])
    config = replace(BUILDS[build], profile=profile)
    for reduce in (True, False):
        holds = explore(made, world, config, ["no_oops"], reduce=reduce).verdicts["no_oops"].holds
        assert holds is tells


@pytest.mark.parametrize("body", ["pass", "BUG_ON(0)", "n = x\n    if n and x < 3:\n        pass"])
@pytest.mark.parametrize("reduce", [True, False])
def test_a_call_that_does_nothing_may_lose_its_cpu_before_its_end(body: str, reduce: bool) -> None:
    """To an interrupt that never returns; so it does not return either, however little there is to do."""

    made = module(
        "table = DEFINE_RWLOCK()\n\ndef mykthread(unused):\n    return 0\n\n"
        f"def handler():\n    read_lock(table)\n    write_lock(table)\n\ndef call(x):\n    {body}\n"
    )
    world = Scenario(
        "nothing", threads=["mykthread"], calls=[Call("nic", "handler", context="irq"), Call("p", "call", 2)]
    )
    found = explore(made, world, BUILDS["one CPU"], ["returns", "irq_safe"], reduce=reduce)
    assert (found.verdicts["irq_safe"].verdict, found.verdicts["returns"].verdict) == ("fails", "follows")
