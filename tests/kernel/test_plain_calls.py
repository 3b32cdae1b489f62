"""The plain calls of kernel threads: for each a program in which leaving it out changes a verdict.

Each program is judged as it stands and with the call replaced by what somebody would write who thinks that it does
nothing: by nothing, or by a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import import_module

import pytest

import kthreadlab.machine.machine  # noqa: F401  (registers the operations)
from kthreadlab import Call, Config, Scenario, asleep, done, explore
from kthreadlab.compile.effects import Sleeps
from kthreadlab.compile.ops import OPERATIONS
from kthreadlab.compile.values import LowerError
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.api.docs import read
from tests.machine.drive import drive, fitting, lines
from tests.support import module

DATA = """
ev = struct("ev", id=u32, size=u32)
one = ev()
two = ev()
text = char_array(8)
other = char_array(8, "abcdef")
count = ATOMIC_INIT(0)
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()


"""


@dataclass(frozen=True)
class Case:
    """*body* of a thread; *instead*: what stands there in place of each call that is meant; the property that holds as
    it stands (or, if not *right*, fails) and does not without the call."""

    body: str
    instead: str = "0"
    judged: str = "no_oops"
    right: bool = True
    before: str = ""
    world: dict[str, object] = field(default_factory=dict)
    config: Config = Config(cpus=1)


def slept(call: str) -> Case:
    """Whoever comes back from a sleep is TASK_RUNNING, whatever he had declared."""
    return Case(f"set_current_state(TASK_INTERRUPTIBLE); {call}; BUG_ON(current.state != TASK_RUNNING)")


CASES: dict[str, Case] = {
    "schedule_timeout_interruptible": slept("schedule_timeout_interruptible(5)"),
    "schedule_timeout_uninterruptible": slept("schedule_timeout_uninterruptible(5)"),
    "io_schedule_timeout": slept("io_schedule_timeout(5)"),
    "io_schedule": Case("spin_lock(lock); io_schedule(); spin_unlock(lock)", "0", "never_sleeps_atomic", False),
    "msleep": slept("msleep(5)"),
    "ssleep": slept("ssleep(5)"),
    "usleep_range": slept("usleep_range(5, 10)"),
    "msleep_interruptible": slept("msleep_interruptible(5)"),
    "sleep_on_timeout": slept("sleep_on_timeout(queue, 5)"),
    "interruptible_sleep_on_timeout": slept("interruptible_sleep_on_timeout(queue, 5)"),
    "time_after": Case("BUG_ON(time_after(5, 0xfffffffffffffffb) == 0)"),
    "time_before": Case("BUG_ON(time_before(0xfffffffffffffffb, 5) == 0)"),
    "time_after_eq": Case("BUG_ON(time_after_eq(jiffies, jiffies) == 0)"),
    "time_before_eq": Case("BUG_ON(time_before_eq(jiffies, jiffies) == 0)"),
    "time_is_before_jiffies": Case("BUG_ON(time_is_before_jiffies(jiffies - 1) == 0)"),
    "time_is_after_jiffies": Case("BUG_ON(time_is_after_jiffies(jiffies + 1) == 0)"),
    "get_jiffies_64": Case("BUG_ON(get_jiffies_64() != jiffies)", "1"),
    "msecs_to_jiffies": Case("BUG_ON(msecs_to_jiffies(1) == 0); BUG_ON(msecs_to_jiffies(2000) != 2 * HZ)"),
    "jiffies_to_msecs": Case("BUG_ON(jiffies_to_msecs(2 * HZ) != 2000)"),
    "usecs_to_jiffies": Case("BUG_ON(usecs_to_jiffies(1) != 1)"),
    "jiffies_to_usecs": Case("BUG_ON(jiffies_to_usecs(HZ) != 1000000)"),
    "round_jiffies": Case("BUG_ON(round_jiffies(3 * HZ + 1) != 3 * HZ)"),
    "round_jiffies_relative": Case("BUG_ON(round_jiffies_relative(3 * HZ - 1) != 3 * HZ)"),
    "strncat": Case('strcpy(text, "ab"); strncat(text, "cdefgh", 2); BUG_ON(strcmp(text, "abcd") != 0)'),
    "memcpy": Case("one.id = 7; memcpy(two, one, sizeof(ev)); BUG_ON(two.id != 7)"),
    "memmove": Case('memmove(text, other, 4); BUG_ON(strcmp(text, "abcd") != 0)'),
    "memcmp": Case('BUG_ON(memcmp(other, "abcxyz", 4) >= 0)'),
    "atomic_sub_and_test": Case("atomic_set(count, 2); BUG_ON(atomic_sub_and_test(2, count) == 0)"),
    "atomic_add_negative": Case("BUG_ON(atomic_add_negative(-2, count) == 0)"),
    "atomic_cmpxchg": Case("atomic_cmpxchg(count, 0, 3); BUG_ON(atomic_read(count) != 3)"),
    "atomic_xchg": Case("atomic_xchg(count, 3); BUG_ON(atomic_read(count) != 3)"),
    "atomic_add_unless": Case("atomic_add_unless(count, 3, 1); BUG_ON(atomic_read(count) != 3)"),
    "atomic_inc_not_zero": Case("atomic_inc(count); atomic_inc_not_zero(count); BUG_ON(atomic_read(count) != 2)"),
}

USERS = "users = refcount_t()\n\n\n"
REFS = "refs = kref()\nreleased = u32(0)\n\n\ndef gone(counted):\n    global released\n    released = 1\n\n\n"
CASES |= {
    name: Case(body, instead, before=before)
    for name, before, body, instead in (
        ("refcount_set", USERS, "refcount_set(users, 2); BUG_ON(refcount_read(users) != 2)", "0"),
        ("refcount_read", USERS, "refcount_set(users, 2); BUG_ON(refcount_read(users) != 2)", "0"),
        ("refcount_inc", USERS, "refcount_set(users, 1); refcount_inc(users); BUG_ON(refcount_read(users) != 2)", "0"),
        ("refcount_dec", USERS, "refcount_set(users, 2); refcount_dec(users); BUG_ON(refcount_read(users) != 1)", "0"),
        ("refcount_dec_and_test", USERS, "refcount_set(users, 1); BUG_ON(refcount_dec_and_test(users) == 0)", "0"),
        ("refcount_inc_not_zero", USERS, "BUG_ON(refcount_inc_not_zero(users) != 0)", "1"),
        ("kref_init", REFS, "kref_init(refs); kref_put(refs, gone); BUG_ON(released == 0)", "0"),
        ("kref_get", REFS, "kref_init(refs); kref_get(refs); kref_put(refs, gone); BUG_ON(released == 1)", "0"),
        ("kref_put", REFS, "kref_init(refs); kref_put(refs, gone); BUG_ON(released == 0)", "0"),
        ("kref_get_unless_zero", REFS, "BUG_ON(kref_get_unless_zero(refs) != 0)", "1"),
        ("kref_read", REFS, "kref_init(refs); BUG_ON(kref_read(refs) != 1)", "0"),
    )
}

DONE = "ready = DECLARE_COMPLETION()\n\n\n"
TIMER = "timer = timer_list()\n\n\ndef fired(t):\n    BUG()\n\n\n"
START = "def start():\n    timer_setup(timer, fired, 0)\n    mod_timer(timer, 5)\n\n\n"
WATCHED = "word = u32(0)\nflag = u32(0)\n\n\ndef watch():\n    {look}\n\n\n"
CASES |= {
    "INIT_COMPLETION": Case(
        "complete(ready); INIT_COMPLETION(ready); BUG_ON(try_wait_for_completion(ready))", before=DONE
    ),
    "reinit_completion": Case("complete(ready); reinit_completion(ready); BUG_ON(completion_done(ready))", before=DONE),
    "wait_for_completion_interruptible_timeout": Case(
        "set_current_state(TASK_INTERRUPTIBLE); wait_for_completion_interruptible_timeout(ready, 5);"
        " BUG_ON(current.state != TASK_RUNNING)", before=DONE,
    ),
    **{
        name: Case(f"timer_setup(timer, fired, 0); {name}(timer); mod_timer(timer, 5)", before=TIMER)
        for name in ("timer_shutdown", "timer_shutdown_sync")
    },
    **{
        name: Case(f"local_bh_disable(); start(); BUG_ON({name}(timer) == 0); local_bh_enable()", before=TIMER + START)
        for name in ("timer_delete", "timer_delete_sync")
    },
    "wq_has_sleeper": Case(
        "w = DEFINE_WAIT(); prepare_to_wait(queue, w, TASK_RUNNING); BUG_ON(wq_has_sleeper(queue) == 0);"
        " finish_wait(queue, w)"
    ),
    "wq_has_single_sleeper": Case(
        "w = DEFINE_WAIT(); prepare_to_wait(queue, w, TASK_RUNNING); BUG_ON(wq_has_single_sleeper(queue) == 0);"
        " finish_wait(queue, w)"
    ),
    "down_timeout": Case("down(sem); BUG_ON(down_timeout(sem, 5) != -ETIME)", before="sem = DECLARE_MUTEX()\n\n\n"),
    "need_resched": Case("if need_resched():; BUG()".replace(":; ", ":;     "), right=False),
    "num_online_cpus": Case("BUG_ON(num_online_cpus() == 0)"),
    "ARRAY_SIZE": Case("a = [1, 2, 3]; BUG_ON(ARRAY_SIZE(a) != 3)"),
    "IS_ERR_OR_NULL": Case("BUG_ON(IS_ERR_OR_NULL(NULL) == 0)"),
    "mutex_lock_nested": Case("mutex_lock_nested(mut, 1); mutex_unlock(mut)", "0", "locks_balanced",
                              before="mut = DEFINE_MUTEX()\n\n\n"),
    "spin_lock_nested": Case("spin_lock_nested(lock, 1); spin_unlock(lock)", "0", "locks_balanced"),
    "smp_load_acquire": Case("smp_load_acquire(flag)", "flag", "no_data_race", world=dict(calls=[Call("w", "watch")]),
                             before=WATCHED.format(look="smp_store_release(flag, 1)"), config=Config(cpus=2)),
    "smp_store_release": Case("smp_store_release(flag, 1)", "watch()", "no_data_race",
                              world=dict(calls=[Call("w", "look")]), config=Config(cpus=2),
                              before=WATCHED.format(look="global flag\n    flag = 1")
                              + "def look():\n    READ_ONCE(flag)\n\n\n"),
    "kcalloc": Case("p = kcalloc(2, 4, GFP_ATOMIC); BUG_ON(p == NULL); kfree(p)", "NULL"),
    "vmalloc": Case("p = vmalloc(8); BUG_ON(p == NULL); vfree(p)", "NULL"),
    "vfree": Case("p = vmalloc(8); vfree(p)", "0", "no_leak"),
    **{
        f"pr_{level}": Case(f'BUG_ON(pr_{level}("seen") != 4)')
        for level in "emerg alert crit err warning warn notice info cont".split()
    },
}  # fmt: skip

RING = """
thing = struct("thing", id=u32, link=list_head)
uno = thing()
duo = thing()
ring = LIST_HEAD()
other_ring = LIST_HEAD()


def fill():
    uno.id = 1
    duo.id = 2
    list_add_tail(uno.link, ring)
    list_add_tail(duo.link, ring)


def first(head: ptr("list_head")):
    p = list_entry(head.next, thing, "link")
    return p.id


"""
CASES |= {
    name: Case(f"fill(); {body}", instead, before=RING)
    for name, body, instead in (
        ("list_move", "list_move(duo.link, ring); BUG_ON(first(ring) != 2)", "0"),
        ("list_move_tail", "list_move_tail(uno.link, ring); BUG_ON(first(ring) != 2)", "0"),
        ("list_splice", "list_splice(ring, other_ring); BUG_ON(first(other_ring) != 1)", "list_add(duo.link, ring)"),
        ("list_splice_init", "list_splice_init(ring, other_ring); BUG_ON(not list_empty(ring))", "0"),
        ("list_splice_tail", "list_splice_tail(ring, other_ring); BUG_ON(list_empty(other_ring))", "0"),
        ("list_splice_tail_init", "list_splice_tail_init(ring, other_ring); BUG_ON(list_empty(other_ring))", "0"),
        ("list_replace_init", "list_replace_init(ring, other_ring); BUG_ON(list_empty(other_ring))", "0"),
        ("list_is_singular", "list_del(duo.link); BUG_ON(list_is_singular(ring) == 0)", "0"),
        ("list_first_entry", 'p = list_first_entry(ring, thing, "link"); BUG_ON(p != uno)', "NULL"),
        ("list_last_entry", 'p = list_last_entry(ring, thing, "link"); BUG_ON(p != duo)', "NULL"),
        ("list_first_entry_or_null", 'p = list_first_entry_or_null(ring, thing, "link"); BUG_ON(p != uno)', "NULL"),
    )
}


def without(call: str, case: Case) -> str:
    """The body without the call."""
    return re.sub(rf"\b{call}\((?:[^()]|\([^()]*\))*\)", case.instead, case.body)


def holds(body: str, case: Case) -> bool:
    """Does the property hold of a thread with that body?"""
    text = DATA + case.before + lines(*body.split("; "), "return 0")
    config = fitting(text + case.body, case.config)
    scenario = Scenario("plain", **{"threads": ["mykthread"], **case.world})
    found = explore(module(text), scenario, config, properties=[case.judged]).verdicts[case.judged].holds
    assert found is not None
    return found


@pytest.mark.parametrize("call", CASES)
def test_without_the_call_the_verdict_is_another(call: str) -> None:
    case = CASES[call]
    assert without(call, case) != case.body
    assert [case.right, not case.right] == [holds(case.body, case), holds(without(call, case), case)]


# ---- what is particular to some ------------------------------------------------------------------------------------


OPEN = """
already_open = atomic_t()
inside = atomic_t()
waiters = DECLARE_WAIT_QUEUE_HEAD()


def look():
    if atomic_read(already_open) == 0:
        atomic_set(already_open, 1)
        return 0
    return 1


def use():
    wait_event(waiters, {look} == 0)
    BUG_ON(atomic_inc_return(inside) != 1)
    atomic_dec(inside)
    atomic_set(already_open, 0)
    wake_up(waiters)
"""


@pytest.mark.parametrize("look, alone", [("look()", False), ("atomic_cmpxchg(already_open, 0, 1)", True)])
def test_who_looks_and_takes_in_one_step_is_alone(look: str, alone: bool) -> None:
    """Two who open the same device: a look and a store let both in."""

    scenario = Scenario("open", calls=[Call("one", "use"), Call("two", "use")])
    found = explore(module(OPEN.format(look=look)), scenario, Config("6.12", cpus=2)).verdicts["no_oops"]
    assert found.holds is alone


NAP = """
stage = u32(0)
sleeper = ptr("task_struct")


def kick():
    if sleeper != NULL:
        wake_up_process(sleeper)


def mykthread(unused):
    global sleeper, stage
    sleeper = current
    {sleep}
    BUG_ON({wrong})
    return 0
"""


@pytest.mark.parametrize(
    "sleep, wrong, early",
    [
        ("left = schedule_timeout_uninterruptible(HZ)", "left != 0", True),
        ("left = msleep_interruptible(10)", "left != 0", False),
    ],
)
def test_a_wake_up_ends_a_timed_sleep_but_no_msleep(sleep: str, wrong: str, early: bool) -> None:
    """What is left of the time says that it was not up."""

    made = module(NAP.format(sleep=sleep, wrong=wrong))
    scenario = Scenario("nap", threads=["mykthread"], calls=[Call("kick", "kick")])
    found = explore(made, scenario, Config("2.6.24", cpus=2)).verdicts["no_oops"]
    assert found.holds is not early


IN_THE_WRONG_STATE = """
def pause():
    set_current_state(TASK_INTERRUPTIBLE)
    {sleep}


def mykthread(unused):
    pause()
    BUG_ON(current.state != TASK_RUNNING)
    while not signal_pending(current):
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    return 0
"""


def test_what_was_declared_before_msleep_means_nothing() -> None:
    """It sleeps in D, and comes back TASK_RUNNING: the mistake shows in no verdict."""

    scenario = Scenario("wrong", threads=["mykthread"], stays=True)
    found = explore(module(IN_THE_WRONG_STATE.format(sleep="msleep(100)")), scenario, Config(cpus=1)).verdicts
    assert {"no_oops": True, "never_sleeps_atomic": True} == {
        name: found[name].holds for name in ("no_oops", "never_sleeps_atomic")
    }


BLOCKS = """
ev = struct("ev", id=u32, next=ptr("ev"))
wide = struct("wide", id=u32, more=u32, next=ptr("ev"))
one = ev()
large = wide()
ids = array(u16, 4)
short = array(u16, 2)
text = char_array(8, "abcd")
small = char_array(4)


"""


@pytest.mark.parametrize(
    "body, cause",
    [
        ("memcpy(small, text, 8)", "text_overflow"),
        ("memcpy(text, small, 8)", "out_of_bounds"),
        ("memcpy(short, ids, 8)", "text_overflow"),
        ("memcpy(ids, short, 8)", "out_of_bounds"),
        ("memcpy(one, large, sizeof(ev))", "bad_pointer"),
        ("memcpy(one, one, 3)", "bad_pointer"),
        ("memcpy(text, one, 4)", "bad_pointer"),
        ("memcpy(NULL, text, 4)", "null_pointer"),
        ("memcmp(small, text, 8)", "out_of_bounds"),
        ("p = kmalloc(4, GFP_ATOMIC); kfree(p); memcpy(p, text, 2)", "use_after_free"),
        ("p = kmalloc(4, GFP_ATOMIC); memcpy(text, p, 4); kfree(p)", "uninitialised_local"),
        ("p = kmalloc(sizeof(ev) - 1, GFP_ATOMIC); memcpy(p, one, sizeof(ev))", "text_overflow"),
        ("memcpy(NULL, text, 0)", ""),
        ("memcpy(large, one, 4)", ""),
        ('memcpy(small, text, 4); memcpy(text, "xy", 2); BUG_ON(memcmp(text, "xycd", 5) != 0)', ""),
        ("ids[1] = 515; memcpy(short, ids, 4); BUG_ON(short[1] != 515)", ""),
        ("p = kmalloc(12, GFP_ATOMIC); one.id = 3; memcpy(p, one, 4); q = cast(ev, p); BUG_ON(q.id != 3)", ""),
        ("one.id = 258; large.id = 513; BUG_ON(memcmp(one, large, 4) < 0)", ""),
    ],
)  # fmt: skip
def test_memory_is_copied_and_compared_by_the_byte(body: str, cause: str) -> None:
    """Too much, or what is laid out otherwise, is a fault."""

    made = module(BLOCKS + lines(*body.split("; "), "return 0"))
    found = explore(made, Scenario("blocks", threads=["mykthread"]), Config(cpus=1)).verdicts
    assert cause in {found[name].cause for name in ("no_oops", "no_dangling") if found[name].holds is not True} | {""}
    assert bool(cause) is (found["no_dangling"].holds is not True)


@pytest.mark.parametrize("call", ['memcpy("ab", text, 2)', 'memset("ab", 0, 2)'])
def test_a_literal_is_not_written_to(call: str) -> None:
    with pytest.raises(LowerError, match="a string literal cannot be written to"):
        explore(module(BLOCKS + lines(call, "return 0")), Scenario("blocks", threads=["mykthread"]), Config(cpus=1))


@pytest.mark.parametrize(
    "body, said, left",
    [
        ("refcount_inc(users)", "addition on 0; use-after-free", 0xC0000000),
        ("refcount_dec_and_test(users)", "underflow; use-after-free", 0xC0000000),
        ("refcount_set(users, 1); refcount_dec(users)", "decrement hit 0; leaking memory", 0xC0000000),
        ("refcount_set(users, 0x7fffffff); refcount_inc(users)", "saturated; leaking memory", 0xC0000000),
        ("refcount_inc_not_zero(users)", "", 0),
        ("refcount_set(users, 2); refcount_dec_and_test(users)", "", 1),
    ],
)
def test_a_reference_count_warns_and_stays_saturated(body: str, said: str, left: int) -> None:
    """As lib/refcount.c does, and in its words."""

    made = USERS + lines(*body.split("; "), "r = refcount_read(users)", 'printk("%u", r)', "return 0")
    trace = drive(made, Config("6.12", cpus=1))
    assert [*([f"refcount_t: {said}."] if said else []), str(left)] == [text for _, text in trace.log]


@pytest.mark.parametrize("profile, second", [("2.6.11", 1), ("6.12", 0)])
def test_an_old_kref_counts_on_where_it_went_wrong(profile: str, second: int) -> None:
    """A reference taken at 0 is the only one then, and goes again; today the count is saturated, and nothing goes."""

    body = ["kref_get(refs)", "r = kref_put(refs, gone)", 'printk("%d", r)', "return 0"]
    trace = drive(REFS + lines(*body), Config(profile, cpus=1))
    assert str(second) == trace.log[-1][1]


RELEASE = """
box = struct("box", id=u32)
refs = kref()
lock = DEFINE_SPINLOCK()
held = ptr("box")


def release(counted):
    global held
    kfree(held)
    held = NULL


def drop():
    {drop}


def start():
    global held
    held = cast(box, kmalloc(sizeof(box), GFP_KERNEL))
    kref_init(refs)
    kref_get(refs)
"""


@pytest.mark.parametrize(
    "drop, verdicts",
    [("kref_put(refs, release)", (True, True)), ("kref_put(refs, release)\n    held.id = 1", (False, True))],
)
def test_the_last_of_two_frees(drop: str, verdicts: tuple[bool, bool]) -> None:
    """Two who give their references back: one of them releases, and neither may use it afterwards."""

    calls = [Call("start", "start"), *(Call(n, "drop", when=done("start")) for n in ("one", "two"))]
    found = explore(module(RELEASE.format(drop=drop)), Scenario("put", calls=calls), Config(cpus=3)).verdicts
    assert verdicts == (found["no_oops"].holds, found["no_leak"].holds)


PLAIN = {"delay", "jiffies", "refcount", "accepted"}
"""The declarations in these files are all of this kind."""


def test_every_plain_call_has_its_case_or_is_accepted_without_effect() -> None:
    """That list is closed: whoever adds to it says so here."""

    files = [import_module(f"kthreadlab.lang.api.{name}") for name in PLAIN]
    calls = {name.rstrip("_") for file in files for name in vars(file) if name in CALLS}
    accepted = {name for name, call in CALLS.items() if call.accepted}
    assert set() == calls - accepted - set(CASES)
    assert accepted == set(
        "mb rmb wmb smp_mb smp_rmb smp_wmb barrier udelay ndelay mdelay cpu_relax prefetch kthread_bind pr_debug"
        " set_user_nice sched_setscheduler sched_set_fifo recalc_sigpending".split()
    )


@pytest.mark.parametrize("call", [name for name, call in CALLS.items() if call.accepted and name in OPERATIONS])
def test_what_is_accepted_changes_nothing(call: str) -> None:
    """Neither the context nor the state, nor anything that somebody could wait for; and its page says why."""

    x = OPERATIONS[call].effects
    assert ((), (), (), (), Sleeps.NEVER) == (x.context, x.does, x.reads, x.writes, x.sleeps)
    assert read(CALLS[call].doc)[1]["Here"][0].startswith(("accepted without effect", "memory is", "there is no"))


EXCLUSIVE = """
wq = DECLARE_WAIT_QUEUE_HEAD()
inflight = ATOMIC_INIT(1)


def acquire():
    return atomic_add_unless(inflight, 1, 1)


def finished():
    atomic_dec(inflight)
    wake_up(wq)


def throttle():
    wait = DEFINE_WAIT()
    if not acquire():
        {prepare}
        while True:
            if not others and acquire():
                break
            schedule()
            others = 0
            prepare_to_wait_exclusive(wq, wait, TASK_UNINTERRUPTIBLE)
        finish_wait(wq, wait)
    finished()
"""
LOOKS_LATER = (
    "prepare_to_wait_exclusive(wq, wait, TASK_UNINTERRUPTIBLE)\n        others = not wq_has_single_sleeper(wq)"
)
TOLD = "others = not prepare_to_wait_exclusive(wq, wait, TASK_UNINTERRUPTIBLE)"


@pytest.mark.parametrize("prepare, returns", [(LOOKS_LATER, False), (TOLD, True)])
def test_two_who_look_at_the_queue_later_skip_for_each_other(prepare: str, returns: bool) -> None:
    """Who sees two on the queue thinks that the other one looks; what the queue was when he joined, one is told."""

    calls = [Call("one", "throttle"), Call("two", "throttle"), Call("end", "finished")]
    made = module(EXCLUSIVE.format(prepare=prepare))
    found = explore(made, Scenario("throttle", calls=calls), Config("6.12", cpus=3)).verdicts["returns"]
    assert found.holds is returns


def test_a_format_behind_a_level_is_a_literal() -> None:
    """C puts the two together when it compiles."""

    made = module(BLOCKS + lines("pr_err(text)", "return 0"))
    with pytest.raises(LowerError, match="pr_err: the format must be a literal"):
        explore(made, Scenario("log", threads=["mykthread"]), Config("6.12", cpus=1))


def test_a_wait_goes_on_when_the_completion_is_made_not_done_once_more() -> None:
    """init_completion forgets the waiter, and reinit_completion does not."""

    text = "ready = DECLARE_COMPLETION()\n\n\ndef waits():\n    wait_for_completion(ready)\n\n\n"
    calls = [Call("one", "waits"), Call("two", "again", when=asleep("one"))]
    for call, right in (("init_completion", False), ("reinit_completion", True)):
        made = module(f"{text}def again():\n    {call}(ready)\n    complete(ready)\n")
        found = explore(made, Scenario("again", calls=calls), Config("6.12", cpus=2)).verdicts["returns"]
        assert found.holds is right


@pytest.mark.parametrize(
    "loop, order",
    [
        ('for p in list_for_each_entry(ring, thing, "link"):', 12),
        ('for p in list_for_each_entry_reverse(ring, thing, "link"):', 21),
        ("for q in list_for_each(ring):", 12),
        ("for q in list_for_each_safe(ring):", 12),
        ("for q in list_for_each_prev(ring):", 21),
    ],
)
def test_a_list_is_walked_from_either_end(loop: str, order: int) -> None:
    """By the structs, or by their links."""

    entry = ['    p = list_entry(q, thing, "link")'] if " q in" in loop else []
    body = ["fill()", "n = 0", loop, *entry, "    n = n * 10 + p.id", f"BUG_ON(n != {order})", "return 0"]
    found = explore(module(RING + lines(*body)), Scenario("walk", threads=["mykthread"]), Config(cpus=1)).verdicts
    assert found["no_oops"].holds


@pytest.mark.parametrize("safe, cause", [("_safe", ""), ("", "bad_pointer")])
def test_links_that_go_in_the_walk_want_the_safe_form(safe: str, cause: str) -> None:
    body = ["fill()", f"for q in list_for_each{safe}(ring):", "    list_del(q)", "return 0"]
    found = explore(module(RING + lines(*body)), Scenario("walk", threads=["mykthread"]), Config(cpus=1)).verdicts
    assert cause == found["no_oops"].cause


@pytest.mark.parametrize(
    "body, cause",
    [
        ("fill(); list_splice(ring, other_ring); list_del(uno.link)", ""),
        ("fill(); list_splice(ring, other_ring); list_add(uno.link, ring)", "corrupted_list"),
        ("fill(); list_splice_init(ring, other_ring); list_del(uno.link); list_add(uno.link, ring)", ""),
        ("list_replace_init(ring, other_ring); list_del(other_ring)", "corrupted_list"),
    ],
)
def test_a_list_that_was_spliced_away_is_none_until_it_is_made_one(body: str, cause: str) -> None:
    made = module(RING + lines(*body.split("; "), "return 0"))
    found = explore(made, Scenario("splice", threads=["mykthread"]), Config("6.12", cpus=1)).verdicts["no_dangling"]
    assert cause == (found.cause if found.holds is False else "")


POOL = """
work = struct("work", who=ptr("task_struct"), fn=u32, list=list_head)
pool = LIST_HEAD()
pool_lock = DEFINE_SPINLOCK()


def report_event(event_id: u32):
    spin_lock_irqsave(pool_lock, flags)
    if not list_empty(pool):
        w = list_first_entry_or_null(pool, work, "list")
        list_del_init(w.list)
        w.fn = event_id
        wake_up_process(w.who)
    spin_unlock_irqrestore(pool_lock, flags)


def mykthread(unused):
    mine = work()
    mine.who = current
    INIT_LIST_HEAD(mine.list)
    spin_lock_irq(pool_lock)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        list_move(mine.list, pool)
        spin_unlock_irq(pool_lock)
        schedule()
        spin_lock_irq(pool_lock)
        {back}
    return 0
"""


@pytest.mark.parametrize("profile, back, safe", [("6.12", "mine.fn = 0", True), ("6.12", "list_del(mine.list)", False)])
def test_an_idle_thread_that_puts_itself_into_a_pool(profile: str, back: str, safe: bool) -> None:
    """It moves its links there at each turn, whether or not somebody has taken them off; poisoned ones can't be."""

    calls = [Call("nic", "report_event", 1, context="irq")]
    scenario = Scenario("pool", threads=["mykthread"], calls=calls, stays=True)
    found = explore(module(POOL.format(back=back)), scenario, Config(profile, cpus=2)).verdicts
    judged = [found[name].holds for name in ("no_oops", "never_sleeps_atomic", "locks_balanced", "irq_safe")]
    assert safe is all(judged)


FIELD = """
dev = struct("dev", id=u16, name=char_array(12), ids=array(u32, 5), next=ptr("dev"))
first = ptr("dev")


"""


@pytest.mark.parametrize(
    "what, is_", [("sizeof(p.name)", 12), ("sizeof(p.ids)", 20), ("sizeof(p.id)", 2), ("sizeof(p.next)", 8),
                  ("ARRAY_SIZE(p.ids)", 5), ("ARRAY_SIZE(p.name)", 12)]
)  # fmt: skip
def test_how_large_a_field_is_its_declaration_says(what: str, is_: int) -> None:
    """Behind a pointer that leads nowhere, too: the compiler knows it, and nothing is read."""

    body = ["p = first", f"BUG_ON({what} != {is_})", "return 0"]
    found = explore(module(FIELD + lines(*body)), Scenario("size", threads=["mykthread"]), Config("6.12", cpus=1))
    assert found.verdicts["no_oops"].holds
