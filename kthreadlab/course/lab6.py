"""Lab 6: the lost wake-up."""

from __future__ import annotations

from .items import Item

ITEMS: tuple[Item, ...] = ()
