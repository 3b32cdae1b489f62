"""Objects in structs, in arrays and behind pointers: each lies where its struct does, is called as the code calls it,
and goes when that goes."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, Signal, done, explore
from kthreadlab.compile.values import LowerError
from kthreadlab.trace.narrate import narrate
from tests.machine.drive import drive, fault, lines
from tests.support import load, module

DEV = """
dev = struct("dev", lock=spinlock_t, wait=wait_queue_head_t, done=completion, n=u32, name=char_array(8),
             ids=array(u32, 4), next=ptr("dev"))
"""
UP, EACH = Config(cpus=1, smp=True), Config(cpus=16)
ORDER = "each"


HOMES = ["d = dev()", "d = cast(dev, kzalloc(sizeof(dev), GFP_KERNEL))\n    if not d:\n        return"]
"""Where a device may be."""


def failing(text: str, *calls: str, config: Config = EACH, **world: object) -> dict[str, str]:
    """What fails in the world of these calls, one after the other has returned, and by which cause."""
    made = [Call(f, f, when=done(before) if before else None) for before, f in zip(("", *calls), calls, strict=False)]
    found = explore(module(text), Scenario("world", calls=made, **world), config)
    assert not found.bug and not found.limit
    return {name: v.cause for name, v in found.verdicts.items() if v.holds is False and v.cause != "fault"}


# ---- where they lie --------------------------------------------------------------------------------------------------


def test_each_device_has_a_lock_of_its_own() -> None:
    """Two devices' locks, taken in both orders, are a circle; twice the same one is one that waits for itself."""

    text = (
        DEV
        + """
a = dev()
b = dev()


def setup():
    spin_lock_init(a.lock)
    spin_lock_init(b.lock)


def both(x: ptr("dev"), y: ptr("dev")):
    spin_lock(x.lock)
    spin_lock(y.lock)
    spin_unlock(y.lock)
    spin_unlock(x.lock)


def one():
    both(a, b)


def two():
    both(b, a)


def same():
    both(a, a)
"""
    )
    calls = [Call("setup", "setup"), *(Call(f, f, when=done("setup")) for f in ("one", "two"))]
    found = explore(module(text), Scenario("two", calls=calls), EACH)
    assert "circle" == found.verdicts["returns"].cause
    assert {} == failing(text, "setup", "one", "two")
    assert "recursive" == failing(text, "setup", "same")["locks_balanced"]


@pytest.mark.parametrize("index, cause", [(0, {}), (1, {}), (2, "out_of_bounds"), (-1, "out_of_bounds")])
def test_an_array_of_locks_has_bounds(index: int, cause: object) -> None:
    """An index that no element has leads nowhere, known when the program is compiled or not."""

    text = """
locks = array(spinlock_t, 2)


def setup():
    for i in range(2):
        spin_lock_init(locks[i])


def take(i):
    spin_lock(locks[i])
    spin_unlock(locks[i])
"""
    found = failing(text + f"\n\ndef call():\n    setup()\n    take({index})\n", "call")
    assert (cause or None) == found.get("no_dangling")


def test_structs_lie_in_structs_and_in_arrays() -> None:
    """A part is what its path says, from the outside and from within."""

    text = """
hub = struct("hub", lock=spinlock_t, n=u32)
dev = struct("dev", hubs=array(hub, 2), hub=hub, next=ptr("hub"))
d = dev()
pool = array(dev, 2)


def call():
    spin_lock_init(pool[1].hubs[1].lock)
    d.next = d.hub
    d.next.n = 4
    BUG_ON(d.hub.n != 4 or d.hubs[0].n != 0 or d.hubs[1].n != 0)
    around = container_of(pool[1].hub.lock, hub, "lock")
    whole = container_of(around, dev, "hub")
    whole.hubs[1].n = 9
    BUG_ON(pool[1].hubs[1].n != 9 or pool[0].hubs[1].n != 0)
    spin_lock(whole.hubs[1].lock)
    spin_unlock(pool[1].hubs[1].lock)
    for i in range(2):
        pool[i].hub.n = i
    BUG_ON(pool[1].hub.n != 1 or pool[0].hub.n != 0)
"""
    assert {} == failing(text, "call")


@pytest.mark.parametrize("home", HOMES)
def test_texts_arrays_and_numbers_lie_beside_the_objects(home: str) -> None:
    """They are memory as elsewhere."""

    text = (
        DEV
        + f"""
def call():
    {home}
    strcpy(d.name, "sensor")
    d.ids[3] = 7
    d.n = 5
    init_completion(d.done)
    complete(d.done)
    BUG_ON(strcmp(d.name, "sensor") or d.ids[3] != 7 or d.ids[0] or d.n != 5)
    wait_for_completion(d.done)
    memset(d, 0, sizeof(dev))
    BUG_ON(strlen(d.name) or d.ids[3] or d.n)
"""
    )
    found = failing(text, "call")
    assert found.keys() <= {"no_leak"}


def test_a_static_vector_may_hold_their_addresses() -> None:
    """The address of what lies in a static is a constant, and what is in it is none."""

    text = DEV + "a = dev()\npool = array(dev, 2)\nv = [a.lock, pool[1].done, a, NULL]\n"
    body = "init_completion(pool[1].done)\n    complete(v[1])\n    BUG_ON(v[0] != a.lock or v[2] != a)"
    assert {} == failing(text + f"\n\ndef call():\n    {body}\n", "call")
    with pytest.raises(LowerError, match="initializer element is not constant"):
        failing(text + "w = [a.n, NULL]\n\n\ndef call():\n    BUG_ON(w[0])\n", "call")


# ---- container_of ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use, cause",
    [
        ('container_of(d.done, dev, "done").n', ""),
        ('container_of(d.done, dev, "wait").n', "bad_pointer"),
        ('container_of(d.wait, dev, "done").n', "bad_pointer"),
        ('container_of(nothing, dev, "done").n', "bad_pointer"),
    ],
)
def test_container_of_takes_an_offset_off(use: str, cause: str) -> None:
    """Nobody looks whether there is such a struct; whoever uses what is none does."""

    pointer, field = use.rsplit(".", 1)
    text = DEV + f'd = dev()\nnothing = ptr("completion")\n\n\ndef call():\n    p = {pointer}\n    p.{field} = 3\n'
    assert (cause or None) == failing(text, "call").get("no_oops")


def test_it_finds_back_from_null() -> None:
    """The struct around a field of NULL is NULL."""

    text = DEV + 'p = ptr("dev")\n\n\ndef call():\n    q = container_of(p.done, dev, "done")\n    BUG_ON(q != NULL)\n'
    assert {} == failing(text, "call")


def test_a_field_that_is_no_object_has_no_address() -> None:
    """And a field that a struct does not have is said to be none."""

    for field, said in (("n", "is a number or a pointer"), ("size", "has no member size")):
        with pytest.raises(LowerError, match=said):
            failing(DEV + f'd = dev()\n\n\ndef call():\n    p = container_of(d.done, dev, "{field}")\n', "call")


# ---- how long they last ----------------------------------------------------------------------------------------------

ALLOCATED = (
    DEV
    + """
def call():
    p = cast(dev, {alloc}(sizeof(dev), GFP_KERNEL))
    if not p:
        return
    {use}
    kfree(p)
"""
)


@pytest.mark.parametrize(
    "use, raw, zeros",
    [
        ("spin_lock(p.lock)\n    spin_unlock(p.lock)", "uninitialised_lock", "uninitialised_lock"),
        ("wake_up(p.wait)", "uninitialised_queue", "uninitialised_queue"),
        ("complete(p.done)", "uninitialised_local", "uninitialised_local"),
        ("p.n += 1", "uninitialised_local", ""),
        ("p.ids[2] += 1", "uninitialised_local", ""),
        ('printk("%s", p.name)', "uninitialised_local", ""),
        ("init_completion(p.done)\n    complete(p.done)", "", ""),
    ],
)
def test_what_nothing_has_initialised_cannot_be_used(use: str, raw: str, zeros: str) -> None:
    """Memory of zeros holds numbers, and no lock (up to 2.6.31), queue or completion."""

    for alloc, cause in (("kmalloc", raw), ("kzalloc", zeros)):
        assert (cause or None) == failing(ALLOCATED.format(alloc=alloc, use=use), "call").get("no_oops")


@pytest.mark.parametrize("profile, cause", [("2.6.11", "uninitialised_lock"), ("6.12", None)])
def test_zeros_are_a_free_lock_in_later_versions(profile: str, cause: str | None) -> None:
    """Of today's, all bytes are 0 then."""

    text = ALLOCATED.format(alloc="kzalloc", use="spin_lock(p.lock)\n    spin_unlock(p.lock)")
    assert cause == failing(text, "call", config=Config(profile, cpus=16)).get("no_oops")


@pytest.mark.parametrize(
    "use, ready",
    [
        ("spin_lock(p.lock)", "spin_lock_init(p.lock)"),
        ("complete(p.done)", "init_completion(p.done)"),
        ("wake_up(p.wait)", "init_waitqueue_head(p.wait)"),
        ("p.n = 1", "p.n = 0"),
        ("p.ids[1] = 1", "p.ids[1] = 0"),
        ('strcpy(p.name, "x")', 'strcpy(p.name, "y")'),
    ],
)
def test_nothing_in_freed_memory_can_be_used(use: str, ready: str) -> None:
    """Neither a lock, nor a queue, nor a text in it; whether the slot was given out again or not."""

    text = ALLOCATED.format(alloc="kzalloc", use=ready).rstrip() + "\n    {again}" + f"\n    {use}\n"
    for again in ("pass", "q = cast(dev, kzalloc(sizeof(dev), GFP_KERNEL))"):
        assert "use_after_free" == failing(text.replace("{again}", again), "call")["no_dangling"]


def test_a_waiter_comes_back_to_what_was_freed() -> None:
    """complete() and kfree(): who slept for the completion looks at it again when it wakes."""

    text = (
        DEV
        + """
the = ptr("dev")


def wait():
    global the
    p = cast(dev, kzalloc(sizeof(dev), GFP_ATOMIC))
    if not p:
        return
    init_completion(p.done)
    the = p
    wait_for_completion(p.done)


def finish():
    p = the
    if p:
        complete(p.done)
        kfree(p)
"""
    )
    calls = [Call("wait", "wait"), Call("finish", "finish")]
    found = explore(module(text), Scenario("two", calls=calls), EACH)
    assert "use_after_free" == found.verdicts["no_dangling"].cause


def test_a_struct_on_a_stack_dies_with_its_function() -> None:
    """A completion in it, too: who completes it later uses a dead stack."""

    text = (
        DEV
        + """
the = ptr("dev")


def ioctl():
    global the
    d = dev()
    init_completion(d.done)
    the = d
    wait_for_completion_interruptible(d.done)


def serve():
    ioctl()
    schedule()


def finish():
    p = the
    if p:
        complete(p.done)
"""
    )
    calls = [Call("serve", "serve"), Call("finish", "finish")]
    found = explore(module(text), Scenario("killed", calls=calls, signals=[Signal("serve", "SIGKILL")]), EACH)
    assert "dead_stack" == found.verdicts["no_dangling"].cause


@pytest.mark.parametrize("sync, cause", [("", "use_after_free"), ("_sync", None)])
def test_a_timer_in_freed_memory_expires_into_nothing(sync: str, cause: str | None) -> None:
    """del_timer() does not wait for the function; two devices, each with its own."""

    text = """
dev = struct("dev", n=u32, timer=timer_list)
a = ptr("dev")
b = ptr("dev")


def tick(data: ptr("dev")):
    data.n = 1
    mod_timer(data.timer, jiffies + HZ)


def make():
    p = cast(dev, kzalloc(sizeof(dev), GFP_KERNEL))
    if p:
        setup_timer(p.timer, tick, p)
        mod_timer(p.timer, jiffies + HZ)
    return p


def create():
    global a, b
    a = make()
    b = make()


def destroy():
    if a:
        del_timer_sync(a.timer)
        kfree(a)
    if b:
        del_timer{sync}(b.timer)
        kfree(b)
"""
    found = failing(text.format(sync=sync), "create", "destroy", config=Config("2.6.24", cpus=16))
    assert cause == found.get("no_dangling")
    assert "no_leak" not in found


def test_a_timers_function_knows_its_device_while_it_runs() -> None:
    """Freed meanwhile, and its memory given out again: what the function finds there is not its own."""

    text = """
dev = struct("dev", n=u32, timer=timer_list)
gate = DEFINE_SPINLOCK()
a = ptr("dev")
b = ptr("dev")


def tick(t: ptr("timer_list")):
    d = container_of(t, dev, "timer")
    spin_lock(gate)
    d.n = 1
    spin_unlock(gate)


def create():
    global a
    a = cast(dev, kzalloc(sizeof(dev), GFP_KERNEL))
    if a:
        timer_setup(a.timer, tick, 0)
        mod_timer(a.timer, jiffies + 1)


def destroy():
    global a, b
    if not a:
        return
    del_timer(a.timer)
    spin_lock_bh(gate)
    old = a
    a = NULL
    kfree(old)
    b = cast(dev, kzalloc(sizeof(dev), GFP_ATOMIC))
    spin_unlock_bh(gate)
"""
    assert "use_after_free" == failing(text, "create", "destroy", config=Config("6.12", cpus=16))["no_dangling"]


def test_what_leads_into_a_block_keeps_it() -> None:
    """A list of what lies in it, a timer that is pending, a completion's address: none of it is a leak."""

    for field, keep in (
        ("link=list_head", "list_add(p.link, all)"),
        ("timer=timer_list", "setup_timer(p.timer, tick, p)\n    add_timer(p.timer)"),
        ("done=completion", "kept = p.done"),
    ):
        text = f"""
dev = struct("dev", n=u32, {field})
all = LIST_HEAD()
kept = ptr()


def tick(data: ptr("dev")):
    {{again}}


def call():
    global kept
    p = cast(dev, kzalloc(sizeof(dev), GFP_KERNEL))
    if not p:
        return
    {{keep}}
"""
        config = Config("2.6.24", cpus=16)
        again = "add_timer(data.timer)" if "timer" in field else "pass"
        assert "at_return" == failing(text.format(keep="pass", again=again), "call", config=config)["no_leak"]
        assert {} == failing(text.format(keep=keep, again=again), "call", config=config)


# ---- which of many ---------------------------------------------------------------------------------------------------


def test_every_device_on_a_list_can_be_locked() -> None:
    """Which lock it is, a pointer says; which was taken, the ledger."""

    text = """
dev = struct("dev", lock=spinlock_t, n=u32, list=list_head)
devices = LIST_HEAD()


def add(k):
    p = cast(dev, kzalloc(sizeof(dev), GFP_KERNEL))
    if p:
        spin_lock_init(p.lock)
        p.n = k
        list_add(p.list, devices)


def one():
    add(1)


def two():
    add(2)


def walk():
    for p in list_for_each_entry(devices, dev, "list"):
        spin_lock(p.lock)
        p.n += 7
        spin_unlock(p.lock)
    for p in list_for_each_entry_safe(devices, dev, "list"):
        list_del(p.list)
        kfree(p)
"""
    assert {} == failing(text, "one", "two", "walk")
    assert "exit_held" == failing(text.replace("        spin_unlock(p.lock)\n", ""), "one", "walk")["locks_balanced"]


@pytest.mark.parametrize("kind", ["spinlock_t", "mutex", "rw_semaphore"])
def test_who_gives_back_the_wrong_one_of_many_stops_there(kind: str) -> None:
    """He keeps the right one."""

    take, give, init = {
        "spinlock_t": ("spin_lock", "spin_unlock", "spin_lock_init"),
        "mutex": ("mutex_lock", "mutex_unlock", "mutex_init"),
        "rw_semaphore": ("down_write", "up_write", "init_rwsem"),
    }[kind]
    text = f"""
dev = struct("dev", lock={kind})
pool = array(dev, 2)


def call():
    {init}(pool[0].lock)
    {init}(pool[1].lock)
    {take}(pool[0].lock)
    {give}(pool[1].lock)
"""
    assert "not_held" == failing(text, "call", config=Config("2.6.24", cpus=16))["locks_balanced"]


def test_a_pointer_to_the_wrong_kind_is_said_when_it_is_compiled() -> None:
    """The struct in place of its lock is what one forgets."""

    with pytest.raises(LowerError, match="spin_lock: a pointer to dev where a spinlock is wanted"):
        failing(DEV + 'p = ptr("dev")\n\n\ndef call():\n    spin_lock(p)\n', "call")
    said = load(DEV + "d = dev()\n\n\ndef call():\n    spin_lock(d)\n").diagnostics[0].message
    assert "spin_lock: d, a struct, where a spinlock_t is wanted (argument 1, lock)" == said


def test_a_struct_is_not_larger_than_its_memory() -> None:
    """What lies behind the end of what was allocated is not there."""

    text = (
        DEV
        + """
def call():
    p = cast(dev, kzalloc(8, GFP_KERNEL))
    if p:
        init_completion(p.done)
        kfree(p)
"""
    )
    assert "out_of_bounds" == failing(text, "call")["no_dangling"]


@pytest.mark.parametrize("version", ["2.4", "2.6.11"])
def test_a_type_that_a_version_lacks_is_no_field_there(version: str) -> None:
    """Mutexes came in 2.6.16."""

    text = 'dev = struct("dev", lock=mutex)\nd = dev()\n\n\ndef call():\n    pass\n'
    with pytest.raises(LowerError, match="Unknown symbol mutex"):
        failing(text, "call", config=Config(version))


# ---- how they are called ---------------------------------------------------------------------------------------------


def test_they_have_the_names_that_the_code_gives_them() -> None:
    """In sentences and in the state: a static's by its path, one on the heap by whose it is."""

    text = (
        DEV
        + """
pool = array(dev, 2)


"""
    )
    body = [
        "spin_lock_init(pool[1].lock)",
        "init_waitqueue_head(pool[1].wait)",
        "spin_lock(pool[1].lock)",
        "wake_up(pool[1].wait)",
        "spin_unlock(pool[1].lock)",
        "p = cast(dev, kzalloc(sizeof(dev), GFP_KERNEL))",
        "init_completion(p.done)",
        "complete(p.done)",
    ]
    trace = drive(text + lines(*body))
    told = " ".join(narrate(e, v) for e, v in zip(trace.events, trace.views, strict=False))
    assert "pool[1].lock" in told and "pool[1].wait" in told and "mykthread's object 1.done" in told
    assert any("pool[1].lock" in t.locks for v in trace.views for t in v.tasks)
    assert {"pool[1].wait", "mykthread's object 1.done"} <= trace.views[-1].queues.keys()


def test_a_struct_that_contains_itself_has_no_size() -> None:
    """By value, that is."""

    for text in (
        'a = struct("a", x=a)\n',
        'a = struct("a", x=array(a, 2))\n',
        'a = struct("a", x=b)\nb = struct("b", y=a)\n',
    ):
        assert "incomplete type" in load(text).diagnostics[0].message
    assert not load('a = struct("a", x=ptr("a"))\n').broken


def test_a_fault_says_the_call() -> None:
    """A pointer that leads to nothing is a fault of the call that was given it."""

    assert "null_pointer" == fault(drive('done = ptr("completion")\n\n\n' + lines("complete(done)")))


def test_a_local_that_begins_as_null_becomes_a_pointer() -> None:
    """What it leads to is what it is assigned later; a number makes it a number."""

    text = (
        DEV
        + """
d = dev()


def call():
    found = NULL
    for i in range(1):
        found = d
    found.n = 3
    event = NULL
    event = found.n
    event += 1
    BUG_ON(d.n != 3 or event != 4)
"""
    )
    assert {} == failing(text, "call")


@pytest.mark.parametrize("home", HOMES)
def test_arrays_are_walked_and_keep_their_width(home: str) -> None:
    """A loop over an array of structs has the address of each; a u32 on the heap is one, too."""

    text = f"""
port = struct("port", n=u32, lock=spinlock_t)
dev = struct("dev", ids=array(u32, 2), ports=array(port, 2))


def call():
    {home}
    d.ids[1] = -1
    sum = u64(0)
    for x in d.ids:
        sum += x
    for p in d.ports:
        spin_lock_init(p.lock)
        spin_lock(p.lock)
        p.n += 3
        spin_unlock(p.lock)
    BUG_ON(sum != 0xffffffff or d.ports[0].n + d.ports[1].n != 6)
"""
    assert failing(text, "call").keys() <= {"no_leak"}


@pytest.mark.parametrize("wrong, right", [("spinlock", "spinlock_t"), ("wait_queue_head", "wait_queue_head_t")])
def test_the_name_of_a_type_may_be_nearly_right(wrong: str, right: str) -> None:
    """Then the right one is said."""

    assert f"did you mean {right}?" in load(f'dev = struct("dev", lock={wrong})\n').diagnostics[0].look
