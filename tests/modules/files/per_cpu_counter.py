# shape: preemption off
# options: --call count --call count
# breaks: context_restored
hits = atomic_t()


def count():
    preempt_disable()
    atomic_inc(hits)
    #! if atomic_read(hits) > 1:
    #!     return -EAGAIN
    preempt_enable()
    return 0
