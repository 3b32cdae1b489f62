"""Who can tell that a call has been made, call by call: each of these programs has an end that is lost if the call is
left out as a choice, or if what is declared of it is not so.

``make mutants`` turns the declarations round, and these programs notice (`tests.mutants.flips`).
"""

from __future__ import annotations

import pytest

from tests.oracle.test_what_commutes import CONFIGS, Case, judge

WAITS = "w = DECLARE_WAITQUEUE(current)\nadd_wait_queue(queue, w)"
AUTO = "w = DEFINE_WAIT()\nprepare_to_wait(queue, w, TASK_INTERRUPTIBLE)"
SLEEPS = "set_current_state(TASK_INTERRUPTIBLE)\nschedule()"
LISTED = "p = cast(item, kmalloc(sizeof(item), GFP_ATOMIC))\np.id = 0\nlist_add(p.link, ring)\np.id = 1\np.id = 2"
WALK = 'for q in list_for_each_entry(ring, "item", "link"):\n    seen = q.id'
LENT = 'p = kmalloc(8, GFP_ATOMIC)\nstrcpy(p, "x")\npath = p\ngo = 1'
STOPS = "j = del_timer_sync(raw)\n    if not j and n == 0:\n        seen = 1"
STARTS = "if go:\n    add_timer(raw)"
TIMER = "init_timer(raw)\nraw.function = fired"
ITEM = "INIT_WORK(own, late)\nschedule_work(own)\npath = own\np = path"
DELAYED = "INIT_DELAYED_WORK(dwork, late)\nschedule_delayed_work(dwork, 1)\npath = dwork\np = path"
QUEUE = 'k = create_singlethread_workqueue("x")'
QUEUED = f"{QUEUE}\nINIT_WORK(own, late)\nqueue_work(k, own)"
WAITING = {
    "flush_scheduled_work()": (ITEM, "up each pre", "6.12"),
    "flush_workqueue(k)": (QUEUED, "up each pre", "6.12"),
    "destroy_workqueue(k)": (QUEUED, "up each pre", "6.12"),
    "flush_work(p)": (ITEM, "up each pre", "6.12"),
    "flush_delayed_work(p)": (DELAYED, "up each pre", "6.12"),
    "cancel_work_sync(p)": (ITEM, "each pre", "6.12"),
    "cancel_delayed_work_sync(p)": (DELAYED, "each pre", "6.12"),
    "cancel_rearming_delayed_work(p)": (DELAYED, "each pre", "2.6.24"),
}
"""Calls that wait for work: what comes before them, where the item's function may have begun when they are made, and a
kernel that has them."""
CASES = {
    # ---- wait queues ----
    "a queue that is made anew forgets who waits": Case(
        {"call": f"{WAITS}\ngo = 1\ninit_waitqueue_head(queue)", "look": "if go:\n    seen = waitqueue_active(queue)"},
        "both", "each pre", seen=1,
    ),
    "an entry that is made anew is not taken off by a wake-up": Case(
        {
            "mykthread": f"{AUTO}\ngo = 1\ninit_waitqueue_entry(w, current)\nwhile True:\n"
                         "    set_current_state(TASK_UNINTERRUPTIBLE)\n    schedule()",
            "look": "if go:\n    wake_up(queue)\n    seen = not waitqueue_active(queue)",
        },
        "look", "each pre", seen=1, version="6.12",
    ),
    "an entry that is made anew on its queue tears that": Case(
        {"call": f"{WAITS}\ninit_wait(w)", "look": "wake_up(queue)"}, "both", "up each pre", fault="q"
    ),
    "an exclusive entry that is made anew on its queue tears that": Case(
        {"call": f"{WAITS.replace('queue(', 'queue_exclusive(')}\ninit_wait(w)", "look": "wake_up(queue)"},
        "both", "up each pre", fault="q",
    ),
    # ---- lists ----
    "a walk meets what was added a moment ago": Case(
        {"call": "go = 1\np = ring.next\nif p != ring:\n    seen = n", "look": "n = go\nlist_add(node.link, ring)"},
        "both", "each pre", seen=1,
    ),
    "what is on a list is found there": Case({"call": LISTED, "look": WALK}, "both", "each pre", seen=1),
    "what is at the end of a list is found there": Case(
        {"call": LISTED.replace("list_add(", "list_add_tail("), "look": WALK}, "both", "each pre", seen=1
    ),
    # ---- memory ----
    **{
        f"what was copied leads to what others find: {call}": Case(
            {
                "call": "p = cast(word, kmalloc(sizeof(word), GFP_ATOMIC))\np.id = 0\nmine = box()\nmine.first = p\n"
                        f"{call}(lent, mine, sizeof(box))\np.id = 1\np.id = 2",
                "look": "q = lent.first\nif q != NULL:\n    seen = q.id",
            },
            "both", "each pre", seen=1,
        )
        for call in ("memcpy", "memmove")
    },
    **{
        f"what is put on another list was not there before: {call}": Case(
            {
                "call": "mine = LIST_HEAD()\np = cast(item, kzalloc(sizeof(item), GFP_ATOMIC))\n"
                        f"list_add(p.link, mine)\ngo = 1\n{call}(mine, ring)",
                "look": "n = go\nseen = n and list_empty(ring)",
            },
            "both", "each pre", seen=1, version="6.12",
        )
        for call in ("list_splice", "list_splice_tail")
    },
    **{
        f"what was moved to a list is found there: {call}": Case(
            {
                "call": "p = cast(item, kzalloc(sizeof(item), GFP_ATOMIC))\nINIT_LIST_HEAD(p.link)\np.id = 0\n"
                        f"{call}\np.id = 1\np.id = 2",
                "look": WALK,
            },
            "both", "each pre", seen=1, version="6.12",
        )
        for call in ("list_move(p.link, ring)", "list_move_tail(p.link, ring)")
    },
    **{
        f"what a lock protects is copied without it: {call}": Case(
            {
                "call": 'spin_lock(gate)\nstrcpy(handler, "x")\nstrcpy(handler, "abcd")\nspin_unlock(gate)',
                "look": f"mine = char_array(16)\n{call}(mine, handler, 8)\nseen = strlen(mine)",
            },
            "both", "each", seen=1,
        )
        for call in ("memcpy", "memmove")
    },
    **{
        f"a count that a lock protects is changed without it: {call}": Case(
            {
                "call": f"spin_lock(gate)\nkref_init(refs)\n{more}j = kref_put(refs, late)\nspin_unlock(gate)\n"
                        f"seen = j == {told}",
                "look": call, "late": "return",
            },
            "both", "each", seen=1,
        )
        for call, more, told in (
            ("kref_get(refs)", "", 0), ("kref_put(refs, late)", "kref_get(refs)\n", 1),
            ("kref_init(refs)", "kref_get(refs)\n", 1),
        )
    },
    **{
        f"a count is changed under a lock for reading: {call}": Case(
            {
                "begin": f"write_lock(table)\nkref_init(refs)\n{more}write_unlock(table)",
                "call": f"read_lock(table)\n{call}\n{call}\nread_unlock(table)",
                "look": "read_lock(table)\nseen = kref_read(refs)\nread_unlock(table)",
                "late": "return",
            },
            "three", "each", seen=2, version="6.12",
        )
        for call, more in (
            ("kref_get(refs)", ""), ("kref_get_unless_zero(refs)", ""),
            ("kref_put(refs, late)", "kref_get(refs)\nkref_get(refs)\n"),
        )
    },
    "a count that a lock protects is read without it": Case(
        {
            "call": "spin_lock(gate)\nrefcount_set(users, 7)\nrefcount_set(users, 2)\nspin_unlock(gate)",
            "look": "seen = refcount_read(users)",
        },
        "both", "each", seen=7, version="6.12",
    ),
    "a number is changed under a lock for reading": Case(
        {
            "call": "read_lock(table)\natomic_inc_not_zero(count)\natomic_inc_not_zero(count)\nread_unlock(table)",
            "look": "read_lock(table)\nseen = atomic_read(count)\nread_unlock(table)",
        },
        "both", "each", seen=2, version="2.6.24",
    ),
    # ---- work, tasklets, interrupts ----
    **{
        f"who comes before another queues the item by {how}": Case(
            {"call": f"go = 1\ni = {how}\nif not i:\n    seen = 1", "look": f"if go:\n    {how}", "late": "n = 1"},
            "both", "each pre", seen=1,
        )
        for how in ("schedule_work(job)", "schedule_delayed_work(job, 5)")
    },
    **{
        f"who comes before another queues the item on its queue by {how}": Case(
            {"call": f"{QUEUE}\nwq = k\ngo = 1\ni = {how.format('k')}\nif not i:\n    seen = 1",
             "look": f"if go:\n    {how.format('wq')}", "late": "n = 1"},
            "both", "each pre", seen=1,
        )
        for how in ("queue_work({}, job)", "queue_delayed_work({}, job, 5)")
    },
    **{
        f"who has what the work needs waits for good: {call}": Case(
            {"call": f"mutex_lock(mut)\n{before}\n{call}\nmutex_unlock(mut)",
             "late": "mutex_lock(mut)\nmutex_unlock(mut)"},
            "call", where, fails="returns", version=version,
        )
        for call, (before, where, version) in WAITING.items()
    },
    **{
        f"who waits for work goes on when it is done: {call}": Case(
            {"call": f"{before}\n{call}\nseen = n", "late": "go = 1\nn = 1"}, "call", where, seen=1, version=version
        )
        for call, (before, where, version) in WAITING.items()
    },
    **{
        f"who need not sleep keeps the state that he has declared: {call}": Case(
            {"mykthread": f"{before}\nset_current_state(TASK_INTERRUPTIBLE)\n{call}\np = kzalloc(8, GFP_KERNEL)\n"
                          "kfree(p)\nschedule()\nn = 1",
             "late": "go = 1"},
            "", "up each pre", n=1, version="2.6.24",
        )
        for call, before in (
            ("flush_scheduled_work()", "n = 0"), ("flush_workqueue(k)", QUEUE),
            ("queue_work(k, own)", f"INIT_WORK(own, late)\n{QUEUE}"),
        )
    },
    **{
        f"there is a queue where the last one has gone meanwhile: {call}": Case(
            {"call": f"two = 2\nfor k in range(two):\n    go = k\n    w = {call}\n    if w != NULL:\n"
                     "        n = k\n        wq = w",
             "look": "j = go\nw = wq\nif j and w != NULL:\n    destroy_workqueue(w)"},
            "both", "each pre", n=1, version=version,
        )
        for call, version in (
            ('create_workqueue("x")', "2.6.11"), ('create_singlethread_workqueue("x")', "2.6.11"),
            ('alloc_workqueue("x", WQ_UNBOUND, 1)', "6.12"), ('alloc_ordered_workqueue("x", 0)', "6.12"),
        )
    },
    "who asks before another queues the item is told so": Case(
        {"call": "INIT_WORK(own, late)\ngo = 1\nk = work_pending(own)\nseen = k",
         "look": "if go:\n    schedule_work(own)", "late": "n = 1"},
        "both", "each pre", seen=1, version="6.12",
    ),
    "a delayed item that is made anew while its timer runs tears that": Case(
        {"call": "INIT_DELAYED_WORK(dwork, late)\ngo = 1\nINIT_DELAYED_WORK(dwork, late)",
         "look": "if go:\n    schedule_delayed_work(dwork, 5)", "late": "n = 1"},
        "both", "each pre", fails="no_dangling", version="6.12",
    ),
    "an interrupt lands while the function of an item on the heap has its lock": Case(
        {"call": "p = cast(carrier, kmalloc(sizeof(carrier), GFP_ATOMIC))\nINIT_WORK(p.own, late)\n"
                 "schedule_work(p.own)",
         "late": "spin_lock(gate)\nn = 1\nn = 2\nspin_unlock(gate)",
         "line": "spin_lock(gate)\nn = 3\nspin_unlock(gate)"},
        "interrupt", "up each pre", fails="irq_safe", version="6.12",
    ),
    "an item that is made anew while it is queued tears the list": Case(
        {"call": "go = 1\nINIT_WORK(job, late, NULL)", "look": "if go:\n    schedule_work(job)", "late": "n = 1"},
        "both", "each pre", fault="events/0",
    ),
    "who queues an item before it is cancelled has it taken off": Case(
        {"call": "go = 1\ni = cancel_delayed_work(job)\nif i:\n    seen = 1",
         "look": "if go:\n    schedule_delayed_work(job, 5)", "late": "n = 1"},
        "both", "each pre", seen=1,
    ),
    **{
        f"who flushes before {how} waits for nothing": Case(
            {"call": f"go = 1\n{how}", "look": f"j = go\n{waits}\nif j and not n:\n    seen = 1",
             "late": "n = 1", "fired": "n = 1"},
            "both", "each pre", seen=1,
        )
        for how, waits in (("schedule_work(job)", "flush_scheduled_work()"), ("tasklet_schedule(soft)",
                           "tasklet_kill(soft)"), ("tasklet_hi_schedule(soft)", "tasklet_kill(soft)"))
    },
    "a tasklet that is made ready is enabled": Case(
        {"call": "go = 1\ntasklet_init(soft, fired, 0)",
         "look": "if go:\n    tasklet_disable_nosync(soft)\n    tasklet_enable(soft)", "fired": "n = 1"},
        "both", "each pre", fault="q",
    ),
    "a tasklet that is made ready today is enabled": Case(
        {"call": "tasklet_setup(plain, fired)\ngo = 1\ntasklet_setup(plain, fired)",
         "look": "if go:\n    tasklet_disable_nosync(plain)\n    tasklet_enable(plain)", "fired": "n = 1"},
        "both", "each pre", fault="q", version="6.12",
    ),
    "a tasklet that nobody has disabled yet is not enabled": Case(
        {"call": "go = 1\ntasklet_disable_nosync(soft)", "look": "if go:\n    tasklet_enable(soft)", "fired": "n = 1"},
        "both", "each pre", fault="q",
    ),
    "a tasklet that somebody has enabled is not enabled again": Case(
        {"call": "tasklet_disable_nosync(soft)\ngo = 1\ntasklet_enable(soft)",
         "look": "if go:\n    tasklet_enable(soft)", "fired": "n = 1"},
        "both", "each pre", fault="p",
    ),
    **{
        f"what is made ready on the heap can be used: {init}": Case(
            {"call": f"p = cast(carrier, kmalloc(sizeof(carrier), GFP_ATOMIC))\n{init}\n{use}\nseen = 1",
             "late": "n = 1", "fired": "n = 1"},
            "call", "up each pre", seen=1, version=version,
        )
        for init, use, version in (
            ("INIT_WORK(p.own, late)", "schedule_work(p.own)\nflush_scheduled_work()", "6.12"),
            ("INIT_DELAYED_WORK(p.dwork, late)", "cancel_delayed_work_sync(p.dwork)", "6.12"),
            ("tasklet_init(p.soon, fired, 0)", "tasklet_schedule(p.soon)\ntasklet_kill(p.soon)", "2.6.24"),
            ("tasklet_setup(p.soon, fired)", "tasklet_schedule(p.soon)\ntasklet_kill(p.soon)", "6.12"),
        )
    },
    **{
        f"who waits for a handler with its lock waits for good: {call}": Case(
            {"call": f'request_irq(11, taker, 0, "x", NULL)\nspin_lock(gate)\n{call}\nspin_unlock(gate)'},
            "registered", "up each pre", fails="irq_safe",
        )
        for call in ("synchronize_irq(11)", "free_irq(11, NULL)", "disable_irq(11)")
    },
    "who waits for a tasklet with its lock waits for good": Case(
        {"call": "tasklet_schedule(soft)\nspin_lock(gate)\ntasklet_unlock_wait(soft)\nspin_unlock(gate)",
         "fired": "spin_lock(gate)\nspin_unlock(gate)"},
        "call", "up each pre", fails="irq_safe",
    ),
    **{
        f"who waits with interrupts off takes the CPU of a third for good: {call}": Case(
            {"call": f"{before}\nlocal_irq_disable()\nspin_lock(gate)\n{call}\nspin_unlock(gate)\nlocal_irq_enable()",
             "look": "seen = 1", **functions},
            calls, "each", fails="returns",
        )
        for call, before, calls, functions in (
            ("synchronize_irq(11)", 'request_irq(11, taker, 0, "x", NULL)', "beside", {}),
            ("tasklet_unlock_wait(soft)", "tasklet_schedule(soft)", "both",
             {"fired": "spin_lock(gate)\nspin_unlock(gate)"}),
        )
    },
    "who waits for a tasklet has done before what it does before": Case(
        {"call": "tasklet_schedule(soft)\ngo = 1\ntasklet_unlock_wait(soft)",
         "fired": "i = go\nj = go\nseen = j and not i"},
        "call", "each", seen=1,
    ),
    "a handler is told its line": Case(
        {"call": 'request_irq(11, teller, 0, "x", NULL)'}, "told", "up each pre", seen=11
    ),
    "who kills a tasklet that schedules itself may starve": Case(
        {"mykthread": "tasklet_schedule(soft)\ntasklet_kill(soft)", "fired": "n ^= 1\ntasklet_schedule(soft)"},
        "", "up each pre", fails="sleeps_when_idle",
    ),
    "who asks first has the line": Case(
        {"call": 'go = 1\ni = request_irq(11, served, 0, "x", NULL)\nif i:\n    seen = 1',
         "look": 'if go:\n    request_irq(11, served, 0, "x", NULL)'},
        "both", "each pre", seen=1,
    ),
    "a line is somebody's until it is given back": Case(
        {"call": 'request_irq(11, served, 0, "x", NULL)\ngo = 1\nfree_irq(11, NULL)',
         "look": 'if go:\n    seen = request_irq(11, served, 0, "x", NULL) != 0'},
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
    "a read-write lock that is made anew protects nothing": Case(
        {
            "call": "write_lock(table)\nn = 1\nn = 2\nwrite_unlock(table)",
            "look": "rwlock_init(table)\nread_lock(table)\nseen = n\nread_unlock(table)",
        },
        "both", "each", seen=1,
    ),
    "a lock that is made anew is free": Case(
        {"call": "spin_lock(gate)\ngo = 1\nspin_lock_init(gate)", "look": "if go:\n    seen = spin_is_locked(gate)"},
        "both", "each", seen=1,
    ),
    "who writes keeps readers out till it reads itself": Case(
        {"call": "down_write(rwsem)\ngo = 1\ndowngrade_write(rwsem)",
         "look": "if go:\n    seen = not down_read_trylock(rwsem)"},
        "both", "each pre", seen=1,
    ),
    # ---- signals ----
    **{
        f"who is sent a signal by {how} has none before": Case(
            {"mykthread": "allow_signal(SIGTERM)\nsleeper = current\nj = n\n"
                          "i = signal_pending(current)\nif j == 1 and not i:\n    seen = 1\ngo = i",
             "call": f"t = sleeper\nif t:\n    n = 1\n    {call}"},
            "call", "each pre", seen=1,
        )
        for how, call in {
            "send_sig": "send_sig(SIGTERM, t, 1)", "send_sig_info": "send_sig_info(SIGTERM, NULL, t)",
            "force_sig": "force_sig(SIGTERM, t)", "kill_proc": "kill_proc(100, SIGTERM, 1)",
        }.items()
    },
    **{
        f"who {what} hears it until then": Case(
            {"mykthread": f"allow_signal(SIGTERM)\nsend_sig(SIGTERM, current, 1)\nsleeper = current\nn = 1\n{change}",
             "look": "t = sleeper\nif t:\n    j = n\n    if j == 1 and signal_pending(t):\n        seen = 1"},
            "look", "each pre", seen=1, version=version,
        )
        for what, change, version in (
            ("takes a signal", "dequeue_signal(current)", "2.6.11"),
            ("takes a signal under its lock", "dequeue_signal_lock(current)", "2.6.11"),
            ("takes a signal today", f"go = kernel_dequeue_signal()\n{SLEEPS}", "6.12"),
            ("blocks all signals", "sigfillset(current.blocked)", "2.6.11"),
            ("blocks one signal", "sigaddset(current.blocked, SIGTERM)", "2.6.11"),
            ("blocks those of a mask", "siginitset(current.blocked, sigmask(SIGTERM))", "2.6.11"),
            ("blocks all but a mask", "siginitsetinv(current.blocked, sigmask(SIGKILL))", "2.6.11"),
        )
    },
    **{
        f"who {what} is deaf until then": Case(
            {"mykthread": "sigfillset(current.blocked)\nsend_sig(SIGTERM, current, 1)\nsleeper = current\n"
                          f"n = 1\n{change}",
             "look": "if sleeper:\n    j = n\n    if j == 1 and not signal_pending(sleeper):\n        seen = 1"},
            "look", "each pre", seen=1,
        )
        for what, change in (
            ("blocks none", "sigemptyset(current.blocked)"), ("lets one through", "sigdelset(current.blocked, SIGTERM)")
        )
    },
    "who looks whether it is to park is not told before it is asked": Case(
        {"child": f"go = 1\nseen = kthread_should_park()\n{SLEEPS}",
         "mykthread": 't = kthread_run(child, 0, "kid")\nif not IS_ERR(t):\n    j = go\n    if j:\n        n = 1\n'
                      "        kthread_park(t)\n        n = 2",
         "look": "barrier()"},
        "look", "each pre", seen=1, version="6.12",
    ),
    "who waits for readers comes when they have left": Case(
        {"call": "rcu_read_lock()\nn = 1\nn = 2\nrcu_read_unlock()",
         "look": "j = n\nsynchronize_rcu()\nif j == 1 and n == 2:\n    seen = 1\nif j == 1 and n == 1:\n    go = 1"},
        "both", "each", seen=1, version="6.12",
    ),
    "an rcu_head in new memory needs nothing but its function": Case(
        {"call": "p = cast(later, kmalloc(sizeof(later), GFP_ATOMIC))\nif p != NULL:\n    call_rcu(p.rcu, fired)",
         "look": "barrier()", "fired": "seen = 1"},
        "both", "up each pre", seen=1, version="6.12",
    ),
    # ---- timers ----
    "a timer that is not added yet is not stopped": Case(
        {"fired": "n = 1", "call": f"{TIMER}\ngo = 1\nadd_timer(raw)", "look": f"if go:\n    {STOPS}"},
        "both", "each pre", seen=1,
    ),
    "a timer that is not started yet is not stopped": Case(
        {"fired": "n = 1", "call": f"{TIMER}\ngo = 1\nmod_timer(raw, jiffies + HZ)", "look": f"if go:\n    {STOPS}"},
        "both", "each pre", seen=1,
    ),
    "a timer's function has ended when its timer is stopped": Case(
        {"fired": "n = 1\nn = 2", "call": f"{TIMER}\nadd_timer(raw)\ndel_timer_sync(raw)\nseen = n"},
        "call", "up each pre", seen=2,
    ),
    **{
        f"a timer's function has ended when its timer is stopped: {call}": Case(
            {"fired": "n = 1\nn = 2", "call": f"timer_setup(raw, fired, 0)\nadd_timer(raw)\n{call}(raw)\nseen = n"},
            "call", "up each pre", seen=2, version="6.12",
        )
        for call in ("timer_delete_sync", "timer_shutdown_sync")
    },
    "a timer that is made anew may be pending": Case(
        {"fired": "n = 1", "call": f"{TIMER}\ngo = 1\ninit_timer(raw)", "look": STARTS},
        "both", "each pre", fails="no_dangling",
    ),
    "a timer needs a function before it is started": Case(
        {"fired": "n = 1", "call": "init_timer(raw)\ngo = 1\nraw.function = fired", "look": STARTS},
        "both", "each pre", fault="q",
    ),
    "a timer cannot be started before it is set up": Case(
        {"fired": "n = 1", "call": "go = 1\nsetup_timer(raw, fired, 0)", "look": STARTS},
        "both", "each pre", fault="q", version="2.6.24",
    ),
    "today's timer cannot be started before it is set up": Case(
        {"fired": "n = 1", "call": "go = 1\ntimer_setup(raw, fired, 0)", "look": STARTS},
        "both", "each pre", fault="q", version="6.12",
    ),
    # ---- tasks ----
    "a thread that has not returned yet is woken": Case(
        {
            "mykthread": "get_task_struct(current)\nsleeper = current\nset_current_state(TASK_INTERRUPTIBLE)\ngo = 1",
            "look": "if go:\n    seen = wake_up_process(sleeper)",
        },
        "look", "each pre", seen=1, version="6.12",
    ),
    "a thread that has not left yet is woken": Case(
        {
            "mykthread": "get_task_struct(current)\nsleeper = current\nset_current_state(TASK_INTERRUPTIBLE)\ngo = 1\n"
                         "kthread_exit(0)",
            "look": "if go:\n    seen = wake_up_process(sleeper)",
        },
        "look", "each pre", seen=1, version="6.12",
    ),
    "no thread can be made where the last one has not left yet": Case(
        {
            "child": "go = 1\ndo_exit(0)",
            "call": "k = 0\nwhile k < 2:\n    k = k + 1\n    j = go\n    if kernel_thread(child, 0, 0) < 0:\n"
                    "        seen = j",
        },
        "call", "each pre", seen=1,
    ),
    "a thread can be made where the last one has ended meanwhile": Case(
        {
            "child": "while go == 0:\n    yield()",
            "call": "seen = 0\ntwo = 2\nfor k in range(two):\n"
                    "    if kernel_thread(child, 0, 0) > 0:\n        n = k\n    go = 1",
        },
        "call", "each pre", n=1,
    ),
    "a reference to a thread is taken before its end": Case(
        {
            "mykthread": "sleeper = current\nwhile go == 0:\n    yield()",
            "look": "t = sleeper\nif t != NULL:\n    go = 1\n    get_task_struct(t)",
        },
        "look", "each pre", fault="q", version="6.12",
    ),
    "a reference is a reference, by whatever name the thread is kept": Case(
        {
            "mykthread": 'daemonize("mykthread")\nsleeper = get_task_struct(current)',
            "look": "t = sleeper\nif t != NULL:\n    wake_up_process(t)\n    put_task_struct(t)\n"
                    "    kthread_bind(t, 0)",
        },
        "look", "up each pre", fault="q", version="2.6.24",
    ),
    "a thread that gives away what nobody took is gone while it ends": Case(
        {"mykthread": "put_task_struct(current)"}, "", "up each pre", fault="mykthread"
    ),
    "a thread is bound before its end": Case(
        {
            "mykthread": "sleeper = current\nwhile go == 0:\n    yield()",
            "look": "t = sleeper\nif t != NULL:\n    go = 1\n    kthread_bind(t, 0)",
        },
        "look", "each pre", fault="q", version="6.12",
    ),
    "who stops a thread that has ended keeps the state that he has declared": Case(
        {
            "child": "go = 1",
            "mykthread": 't = kthread_run(child, 0, "kid")\nget_task_struct(t)\nkthread_stop(t)\n'
                         "set_current_state(TASK_INTERRUPTIBLE)\nkthread_stop(t)\np = kzalloc(8, GFP_KERNEL)\n"
                         "kfree(p)\nschedule()\nn = 1",
        },
        "", "up each pre", n=1, version="2.6.32",
    ),
    # ---- memory ----
    "memory may have to be waited for": Case(
        {"mykthread": "set_current_state(TASK_INTERRUPTIBLE)\np = kzalloc(8, GFP_KERNEL)\nkfree(p)\nschedule()\nn = 1"},
        "", "up each pre", n=1, version="2.6.24",
    ),
    "the size of memory is asked before it is gone": Case(
        {"call": f"{LENT}\nseen = ksize(p)", "look": "if go:\n    kfree(path)"}, "both", "each pre", fault="p",
        version="6.12",
    ),
    "a text is printed before its memory is gone": Case(
        {"call": f'{LENT}\nprintk("%s", p)', "look": "if go:\n    kfree(path)"}, "both", "each pre", fault="p",
    ),
    "a text's length is asked before there is memory for it": Case(
        {
            "call": 'strcpy(handler, "x")\ngo = 1\np = kasprintf(GFP_ATOMIC, "%s", handler)\nif p != NULL:\n'
                    "    seen = strlen(p)\n    kfree(p)",
            "look": 'if go:\n    strcpy(handler, "abcd")',
        },
        "both", "each pre", seen=4, version="2.6.24",
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
        {"mykthread": f"allow_signal(SIGKILL)\nflush_signals(current)\n{SLEEPS}"},
        "", "up each pre", fails="dies_cleanly", kill=True,
    ),
    "a signal that is not heard any more was heard": Case(
        {
            "mykthread": 'daemonize("mykthread")\nallow_signal(SIGKILL)\nflush_signals(current)\n'
                         "disallow_signal(SIGKILL)\nseen = signal_pending(current)",
        },
        "", "up each pre", seen=1, kill=True, version="2.6.24",
    ),
    "a signal that comes before a thread is a daemon kills nobody": Case(
        {"mykthread": f'allow_signal(SIGKILL)\ndaemonize("mykthread")\nallow_signal(SIGKILL)\n{SLEEPS}'},
        "", "up each pre", fails="dies_cleanly", kill=True,
    ),
    "who lets himself be frozen may be asked at once": Case(
        {
            "mykthread": 'daemonize("mykthread")\nj = freezing(current)\nset_freezable()\nk = freezing(current)\n'
                         "seen = k and not j",
        },
        "", "each pre", seen=1, freeze=True, version="2.6.24",
    ),
    "who is asked to stand still is asked before he is a daemon": Case(
        {"mykthread": 'j = freezing(current)\ndaemonize("mykthread")\nk = freezing(current)\nseen = k and not j'},
        "", "each pre", seen=1, freeze=True, version="2.6.32",
    ),
}  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("case", CASES)
def test_who_can_tell(case: str, config: str) -> None:
    """Both searches find it."""

    judge(CASES[case], config)
