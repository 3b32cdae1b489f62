"""Faults that left generated code: where in the module they happened, and endless loops that need not run twice."""

from __future__ import annotations

from collections.abc import Sequence

from kthreadlab.lang import ir

from .cells import Cell
from .plan import Plan
from .runtime import KernelFault

GENERATED = "<kthreadlab machine>"
"""The file name of generated code in tracebacks."""


def loops(m: Plan) -> dict[str, object]:
    """What generated code knows of endless local loops: which it has been stuck in before, and the fault that one is.

    What such a loop does depends on its own variables alone, so it need not be run again where they are the same."""

    def stuck(key: tuple[Cell, ...] | None, place: int = -1) -> KernelFault:
        fault = KernelFault("endless_loop")
        number = m.notes.stuck.setdefault(key, place) if key is not None else place
        fault.place = m.notes.loop_places[number]
        return fault

    return {"_STUCK": m.notes.stuck, "_stuck": stuck}


def place_of(line_map: Sequence[ir.Pos], error: BaseException) -> ir.Pos:
    """Where in the module a fault that left generated code happened, by the places of that code's lines."""
    if isinstance(error, KernelFault) and error.place is not None:
        return error.place
    line, tb = 0, error.__traceback__
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == GENERATED:
            line = tb.tb_lineno
        tb = tb.tb_next
    return line_map[line - 1] if 0 < line <= len(line_map) else ir.Pos("", 0)
