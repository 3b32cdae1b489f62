"""What a state is to Python: a tuple of cells, each of which holds what its name says, of any immutable type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Cell = Any
"""The value of one cell; None where nothing lives, or nothing was written."""
State = tuple[Cell, ...]
"""All cells.  Generated code calls it ``s``."""
Cells = list[Cell]
"""A state on its way to the next one.  Generated code calls it ``c``."""
Step = Callable[[State], State | None]
"""One function of generated code: the next state, or None while its actor cannot move."""
Change = Callable[[Cells], bool | None]
"""The same in place: the cells that it is given are the next state, or, where it gives None, as they were."""
STORED = "!"
"""In generated text a cell is named ``@st.3@``, its index: where something is stored there, ``@!st.3@``."""


ADDRESS = "&"
"""Of what lies on the heap, ``@&m.0.1.2@`` is the address, and ``@m.0.1.2@`` the index of the cell."""


def stored(text: str) -> str:
    """*text*, which names a cell or its index, as the target of a store, or handed to a function that stores there.
    What is in no cell by itself, a pointer's target, stays as it is."""
    return text.replace("@", f"@{STORED}", 1)


Env = dict[str, Any]
"""The names that generated code sees, with its own functions."""
