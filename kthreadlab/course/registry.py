"""All items of all labs, by key."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

import kthreadlab.course as course
from kthreadlab.checks.portfolio import LABS
from kthreadlab.lang.diagnostics import InputError

from . import inventory
from .items import Evidence, Item, Question

Kind = TypeVar("Kind", bound=Item)


def _found() -> dict[str, Item]:
    """The items of every module of this package that is called as a lab is."""
    labs = [module.name for module in iter_modules(course.__path__) if module.name in LABS]
    return {item.key: item for lab in labs for item in import_module(f"{course.__name__}.{lab}").ITEMS}


ITEMS: dict[str, Item] = _found()
"""Every item by its key, in the order of the labs, then of the items."""
INVENTORY: dict[str, Item] = {question.key: question for question in inventory.ITEMS}
"""The questions of the inventory, which belongs to no lab."""


def known(key: str) -> Item | None:
    """The item of that key, if there is one."""
    return ITEMS.get(key) or INVENTORY.get(key)


def item(key: str, kind: type[Kind]) -> Kind:
    """The item of that key, which must be of that kind.

    :raises InputError: if there is none.
    """
    found = known(key) if isinstance(key, str) else None
    if isinstance(found, kind):
        return found
    keys = ", ".join(name for name, one in ITEMS.items() if isinstance(one, kind)) or "none"
    raise InputError(f"there is no {kind.__name__.lower()} {str(key)[:60]!r}; there are: {keys}")


def evidence_of(lab: str) -> list[Evidence]:
    """What earns points in a lab beside its properties."""
    return [one for one in ITEMS.values() if isinstance(one, Evidence) and one.lab == lab]


def questions_of(lab: str) -> list[Question]:
    """What a lab asks to predict, or the inventory."""
    return [one for one in (*ITEMS.values(), *INVENTORY.values()) if isinstance(one, Question) and one.lab == lab]


def points_of(lab: str) -> dict[str, int]:
    """The points of a lab's test cells by name: its properties, then its evidence."""
    return LABS[lab].points | {one.name: one.points for one in evidence_of(lab)}
