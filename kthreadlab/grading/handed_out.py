"""What has been handed out, so that a student's words can be told from ours.

`handed_out.json` holds of every former release of each lab's notebook the cells, as ``ID:DIGEST``, a release a line;
the present one is read from the labs themselves.  ``autograder/make_labs.py`` adds what it replaces.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from .cells import nbgrader_of, one_text

STORE = Path(__file__).with_name("handed_out.json")

Release = dict[str, str]
"""The cells of a notebook as it was handed out, in order: what each held, as a digest, by its id."""


@dataclass(frozen=True)
class HandedOut:
    """All releases of a lab's notebook, the present one last."""

    releases: tuple[Release, ...]

    @property
    def now(self) -> Release:
        """The present release."""
        return self.releases[-1]

    def ours(self, cell: dict) -> bool:
        """Was a cell ever handed out with this text?"""
        return digest(cell) in self._texts

    @property
    def _texts(self) -> frozenset[str]:
        return _texts(tuple(tuple(release.values()) for release in self.releases))

    def release_of(self, notebook: dict) -> Release:
        """The release that a notebook was made from: the one that most of its cells are of, of several the latest."""
        have = [(str(cell.get("id")), digest(cell)) for cell in notebook["cells"]]
        fitting = [sum(release.get(name) == text for name, text in have) for release in self.releases]
        return self.releases[len(fitting) - 1 - fitting[::-1].index(max(fitting))]


@cache
def _texts(releases: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    return frozenset(text for release in releases for text in release)


def handed_out(name: str, released: dict) -> HandedOut:
    """What has been handed out as the notebook *name* (``lab2``), of which *released* is the present one."""
    former = [dict(cell.rsplit(":", 1) for cell in cells.split()) for cells in _stored().get(name, ())]
    return HandedOut((*former, release(released)))


@cache
def _stored() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(STORE.read_text(encoding="utf-8"))
    return found


def release(notebook: dict) -> Release:
    """A notebook as what was handed out."""
    return {str(cell.get("id")): digest(cell) for cell in notebook["cells"]}


def remembered(store: dict[str, list[str]], name: str, notebook: dict) -> dict[str, list[str]]:
    """What *store* holds once *notebook* has been handed out as *name*, too."""
    cells = " ".join(f"{cell}:{text}" for cell, text in release(notebook).items())
    known = store.get(name, [])
    return store | {name: known if cells in known else [*known, cells]}


def digest(cell: dict) -> str:
    """Of the text of a cell, as one reads it: line ends and blank ends of lines are of no matter."""
    lines = one_text(cell.get("source")).splitlines()
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def grade_id(cell: dict) -> str:
    """The ``grade_id`` of a cell, or ""."""
    return str(nbgrader_of(cell).get("grade_id", ""))
