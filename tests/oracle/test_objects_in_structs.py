"""What lies in a struct, in an array, behind a pointer: both oracles say what a kernel would do."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from kthreadlab import Call, Config, Scenario, done, load
from kthreadlab.checks.portfolio import A_CPU_EACH, ONE_CPU
from tests.oracle.interpreter import explore
from tests.oracle.programs.compare import Given, as_interpreted, disagreement, interpreted, reduced, unreduced

DATA = """
hub = struct("hub", gone=completion, n=atomic_t)
dev = struct("dev", id=u8, lock=spinlock_t, wait=wait_queue_head_t, done=completion, sem=semaphore, m=mutex,
             timer=timer_list, list=list_head, ids=array(u8, 2), name=char_array(4), hub=hub,
             locks=array(spinlock_t, 2), next=ptr("dev"))
first = ptr("dev")
kept = ptr("completion")
one = dev()
pool = array(dev, 2)
nobody = ptr()
seen = u8(0)
"""


@dataclass(frozen=True)
class Case:
    """Functions with their lines, each a call, which comes when the first is over; what is found: the *cause* of a
    fault, or *seen* when all are at rest; the property that *fails*, if one does without a fault; *more* statics;
    *where* it is so."""

    functions: dict[str, str]
    cause: str = ""
    seen: int | None = None
    fails: str = ""
    profile: str = "2.6.24"
    where: str = "up each"
    more: str = ""

    def given(self, config: Config) -> Given:
        out = [DATA + self.more]
        for name, body in self.functions.items():
            params = {"fired": 'd: ptr("dev")', "expired": 't: ptr("timer_list")', "thread": 'd: ptr("dev")'}
            lines = "\n".join(f"    {line}" for line in body.split("\n"))
            out.append(f"def {name}({params.get(name, '')}):\n    global first, kept, nobody, seen\n{lines}\n")
        names = [name for name in self.functions if name not in ("fired", "expired", "thread")]
        calls = [Call(name, name, when=done(names[0]) if n else None) for n, name in enumerate(names)]
        config = Config(self.profile, config.cpus, config.preempt, config.smp)
        return Given(load("\n\n".join(out), name="objects"), Scenario("objects", calls=calls), config)


CONFIGS = {"up": ONE_CPU, "each": A_CPU_EACH}
HEAP = "d = cast(dev, kmalloc(sizeof(dev), GFP_KERNEL))\nif d == NULL:\n    return"
ZEROS = HEAP.replace("kmalloc", "kzalloc")
CASES: dict[str, Case] = {
    # ---- memory that nothing has initialised ----
    "a lock of zeros is held, up to 2.6": Case({"call": "spin_lock(one.lock)"}, "uninitialised_lock"),
    "a lock of zeros is free today": Case({"call": "spin_lock(one.lock)\nspin_unlock(one.lock)\nseen = 1"}, seen=1,
                                          profile="6.12"),
    "a lock in memory of zeros is free today": Case(
        {"call": f"{ZEROS}\nspin_lock(d.lock)\nspin_unlock(d.lock)\nkfree(d)\nseen = 1"}, seen=1, profile="6.12"
    ),
    "a lock in memory that nothing has written is not": Case({"call": f"{HEAP}\nspin_lock(d.lock)"},
                                                             "uninitialised_lock", profile="6.12"),
    "a queue of zeros": Case({"call": "wake_up(one.wait)"}, "uninitialised_queue"),
    "a completion of zeros": Case({"call": "complete(one.done)"}, "uninitialised_local"),
    "a semaphore of zeros": Case({"call": "up(one.sem)"}, "uninitialised_local"),
    "a mutex of zeros": Case({"call": "mutex_lock(one.m)"}, "uninitialised_local"),
    "links that nothing has written": Case({"call": f"{HEAP}\nseen = list_empty(d.list)"}, "uninitialised_local"),
    "a number in a struct that nothing has written": Case({"call": f"{HEAP}\nseen = d.ids[1]"}, "uninitialised_local"),
    "memory that is wiped later": Case(
        {"call": f"{HEAP}\nmemset(d, 0, sizeof(dev))\nseen = d.ids[1] == 0 and atomic_read(d.hub.n) == 0\nkfree(d)"},
        seen=1,
    ),
    "a struct on a stack is zeros": Case({"call": "d = dev()\nseen = d.ids[1] == 0 and strlen(d.name) == 0"}, seen=1),
    # ---- addresses ----
    "the same lock by two ways": Case(
        {"call": "spin_lock_init(one.lock)\nd = one\nspin_lock(d.lock)\nseen = spin_is_locked(one.lock)\n"
                 "spin_unlock(one.lock)"}, seen=1,
    ),
    "two locks of two devices": Case(
        {"call": "spin_lock_init(pool[0].lock)\nspin_lock_init(pool[1].lock)\nspin_lock(pool[0].lock)\n"
                 "seen = not spin_is_locked(pool[1].lock)\nspin_unlock(pool[0].lock)"}, seen=1,
    ),
    "an element beyond the end": Case({"call": "seen = 2\nspin_lock(pool[seen].lock)"}, "out_of_bounds"),
    "a lock beyond the end": Case({"call": "seen = 2\nspin_lock_init(one.locks[seen])"}, "out_of_bounds"),
    "what lies at NULL has an address": Case({"call": "c = first.done\nseen = 1"}, seen=1),
    "what lies at NULL is not there": Case({"call": "complete(first.done)"}, "null_pointer"),
    "a nested struct": Case(
        {"call": "h = one.hub\natomic_set(h.n, 2)\nseen = atomic_read(one.hub.n)"}, seen=2,
    ),
    "the struct around a field": Case(
        {"call": "d = container_of(one.done, dev, \"done\")\nseen = d == one"}, seen=1,
    ),
    "the struct around the struct around a field": Case(
        {"call": "c = one.hub.gone\nh = container_of(c, hub, \"gone\")\nd = container_of(h, dev, \"hub\")\nd.id = 3\n"
                 "seen = one.id"}, seen=3,
    ),
    "around another field is none": Case(
        {"call": "d = container_of(one.hub.gone, dev, \"done\")\nd.id = 3"}, "bad_pointer",
    ),
    "a table of addresses": Case(
        {"call": "d = cast(dev, table[0])\nd.id = 2\nspin_lock_init(one.lock)\nseen = one.id + (table[1] == NULL)"},
        seen=3, more="table = [one, NULL]\n",
    ),
    "a table of addresses of parts": Case(
        {"call": "seen = locks[0] == one.lock and locks[1] == one.hub.n"}, seen=1,
        more="locks = [one.lock, one.hub.n]\n",
    ),
    # ---- what is gone ----
    "a lock in what was freed": Case(
        {"call": f"{HEAP}\nspin_lock_init(d.lock)\nkfree(d)\nspin_lock(d.lock)"}, "use_after_free"
    ),
    "a queue in what somebody else frees": Case(
        {
            "call": f"{HEAP}\ninit_waitqueue_head(d.wait)\nfirst = d",
            "wakes": "d = first\nif d:\n    wake_up(d.wait)",
            "frees": "d = first\nfirst = NULL\nkfree(d)",
        },
        "use_after_free", where="each",
    ),
    "the address of a part of what was freed": Case({"call": f"{HEAP}\nkfree(d)\nc = d.done\nseen = 1"}, seen=1),
    "a timer in what was freed": Case(
        {"call": f"{HEAP}\nsetup_timer(d.timer, fired, d)\nmod_timer(d.timer, jiffies + HZ)\nkfree(d)",
         "fired": "seen = 1"}, "use_after_free",
    ),
    "a completion on the stack of who did not wait": Case(
        {"call": 'd = dev()\ninit_completion(d.done)\nkthread_run(thread, d, "kid")', "thread": "complete(d.done)"},
        "dead_stack",
    ),
    "a completion on the stack of who waits": Case(
        {"call": 'd = dev()\ninit_completion(d.done)\nkthread_run(thread, d, "kid")\nwait_for_completion(d.done)\n'
                 "seen = 1",
         "thread": "complete(d.done)"}, seen=1,
    ),
    # ---- what leads to a block ----
    "nothing leads to it": Case({"call": HEAP}, fails="no_leak"),
    "its middle does": Case({"call": f"{HEAP}\nkept = d.done"}),
    "its timer is pending": Case(
        {"call": f"{HEAP}\nsetup_timer(d.timer, fired, d)\nmod_timer(d.timer, jiffies + HZ)",
         "fired": "mod_timer(d.timer, jiffies + HZ)"},
    ),
    "who sleeps on it knows it": Case({"call": f"{HEAP}\ninit_completion(d.done)\nwait_for_completion(d.done)"},
                                      fails="returns"),
    # ---- timers ----
    "a timer gives its function the device": Case(
        {"call": "setup_timer(one.timer, fired, one)\nmod_timer(one.timer, jiffies + HZ)",
         "fired": "d.id = 1\nseen = 1"},
        seen=1,
    ),
    "a timer gives itself": Case(
        {"call": "timer_setup(pool[1].timer, expired, 0)\nmod_timer(pool[1].timer, jiffies + HZ)",
         "expired": 'd = container_of(t, dev, "timer")\nd.id = 1\nseen = pool[1].id'}, seen=1, profile="6.12",
    ),
    # ---- locks ----
    "a part is given back that nobody took": Case(
        {"call": "spin_lock_init(pool[0].lock)\nspin_lock_init(pool[1].lock)\nspin_lock(pool[0].lock)\n"
                 "spin_unlock(pool[1].lock)"}, "other_lock",
    ),
    "two mutexes of two devices in turn": Case(
        {
            "ready": "mutex_init(pool[0].m)\nmutex_init(pool[1].m)",
            "into": "mutex_lock(pool[0].m)\nmutex_lock(pool[1].m)\nmutex_unlock(pool[1].m)\nmutex_unlock(pool[0].m)",
            "out": "mutex_lock(pool[1].m)\nmutex_lock(pool[0].m)\nmutex_unlock(pool[0].m)\nmutex_unlock(pool[1].m)",
        },
        fails="returns", where="each",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("case", "where"), [(case, where) for case, x in CASES.items() for where in x.where.split()])
def test_it_is_as_in_a_kernel(case: str, where: str) -> None:
    """For both, and reduced as well."""
    x = CASES[case]
    p = x.given(CONFIGS[where])
    found = as_interpreted(p)
    assert found.complete and not found.refused, found.refused
    assert {x.cause} - {""} == {cause for _, cause, _ in found.faults}
    if x.seen is not None:
        assert x.seen in {dict(numbers).get("seen") for _, numbers in found.resting}
    failing = {name for name, (holds, _) in found.verdicts.items() if not holds}
    assert x.fails in failing if x.fails else not failing or x.cause
    assert [] == disagreement(p, interpreted, as_interpreted)
    assert [] == disagreement(p, reduced, unreduced)


def test_the_interpreter_looks_for_parts_by_itself() -> None:
    """Not a word of it comes from the engine."""
    p = CASES["a lock in what was freed"].given(ONE_CPU)
    assert {cause for _, cause, _ in explore(p.module, p.scenario, p.config).faults} == {"use_after_free"}
