"""Faults that left generated code: where in the module they happened, and endless loops that need not run twice."""

from __future__ import annotations

from kthreadlab.lang import ir

from .actor import Entry
from .runtime import KernelFault
from .spinlock import LOCKS

GENERATED = "<kthreadlab machine>"
"""The file name of generated code in tracebacks."""


def remember_loop(m, entry: Entry, s: tuple, place: ir.Pos) -> None:
    """A step of *entry* ran into an endless local loop.  Such a loop depends on the actor's own variables only,
    so it need not be run again from a state in which they are the same."""
    number = s[entry.pc]
    node = m.nodes[number]
    if node is None or m.instr(node).op in LOCKS or entry.table is not m.internal[0].table:
        return
    cells = [n for key, n in m.index.items() if key.startswith((f"v.{entry.actor}.", f"o.{entry.actor}."))]
    if number not in m.loops_seen:
        m.loops_seen[number] = set()
        step, seen = entry.table[number], m.loops_seen[number]

        def guarded(s: tuple) -> tuple | None:
            if tuple(s[n] for n in cells) in seen:
                fault = KernelFault("endless_loop")
                fault.place = place
                raise fault
            return step(s)

        entry.table[number] = guarded
    m.loops_seen[number].add(tuple(s[n] for n in cells))


def place_of(m, error: BaseException, traced: bool = False) -> ir.Pos:
    """Where in the module a fault that left generated code happened."""
    if getattr(error, "place", None) is not None:
        return error.place
    line, tb = 0, error.__traceback__
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == GENERATED:
            line = tb.tb_lineno
        tb = tb.tb_next
    positions = m.traced_map if traced else m.line_map
    return positions[line - 1] if 0 < line <= len(positions) else ir.Pos("", 0)
