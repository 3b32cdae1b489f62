# shape: error paths
# options: --fail kmalloc
# breaks: no_leak
table = NULL
names = NULL


def setup():
    global table, names
    first = kmalloc(64, GFP_KERNEL)
    if first == NULL:
        return -ENOMEM
    second = kmalloc(16, GFP_KERNEL)
    if second == NULL:
        kfree(first)  # right
        return -ENOMEM
    table = first
    names = second
    return 0


def cleanup():
    kfree(names)
    kfree(table)


module_init(setup)
module_exit(cleanup)
