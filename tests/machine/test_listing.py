"""``kthreadlab explore --show-code``: generated code that a person can read."""

import os
import re
from pathlib import Path

from kthreadlab import Config, load
from kthreadlab.machine.listing import listing
from kthreadlab.machine.machine import Machine
from kthreadlab.machine.scenario import Call, Scenario

GOLDEN = Path(__file__).parent / "golden" / "show_code.txt"

SMALL = """\
queue = DECLARE_WAIT_QUEUE_HEAD()
lock = DEFINE_SPINLOCK()
event = u32(0)


def mykthread(unused):
    wait = DECLARE_WAITQUEUE(current)
    add_wait_queue(queue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if event == 0:
            schedule()
        spin_lock(lock)
        event = 0
        spin_unlock(lock)


def report_event(id: u32):
    event = id
    wake_up_interruptible(queue)
"""


def small() -> Machine:
    world = Scenario("small", threads=["mykthread"], calls=[Call("sensor", "report_event", 1)])
    return Machine.of(load(SMALL, name="small"), world, Config(cpus=1, smp=True))


def test_the_listing_of_a_small_module() -> None:
    """What to look at: a step is from one operation to before the next, and nothing in between can be interrupted.
    "if event == 0" loads ``event`` and decides, in one step, where mykthread stands next: before schedule(), or before
    spin_lock().  The report's store and its wake-up are steps of their own: between them, and between the look and
    schedule(), the other may act.  schedule() looks at the declared state again (``x``), which a wake-up has cleared:
    that is why nothing is lost here.  spin_lock() gives None, it can't move, while the word is taken.  cur.0 says whose
    the CPU is: -1 after schedule(), nobody's.  ``UPDATE_GOLDEN=1`` writes it anew: read the diff."""

    text = listing(small()) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text)

    assert GOLDEN.read_text() == text


def test_the_listing_is_the_code_that_runs() -> None:
    """Without its comments it is what is compiled, line by line, and that has no name of the module's."""

    machine = small()
    lines = [line for line in listing(machine).splitlines() if line and not line.startswith("#")]

    assert machine.source.splitlines() == lines
    assert not re.search("queue|event|sensor|mykthread", machine.source)


def test_every_cell_of_the_code_is_named() -> None:
    """No step touches a cell that the listing doesn't tell of."""

    machine = small()
    told = {int(n) for n in re.findall(r"^#  +(\d+)  ", listing(machine), re.M)}
    touched = {int(n) for n in re.findall(r"\b[cs]\[(\d+)\]", machine.source)}

    assert touched and touched <= told
