"""The text of a machine: the function of every node that can be reached, and of every actor's start."""

from __future__ import annotations

from .actor import Actor
from .codegen import Gen
from .context import Context, Node
from .effects import Does, Sleeps
from .notes import Text
from .ops import effects_of
from .plan import Plan
from .program import successors


def generate(m: Plan, trace: bool) -> list[Text]:
    """The functions of all actors; *trace*: those that tell what they do.  Numbers the nodes as it comes to them."""
    for a in m.actors:
        number_specials(m, a)
    m.notes.generate_again()
    texts = [_start(m, a, trace) for a in m.actors]
    done = 0
    while done < len(m.nodes):
        node, number = m.nodes[done], done
        done += 1
        if node is None:
            continue
        texts.append(_function(m, node, f"n{number}", trace))
        second = second_outcome(m, node)
        if second:
            texts.append(_function(m, node, f"r{number}", trace, second=True))
            m.notes.seconds[number] = second, node.actor
    return [*texts, *m.notes.region_texts]


def number_specials(m: Plan, a: Actor) -> None:
    """Number what *a* is when it stands before no operation."""
    m.special_number(a, "final")
    if a.kind in ("process", "irq"):
        m.special_number(a, "arrive")
    if a.dormant:
        m.special_number(a, "unborn")
    if a.kind == "softirq":
        m.special_number(a, "idle")


def _start(m: Plan, a: Actor, trace: bool) -> Text:
    """The function that takes an actor from nothing to its first node."""
    g = Gen(m, a, Node(a.index, 0, 0, Context()), trace)
    g.start()
    return m.notes.text(g.lines, g.places)


def _function(m: Plan, node: Node, name: str, trace: bool, second: bool = False) -> Text:
    g = Gen(m, m.actors[node.actor], node, trace)
    g.function(name, second)
    m.meter.write(len(g.lines), g.pos)
    return m.notes.text(g.lines, g.places)


def second_outcome(m: Plan, node: Node) -> str:
    """The name of the choice by which an operation has another outcome than usual, if others could tell: it sleeps for
    memory, or keeps the CPU that it might give up.  "" if there is none."""
    a, i = m.actors[node.actor], m.instr(node)
    if Does.MAY_STAY in effects_of(i.op).does:
        asks = any(i.dst in m.chains[a.index].program.live[q] for q in successors(a.code, node.pc))
        return "stays" if a.is_frame or node.ctx.off or asks else ""
    if effects_of(i.op).sleeping(m, i) is not Sleeps.MEMORY:
        return ""
    return "reclaim" if a.is_frame or not m.cpus.others_run(node.ctx.atomic) or not i.info.get("running") else ""
