"""States as a search sees them that leaves out what nobody reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kthreadlab.compile.cells import Cell, State
from kthreadlab.compile.unread import unread
from kthreadlab.machine.machine import Machine


def blurred(m: Machine) -> Callable[[State], State]:
    """A function that gives a state in which the numbers that nobody reads are 0."""
    names, statics = unread(m.module), m.statics
    scalars = [m.index[x.key] for x in statics.objects.values() if x.name in names and x.key in m.index]
    fields = {
        statics.struct_ids[struct]: [n for n, (name, _) in enumerate(s.fields) if ("", name) in names]
        for struct, s in statics.structs.items()
    }

    def alike(s: State) -> State:
        c = list(s)
        for n in scalars:
            c[n] = 0
        for n, struct in m.memory.kinds.items():
            c[n] = _without(c[n], fields[struct])
        for n in range(m.memory.first, len(c)):
            block = c[n]
            if isinstance(block, tuple) and block[0] in fields:
                c[n] = (*block[:2], _without(block[2], fields[block[0]]))
        return tuple(c)

    return alike if names else lambda s: s


def _without(values: Cell, numbers: Sequence[int]) -> Cell:
    """The fields of a struct, those of these *numbers* as 0; None where there is no struct."""
    return values and tuple(0 if n in numbers else v for n, v in enumerate(values))
