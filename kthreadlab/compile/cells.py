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
Env = dict[str, Any]
"""The names that generated code sees, with its own functions."""
