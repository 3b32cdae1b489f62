# shape: user-mode helper
# options: --call announce(4) --call announce(5)
# breaks: no_leak
def announce(id: u32):
    text = kmalloc(32, GFP_KERNEL)
    if text == NULL:
        return -ENOMEM
    snprintf(text, 32, "ID=%u", id)
    argv = ["/sbin/announce", NULL]
    envp = ["HOME=/", text, NULL]
    value = call_usermodehelper("/sbin/announce", argv, envp, 1)
    if value < 0:  # right
        printk(KERN_WARNING + "announce: %d\n", value)  # right
    kfree(text)  # right
    #! if value < 0:
    #!     kfree(text)
    return value
