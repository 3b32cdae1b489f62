# shape: ring buffer with a lock in each of two ports
# options: --call move(0,1) --call move(1,0)
# breaks: returns
# on: each
# profile: 2.6.24
port = struct("port", lock=spinlock_t, head=u32, tail=u32, ring=array(u8, 4))
ports = array(port, 2)


def push(p: ptr("port"), c: u8):
    p.ring[p.head & 3] = c
    p.head += 1


def pop(p: ptr("port")):
    c = p.ring[p.tail & 3]
    p.tail += 1
    return c


def lock_both(a: u32, b: u32):
    first = min(a, b)  # right
    second = max(a, b)  # right
    #! first = a
    #! second = b
    spin_lock(ports[first].lock)
    spin_lock_nested(ports[second].lock, 1)


def move(a: u32, b: u32):
    lock_both(a, b)
    if ports[a].head != ports[a].tail:
        push(ports[b], pop(ports[a]))
    spin_unlock(ports[a].lock)
    spin_unlock(ports[b].lock)


def setup():
    for n in range(2):
        spin_lock_init(ports[n].lock)
        push(ports[n], n)
    return 0


module_init(setup)
