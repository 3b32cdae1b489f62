"""The player as a Jupyter widget, by way of anywidget, which is optional.

A widget holds a film and where it opens; it sends nothing back.
"""

from __future__ import annotations

import json
import os
import sys
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from kthreadlab.show.film import Film
from kthreadlab.show.page import asset
from kthreadlab.show.picture import colours

VIEW = "application/vnd.jupyter.widget-view+json"


def can_run() -> bool:
    """Is there somebody who could see a widget?  Not in a terminal, not where nbgrader runs the notebook, and not
    without anywidget."""
    return in_notebook() and find_spec("anywidget") is not None


def in_notebook() -> bool:
    """Does a notebook's kernel run this, for people rather than for nbgrader?"""
    if "NBGRADER_EXECUTION" in os.environ:
        return False
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


@lru_cache(maxsize=1)
def widget_class() -> Any:
    """The widget's class; made on first use, so that nothing here needs anywidget."""
    anywidget, traitlets = import_module("anywidget"), import_module("traitlets")

    class Player(anywidget.AnyWidget):  # type: ignore[name-defined]  # known only when it is there
        """A film that can be stepped through."""

        _esm = asset("player.js")
        _css = colours() + asset("player.css")
        film = traitlets.Unicode("{}").tag(sync=True)
        report = traitlets.Unicode("").tag(sync=True)

        def __repr__(self) -> str:
            return "kthreadlab player"

    return Player


def widget_view(film: Film, report: str = "") -> dict[str, Any]:
    """The part of a mimebundle that shows the film as a widget, with a report's HTML above it; {} where none can."""
    if not can_run():
        return {}
    player = widget_class()(film=json.dumps(film, separators=(",", ":")), report=report)
    return {VIEW: {"version_major": 2, "version_minor": 0, "model_id": player.model_id}}
