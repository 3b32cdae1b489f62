# shape: reports
# options: --call tell(3) --report tell
# breaks: delivered
news = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
bits = u32(0)
teller = NULL


def run(id: u32):
    text = char_array(24)
    snprintf(text, 24, "EVENT=%u", id)
    argv = ["/sbin/tell", NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin", text, NULL]
    call_usermodehelper("/sbin/tell", argv, envp, 1)


def loop(unused):
    global bits
    while not kthread_should_stop():
        wait_event_interruptible(news, bits != 0 or kthread_should_stop())  # right
        #! interruptible_sleep_on(news)
        spin_lock_irq(lock)
        mine = bits
        bits = 0
        spin_unlock_irq(lock)
        while mine:
            n = ffs(mine)
            mine = mine & ~(1 << (n - 1))
            run(n)
    return 0


def tell(n: u32):
    global bits
    spin_lock_irqsave(lock, flags)
    bits = bits | (1 << (n - 1))
    spin_unlock_irqrestore(lock, flags)
    wake_up_interruptible(news)


def setup():
    global teller
    teller = kthread_run(loop, NULL, "teller")
    return PTR_ERR(teller) if IS_ERR(teller) else 0


module_init(setup)
