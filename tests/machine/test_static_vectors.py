"""Arrays of addresses at file scope: an object's address is a constant, as in C."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Helper, Scenario, explore, load
from kthreadlab.run.outcomes import outcomes
from tests.machine.drive import drive, lines, printed
from tests.machine.test_links import CONFIGS, PLACED, SEARCHES
from tests.support import module, settled

VECTORS = """
envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", NULL]
page = char_array(16, "/bin/page")
ids = array(u32, 2)
argv = [page, NULL]
mixed = [ids, page, NULL]


def rename():
    p = argv[0]
    p[5] = 'P'


"""


def test_a_vector_at_file_scope_leads_to_its_objects() -> None:
    """By name, as one on the stack does."""

    body = lines("r = call_usermodehelper(page, argv, envp, 0)", 'printk("%d %s", r, argv[0])')
    trace = drive(VECTORS + body, helpers={"/bin/page": Helper()})
    run = next(e for e in trace.events if e.op == "exec")
    assert ("ok", ("/bin/page",), ["0 /bin/page"]) == (run.outcome, run.detail("argv"), printed(trace))


@PLACED
@SEARCHES
def test_what_somebody_else_writes_by_way_of_it_is_seen(config: str, reduce: bool) -> None:
    """Nobody has the text for himself whose address stands in an array for all to read."""

    made = module(VECTORS + lines("a = page[5]", "schedule()", "return (page[5] - a) != 0"))
    world = Scenario("one", threads=["mykthread"], calls=[Call("rename", "rename")])
    found = {o.code for o in settled(outcomes(made, world, CONFIGS[config])) if o.ending == "exited"}
    assert {0, 1} == found
    assert explore(made, world, CONFIGS[config], ["no_oops"], reduce=reduce).verdicts["no_oops"].holds


@pytest.mark.parametrize("item", ["below", "ids[0]", "call()"])
def test_a_value_is_no_constant(item: str) -> None:
    """What a variable holds is known only when something runs, and what stands below is not known yet."""

    made = load(f"ids = array(u32, 2)\nv = [{item}, 2]\nbelow = char_array(4)\n", name="v")
    assert made.broken
