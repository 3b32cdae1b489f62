"""list_head: links that lie inside what is listed, in the order in which C would find them, and what is torn."""

from __future__ import annotations

import random

import pytest

from kthreadlab import Call, Config, Scenario, explore, load
from kthreadlab.compile.values import LowerError
from kthreadlab.run.outcomes import outcomes
from kthreadlab.trace.narrate import narrate
from tests.machine.drive import drive, fault, lines, printed
from tests.support import module

DATA = """
item = struct("item", id=u32, link=list_head)
events = LIST_HEAD()
second = LIST_HEAD()
raw = list_head()
nowhere = ptr("list_head")
lock = DEFINE_SPINLOCK()
one = item()
two = item()
three = item()


def make(id):
    p = cast(item, kmalloc(sizeof(item), GFP_ATOMIC))
    p.id = id
    return p


def show():
    for p in list_for_each_entry(events, item, "link"):
        printk("%d", p.id)


def number():
    one.id = 1
    two.id = 2
    three.id = 3


"""


def shown(*body: str) -> list[str]:
    """What stands on ``events`` after *body*."""
    trace = drive(DATA + lines("number()", *body, "show()"))
    assert "" == fault(trace)
    return printed(trace)


@pytest.mark.parametrize(
    "body, expected",
    [
        ([], ""),
        (["list_add(one.link, events)", "list_add(two.link, events)"], "21"),
        (["list_add_tail(one.link, events)", "list_add_tail(two.link, events)"], "12"),
        (["list_add(one.link, events)", "list_del(one.link)"], ""),
        (["list_add(one.link, events)", "list_del(one.link)", "list_add(one.link, events)"], "1"),
        (["list_add(one.link, events)", "list_del_init(one.link)", "list_del_init(one.link)"], ""),
        (
            ["list_add_tail(one.link, events)", "list_add(two.link, one.link)", "list_add_tail(three.link, one.link)"],
            "312",
        ),
        (["list_add(one.link, second)", "list_del(one.link)", "list_add(one.link, events)"], "1"),
        (["INIT_LIST_HEAD(raw)", "list_add(one.link, raw)"], ""),
        (["list_add(make(7).link, events)", "list_add(make(8).link, events)"], "87"),
        (["p = make(7)", "list_add(p.link, events)", "list_add(one.link, p.link)"], "71"),
        (["list_add(one.link, events)", "INIT_LIST_HEAD(events)"], ""),
    ],
)
def test_entries_stand_in_their_order(body: list[str], expected: str) -> None:
    """At the head, at the tail, beside another entry; gone when taken off."""

    assert list(expected) == shown(*body)


@pytest.mark.parametrize(
    "what, expected",
    [
        ("list_empty(events)", "0"),
        ("list_empty(second)", "1"),
        ("list_empty(raw)", "0"),
        ("events.next == one.link", "1"),
        ("events.prev == two.link", "1"),
        ("one.link.next == two.link", "1"),
        ("two.link.next == events", "1"),
        ("one.link.prev == events", "1"),
        ("second.next == second", "1"),
        ('list_entry(events.next, item, "link") == one', "1"),
        ("list_entry(events.prev, item, link) == two", "1"),
        ("sizeof(item)", "20"),
    ],
)
def test_links_lead_round(what: str, expected: str) -> None:
    """From the head over the entries back to the head, both ways."""

    body = ["list_add(one.link, events)", "list_add_tail(two.link, events)", f'printk("%d", {what})']

    assert [expected] == printed(drive(DATA + lines(*body)))


@pytest.mark.parametrize(
    "body, cause",
    [
        (["list_add(one.link, events)", "list_del(one.link)", "list_del(one.link)"], "bad_pointer"),
        (["list_add(one.link, events)", "list_del(one.link)", "p = one.link.next", "list_del(p)"], "bad_pointer"),
        (["list_del(one.link)"], "null_pointer"),
        (["list_add(one.link, raw)"], "null_pointer"),
        (["p = make(7)", "list_del(p.link)"], "uninitialised_local"),
        (["list_add(one.link, nowhere)"], "null_pointer"),
        (["list_add(one.link, events)", "list_add(one.link, events)", "show()"], "corrupted_list"),
        (["list_add(one.link, events)", "list_add(one.link, second)", "show()"], "corrupted_list"),
        (["list_add(one.link, events)", "list_add(one.link, second)", "list_add(two.link, second)"], "corrupted_list"),
        (["list_add(one.link, events)", "INIT_LIST_HEAD(events)", "list_del(one.link)"], "corrupted_list"),
        (['p = list_entry(events.next, item, "link")', "n = p.id"], "bad_pointer"),
        (["for p in list_for_each_entry(events, item, link):", "    pass", "n = p.id"], "bad_pointer"),
    ],
    ids=lambda x: x if isinstance(x, str) else "; ".join(x),
)
def test_wrong_links_are_a_fault(body: list[str], cause: str) -> None:
    """Taken off twice, poison followed, never initialised, put on twice, taken out of no struct."""

    assert cause == fault(drive(DATA + lines(*body)))


FREED = ["p = make(7)", "list_add(p.link, events)", "q = make(8)", "list_add(q.link, events)", "kfree(p)"]


@pytest.mark.parametrize(
    "then, cause",
    [
        ([], ""),
        (["n = list_empty(events)"], ""),
        (["list_add(one.link, events)"], ""),
        (["show()"], "use_after_free"),
        (["list_add_tail(one.link, events)"], "use_after_free"),
        (["list_del(q.link)"], "use_after_free"),
        (["list_del(p.link)"], "use_after_free"),
        (["r = make(9)", "list_add(r.link, events)", "show()"], "use_after_free"),
    ],
)
def test_what_is_freed_on_a_list_is_found_there(then: list[str], cause: str) -> None:
    """When somebody walks over it, or works beside it; its memory is not given to anybody else before."""

    assert cause == fault(drive(DATA + lines(*FREED, *then)))


def test_a_walk_that_frees_needs_the_safe_form() -> None:
    """The plain one looks for the next entry in what was freed."""

    def walk(form: str, *body: str) -> str:
        loop = [f"for p in list_for_each_entry{form}(events, item, link):", *(f"    {x}" for x in body)]
        fill = ["list_add(make(7).link, events)", "list_add(make(8).link, events)"]
        return fault(drive(DATA + lines(*fill, *loop, "BUG_ON(not list_empty(events))")))

    assert "use_after_free" == walk("", "list_del(p.link)", "kfree(p)")
    assert "bad_pointer" == walk("", "list_del(p.link)")
    assert "" == walk("_safe", "list_del(p.link)", "kfree(p)")


def test_break_and_continue_work_in_a_walk() -> None:
    """continue goes on with the next entry; after a break the variable is where it was."""

    fill = [f"list_add_tail(make({n}).link, events)" for n in (1, 2, 3, 4)]
    loop = [
        "for p in list_for_each_entry(events, item, link):",
        "    if p.id == 2:",
        "        continue",
        "    if p.id == 4:",
        "        break",
        '    printk("%d", p.id)',
        'printk("at %d", p.id)',
    ]

    assert ["1", "3", "at 4"] == printed(drive(DATA + lines(*fill, *loop)))


def test_a_head_may_lie_in_a_struct_too() -> None:
    """A device with its list of requests."""

    text = 'item = struct("item", id=u32, link=list_head)\ndev = struct("dev", n=u32, queue=list_head)\n'
    text += "d = dev()\ne = item()\n\n\n"
    body = [
        "INIT_LIST_HEAD(d.queue)",
        "e.id = 5",
        "list_add(e.link, d.queue)",
        "for p in list_for_each_entry(d.queue, item, link):",
        '    printk("%d", p.id)',
        "list_del(e.link)",
        'printk("%d", list_empty(d.queue))',
    ]

    assert ["5", "1"] == printed(drive(text + lines(*body)))


def test_the_macro_declares_a_list_as_a_statement_and_as_a_local() -> None:
    """LIST_HEAD(name), as C has it; a list on the stack."""

    text = 'LIST_HEAD(queue)\nitem = struct("item", link=list_head)\ne = item()\n\n\n'
    body = [
        "LIST_HEAD(mine)",
        "list_add(e.link, mine)",
        'printk("%d %d", list_empty(mine), list_empty(queue))',
    ]

    assert ["0 1"] == printed(drive(text + lines(*body)))


def test_a_list_on_a_dead_stack_is_a_fault() -> None:
    """An entry remembers its head."""

    text = DATA + "def adds():\n    mine = LIST_HEAD()\n    list_add(one.link, mine)\n\n\n"

    assert "dead_stack" == fault(drive(text + lines("adds()", "list_del(one.link)")))


def in_python(steps: list[tuple]) -> list[int]:
    """The same on a Python list."""
    on: list[int] = []
    for what, n in steps:
        if what == "add":
            on.insert(0, n)
        elif what == "tail":
            on.append(n)
        else:
            on.remove(n)
    return on


def test_a_list_is_what_it_is_in_any_language() -> None:
    """Random additions and removals of four entries, compared with a Python list."""

    pick = random.Random(5)
    for _ in range(20):
        steps: list[tuple] = []
        for _ in range(8):
            on = in_python(steps)
            n = pick.choice((1, 2, 3))
            steps.append(("del", n) if n in on else (pick.choice(("add", "tail")), n))
        call = {
            "add": "list_add({}.link, events)",
            "tail": "list_add_tail({}.link, events)",
            "del": "list_del({}.link)",
        }
        names = {1: "one", 2: "two", 3: "three"}
        assert [str(n) for n in in_python(steps)] == shown(*(call[what].format(names[n]) for what, n in steps))


QUEUE = """
item = struct("item", id=u32, link=list_head)
events = LIST_HEAD()
lock = DEFINE_SPINLOCK()


def report(id):
    p = cast(item, kmalloc(sizeof(item), GFP_ATOMIC))
    if p == NULL:
        return
    p.id = id
    {take}
    list_add_tail(p.link, events)
    {give}


"""
SERVER = [
    "while True:",
    "    set_current_state(TASK_INTERRUPTIBLE)",
    "    {take}",
    "    if list_empty(events):",
    "        {give}",
    "        schedule()",
    "        continue",
    "    p = list_entry(events.next, item, link)",
    "    list_del(p.link)",
    "    {give}",
    "    kfree(p)",
]
LOCKED = {"take": "spin_lock_irqsave(lock, flags)", "give": "spin_unlock_irqrestore(lock, flags)"}
BARE = {"take": "pass", "give": "pass"}


@pytest.mark.parametrize("how, holds", [(LOCKED, True), (BARE, False)], ids=["locked", "bare"])
def test_a_shared_list_needs_its_lock(how: dict, holds: bool) -> None:
    """Without it, two that add at once, or a reader between a look and a removal... the machine's calls are one step
    each, so what is lost is between them."""

    body = [x.format(**how) for x in SERVER]
    calls = [Call("a", "report", 1), Call("nic", "report", 2, context="irq")]
    made = module(QUEUE.format(**how) + lines(*body))
    world = Scenario("list", threads=["mykthread"], calls=calls)
    found = explore(made, world, Config(cpus=8), properties=["no_leak", "no_dangling", "no_oops"])

    assert found.complete
    assert [True, True, True] == [found.verdicts[n].holds for n in ("no_leak", "no_dangling", "no_oops")] or not holds


def test_what_is_on_a_list_is_not_leaked() -> None:
    """A static leads to it; taken off and forgotten, it is."""

    text = DATA + lines("p = make(7)", "list_add(p.link, events)", "p = NULL", "{}", "return 0")

    def leak(line: str) -> bool | None:
        made = module(text.replace("{}", line))
        found = explore(made, Scenario("leak", threads=["mykthread"]), properties=["no_leak"])
        return found.verdicts["no_leak"].holds

    assert (True, False) == (leak("n = 0"), leak("list_del(events.next)"))


def test_the_view_and_the_trace_name_what_is_listed() -> None:
    """Links by the struct and its field."""

    trace = drive(DATA + lines("list_add(one.link, events)", "q = events.next", "list_del(q)"))
    told = [narrate(e) for e in trace.events]

    assert "mykthread puts one.link onto events, at its head." in told
    assert "mykthread reads events.next: one.link." in told
    assert "mykthread takes one.link off its list; its links are poison now." in told
    assert ("one.link",) in [view.statics["events"] for view in trace.views]


def test_only_links_can_be_listed() -> None:
    """A struct is not its links, and a field must be such."""

    with pytest.raises(LowerError, match="has no links called id"):
        drive(DATA + lines('p = list_entry(events.next, item, "id")'))
    (problem,) = load(DATA + lines("list_add(one, events)")).diagnostics
    assert "list_add: one, a struct, where a list_head is wanted (argument 1, new)" == problem.message


def test_a_thread_may_empty_a_list_that_others_fill() -> None:
    """Every report is served once, over every schedule."""

    text = QUEUE.replace("    {take}\n", "    {take}\n").format(**LOCKED) + "done = u32(0)\n\n\n"
    body = ["global done", *(x.format(**LOCKED) for x in SERVER[:-1]), "    kfree(p)", "    done += 1"]
    body += ["    if done == 2:", "        break", "set_current_state(TASK_RUNNING)", "return done"]
    text = text.replace(
        "    spin_unlock_irqrestore(lock, flags)\n",
        "    spin_unlock_irqrestore(lock, flags)\n    wake_up_process(server)\n",
        1,
    )
    text = 'server = ptr("task_struct")\n' + text
    body = ["global server", "server = current", *body]
    calls = [Call("a", "report", 1), Call("b", "report", 2)]
    made = module(
        text.replace("    wake_up_process(server)", "    if server != NULL:\n        wake_up_process(server)")
        + lines(*body)
    )
    found = outcomes(made, Scenario("serve", threads=["mykthread"], calls=calls), Config(cpus=8))

    assert {2} == {o.code for o in found if not o.pending and o.ending == "exited"}
    assert {"exited"} == {o.ending for o in found if not o.pending}
