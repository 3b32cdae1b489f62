"""Random families: processes of user space, what they fork, the threads that they make, who signals and traces them."""

from __future__ import annotations

from random import Random

from kthreadlab import (
    Config,
    Enter,
    Exit,
    Fault,
    Fork,
    Pause,
    Process,
    Ptrace,
    Scenario,
    Signal,
    Spurious,
    Wait4,
    done,
    load,
    stopped,
    traced,
)
from kthreadlab.lang.module import KernelModule
from kthreadlab.machine.scenario import When

from .compare import Given

TEXT = """
queue = DECLARE_WAIT_QUEUE_HEAD()
flag = u32(0)
seen = u32(0)


def child(unused):
    return 0


def odd(unused):
    return 1


def demon(unused):
    global seen
    seen = 2
    daemonize("demon")
    return 0


def orphan(unused):
    global seen
    seen = 3
    reparent_to_init()
    return 0


def spawn():
    kernel_thread(child, 0, CLONE_FS | SIGCHLD)


def spawn_silent():
    kernel_thread(odd, 0, CLONE_FS)


def spawn_demon():
    kernel_thread(demon, 0, SIGCHLD)


def spawn_orphan():
    kernel_thread(orphan, 0, CLONE_FILES)


def wait_lightly():
    global seen
    seen = wait_event_interruptible(queue, flag) < 0


def wait_deeply():
    wait_event(queue, flag or seen == 3)


def set_flag():
    global flag
    flag = 1
    wake_up(queue)


def leave():
    do_exit(3)
"""
LISTENER = """

heard = u32(0)


def listener(unused):
    global heard
    PREPARE
    wait_event_interruptible(queue, flag)
    heard = signal_pending(current)
    return 0
"""
STARTER = """

def idle(unused):
    wait_event_interruptible(queue, flag)
    return 0


def start():
    pid = kernel_thread(BODY, 0, FLAGS)
    if pid TEST 0:
        return pid
    AFTER
    return RESULT


def wait_for_any():
    return sys_wait4(-1, NULL, OPTIONS, NULL)
"""
WAITS = (
    "r = sys_wait4(pid, NULL, 0, NULL)",
    "r = sys_wait4(-1, NULL, 0, NULL)",
    "r = sys_wait4(pid, NULL, WNOHANG, NULL)",
    "r = sys_wait4(pid + 1, NULL, 0, NULL)",
    "r = 0\n    while sys_wait4(pid, NULL, WNOHANG, NULL) == 0:\n        schedule()",
    "r = 0\n    while sys_wait4(pid, NULL, 0, NULL) < 0:\n        schedule()",
    "r = 0",
    "set_current_state(TASK_INTERRUPTIBLE)\n    r = sys_wait4(pid, NULL, 7, NULL)\n    schedule()",
)
"""What whoever has started a thread does about its end."""
PREPARATIONS = (
    ("2.4", "daemonize()"),
    ("2.6.11", 'daemonize("d")\n    allow_signal(SIGSTOP)\n    allow_signal(SIGCONT)'),
    ("2.6.11", "allow_signal(SIGCONT)"),
    ("2.6.24", 'daemonize("d")\n    allow_signal(SIGCHLD)'),
    ("2.6.32", 'daemonize("d")'),
    ("6.12", "allow_signal(SIGSTOP)\n    allow_signal(SIGCONT)"),
)
"""What a thread of the kernel does before it listens, and in which version."""
FUNCTIONS = ("spawn", "spawn_silent", "spawn_demon", "spawn_orphan", "wait_lightly", "wait_deeply", "set_flag", "leave")
SIGNALS = ("SIGSTOP", "SIGCONT", "SIGKILL", "SIGTERM", "SIGCHLD")
PROFILES = ("2.4", "2.6.11", "2.6.24", "2.6.32", "6.12")


def text_for(profile: str) -> str:
    """The module; what a version has no kernel_thread() for forks only."""
    return TEXT if profile not in ("2.4", "6.12") else TEXT.replace('daemonize("demon")', "reparent_to_init()")


def family(seed: int) -> Given:
    """The family of that number, in its world, version and machine."""
    rng = Random(f"family {seed}")
    profile = rng.choice(PROFILES)
    threads = profile != "6.12"
    names = iter("abcdefghijklmnop")
    trees = [process(rng, names, 2, threads) for _ in range(rng.choice((1, 1, 2)))]
    everybody = [p.name for tree in trees for p in tree.all()]
    scenario = Scenario(
        "family",
        processes=trees,
        signals=[signal(rng, everybody) for _ in range(rng.choice((0, 1, 1, 2)))],
        ptraces=[Ptrace(rng.choice(everybody))] if rng.random() < 0.25 else [],
        spurious=[Spurious(rng.choice(everybody))] if rng.random() < 0.1 else [],
    )
    cpus = rng.choice((1, 1, 2, 12))
    preempt = cpus < 12 and profile != "2.4" and Random(f"preempt {seed}").random() < 0.3
    return Given(module_for(profile), scenario, Config(profile, cpus=cpus, preempt=preempt, smp=True))


def module_for(profile: str) -> KernelModule:
    """The module of all families in that version."""
    text = text_for(profile)
    if profile == "6.12":
        text = text[: text.index("def child")] + text[text.index("def wait_lightly") : text.index("def leave")]
    return load(text, name="family")


def listeners(seed: int) -> Given:
    """A thread of the kernel to which signals are sent that stop processes and let them go on."""
    rng = Random(f"listener {seed}")
    profile, prepare = PREPARATIONS[seed % len(PREPARATIONS)]
    sent = [Signal("listener", rng.choice(("SIGSTOP", "SIGCONT", "SIGCHLD"))) for _ in range(3)]
    scenario = Scenario(
        "listener",
        threads=["listener"],
        processes=[Process("sh", Enter("set_flag"))] if rng.random() < 0.5 else [],
        signals=sent,
        ptraces=[Ptrace("listener")] if rng.random() < 0.3 else [],
    )
    text = TEXT[: TEXT.index("def child")] + TEXT[TEXT.index("def wait_lightly") : TEXT.index("def leave")]
    module = load(text + LISTENER.replace("PREPARE", prepare), name="listener")
    return Given(module, scenario, Config(profile, cpus=rng.choice((1, 8)), smp=True))


def process(rng: Random, names: object, depth: int, threads: bool) -> Process:
    """One process, with those that come from it."""
    name = next(names)  # type: ignore[call-overload]
    steps = []
    for _ in range(rng.choice((1, 2, 2, 3))):
        step = rng.choice(("fork", "fork", "wait", "wait", "pause", "enter", "enter"))
        if step == "fork" and depth and len(steps) < 2:
            steps.append(Fork(process(rng, names, depth - 1, threads)))
        elif step == "enter":
            functions = FUNCTIONS if threads else FUNCTIONS[4:7]
            steps.append(Enter(rng.choice(functions)))
        else:
            steps.append(Pause() if step == "pause" else Wait4())
    if rng.random() < 0.2:
        steps.append(Exit(3))
    ignores = ("SIGCHLD",) if rng.random() < 0.15 else ("SIGTERM",) if rng.random() < 0.1 else ()
    return Process(name, *steps, ignores=ignores)


def signal(rng: Random, everybody: list[str]) -> Signal:
    """A signal for one of them; now and then it waits for something."""
    target = rng.choice(everybody)
    whens: tuple[When | None, ...] = (None, None, None, stopped(target), traced(target), done(rng.choice(everybody)))
    return Signal(target, rng.choices(SIGNALS, (4, 3, 2, 2, 1))[0], rng.choice(whens))


def starters(seed: int) -> Given:
    """Processes that start a thread in the kernel and wait for it there, or do not."""
    rng = Random(f"starter {seed}")
    profile = rng.choice(("2.4", "2.6.11", "2.6.11", "2.6.32"))
    text = STARTER
    for word, values in (
        ("BODY", ("child", "child", "odd", "demon", "orphan", "idle")),
        ("FLAGS", ("SIGCHLD", "CLONE_FS | SIGCHLD", "0")),
        ("TEST", ("<", "<", "<=", ">")),
        ("AFTER", WAITS),
        ("RESULT", ("r", "0", "pid", "-pid")),
        ("OPTIONS", ("0", "WNOHANG")),
    ):
        text = text.replace(word, rng.choice(values))
    steps = [rng.choice((Enter("start"), Enter("start"), Enter("wait_for_any"), Wait4())) for _ in range(2)]
    family = [Process("driver", *steps, rng.choice((Pause(), Exit(1))))]
    family += [Process("sh", Enter("set_flag"))] if rng.random() < 0.4 else []
    scenario = Scenario(
        "starters",
        processes=family,
        signals=[Signal(rng.choice(("driver", "idle")), rng.choice(("SIGKILL", "SIGSTOP")))] * (rng.random() < 0.4),
        faults=[Fault("fork")] * (rng.random() < 0.4),
        spurious=[Spurious("driver")] * (rng.random() < 0.2),
        starts=("start",),
        helper_owed=False,
    )
    cpus = rng.choice((1, 2, 12))
    preempt = cpus < 12 and profile != "2.4" and rng.random() < 0.3
    return Given(load(text_for(profile) + text, name="starters"), scenario, Config(profile, cpus=cpus, preempt=preempt))
