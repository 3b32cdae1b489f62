# shape: bluetooth session thread
# options: --irq receive(0) --call del_connection(0)
# breaks: returns
# on: up each pre
# large: yes
# profile: 2.6.11
session = struct(
    "session", terminate=atomic_t, packets=u32, frames=u32, lock=spinlock_t, sleep=wait_queue_head_t, ended=completion
)
sessions = array(session, 2)


def bnep_session(s: ptr("session")):
    daemonize("kbnepd")
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(s.sleep, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if atomic_read(s.terminate):
            break
        spin_lock_irq(s.lock)
        n = s.packets
        s.packets = 0
        spin_unlock_irq(s.lock)
        if n:
            set_current_state(TASK_RUNNING)
            s.frames = n
            continue
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(s.sleep, wait)
    complete_and_exit(s.ended, 0)


def receive(n: u32):
    s = sessions[n]
    spin_lock(s.lock)
    s.packets += 1
    spin_unlock(s.lock)
    wake_up_interruptible(s.sleep)


def del_connection(n: u32):
    s = sessions[n]
    atomic_inc(s.terminate)
    wake_up_interruptible(s.sleep)  # right


def add_connection(n: u32):
    s = sessions[n]
    atomic_set(s.terminate, 0)
    spin_lock_init(s.lock)
    init_waitqueue_head(s.sleep)
    init_completion(s.ended)
    if kernel_thread(bnep_session, s, CLONE_FS | CLONE_FILES | CLONE_SIGHAND) < 0:
        complete_all(s.ended)
        return -ENOMEM
    return 0


def setup():
    add_connection(0)
    add_connection(1)
    return 0


def cleanup():
    del_connection(0)
    del_connection(1)
    wait_for_completion(sessions[0].ended)
    wait_for_completion(sessions[1].ended)


module_init(setup)
module_exit(cleanup)
