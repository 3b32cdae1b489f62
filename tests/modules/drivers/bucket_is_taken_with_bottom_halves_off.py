# shape: hash table with a lock in each bucket and a timer that ages its entries
# options: --call add(1) --call add(2)
# breaks: irq_safe
# on: up each pre
# profile: 2.6.11
bucket = struct("bucket", lock=spinlock_t, chain=list_head, count=u32)
table = struct("table", gc=timer_list, closing=u32, buckets=array(bucket, 2))
entry = struct("entry", key=u32, link=list_head)
arp = table()
entries = array(entry, 4)


def age(data: ptr("table")):
    for n in range(2):
        spin_lock(data.buckets[n].lock)
        if data.buckets[n].count > 0:
            e = list_entry(data.buckets[n].chain.next, entry, "link")
            list_del(e.link)
            data.buckets[n].count -= 1
        spin_unlock(data.buckets[n].lock)


def add(key: u32):
    b = arp.buckets[key & 1]
    e = entries[key]
    e.key = key
    spin_lock_bh(b.lock)  # right
    #! spin_lock(b.lock)
    list_add_tail(e.link, b.chain)
    b.count += 1
    spin_unlock_bh(b.lock)  # right
    #! spin_unlock(b.lock)
    mod_timer(arp.gc, jiffies + HZ)


def setup():
    for n in range(2):
        spin_lock_init(arp.buckets[n].lock)
        INIT_LIST_HEAD(arp.buckets[n].chain)
    init_timer(arp.gc)
    arp.gc.function = age
    arp.gc.data = arp
    return 0


def cleanup():
    del_timer_sync(arp.gc)


module_init(setup)
module_exit(cleanup)
