"""Who may be told of what a machine does: see `hooks`."""

from __future__ import annotations

from .codegen import Gen
from .hooks import Hearer
from .layout import Laid
from .plan import Plan

Observer = Hearer[Gen, Plan, Laid]
"""An observer writes with a `Gen`, asks a `Plan` while code is written, and a `Laid` when all has its place."""
