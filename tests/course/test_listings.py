"""The listings: what people see is the C, and it is at every step the line that is run."""

from __future__ import annotations

import pytest

from kthreadlab.checks.labs import replay
from kthreadlab.checks.portfolio import A_CPU_EACH, ONE_CPU, report, world
from kthreadlab.course.listings import listings, transcribed
from kthreadlab.lang.api import CALLS
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.module import KernelModule
from kthreadlab.play.playing import play

WORLD = world("listings", "one-report", report("sensor", 7))
SERVED = "mykthread*6 sensor*5 mykthread*10 khelper*3 mykthread*4"


def the_module() -> KernelModule:
    return listings("listing_2", "listing_3", "listing_5")


def test_every_call_of_a_run_stands_on_the_line_of_the_c_that_is_shown():
    trace = replay(the_module(), WORLD, ONE_CPU, SERVED)
    calls = [e for e in trace.events if e.op in CALLS and e.file.endswith(".c") and e.detail("inner") is None]
    assert len({e.op for e in calls}) > 12
    for event in calls:
        line = trace.source[event.file].splitlines()[event.line - 1]
        assert event.op in line, f"{event.op}: {line}"


def test_a_load_stands_where_the_c_reads_the_variable():
    trace = replay(the_module(), WORLD, ONE_CPU, SERVED)
    for event in trace.events:
        if event.op in ("load", "store"):
            line = trace.source[event.file].splitlines()[event.line - 1]
            assert str(event.args[0]).partition("[")[0] in line


def test_where_a_task_goes_on_is_a_line_of_the_c_too():
    trace = replay(the_module(), WORLD, A_CPU_EACH, "mykthread*5")
    task = next(t for t in trace.views[-1].tasks if t.name == "mykthread")
    assert "schedule();" in trace.source[task.file].splitlines()[task.line - 1]


def test_a_game_shows_the_c():
    board, *_ = play(the_module(), WORLD, ONE_CPU).boards
    assert "    schedule();" in [line.replace("        ", "    ") for line in board["source"]["listing_2.c"]]
    assert not any("/*@" in line for text in board["source"].values() for line in text)


def test_a_listing_is_no_answer_and_its_c_is_part_of_what_it_is():
    module = the_module()
    plain = KernelModule(module.name, module.files)
    assert module != plain and module.digest != plain.digest
    other = module.with_file("listing_2.c", "x = u32(0)\n")
    assert "listing_2.c" not in other.renderings and "listing_3.c" in other.renderings


def test_a_mark_on_one_side_alone_is_refused():
    with pytest.raises(ValueError, match="one side only: b"):
        transcribed("x = u32(0)  #@ a\n", "int x; /*@ a */\nint y; /*@ b */\n")
    with pytest.raises(ValueError, match="two lines, 1 and 2"):
        transcribed("x = 1 #@ a\ny = 2 #@ a\n", "")


def test_there_is_no_listing_of_another_name():
    with pytest.raises(InputError, match="no listing 'listing_9'"):
        listings("listing_9")
