"""Small programs around one call, each made so that what is declared of the call decides what its reduced search finds.

The call is written as `tests.machine.test_every_call` has it.  Beside it stand those who could notice: an interrupt
that takes a lock, somebody who looks at the same objects without one, memory that has to be waited for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from kthreadlab import Call, Config, Enter, Fork, Helper, Process, Scenario, Signal, Wait4, Write, done
from kthreadlab.compile.effects import Does, Waits
from kthreadlab.compile.ops import OPERATIONS
from kthreadlab.lang.api import CALLS, OBJECT_TYPES
from kthreadlab.lang.api.kinds import OBJECT_KINDS
from kthreadlab.lang.profile import PROFILES
from tests.machine.test_every_call import DECLARED, PROGRAMS, STATICS
from tests.oracle.programs.compare import Given, reduced
from tests.oracle.programs.families import family, starters
from tests.support import module

OWN = """
gate = DEFINE_SPINLOCK()
shared = DEFINE_RWLOCK()
step = u8(0)
sleeper = ptr("task_struct")
anything = ptr()


def heads():
    local = ["a", NULL]
    return local[0] != NULL


def waits():
    entry = DECLARE_WAITQUEUE(current)
    return 0


def timed():
    local = TIMER_INITIALIZER(fired, 0, 0)
    return 0


def near():
    local = char_array(8)
    local[0] = 0
    return local[0]


def soft_near():
    local = DECLARE_TASKLET(fired, 0)
    return 0


def work_near():
    local = DECLARE_WORK(fired, 0)
    return 0


def stays(unused):
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()


seen = u8(0)
found = u8(0)
"""
ALSO = {
    "load": "word = 3; r = word",
    "astray": "complete(anything)",
    "store": "current.state = TASK_RUNNING; word = 5; current.state = TASK_INTERRUPTIBLE",
    "new_list": "r = heads()",
    "new_object": "r = near()",
    "wait_for_completion_timeout": "complete(done); wait_for_completion_timeout(done, MAX_SCHEDULE_TIMEOUT)",
    "kthread_bind": "kthread_bind(current, 0)",
    "kthread_stop": (
        't = kthread_run(child, 0, "kid"); get_task_struct(t); set_current_state(TASK_INTERRUPTIBLE); kthread_stop(t)'
    ),
    "new_entry": "r = waits()",
    "timer_declare": "r = timed()",
    "init_wait": "w = wait_queue_t(); init_wait(w)",
    "init_waitqueue_entry": "w = wait_queue_t(); init_waitqueue_entry(w, current)",
    "memset": "memset(text, 65, 3)",
    **{name: f'strcpy(other, "abc"); {name}(text, other, 4)' for name in ("memcpy", "memmove")},
    "refcount_inc": "refcount_inc(users); r = refcount_read(users)",
    "kref_get": "kref_init(refs); kref_get(refs)",
    "kref_init": "kref_init(refs); kref_get(refs); kref_init(refs)",
    "atomic_add_unless": "r = atomic_add_unless(count, 2, 1)",
    "need_resched": "r = need_resched()",
    "wait_for_completion_interruptible_timeout": (
        "complete(done); wait_for_completion_interruptible_timeout(done, MAX_SCHEDULE_TIMEOUT)"
    ),
    "wq_has_single_sleeper": "r = wq_has_single_sleeper(queue)",
    "down_timeout": "r = down_timeout(sem, MAX_SCHEDULE_TIMEOUT); up(sem)",
    **{
        name: f"timer_setup(raw, fired, 0); mod_timer(raw, 5); {name}(raw)"
        for name in ("timer_delete", "timer_delete_sync", "timer_shutdown", "timer_shutdown_sync")
    },
    **{name: f"INIT_LIST_HEAD(node.link); {name}(node.link, ring)" for name in ("list_move", "list_move_tail")},
    "list_is_singular": "r = list_is_singular(ring)",
    "kref_drop": "kref_init(refs); kref_get(refs); r = kref_put(refs, gone)",
    "rwlock_init": "write_lock(rw); rwlock_init(rw)",
    "del_timer": "setup_timer(raw, fired, 3); add_timer(raw); del_timer(raw)",
    "del_timer_sync": "setup_timer(raw, fired, 3); add_timer(raw); del_timer_sync(raw)",
    "prepare_to_wait": "w = DEFINE_WAIT(); prepare_to_wait(queue, w, TASK_INTERRUPTIBLE)",
    "prepare_to_wait_exclusive": "w = DEFINE_WAIT(); prepare_to_wait_exclusive(queue, w, TASK_INTERRUPTIBLE)",
    "add_wait_queue": "w = DECLARE_WAITQUEUE(current); add_wait_queue(queue, w)",
    "add_wait_queue_exclusive": "w = DECLARE_WAITQUEUE(current); add_wait_queue_exclusive(queue, w)",
    "mutex_init": "mutex_lock(mut); mutex_init(mut)",
    "INIT_LIST_HEAD": "list_add(node.link, ring); INIT_LIST_HEAD(ring)",
    "init_MUTEX": "down(sem); init_MUTEX(sem)",
    "sema_init": "down(sem); sema_init(sem, 2)",
    "up": "down(sem); up(sem)",
    "init_rwsem": "down_write(rwsem); init_rwsem(rwsem)",
    "down_read": "down_read(rwsem)",
    "up_read": "down_read(rwsem); up_read(rwsem)",
    "up_write": "down_write(rwsem); up_write(rwsem)",
    "downgrade_write": "down_write(rwsem); downgrade_write(rwsem)",
    "call_usermodehelper": (
        'argv = ["/bin/alert", NULL]; envp = ["HOME=/", NULL]; r = call_usermodehelper(text, argv, envp, 0)'
    ),
    "init_completion": "complete(done); init_completion(done); r = completion_done(done)",
    "timer_field": "init_timer(raw); raw.function = fired",
    "send_sig": "sigfillset(current.blocked); r = send_sig(SIGTERM, current, 1)",
    "send_sig_info": "sigfillset(current.blocked); r = send_sig_info(SIGTERM, NULL, current)",
    "force_sig": "force_sig(0, current)",
    "kthread_unpark": 't = kthread_create(child, 0, "kid"); set_current_state(TASK_INTERRUPTIBLE); kthread_unpark(t)',
    "irq_remove": 'request_irq(11, served, 0, "nic", text); free_irq(11, text)',
    "tasklet_declare": "r = soft_near()",
    "tasklet_claim": "tasklet_init(soft, fired, 0); tasklet_schedule(soft); tasklet_kill(soft)",
    "tasklet_unclaim": "tasklet_init(soft, fired, 0); tasklet_kill(soft); tasklet_schedule(soft)",
    "work_declare": "r = work_near()",
    **dict.fromkeys(
        ("take_work", "work_done", "work_argument"),
        "INIT_WORK(work, fired, anything); schedule_work(work); flush_scheduled_work()",
    ),
    "get_task_struct": "t = get_task_struct(current); put_task_struct(t)",
}
"""How operations that are no calls are written, and calls that the table wakes or hides by what stands beside them."""
VIEWS = {
    "word": "word", "count": "atomic_read(count)", "text": "strlen(text)", "other": "strlen(other)",
    "ring": "list_empty(ring)", "queue": "waitqueue_active(queue)", "lock": "spin_is_locked(lock)",
    "rw": "write_trylock(rw)",
    "raw": "timer_pending(raw)", "mut": "mutex_is_locked(mut)", "sem": "down_trylock(sem)",
    "work": "work_pending(work)", "dwork": "delayed_work_pending(dwork)",
    "done": "completion_done(done)",
    "users": "refcount_read(users)", "refs": "kref_put(refs, gone)", "rwsem": "down_write_trylock(rwsem)",
}  # fmt: skip
"""How one looks at an object without changing anything, or nearly so."""
CHANGES = {
    "word": ("word = 1", "word = 2"), "count": ("atomic_set(count, 1)", "atomic_set(count, 2)"),
    "users": ("refcount_set(users, 1)", "refcount_set(users, 2)"), "refs": ("kref_init(refs)", "kref_get(refs)"),
    "text": ('strcpy(text, "x")', 'strcpy(text, "abcd")'), "other": ('strcpy(other, "x")', 'strcpy(other, "abcd")'),
}  # fmt: skip
"""Two changes of an object, so that there is something in between."""
TOUCHES = {
    "word": "word = 1", "count": "atomic_set(count, 7)", "text": 'strcpy(text, "x")', "other": 'strcpy(other, "x")',
    "ring": "list_add(node.link, ring)", "users": "refcount_set(users, 7)",
    "refs": "kref_get(refs)", "done": "complete(done)", "mut": "mutex_lock(mut)", "sem": "down(sem)",
    "rwsem": "down_write(rwsem)", "work": "schedule_work(work)", "dwork": "schedule_delayed_work(dwork, HZ)",
    "soft": "tasklet_schedule(soft)",
    "lock": "spin_lock(lock)", "raw": "mod_timer(raw, jiffies + HZ)",
    "queue": "w = DECLARE_WAITQUEUE(current)\n    add_wait_queue(queue, w)",
}  # fmt: skip
"""One change of an object."""
ENDLESS = {"/bin/alert": Helper(ends=False)}
PROBES = (
    "state", "interrupts", "seen", "alone", "woken", "unlocked", "reading", "sleep", "twice", "kept", "changed", "race",
    "killed", "stopped", "file", "taken", "before", "landing",
    "preempted", "inside", "unwritten", "heaped",
)  # fmt: skip


def written(name: str) -> str:
    """The statements around a call; "" for an operation that no program writes."""
    return ALSO.get(name) or (PROGRAMS[name][0] if name in PROGRAMS else "")


def version(name: str) -> str:
    """A version of the kernel that has the call, and those beside it."""
    calls = {name, *re.findall(r"\w+(?=\()", written(name))}
    if name == "kthread_stop":  # it has to sleep in older ones
        return "6.12"
    having = [n for n, p in PROFILES.items() if not calls & set(p.missing)]
    return "2.6.11" if "2.6.11" in having else having[0]


def objects(body: str, among: dict) -> list[str]:
    """The objects of *among* of which *body* speaks."""
    return [x for x in among if re.search(rf"\b{x}\b", body)]


def function(name: str, lines: list[str], params: str = "") -> str:
    head = [f"def {name}({params}):", "    global word, step, seen, found, sleeper, anything"]
    return "\n".join([*head, *(f"    {line}" for line in lines)]) + "\n\n\n"


def text_of(*functions: str) -> str:
    body = "".join(functions)
    declared = "".join(line for n, line in DECLARED.items() if re.search(rf"\b{n}\b", body))
    return declared + OWN + STATICS + body


@cache
def probes(name: str) -> tuple[Given, ...]:
    """The programs around one call: those that can be loaded."""
    return tuple(p for p in _probes(name) if not reduced(p).refused)


OF_PROCESSES = ("fork", "wait4", "pause", "syscall", "sys_exit", "reparent_to_init")
"""What processes of user space do, and whoever is their child may: no call of a module is made for them."""
OF_STARTERS = ("sys_wait4", "returned")
"""The same of what a process does in the kernel about a thread that it has started."""
FAMILIES = 60
"""So many random ones stand around each."""
KIN = """
lock = DEFINE_SPINLOCK()
here = u8(0)
found = u8(0)
own = u8(0)


def comes():
    global here
    here = 1


def looks():
    global found
    found = here


def takes():
    spin_lock(lock)


def notes():
    global own
    own = 1


def declares():
    set_current_state(TASK_INTERRUPTIBLE)


def sleeps():
    p = kmalloc(8, GFP_KERNEL)
    kfree(p)
    schedule()


def child(unused):
    global here
    here = 3
    reparent_to_init()
    return 0


def spawn():
    kernel_thread(child, 0, CLONE_FS | SIGCHLD)
"""
"""What the families below go into."""
WRITTEN: dict[str, tuple[tuple[Process, int], ...]] = {
    "fork": ((Process("sh", Fork(Process("kid", Enter("comes"))), Enter("looks")), 1),),
    "syscall": ((Process("sh", Enter("takes"), Enter("notes")), 1),),
    "reparent_to_init": ((Process("sh", Enter("spawn"), Enter("looks"), Wait4()), 8),),
    "returned": (
        (Process("sh", Enter("declares"), Enter("sleeps")), 8),
        (Process("sh", Enter("takes")), 8),
    ),
}
"""A child may come before its parent goes on; who goes into the kernel again has still what it took there, where it may
lose its CPU; a child that is seen may be its parent's yet; who comes back has the state that it declared, in which
memory may have to be waited for, and may come back with a lock.  And the number of CPUs."""
STARTS = ("declares", "takes")
"""The functions of them of which it is noticed what they return."""


def comes_to_rest(made: Given) -> bool:
    """Does nobody in it look again and again, whoever moves first?  And may it be preempted?"""
    return made.config.profile != "2.4" and not any("while" in text for text in made.module.files.values())


def _probes(name: str) -> Iterator[Given]:
    for process, cpus in WRITTEN.get(name, ()):
        starts = STARTS if name in OF_STARTERS else ()
        world = Scenario("kin", processes=[process], starts=starts)
        yield Given(module(KIN), world, Config("2.6.11", cpus=cpus, smp=True))
    if name in OF_PROCESSES:
        yield from (made for made in map(family, range(FAMILIES)) if made.config.profile != "2.4")
    if name in OF_STARTERS:
        yield from (made for made in map(starters, range(FAMILIES)) if comes_to_rest(made))
    body = written(name).split("; ")
    if body == [""]:
        return
    for kind in PROBES:
        made = globals()[f"_{kind}"](name, body)
        if made is not None:
            text, world, cpus, preempt = made
            yield Given(module(text), world, Config(version(name), cpus, preempt, True if cpus == 1 else None))


Made = tuple[str, Scenario, int, bool] | None


def _state(name: str, body: list[str]) -> Made:
    """Memory that has to be waited for wakes who had declared that he will sleep."""
    lines = ["set_current_state(TASK_INTERRUPTIBLE)", *body, "p = kmalloc(8, GFP_KERNEL)", "kfree(p)", "schedule()"]
    if name == "wake_up_process":  # not itself
        lines = ["while sleeper == NULL:", "    yield()", *(x.replace("(current)", "(sleeper)") for x in lines)]
    text = text_of(function("mykthread", [*lines, "return 0"], "unused"), function("lend", ["sleeper = current"]))
    return text, Scenario("state", threads=["mykthread"], calls=[Call("p", "lend")]), 8, False


def _interrupts(name: str, body: list[str]) -> Made:
    """An interrupt that wants the same lock as the caller, afterwards."""
    lines = [*body, "spin_lock(gate)", "step = 1", "step = 2", "spin_unlock(gate)"]
    handler = ["spin_lock(gate)", "step = 3", "spin_unlock(gate)"]
    calls = [Call("p", "call"), Call("nic", "handler", context="irq")]
    return text_of(function("call", lines), function("handler", handler)), Scenario("interrupts", calls=calls), 1, False


def _seen(name: str, body: list[str]) -> Made:
    """Somebody looks how far the caller is, and then at what it works on."""
    lines = [part for n, line in enumerate(body) for part in (f"step = {n + 1}", line)]
    return _watched(name, body, [*lines, "step = 9"])


def _alone(name: str, body: list[str]) -> Made:
    """The same where there is one CPU: who comes has to wait for it."""
    made = _seen(name, body)
    return made and (*made[:2], 1, False)


def _landing(name: str, body: list[str]) -> Made:
    """The same by an interrupt."""
    made = _seen(name, body)
    calls = [Call("p", "call"), Call("nic", "watch", context="irq")]
    return made and (made[0], Scenario("landing", calls=calls), 1, False)


def _preempted(name: str, body: list[str]) -> Made:
    """The same by one who preempts the caller."""
    made = _seen(name, body)
    return made and (*made[:2], 1, True)


def _woken(name: str, body: list[str]) -> Made:
    """A thread does it and goes to sleep, somebody finds out how far it is and wakes it.  Who wakes does so to one who
    sleeps for sure, on the only CPU, and it is an interrupt that comes in between."""
    steps = [part for n, line in enumerate(body) for part in (f"step = {n + 1}", line)]
    waker = ["k = step", "if sleeper != NULL:", "    found = wake_up_process(sleeper)", "    seen = k"]
    if "wake_up" in name:
        wakes = [
            "t = sleeper",
            "if t == NULL:",
            "    return",
            *(x.replace("(current)", "(t)") for x in steps),
            "step = 9",
        ]
        sleep = ["sleeper = current", "interruptible_sleep_on(queue)", "return 0"]
        calls = [Call("p", "call"), Call("nic", "watch", context="irq")]
        text = text_of(function("mykthread", sleep, "unused"), function("call", wakes), function("watch", waker))
        return text, Scenario("woken", threads=["mykthread"], calls=calls), 1, False
    thread = ["sleeper = current", *steps, "schedule()", "return 0"]
    text = text_of(function("mykthread", thread, "unused"), function("watch", waker))
    return text, Scenario("woken", threads=["mykthread"], calls=[Call("q", "watch")]), 8, False


def _twice(name: str, body: list[str]) -> Made:
    """Once more, with what it has taken, without what it waits for."""
    line = next((x for x in body if f"{name}(" in x), body[-1])
    lines = [*body, line] if "flags" in line else [line, line]
    if name == "call_usermodehelper":
        lines = [*body[:2], 'call_usermodehelper("/bin/alert", argv, envp, 1)']
    if name == "kthread_stop":
        lines = ['t = kthread_run(stays, 0, "kid")', line]
    return text_of(function("call", lines)), Scenario("twice", calls=[Call("p", "call")], helpers=ENDLESS), 8, False


def _kept(name: str, body: list[str]) -> Made:
    """What the call is given is kept in a variable that nobody needs afterwards."""
    if not any(re.search(rf"\b{name}\(done\b", line) for line in body):
        return None
    line = next(x for x in body if f"{name}(done" in x).replace("(done", "(p")
    text = text_of(function("call", ["anything = done", "p = anything", line]), function("end", ["complete(done)"]))
    return text, Scenario("kept", calls=[Call("p", "call"), Call("q", "end")]), 8, False


def _unlocked(name: str, body: list[str]) -> Made:
    """The call stands outside of a lock under which others change the same object."""
    line = next((x for x in body if f"{name}(" in x), body[-1])
    changes = [x for o in objects(line, CHANGES) for x in CHANGES[o]]
    if not changes:
        return None
    changer = ["spin_lock(gate)", *changes, "spin_unlock(gate)"]
    keeps = ["found = r & 7"] if re.match(r"r = ", line) else []
    calls = [Call("p", "call"), Call("q", "change")]
    return text_of(function("call", [line, *keeps]), function("change", changer)), Scenario("un", calls=calls), 8, False


def _reading(name: str, body: list[str]) -> Made:
    """Two do it with a lock held for reading, and look twice at what has become of it."""
    views = [VIEWS[o] for o in objects("; ".join(body), CHANGES)]
    line = next((x for x in body if f"{name}(" in x), body[-1])
    if not views:
        return None
    looks = [f"{v} = {views[0]}" for v in ("i", "j")]
    lines = ["read_lock(shared)", *looks, line, "read_unlock(shared)", "found = i != j"]
    other = ["read_lock(shared)", line, "read_unlock(shared)"]
    calls = [Call("p", "call"), Call("q", "again")]
    return text_of(function("call", lines), function("again", other)), Scenario("rd", calls=calls), 8, False


def _inside(name: str, body: list[str]) -> Made:
    """Somebody looks twice under a lock that the call does not take."""
    line = next((x for x in body if f"{name}(" in x), body[-1])
    views = [VIEWS[o] for o in objects(line, CHANGES)]
    if not views:
        return None
    looks = ["spin_lock(gate)", f"i = {views[0]}", f"j = {views[0]}", "spin_unlock(gate)", "found = i != j"]
    calls = [Call("p", "call"), Call("q", "look")]
    text = text_of(function("call", [line]), function("look", looks))
    return text, Scenario("inside", calls=calls), 8, False


def _sleep(name: str, body: list[str]) -> Made:
    """With a lock held."""
    lines = ["spin_lock(gate)", *body, "spin_unlock(gate)"]
    return text_of(function("call", lines)), Scenario("sleep", calls=[Call("p", "call")]), 8, False


def _changed(name: str, body: list[str]) -> Made:
    """Somebody looks how far the caller is, and then changes what it looks at."""
    line = next((x for x in body if f"{name}(" in x), body[-1])
    before = body[: body.index(line)]
    touches = [TOUCHES[o] for o in objects(line, TOUCHES)][:1]
    if not touches:
        return None
    keeps = ["found = r & 7"] if re.match(r"r = ", line) else []
    lines, watcher = [*before, "step = 1", line, "step = 2", *keeps], ["k = step", *touches, "seen = k"]
    text = text_of(function("call", lines), function("watch", watcher))
    return text, Scenario("changed", calls=[Call("p", "call"), Call("q", "watch")]), 8, False


def _race(name: str, body: list[str]) -> Made:
    """Somebody else's access is a single step: whether it races is a matter of this one."""
    line = next((x for x in body if f"{name}(" in x), body[-1])
    if name == "store":
        line = "word = 5"
    before = []
    if name == "printk":
        line = 'printk("%s", text)'
    if name == "kasprintf":  # it has looked how long the text is, and gets no further where that has no end
        line, before = 'kasprintf(GFP_ATOMIC, "%s", text)', [f"xchg(text[{n}], 65)" for n in range(16)]
    alone = re.search(rf"\b{name}\((?:[^()]|\([^()]*\))*\)", line)
    change = "xchg(word, 1)" if "word" in line else "xchg(text[0], 66)" if alone and "text" in alone[0] else ""
    if not change:
        return None
    does = line if "word" in line or alone is None else alone[0]
    text = text_of(function("call", [*before, does]), function("change", [change]))
    return text, Scenario("race", calls=[Call("p", "call"), Call("q", "change")]), 8, False


def _killed(name: str, body: list[str]) -> Made:
    """A signal comes between two looks at what is pending."""
    if "signal" not in name and name != "daemonize":
        return None
    looks = ["r = signal_pending(current)", *body, "allow_signal(SIGKILL)", "q = signal_pending(current)"]
    thread = ["allow_signal(SIGKILL)", *looks, "seen = r", "found = q", "return 0"]
    world = Scenario("killed", threads=["mykthread"], signals=[Signal("mykthread")])
    return text_of(function("mykthread", thread, "unused")), world, 8, False


def _stopped(name: str, body: list[str]) -> Made:
    """A thread is told to stop between its last step and the look."""
    if name == "do_exit":
        maker = ['t = kthread_run(quits, 0, "kid")', "kthread_stop(t)", "step = 1"]
        text = text_of(function("quits", ["do_exit(3)", "return 0"], "unused"), function("call", maker))
        return text, Scenario("stopped", calls=[Call("p", "call")]), 8, False
    if name != "kthread_should_stop":
        return None
    idle = [
        "while True:",
        "    set_current_state(TASK_INTERRUPTIBLE)",
        f"    if {name}():",
        "        break",
        "    schedule()",
    ]
    thread = ["step = 1", f"r = {name}()", "step = 2", "found = r", *idle, "return 0"]
    maker = ['t = kthread_run(listens, 0, "kid")', "k = step", "kthread_stop(t)", "seen = k"]
    text = text_of(function("listens", thread, "unused"), function("call", maker))
    return text, Scenario("stopped", calls=[Call("p", "call")]), 8, False


def _taken(name: str, body: list[str]) -> Made:
    """Somebody has taken the lock, and keeps it."""
    if "_lock" not in name or "init" in name:
        return None
    line = next(x for x in body if f"{name}(" in x)
    other = "spin_lock(lock)" if "(lock" in line else "write_lock(rw)"
    text = text_of(function("call", [line]), function("keep", [other]))
    return text, Scenario("taken", calls=[Call("p", "call", when=done("q")), Call("q", "keep")]), 8, False


def _before(name: str, body: list[str]) -> Made:
    """Somebody takes the lock between the step before it and the call."""
    if "_lock" not in name or "init" in name or f"{name}(" not in body[0]:
        return None
    other = "spin_lock(lock)" if "(lock" in body[0] else "write_lock(rw)"
    text = text_of(function("call", ["step = 1", body[0], "step = 2"]), function("keep", [other, "BUG_ON(step == 1)"]))
    return text, Scenario("before", calls=[Call("p", "call"), Call("q", "keep")]), 8, False


def _unwritten(name: str, body: list[str]) -> Made:
    """It makes an object in memory that nothing has written."""
    if name not in OPERATIONS or Does.INITIALISES not in OPERATIONS[name].effects.does:
        return None
    call = CALLS.get(name)
    kind = OBJECT_KINDS[call.params[0]] if call is not None else "timer"
    line = next((x for x in body if f"{name}(" in x), body[-1])
    line = re.sub(rf"\b{name}\(\w+|\braw\b(?=\.)", f"{name}(d.part" if call else "d.part", line)
    made = ["d = cast(box, kmalloc(sizeof(box), GFP_ATOMIC))", "if d:", f"    {line}", "    kfree(d)"]
    bare = next(name for name, makes in OBJECT_TYPES.items() if makes == kind)
    text = f'box = struct("box", part={bare})\n{text_of(function("call", made))}'
    return text, Scenario("unwritten", calls=[Call("p", "call")]), 8, False


def _heaped(name: str, body: list[str]) -> Made:
    """It waits for work, and nothing afterwards speaks of where that is: an item on the heap, or a queue."""
    if name not in OPERATIONS or Waits("work") not in OPERATIONS[name].effects.does:
        return None
    line = next(x for x in body if f"{name}(" in x)
    lines, box = body[: body.index(line) + 1], ""
    if "work)" in line:
        bare, init, queue = "work_struct", "INIT_WORK(h.part, fired)", "schedule_work(h.part)"
        if "dwork)" in line:
            bare, init, queue = "delayed_work", "INIT_DELAYED_WORK(h.part, fired)", "schedule_delayed_work(h.part, 1)"
        made = "h = cast(box, kmalloc(sizeof(box), GFP_ATOMIC))"
        lines, box = [made, init, queue, re.sub(r"\(d?work\)", "(h.part)", line)], f'box = struct("box", part={bare})\n'
    text = box + text_of(function("call", lines))
    return text, Scenario("heaped", calls=[Call("p", "call")]), 8, False


def _file(name: str, body: list[str]) -> Made:
    """Somebody writes to the file while it is there."""
    if "sysctl" not in name:
        return None
    path = "/proc/sys/kernel/text" if name == "register_sysctl" else "/proc/sys/text"
    world = Scenario("file", calls=[Call("p", "call")], writes=[Write(path, "x\n")])
    return text_of(function("call", [*body, "found = text[0] == 'x'"])), world, 8, False


def _watched(name: str, body: list[str], lines: list[str]) -> Made:
    views = [VIEWS[o] for o in objects("; ".join(body), VIEWS) if known(VIEWS[o], version(name))][:1]
    looks = [f"j = {views[0]}", "found = j"] if views else []
    watcher = ["k = step", *looks, "seen = k"]
    calls = [Call("p", "call"), Call("q", "watch")]
    return text_of(function("call", lines), function("watch", watcher)), Scenario("seen", calls=calls), 8, False


def known(view: str, profile: str) -> bool:
    """Can one look so in this version?"""
    call = view.partition("(")[0]
    return call not in CALLS or call not in PROFILES[profile].missing
