# shape: semaphores
# options: --call put --call take
# breaks: no_oops
full = DECLARE_MUTEX_LOCKED()
guard = DECLARE_MUTEX()
depth = s32(0)


def put():
    global depth
    down(guard)
    depth += 1
    up(guard)
    up(full)


def take():
    global depth
    down(full)  # right
    down(guard)
    depth -= 1
    BUG_ON(depth < 0)
    up(guard)
