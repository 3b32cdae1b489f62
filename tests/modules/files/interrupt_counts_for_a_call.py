# shape: interrupt and call
# options: --irq tick --call report_and_reset
# breaks: context_restored
ticks = u32(0)


def tick():
    global ticks
    ticks += 1


def report_and_reset():
    global ticks
    local_irq_save(flags)
    value = ticks
    ticks = 0
    if value == 0:
        local_irq_restore(flags)  # right
        return 0
    local_irq_restore(flags)
    return value
