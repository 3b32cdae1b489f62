"""The player as a Jupyter widget, for pages of one's own: its *moment* can be read, set, and linked to other widgets.

    player = show(trace).widget()
    ipywidgets.HBox([player, show(other_trace).widget()])

A widget lives as long as its kernel.  What is to be looked at on the next day is shown as HTML (`page.player_html`),
which is why nothing shows itself as a widget unasked.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import import_module
from typing import Any

from .film import Film
from .page import asset, player_script, player_style


def player(film: Film) -> Any:
    """The widget that plays *film*: an `ipywidgets` widget with the traits *film* (JSON) and *moment*.

    :raises ImportError: if anywidget is not installed (``pip install 'kthreadlab[lab]'`` brings it).
    """
    return _widget_class()(film=json.dumps(film, separators=(",", ":")), moment=film["opens"])


@lru_cache(maxsize=1)
def _widget_class() -> Any:
    """Made on first use, so that nothing else here needs anywidget."""
    anywidget, traitlets = import_module("anywidget"), import_module("traitlets")

    class Player(anywidget.AnyWidget):  # type: ignore[name-defined]  # known only when it is there
        """A film, and the moment of it that is shown."""

        _esm = player_script() + asset("widget.js")
        _css = player_style()
        film = traitlets.Unicode("{}").tag(sync=True)
        moment = traitlets.Int(0).tag(sync=True)

        def __repr__(self) -> str:
            return f"kthreadlab player, moment {self.moment}"

    return Player
