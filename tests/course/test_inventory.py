"""The concept inventory: twelve questions whose right answers the machine proves, and a key that no student has."""

import csv
import io
import json
import re
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab import Call, Config, Exit, Fork, Helper, Pause, Process, Scenario, Signal, Thread, explore, predict
from kthreadlab.course.inventory import ITEMS
from kthreadlab.course.misconceptions import MISCONCEPTIONS
from kthreadlab.front import staff
from kthreadlab.front.cli import main
from kthreadlab.run.graph import Paths
from kthreadlab.run.search import build, search
from kthreadlab.run.view import Viewer
from kthreadlab.trace.events import MachineView, TaskView
from tests.support import module

REPO = Path(__file__).resolve().parents[2]
KEY = {name: right for name, (right, _) in json.loads((REPO / "solutions/inventory-key.json").read_text()).items()}
ONE = Config("2.6.11", cpus=1)
PREEMPT = Config("2.6.11", cpus=1, preempt=True)
LOCKED = Config("2.6.11", cpus=1, smp=True)
EACH = Config("2.6.11", cpus=8, smp=True)


ENDED = ("Z", "X")


@dataclass(frozen=True)
class Seen:
    """All that can be: every *moment* of a program, and those at which it has come to *rest*."""

    moments: list[MachineView]
    rest: list[MachineView]


def seen(text: str, config: Config = ONE, **world) -> Seen:
    graph = search(build(module(text, "inventory"), Scenario("inventory", **world), config, reduce=False), 50_000)
    assert graph.complete
    viewer = Viewer(graph.machine)
    views = [viewer.view(s) for s in graph.states]
    return Seen(views, [views[n] for n in Paths(graph).dead_ends])


def verdict(text: str, property: str, config: Config, **world) -> str:
    found = explore(module(text, "inventory"), Scenario("inventory", **world), config, [property])
    assert found.complete
    return found.verdicts[property].verdict


def task(view: MachineView, name: str) -> TaskView | None:
    return next((one for one in view.tasks if one.name == name), None)


def letter(view: MachineView, name: str) -> str:
    found = task(view, name)
    return found.letter if found else ""


# ---- what the machine says of each question --------------------------------------------------------------------------

PRINTER = """
jobs = u32(0)
queue = DECLARE_WAIT_QUEUE_HEAD()

def printer(unused):
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(queue, wait)
    if jobs == 0:
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()
    set_current_state(TASK_RUNNING)
    remove_wait_queue(queue, wait)
    return 0

def submit():
    global jobs
    jobs = 1
    wake_up_interruptible(queue)
"""


def q1() -> str:
    """At a rest the job is stored, whoever stored it has come back, and the printer sleeps on the queue."""
    rest = seen(PRINTER, EACH, threads=(Thread("printer"),), calls=(Call("lpr", "submit", certain=True),)).rest
    slept = [v for v in rest if v.statics["jobs"] == 1 and letter(v, "printer") == "S"]
    awake = [v for v in rest if v.statics["jobs"] == 1 and letter(v, "printer") in ENDED]
    return "a" if slept and awake and all(task(v, "lpr") is None or letter(v, "lpr") != "D" for v in slept) else ""


def q2() -> str:
    """Woken, and still an entry of the queue, it runs: R."""
    moments = seen(PRINTER, threads=(Thread("printer"),), calls=(Call("lpr", "submit"),)).moments
    letters = {letter(v, "printer") for v in moments if "printer" in v.queues.get("queue", ()) and v.statics["jobs"]}
    return "b" if {"R", "S"} == letters else ""


def q3() -> str:
    """Two are TASK_RUNNING at one moment, and never do two have the CPU."""
    text = "red = u32(0)\n\ndef one(unused):\n    global red\n    red = 1\n    return 0\n"
    threads = (Thread("one", name="a"), Thread("one", name="b"), Thread("one", name="c"))
    moments = seen(text, threads=threads).moments
    ready = max(sum(t.letter == "R" for t in v.tasks) for v in moments)
    running = max(sum(t.on_cpu for t in v.tasks) for v in moments)
    return "c" if ready >= 3 and running == 1 else ""


PUMP = """
strokes = u32(0)

def pump(unused):
    global strokes
    set_current_state(TASK_INTERRUPTIBLE)
    strokes = 1
    schedule()
    return 0

def other(unused):
    schedule()
    return 0
"""


def q4() -> str:
    """It sleeps in the end, and has come as far, on every machine."""
    ends = {
        (letter(v, "pump"), v.statics["strokes"])
        for config in (ONE, PREEMPT, EACH)
        for v in seen(PUMP, config, threads=(Thread("pump"), Thread("other"))).rest
    }
    return "a" if {("S", 1)} == ends else ""


def q5() -> str:
    """A zombie before the signal, a zombie after it; make sleeps on."""
    make = Process("make", Fork(Process("cc", Exit(0))), Pause())
    rest = seen("x = u32(0)\n", processes=(make,), signals=(Signal("cc", "SIGKILL"),)).rest
    return "c" if {("Z", "S")} <= {(letter(v, "cc"), letter(v, "make")) for v in rest} else ""


def q6() -> str:
    """Alive and init's child once the shell has gone."""
    shell = Process("shell", Fork(Process("download", Pause())), Exit(0))
    rest = seen("x = u32(0)\n", processes=(shell,)).rest
    return "b" if {("S", 1)} == {(letter(v, "download"), task(v, "download").ppid) for v in rest} else ""


LOCKS = """
queue_lock = DEFINE_SPINLOCK()

def send():
    spin_lock(queue_lock)
    spin_unlock(queue_lock)
"""


def q7() -> str:
    """Somebody spins for ever, and the process never comes back."""
    calls = (Call("ping", "send", certain=True), Call("nic", "send", context="irq"))
    words = [verdict(LOCKS, name, LOCKED, calls=calls) for name in ("irq_safe", "returns")]
    return "c" if ["fails", "follows"] == words else ""


MEMORY = """
keys = DECLARE_MUTEX()

def key():
    {take}
    text = kmalloc(64, {how})
    if text != NULL:
        kfree(text)
    {give}
"""


def q8() -> str:
    """Of the three only GFP_ATOMIC never sleeps; and NULL may come of it."""
    ways = {
        "a": MEMORY.format(take="pass", how="GFP_KERNEL", give="pass"),
        "b": MEMORY.format(take="pass", how="GFP_ATOMIC", give="pass"),
        "c": MEMORY.format(take="down(keys)", how="GFP_KERNEL", give="up(keys)"),
    }
    calls = (Call("keyboard", "key", context="irq"),)
    words = {way: verdict(text, "never_sleeps_atomic", ONE, calls=calls) for way, text in ways.items()}
    return "b" if {"a": "fails", "b": "holds", "c": "fails"} == words else ""


BANK = """
balance = u32(0)
balance_lock = DEFINE_SPINLOCK()

def deposit():
    global balance
    spin_lock(balance_lock)
    balance += 1
    spin_unlock(balance_lock)

def statement():
    {take}
    x = balance
    {give}
    return x
"""


def q9() -> str:
    """A race without the lock, none if both take it."""
    calls = (Call("a", "deposit"), Call("b", "statement"))
    bare = verdict(BANK.format(take="pass", give="pass"), "no_data_race", EACH, calls=calls)
    lock = {"take": "spin_lock(balance_lock)", "give": "spin_unlock(balance_lock)"}
    both = verdict(BANK.format(**lock), "no_data_race", EACH, calls=calls)
    return "a" if ("fails", "holds") == (bare, both) else ""


def q10() -> str:
    """Both ends are there: 2, and 1."""
    text = "hits = u32(0)\ndef hit(unused):\n    global hits\n    hits += 1\n    return 0\n"
    rest = seen(text, EACH, threads=(Thread("hit", name="a"), Thread("hit", name="b"))).rest
    return "b" if {1, 2} == {v.statics["hits"] for v in rest} else ""


LIGHTS = """
red = u32(0)
green = u32(0)
found = u32(0)

def thread(unused):
    global red, green
    red = 1
    green = 1
    return 0

def look():
    global found
    if red == 1 and green == 0:
        found = 1
"""


def q11() -> str:
    """A task finds it only where the kernel may be preempted; an interrupt finds it without."""

    def found(config: Config, context: str) -> bool:
        calls = (Call("eye", "look", context=context),)
        return any(v.statics["found"] for v in seen(LIGHTS, config, threads=(Thread("thread"),), calls=calls).moments)

    words = [found(ONE, "process"), found(ONE, "irq"), found(PREEMPT, "process")]
    return "c" if [False, True, True] == words else ""


MAIL = """
result = s32(7)

def thread(unused):
    global result
    argv = ["/bin/mail", NULL]
    envp = ["HOME=/", NULL]
    result = call_usermodehelper("/bin/mail", argv, envp, 0)
    return 0
"""


def q12() -> str:
    """It has 0 and has ended while the program still runs, whatever kills that one."""
    world = {"threads": (Thread("thread"),), "helpers": {"/bin/mail": Helper(signal=11)}}
    rest = seen(MAIL, **world).rest
    return "a" if all(v.statics["result"] == 0 and letter(v, "thread") in ENDED for v in rest) else ""


PROOFS = {f"inventory.{prove.__name__}": prove for prove in (q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11, q12)}


@pytest.mark.parametrize("asked", ITEMS, ids=lambda asked: asked.name)
def test_the_machine_gives_the_answer_of_the_key(asked):
    """Every interleaving of the scenario says what the key says."""

    assert KEY[asked.key] == PROOFS[asked.key]()


# ---- the sheets ------------------------------------------------------------------------------------------------------


def test_there_are_twelve_each_of_a_misconception_of_its_own():
    """Three choices each, and no letter is right much oftener than another."""

    assert 12 == len(ITEMS) == len({one.about for one in ITEMS}) and {one.about for one in ITEMS} <= set(MISCONCEPTIONS)
    assert set(KEY) == {one.key for one in ITEMS} and all(set("abc") == set(one.choices) for one in ITEMS)
    assert all(3 <= list(KEY.values()).count(letter) <= 5 for letter in "abc")


def test_nothing_that_a_student_has_tells_what_is_right():
    """The package holds no key, and the question says nothing of it, whatever is chosen."""

    said = {repr(predict(one.key, letter)).replace(f"> {letter}", f"  {letter}") for one in ITEMS for letter in "a"}
    assert all(
        "so it is" not in text and "it is " not in text.split("You said")[1].replace("It is", "") for text in said
    )
    assert all(one.right == "" for one in ITEMS)
    assert not list((REPO / "kthreadlab").rglob("*key*.json"))


def sheet(folder: Path, name: str, letters: str) -> None:
    notebook = json.loads((REPO / "labs" / f"{name}.ipynb").read_text())
    cells = [one for one in notebook["cells"] if "predict(" in "".join(one["source"]) and "import" not in one["source"]]
    for cell, letter in zip(cells, letters, strict=True):
        cell["source"] = cell["source"].replace('"?"', f'"{letter}"')
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook))


def test_the_notebooks_are_those_that_the_questions_make(tmp_path):
    """`make labs` writes them."""

    spec = util.spec_from_file_location("make_labs", REPO / "autograder" / "make_labs.py")
    make_labs = util.module_from_spec(spec)
    spec.loader.exec_module(make_labs)
    make_labs.make_inventory(tmp_path)

    for name in ("before", "after"):
        assert (tmp_path / f"{name}.ipynb").read_text() == (REPO / "labs" / f"{name}.ipynb").read_text()


def test_a_class_before_and_after(tmp_path, capsys, monkeypatch):
    """How many were right of each question, and of each sheet."""

    monkeypatch.chdir(tmp_path)
    right = "".join(KEY[one.key] for one in ITEMS)
    sheet(tmp_path / "ann", "before", f"?{right[1:]}")
    sheet(tmp_path / "ann", "after", right)
    sheet(tmp_path / "bob", "before", "".join("b" if letter == "a" else "a" for letter in right))
    assert 0 == main(["inventory", "."])
    said = capsys.readouterr().out
    assert 0 == main(["inventory", "--csv", "."])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))

    assert (
        "ann/before.ipynb  11 of 12 answered, 11 right" in said
        and "bob/before.ipynb  12 of 12 answered, 0 right" in said
    )
    assert ["q1", "a", "M8", "0/2", "1/1"] == next(line.split()[:5] for line in said.splitlines() if "M8" in line)
    assert [("after", "12"), ("before", "11"), ("before", "0")] == [(row["when"], row["right"]) for row in rows]


def test_without_the_key_a_sheet_is_only_counted(tmp_path, capsys, monkeypatch):
    """What is right is told to nobody."""

    monkeypatch.setattr(staff, "solutions", lambda: None)
    sheet(tmp_path, "before", "a" * 12)
    assert 0 == main(["inventory", str(tmp_path)])
    said = capsys.readouterr().out

    assert "12 of 12 answered\n" in said and "right\n" not in said.replace("What is right", "")
    assert 2 == main(["inventory", str(tmp_path / "nowhere.ipynb")])
    assert 2 == main(["inventory", "--key"])


def test_whoever_has_the_key_reads_it_with_its_reasons(capsys):
    """Each question, what is right marked, and why."""

    assert 0 == main(["inventory", "--key"])
    said = capsys.readouterr().out

    assert "".join(KEY[one.key] for one in ITEMS) == "".join(re.findall(r"^  > (\w)  ", said, re.MULTILINE))
    assert max(map(len, said.splitlines())) <= 100


def test_a_sheet_is_no_labs_notebook(tmp_path, capsys):
    """Progress and doctor pass it by."""

    assert "inventory" not in kthreadlab.LABS
    sheet(tmp_path, "before", "a" * 12)
    for command in ("progress", "doctor"):
        assert 2 == main([command, str(tmp_path)])
        assert "there is no lab's notebook here" in capsys.readouterr().err
