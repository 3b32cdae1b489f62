"""Faults that left generated code: where in the module they happened, and endless loops that need not run twice."""

from __future__ import annotations

from kthreadlab.lang import ir

from .runtime import KernelFault

GENERATED = "<kthreadlab machine>"
"""The file name of generated code in tracebacks."""


def loops(m) -> dict[str, object]:
    """What generated code knows of endless local loops: which it has been stuck in before, and the fault that one is.

    What such a loop does depends on its own variables alone, so it need not be run again where they are the same."""

    def stuck(key: tuple | None, place: int = -1) -> KernelFault:
        fault = KernelFault("endless_loop")
        number = m.notes.stuck.setdefault(key, place) if key is not None else place
        fault.place = m.notes.loop_places[number]
        return fault

    return {"_STUCK": m.notes.stuck, "_stuck": stuck}


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
