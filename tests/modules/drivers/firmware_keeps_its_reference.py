# shape: firmware loader with references
# options: --call loaded(0) --call request(0)
# breaks: no_dangling
# on: each pre
# profile: 6.12
fw_buf = struct("fw_buf", refs=kref, size=u32, done=completion)
bufs = array(ptr("fw_buf"), 2)
fw_lock = DEFINE_MUTEX()


def fw_release(refs: ptr("kref")):
    kfree(container_of(refs, fw_buf, "refs"))


def fw_lookup(n: u32):
    mutex_lock(fw_lock)
    b = bufs[n]
    if b == NULL:
        b = cast(fw_buf, kzalloc(sizeof(fw_buf), GFP_KERNEL))
        if b != NULL:
            kref_init(b.refs)
            init_completion(b.done)
            bufs[n] = b
    if b != NULL:
        kref_get(b.refs)
    mutex_unlock(fw_lock)
    return b


def loaded(n: u32):
    b = fw_lookup(n)
    if b == NULL:
        return -ENOMEM
    b.size = 16
    #! kref_put(b.refs, fw_release)
    complete_all(b.done)
    kref_put(b.refs, fw_release)  # right
    return 0


def request(n: u32):
    b = fw_lookup(n)
    if b == NULL:
        return -ENOMEM
    wait_for_completion_timeout(b.done, HZ)
    kref_put(b.refs, fw_release)
    mutex_lock(fw_lock)
    b = bufs[n]
    bufs[n] = NULL
    mutex_unlock(fw_lock)
    if b != NULL:
        kref_put(b.refs, fw_release)
    return 0


def setup():
    fw_lookup(1)
    return 0


module_init(setup)
