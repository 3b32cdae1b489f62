# shape: usb hub thread with a list of events
# options: --call kick(0) --call disconnect(0)
# breaks: no_dangling
# on: each pre
# profile: 2.6.24
hub = struct("hub", refs=kref, ports=u32, gone=u32, event=list_head)
events = LIST_HEAD()
event_lock = DEFINE_SPINLOCK()
khubd_wait = DECLARE_WAIT_QUEUE_HEAD()
khubd_task = ptr("task_struct")
hubs = array(ptr("hub"), 2)


def hub_release(refs: ptr("kref")):
    kfree(container_of(refs, hub, "refs"))


def hub_events():
    while True:
        spin_lock_irq(event_lock)
        if list_empty(events):
            spin_unlock_irq(event_lock)
            return
        h = list_entry(events.next, hub, "event")
        list_del_init(h.event)
        spin_unlock_irq(event_lock)
        h.ports = 1
        kref_put(h.refs, hub_release)  # right


def hub_thread(unused):
    while not kthread_should_stop():
        hub_events()
        wait_event_interruptible(khubd_wait, not list_empty(events) or kthread_should_stop())
    return 0


def kick(n: u32):
    spin_lock_irq(event_lock)
    h = hubs[n]
    if h != NULL and list_empty(h.event):
        kref_get(h.refs)  # right
        list_add_tail(h.event, events)
        wake_up(khubd_wait)
    spin_unlock_irq(event_lock)


def disconnect(n: u32):
    queued = 0
    spin_lock_irq(event_lock)
    h = hubs[n]
    hubs[n] = NULL
    if h != NULL and not list_empty(h.event):
        list_del_init(h.event)
        queued = 1
    spin_unlock_irq(event_lock)
    if h == NULL:
        return
    if queued:  # right
        kref_put(h.refs, hub_release)  # right
    kref_put(h.refs, hub_release)


def probe(n: u32):
    h = cast(hub, kzalloc(sizeof(hub), GFP_KERNEL))
    if h == NULL:
        return
    kref_init(h.refs)
    INIT_LIST_HEAD(h.event)
    hubs[n] = h


def setup():
    global khubd_task
    probe(0)
    probe(1)
    khubd_task = kthread_run(hub_thread, NULL, "khubd")
    if IS_ERR(khubd_task):
        disconnect(0)
        disconnect(1)
        return PTR_ERR(khubd_task)
    return 0


def cleanup():
    kthread_stop(khubd_task)
    disconnect(0)
    disconnect(1)


module_init(setup)
module_exit(cleanup)
