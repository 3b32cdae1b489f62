# shape: watchdog with a timer that starts itself again
# options:
# breaks: no_dangling
# on: each
# large: yes
# profile: 2.6.11
board = struct("board", lock=spinlock_t, beats=u32, beat=timer_list)
boards = array(ptr("board"), 2)


def board_beat(data: ptr("board")):
    spin_lock(data.lock)
    data.beats = (data.beats + 1) & 1
    spin_unlock(data.lock)
    mod_timer(data.beat, jiffies + HZ)


def board_add(n: u32):
    b = cast(board, kmalloc(sizeof(board), GFP_KERNEL))
    if b == NULL:
        return -ENOMEM
    spin_lock_init(b.lock)
    b.beats = 0
    init_timer(b.beat)
    b.beat.function = board_beat
    b.beat.data = b
    boards[n] = b
    mod_timer(b.beat, jiffies + HZ)
    return 0


def board_remove(n: u32):
    b = boards[n]
    if b == NULL:
        return
    boards[n] = NULL
    del_timer_sync(b.beat)  # right
    #! del_timer(b.beat)
    kfree(b)


def setup():
    err = board_add(0)
    if err:
        return err
    err = board_add(1)
    if err:
        board_remove(0)
    return err


def cleanup():
    board_remove(0)
    board_remove(1)


module_init(setup)
module_exit(cleanup)
