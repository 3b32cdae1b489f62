"""`kthreadlab ps`: processes of user space and their threads, as ps and ps --forest list them."""

from __future__ import annotations

import pytest

from kthreadlab import explore, load
from kthreadlab.front.cli import main
from kthreadlab.front.users import Described, processes
from kthreadlab.front.worlds import World
from kthreadlab.grading.cells import BadInput
from kthreadlab.machine.processes import Enter, Exit, Fork, Pause, Process, Wait4

TEXT = """
def child(unused):
    return 0


def demon(unused):
    daemonize("demon")
    set_current_state(TASK_INTERRUPTIBLE)
    schedule()
    return 0


def spawn():
    kernel_thread(child, NULL, SIGCHLD)


def start():
    kernel_thread(demon, NULL, SIGCHLD)
"""
ZOMBIE, DAEMON = "mount: spawn, pause", "insmod: start"


@pytest.fixture
def command(capsys):
    """Run one command line in this process; (status, stdout, stderr)."""

    def run(*words):
        status = main([str(word) for word in words])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return status, printed.out, printed.err

    return run


@pytest.fixture
def module(tmp_path):
    path = tmp_path / "family.py"
    path.write_text(TEXT)
    return path


def rows(said: str) -> list[list[str]]:
    return [line.split(None, 4)[1:] for line in said.splitlines()[1:]]


def test_a_zombie_stands_below_its_parent_with_its_name(command, module):
    status, said, _ = command("ps", module, "--process", ZOMBIE, "--forest")
    assert (0, "UID        PID  PPID STAT COMMAND") == (status, said.splitlines()[0])
    assert rows(said) == [
        ["1", "0", "S", "init"],
        ["100", "1", "S", "\\_ mount"],
        ["101", "100", "Z", "\\_ [mount] <defunct>"],
    ]


@pytest.mark.parametrize(("profile", "parent", "name"), [("2.6.11", "1", "init"), ("2.6.32", "2", "[kthreadd]")])
def test_a_daemon_stands_below_who_adopts_it_and_whoever_started_it_is_gone(command, module, profile, parent, name):
    _, said, _ = command("ps", module, "--process", DAEMON, "--forest", "--profile", profile)
    assert rows(said) == [[parent, "0", "S", name], ["101", parent, "S", "\\_ [demon]"]]


def test_without_a_forest_there_are_only_the_machines_own(command, module):
    _, said, _ = command("ps", module, "--process", "sh: fork(mount), pause", "--process", "mount: exit(3)")
    assert rows(said) == [["100", "1", "S", "sh"], ["101", "100", "Z", "[mount] <defunct>"]]


def test_who_waits_has_no_zombie(command, module):
    _, said, _ = command("ps", module, "--process", "mount: spawn, wait4, pause")
    assert rows(said) == [["100", "1", "S", "mount"]]


def test_a_search_of_such_a_world_says_of_zombies_and_prints_what_a_replay_needs(command, module):
    status, said, _ = command("explore", module, "--process", ZOMBIE)
    assert status == 1 and "no_zombie: FAILS: child has ended and stays a zombie: mount lives on" in said
    schedule = said.splitlines()[-1].strip()
    assert "world/process=mount+spawn+pause/cpus=1" in schedule
    status, told, _ = command("replay", module, schedule)
    assert status == 0 and "is a zombie until its parent waits for it" in told


def test_a_world_with_processes_is_found_again_by_its_name():
    described = tuple(map(Described.written, ("sh: fork(ls), wait4, spawn, call(1, -2), exit(3)", "ls: pause")))
    world = World(processes=described)
    assert World.named(world.name) == world
    ls = Process("ls", Pause())
    sh = Process("sh", Fork(ls), Wait4(), Enter("spawn"), Enter("call", 1, -2), Exit(3))
    assert processes(described) == (sh,)
    assert World.named("world/process=a+b+c*/cpus=1") is None


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (["mount"], "NAME: STEP, STEP"),
        (["1st: pause"], "NAME: STEP, STEP"),
        (["sh: wait4(3)"], "'wait4(3)' is no step of sh"),
        (["sh: exit(1, 2)"], "is no step of sh"),
        (["sh: fork"], "is no step of sh"),
        (["sh: spawn(x)"], "is no step of sh"),
        (["sh: spawn,, pause"], "'' is no step of sh"),
        (["sh: fork(ls)"], "somebody forks ls, of which no --process says"),
        (["sh: pause", "sh: pause"], "sh is there twice"),
        (["sh: fork(ls), fork(ls)", "ls: pause"], "ls is there twice"),
        (["sh: fork(sh)"], "sh is forked by nobody who is there"),
        (["sh: exit, pause"], "what comes behind it is never reached"),
        (["sh: exit(300)"], "0 to 255"),
        (["sh: strat"], "no function strat for sh to enter; did you mean start?"),
    ],
)
def test_what_cannot_be_a_process_is_bad_input(command, module, written, says):
    status, _, complaint = command("ps", module, *(x for text in written for x in ("--process", text)))
    assert status == 2 and says in complaint


def test_the_name_of_a_world_is_not_trusted():
    """Whoever writes one by hand, with processes that cannot be, learns it as bad input."""
    module = load(TEXT, name="family")
    with pytest.raises(BadInput, match="somebody forks x"):
        explore(module, World.named("world/process=sh+fork,x/cpus=1").scenario)
    assert World.named("world/process=sh+exit,x/cpus=1") is None
