# shape: no thread
# options: --call add(1) --call add(2) --call drop
# breaks: no_leak
note = struct("note", id=u32, link=list_head)
notes = LIST_HEAD()
lock = DEFINE_SPINLOCK()


def add(id: u32):
    p = cast(note, kmalloc(sizeof(note), GFP_KERNEL))
    if p == NULL:
        return -ENOMEM
    p.id = id
    spin_lock(lock)
    list_add(p.link, notes)
    spin_unlock(lock)
    return 0


def drop():
    spin_lock(lock)
    for p in list_for_each_entry_safe(notes, note, "link"):
        list_del(p.link)
        kfree(p)  # right
    spin_unlock(lock)
