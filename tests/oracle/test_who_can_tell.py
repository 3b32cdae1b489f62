"""Who can tell that a call has been made, call by call: each of these programs has an end that is lost if the call is
left out as a choice, or if what is declared of it is not so.

``make mutants`` turns the declarations round, and these programs notice (`tests.mutants.flips`).
"""

from __future__ import annotations

import pytest

from tests.oracle.test_what_commutes import CONFIGS, Case, judge

WAITS = "w = DECLARE_WAITQUEUE(current)\nadd_wait_queue(queue, w)"
SLEEPS_FOR_GOOD = "set_current_state(TASK_UNINTERRUPTIBLE)\nschedule()"
AUTO = "w = DEFINE_WAIT()\nprepare_to_wait(queue, w, TASK_INTERRUPTIBLE)"
CASES = {
    # ---- wait queues ----
    "a queue that is made anew forgets who waits": Case(
        {"call": f"{WAITS}\ngo = 1\ninit_waitqueue_head(queue)", "look": "k = go\nseen = k and waitqueue_active(queue)"},
        "both", "each pre", seen=1,
    ),
    "an entry that is made anew on its queue stays there when it is woken": Case(
        {
            "call": f"{AUTO}\ngo = 1\ninit_waitqueue_entry(w, current)\nfinish_wait(queue, w)",
            "look": "k = go\nif k:\n    j = waitqueue_active(queue)\n    wake_up(queue)\n    if j and not waitqueue_active(queue):\n        n = 1",
        },
        "both", "each pre", n=1,
    ),
    "an entry that is on a queue is torn off by init_wait": Case(
        {"call": f"{WAITS}\ninit_wait(w)", "look": "wake_up(queue)"}, "both", "up each pre", fault="q"
    ),
    "an exclusive entry that is on a queue is torn off by init_wait": Case(
        {
            "call": f"{WAITS.replace('queue(', 'queue_exclusive(')}\ninit_wait(w)",
            "look": "wake_up(queue)",
        },
        "both", "up each pre", fault="q",
    ),
    # ---- lists ----
    "a walk meets what was added a moment ago": Case(
        {"call": "go = 1\np = ring.next\nif p != ring:\n    seen = n", "look": "n = go\nlist_add(node.link, ring)"},
        "both", "each pre", seen=1,
    ),
    "what is on a list is found there": Case(
        {
            "call": "p = cast(item, kmalloc(sizeof(item), GFP_ATOMIC))\np.id = 0\nlist_add(p.link, ring)\np.id = 1\np.id = 2",
            "look": 'for q in list_for_each_entry(ring, "item", "link"):\n    seen = q.id',
        },
        "both", "each pre", seen=1,
    ),
    "what is at the end of a list is found there": Case(
        {
            "call": "p = cast(item, kmalloc(sizeof(item), GFP_ATOMIC))\np.id = 0\nlist_add_tail(p.link, ring)\np.id = 1\np.id = 2",
            "look": 'for q in list_for_each_entry(ring, "item", "link"):\n    seen = q.id',
        },
        "both", "each pre", seen=1,
    ),
    # ---- locks ----
    "a lock that is made anew protects nothing": Case(
        {
            "call": "spin_lock(gate)\nn = 1\nn = 2\nspin_unlock(gate)",
            "look": "spin_lock_init(gate)\nspin_lock(gate)\nseen = n\nspin_unlock(gate)",
        },
        "both", "each", seen=1,
    ),
    "a lock that is made anew is free": Case(
        {"call": "spin_lock(gate)\ngo = 1\nspin_lock_init(gate)", "look": "k = go\nseen = k and spin_is_locked(gate)"},
        "both", "each", seen=1,
    ),
    "a read-write lock that is made anew protects nothing": Case(
        {
            "call": "write_lock(table)\nn = 1\nn = 2\nwrite_unlock(table)",
            "look": "rwlock_init(table)\nread_lock(table)\nseen = n\nread_unlock(table)",
        },
        "both", "each", seen=1,
    ),
    # ---- timers ----
    "a timer that is not started yet cannot be stopped": Case(
        {
            "fired": "n = 1",
            "call": "init_timer(raw)\nraw.function = fired\ngo = 1\nadd_timer(raw)",
            "look": "if go:\n    if not del_timer_sync(raw) and n == 0:\n        seen = 1",
        },
        "both", "each pre", seen=1,
    ),
    "a timer that is not put off yet cannot be stopped": Case(
        {
            "fired": "n = 1",
            "call": "init_timer(raw)\nraw.function = fired\ngo = 1\nmod_timer(raw, jiffies + HZ)",
            "look": "if go:\n    if not del_timer_sync(raw) and n == 0:\n        seen = 1",
        },
        "both", "each pre", seen=1,
    ),
    "a timer's function has ended when its timer is stopped": Case(
        {
            "fired": "n = 1\nn = 2",
            "call": "init_timer(raw)\nraw.function = fired\nadd_timer(raw)\ndel_timer_sync(raw)\nseen = n",
        },
        "call", "up each pre", seen=2,
    ),
    # ---- tasks ----
    "a thread that has not ended yet is woken": Case(
        {
            "mykthread": "get_task_struct(current)\nsleeper = current\nset_current_state(TASK_INTERRUPTIBLE)\ngo = 1",
            "look": "if go:\n    seen = wake_up_process(sleeper)",
        },
        "look", "each pre", seen=1, version="6.12",
    ),
    "a thread that has not left yet is woken": Case(
        {
            "mykthread": "get_task_struct(current)\nsleeper = current\nset_current_state(TASK_INTERRUPTIBLE)\ngo = 1\nkthread_exit(0)",
            "look": "if go:\n    seen = wake_up_process(sleeper)",
        },
        "look", "each pre", seen=1, version="6.12",
    ),
    "a thread can be made where the last one has ended meanwhile": Case(
        {
            "child": "while go == 0:\n    yield()",
            "call": "for k in range(2):\n    if kernel_thread(child, 0, 0) > 0:\n        n = k\n    go = 1",
        },
        "call", "each pre", n=1,
    ),
    # ---- memory ----
    "memory may have to be waited for": Case(
        {"mykthread": "set_current_state(TASK_INTERRUPTIBLE)\np = kzalloc(8, GFP_KERNEL)\nkfree(p)\nschedule()\nn = 1"},
        "", "up each pre", n=1, version="2.6.24",
    ),
    # ---- files ----
    "a file is written before it is gone": Case(
        {
            "call": 'h = register_sysctl("kernel", row)\nstrcpy(handler, "abc")\nunregister_sysctl_table(h)\n'
                    "seen = handler[0] == 'x'",
        },
        "call", "up each pre", seen=1, write=True, version="6.12",
    ),
    # ---- signals ----
    "a signal that comes after the others were flushed is pending": Case(
        {"mykthread": "allow_signal(SIGKILL)\nflush_signals(current)\nseen = signal_pending(current)"},
        "", "up each pre", seen=1, kill=True,
    ),
    "a signal that is flushed kills nobody": Case(
        {"mykthread": f"allow_signal(SIGKILL)\nflush_signals(current)\n{SLEEPS_FOR_GOOD}"},
        "", "up each pre", fails="dies_cleanly", kill=True,
    ),
    "a signal that is not heard any more kills nobody": Case(
        {"mykthread": f"allow_signal(SIGKILL)\ndisallow_signal(SIGKILL)\n{SLEEPS_FOR_GOOD}"},
        "", "up each pre", fails="dies_cleanly", kill=True,
    ),
    "a signal that a daemon gets too early kills nobody": Case(
        {"mykthread": f'allow_signal(SIGKILL)\ndaemonize("mykthread")\n{SLEEPS_FOR_GOOD}'},
        "", "up each pre", fails="dies_cleanly", kill=True,
    ),
    "who lets himself be frozen may be asked at once": Case(
        {"mykthread": "set_freezable()\nseen = freezing(current)"},
        "", "up each pre", seen=1, freeze=True, version="2.6.24",
    ),
}  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("case", CASES)
def test_who_can_tell(case: str, config: str) -> None:
    """Both searches find it."""

    judge(CASES[case], config)
