# shape: no thread
# options: --call put --call put
# breaks: no_dangling
users = ATOMIC_INIT(2)
buffer = NULL


def put():
    if buffer == NULL:
        return -EINVAL
    buffer[0] = 'x'  # right
    if atomic_dec_and_test(users):
        kfree(buffer)
    #! else:
    #!     buffer[0] = 'x'
    return 0


def setup():
    global buffer
    buffer = kmalloc(16, GFP_KERNEL)
    if buffer == NULL:
        return -ENOMEM
    strcpy(buffer, "empty")
    return 0


module_init(setup)
