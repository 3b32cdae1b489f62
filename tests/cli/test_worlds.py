"""`explore`, `replay`, `ps` of anybody's module: what happens, what it is called, what is judged, what is refused."""

from __future__ import annotations

import json
import re

import pytest

from kthreadlab import load
from kthreadlab.front.cli import main
from kthreadlab.front.worlds import Arrival, Options, World, complete, judged, world_of
from tests.support import SUBMISSIONS, TESTS

CUPBOARD = """
door = DEFINE_SPINLOCK()
cups = u32(0)
box = NULL
mouse = NULL


def nibble(unused):
    while not kthread_should_stop():
        set_current_state(TASK_INTERRUPTIBLE)
        if not kthread_should_stop():
            schedule()
        __set_current_state(TASK_RUNNING)
    return 0


def put(many: u32, clean: u32):
    global cups
    spin_lock_irqsave(door, flags)
    cups += many * clean
    spin_unlock_irqrestore(door, flags)


def fill():
    global box, mouse
    box = kmalloc(16, GFP_KERNEL)
    if box == NULL:
        return -ENOMEM
    mouse = kthread_run(nibble, NULL, "mouse")
    if IS_ERR(mouse):
        kfree(box)
        return PTR_ERR(mouse)
    return 0


def clear():
    kthread_stop(mouse)
    kfree(box)


module_init(fill)
module_exit(clear)
MODULE_LICENSE("GPL")
"""
LISTING = SUBMISSIONS / "lab2/wrong/listing_two.py"


@pytest.fixture
def cupboard(tmp_path):
    """The file of a module that says itself how it is loaded and unloaded."""
    path = tmp_path / "cupboard.py"
    path.write_text(CUPBOARD)
    return path


@pytest.fixture
def command(capsys):
    """Run one command line in this process; (status, stdout, stderr)."""

    def run(*words):
        status = main([str(word) for word in words])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return status, printed.out, printed.err

    return run


def world(text: str = CUPBOARD, **said: object) -> World:
    return world_of(load(text), Options(**said))


def failing(said: str) -> set[str]:
    against = ("fails", "follows", "not decided")
    return {name for name, verdict in json.loads(said)["properties"].items() if verdict["verdict"] in against}


# ---- what the module says of itself --------------------------------------------------------------------------------


MACHINES = ([], ["--smp"], ["--preempt", "--smp"], ["--cpus", "2"], ["--cpus", "each"])


@pytest.mark.parametrize("machine", MACHINES, ids=" ".join)
def test_without_options_a_module_is_loaded_and_unloaded(command, cupboard, machine):
    """insmod, its thread, rmmod: all that happens, and nothing is wrong with it."""
    status, said, complaint = command("explore", cupboard, "--json", *machine)
    assert (0, "", set()) == (status, complaint, failing(said))
    assert json.loads(said)["states"] > 15


def test_who_has_not_loaded_is_never_unloaded(command, cupboard):
    """With no memory, or no thread, insmod fails: rmmod and the calls don't come then."""
    for what in ("kmalloc", "fork"):
        assert 0 == command("explore", cupboard, "--fail", what, "--call", "put(2,1)")[0]
    for what, answer in (("kmalloc", "-ENOMEM"), ("fork", "PTR_ERR(mouse)")):
        cupboard.write_text(CUPBOARD.replace(f"return {answer}", "return 0"))
        status, said, _ = command("explore", cupboard, "--fail", what, "--json")
        assert (1, True) == (status, "no_oops" in failing(said)), what


def test_a_file_that_says_nothing_has_nothing_to_explore(command, tmp_path):
    """The message says how it may be told; a thread called as the course's is run, and no more is needed."""
    path = tmp_path / "tool.py"
    path.write_text("def turn(n):\n    return n\n")
    status, said, complaint = command("explore", path)
    assert (2, "") == (status, said)
    assert "module_init(f)" in complaint and "--thread F" in complaint and "turn" in complaint
    path.write_text("# nothing\n")
    assert "none at all" in command("explore", path)[2]
    path.write_text("def mykthread(unused):\n    schedule()\n    return 0\n")
    assert (0, 0) == (command("explore", path)[0], command("ps", path)[0])


def test_the_labs_handler_comes_without_the_labs_data(command, tmp_path):
    """Whoever calls run_umode_handler gets it, and no other file of a lab's that lacks something."""
    path = tmp_path / "caller.py"
    path.write_text("def call(n: u32):\n    run_umode_handler(n)\n")
    status, said, complaint = command("explore", path, "--call", "call(3)", "--cpus", "each")
    assert (0, "") == (status, complaint)


def test_ps_shows_the_threads_that_a_module_has_made(command, cupboard):
    """Once it is loaded, and they sleep; rmmod has not come."""
    status, said, _ = command("ps", cupboard, "--preempt")
    assert (0, ["UID        PID  PPID STAT COMMAND", "[mouse]"]) == (status, [said.splitlines()[0], said.split()[-1]])
    assert 2 == len(said.splitlines())


# ---- names ---------------------------------------------------------------------------------------------------------

EVERYTHING = {
    "threads": ("nibble", "nibble"),
    "calls": ("put(1,2)", "put(-1, 0x10)", "fill"),
    "irqs": ("put(3,4)",),
    "certain": ("put(1,2)", "put(7,7)", "irq/put(3,4)", "irq/put(9,9)", "kill/nibble"),
    "init": "clear",
    "exit": "fill",
    "kills": ("nibble#2",),
    "freeze": "nibble",
    "fails": ("kmalloc", "fork"),
    "spurious": ("nibble",),
    "report": "put",
    "reports": 2,
    "stays": True,
    "ends_after": "put",
    "cpus": 0,
    "preempt": True,
    "smp": True,
}


@pytest.mark.parametrize("said", [{}, EVERYTHING, *({key: value} for key, value in EVERYTHING.items())], ids=list)
def test_a_worlds_name_says_its_options_again(said):
    """All of them, in what a schedule can carry; the version is the schedule's own affair."""
    made = world(**said, profile="2.6.24")
    assert made == World.named(made.name, "2.6.24")
    assert re.fullmatch(r"[^\s()*>@:]+", made.name)
    assert made.name == made.scenario.name


def test_certain_arrivals_are_the_ones_that_are_named():
    """A call that is there already is not there twice."""
    made = world(**EVERYTHING)
    assert [
        Arrival("put", (1, 2), certain=True),
        Arrival("put", (-1, 16)),
        Arrival("fill"),
        Arrival("put", (3, 4), irq=True, certain=True),
        Arrival("put", (7, 7), certain=True),
        Arrival("put", (9, 9), irq=True, certain=True),
    ] == list(made.calls)
    assert [("nibble#2", False), ("nibble", True)] == [(x.task, x.certain) for x in made.scenario.signals]
    assert [True, True] == [x.certain for x in made.scenario.calls if x.args in ((1, 2), (9, 9))]


@pytest.mark.parametrize(
    "name",
    [
        "world", "world/", "world/cpus=1/", "world/cpus=x", "world/call=f,x", "world/what=f", "world/kill=a b",
        "worlds/cpus=1", "world/preempt=", "world-mykthread", "lab6/kill",
    ],
)  # fmt: skip
def test_what_is_no_worlds_name_is_none(name):
    """No guess is made."""
    assert World.named(name) is None or World.named(name).name == name


OLD = {
    ("--calls", "1"): "2.6.11/world-mykthread-calls1-cpus1@341466d3: reporter1*5 mykthread*6",
    ("--calls", "2", "--irq", "--kill", "--preempt"): (
        "2.6.11/world-mykthread-calls2-cpus1-preempt-irq-kill@be46a439: irq/reporter1*5 mykthread*6"
    ),
}


@pytest.mark.parametrize("options", OLD, ids=" ".join)
def test_schedules_with_names_of_the_old_form_play_on(command, options):
    """And what they could say is still called so.  The digests are of Lab 2's given file, too."""
    assert 0 == command("replay", LISTING, OLD[options])[0]
    found = json.loads(command("explore", LISTING, *options, "--json")[1])["properties"]
    assert OLD[options] == found["delivered"]["witness"]


@pytest.mark.parametrize(
    "more", [["--report", "report_event"], ["--smp"], ["--stays"], ["--spurious"], ["--call", "report_event(3)"]]
)
def test_what_an_old_name_cannot_say_is_spelt_out(command, more):
    """A schedule of it plays, too, though the world is told by its name alone."""
    said = command("explore", LISTING, "--calls", "1", *more, "--json")[1]
    witness = json.loads(said)["properties"]["delivered"]["witness"]
    old = more == ["--report", "report_event"]
    assert witness.startswith("2.6.11/world-" if old else "2.6.11/world/thread=mykthread/")
    assert 0 == command("replay", LISTING, witness)[0]


def test_a_schedule_without_a_head_plays_in_the_world_of_the_options(command, cupboard):
    """With a head there is nothing left to say."""
    assert 0 == command("replay", cupboard, "insmod*8 put", "--call", "put(1,1)", "--cpus", "each")[0]
    assert "there is no choice 'put'" in command("replay", cupboard, "insmod*8 put")[2]
    witness = OLD["--calls", "1"]
    assert "which world" in command("replay", LISTING, witness, "--calls", "1")[2]


# ---- what is judged ------------------------------------------------------------------------------------------------


def test_only_what_the_world_names_is_judged_beside_the_general():
    """Reports where a helper can be asked for, a death where somebody is killed, an end where one is promised."""
    quiet, listing = load(CUPBOARD), complete(load(LISTING.read_text()))
    general = set(judged(quiet, world()))
    assert {"no_oops", "no_leak", "sleeps_when_idle"} <= general
    assert not {"identity", "delivered", "dies_cleanly", "exec_vector", "registration"} & general
    assert general == set(judged(quiet, world(report="put", reports=0)))
    assert {"dies_cleanly"} == set(judged(quiet, world(kills=("",)))) - general
    reports = {"delivered", "delivered_when_asleep", "no_stale_helper"}
    assert reports == set(judged(listing, world_of(listing, Options()))) - general


def test_one_property_may_be_asked_for(command, cupboard):
    """Or two, of those that no option would ask for as well."""
    said = command("explore", cupboard, "--json", "--property", "no_leak", "--property", "identity")[1]
    assert ["no_leak", "identity"] == list(json.loads(said)["properties"])


def test_a_thread_that_must_stay_and_one_that_need_not(command, tmp_path):
    """It ends when it likes, unless --stays."""
    path = tmp_path / "short.py"
    path.write_text('def mykthread(unused):\n    daemonize("short")\n    return 0\n')
    assert (0, 1) == (command("explore", path)[0], command("explore", path, "--stays")[0])


# ---- what is refused -----------------------------------------------------------------------------------------------

NONSENSE = [
    (["--call", "put(1"], "a call is written F or 'F(1,2)'"),
    (["--call", "put(1,2)x"], "a call is written F"),
    (["--call", "put(one,two)"], "'one' is not a whole number"),
    (["--call", "put(1,,2)"], "'' is not a whole number"),
    (["--call", f"put({'9' * 400},1)"], "is not a whole number of 64 bits"),
    (["--call", "put(1,2)(3)"], "is not a whole number"),
    (["--call", ""], "a call is written F"),
    (["--call", "put"], "put takes 2 arguments, and the call put gives it none"),
    (["--call", "fil"], "there is no function fil to call; did you mean fill?"),
    (["--irq", "fill(1)"], "fill takes no arguments, and the call fill gives it 1"),
    (["--certain", "irq/(1)"], "a call is written F"),
    (["--certain", "kill/"], "say whom you mean"),
    (["--init", "put"], "put takes 2 arguments"),
    (["--exit", "nowhere"], "there is no function nowhere for rmmod to call"),
    (["--thread", "put"], "put takes 2 arguments, and whoever starts it as a thread gives it 1"),
    (["--kill", "cat"], "no task 'cat'"),
    (["--freeze", "cat"], "no thread cat to freeze"),
    (["--fail", "printk"], "can be made to fail"),
    (["--spurious", "cat"], "no task 'cat'"),
    (["--report", "nowhere"], "there is no function nowhere for the reporters to call"),
    (["--calls", "2"], "--report names another"),
    (["--calls", "200"], "are too many for any search"),
    (["--ends-after", "put"], "nobody calls put in it"),
    (["--ends-after", "nowhere"], "there is no function nowhere"),
    (["--property", "good"], "there is no property 'good'"),
    (["--cpus", "each", "--profile", "2.4", "--preempt"], "has no CONFIG_PREEMPT"),
    (["--cpus", "some"], "'some' is neither a number nor each"),
    (["--cpus", "65"], "from 1 to 64"),
]


@pytest.mark.parametrize(("words", "owed"), NONSENSE, ids=[" ".join(words)[:40] for words, _ in NONSENSE])
def test_an_option_that_makes_no_sense_is_refused_in_words(command, cupboard, words, owed):
    """Status 2, one message, nothing of the engine's."""
    status, said, complaint = command("explore", cupboard, *words)
    assert (2, "") == (status, said)
    assert owed in complaint
    assert len(complaint) < 2500


def test_an_option_that_may_stand_alone_leaves_the_file_alone(command, cupboard):
    """A file's name is no value of --irq, --kill, --freeze or --spurious."""
    for option in ("--irq", "--kill", "--freeze", "--spurious"):
        said = command("explore", option, cupboard)
        assert said == command("explore", cupboard, option)
        assert said[1], option
    assert "no choice 'irq/put'" not in command("explore", cupboard, "--irq", "put(1,1)")[2]


def test_no_one_can_be_killed_where_nobody_is(command, tmp_path):
    """Whoever says --kill without a name means the first thread."""
    path = tmp_path / "bare.py"
    path.write_text("def setup():\n    pass\n\n\nmodule_init(setup)\n")
    assert "say whom you mean" in command("explore", path, "--kill")[2]


def test_the_manual_page_of_explore_is_short(capsys):
    """Every line of the help fits a terminal, and the options fit a screen."""
    assert 0 == main(["explore", "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 80 and max(map(len, lines)) < 120
    assert (TESTS / "cli").is_dir()
