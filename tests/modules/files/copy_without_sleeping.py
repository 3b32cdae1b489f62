# shape: preemption off
# options: --call snapshot --call snapshot
# breaks: never_sleeps_atomic
frames = u32(0)


def snapshot():
    global frames
    p = kmalloc(64, GFP_KERNEL)  # right
    preempt_disable()
    #! p = kmalloc(64, GFP_KERNEL)
    if p != NULL:
        strcpy(p, "frame")
    frames += 1
    preempt_enable()
    if p != NULL:
        kfree(p)
