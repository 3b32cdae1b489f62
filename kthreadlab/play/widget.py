"""A game for which a kernel answers, as a Jupyter widget: the page asks for a state, and is told of it."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import import_module
from typing import Any

from kthreadlab.show.page import asset

from .assets import play_script, play_style
from .live import Live


def widget(game: Live, words: dict[str, str]) -> Any:
    """The widget that plays a game; *words*: its goal, and the dare.

    :raises ImportError: if anywidget is not installed (``pip install 'kthreadlab[lab]'`` brings it).
    """
    made = _widget_class()(start=json.dumps({**words, **game.start()}))

    def answer(_: Any, wanted: Any, buffers: Any) -> None:
        n = wanted.get("state") if isinstance(wanted, dict) else None
        if isinstance(n, int) and 0 <= n < len(game.states):
            made.send({"view": wanted.get("view"), "state": json.dumps(game.state(n, wanted.get("known", ())))})

    made.on_msg(answer)
    return made


@lru_cache(maxsize=1)
def _widget_class() -> Any:
    """Made on first use, so that nothing else here needs anywidget."""
    anywidget, traitlets = import_module("anywidget"), import_module("traitlets")

    class Play(anywidget.AnyWidget):  # type: ignore[name-defined]  # known only when it is there
        """A game, as its page begins it."""

        _esm = play_script() + asset("widget.js", "play")
        _css = play_style()
        start = traitlets.Unicode("{}").tag(sync=True)

        def __repr__(self) -> str:
            return "kthreadlab play"

    return Play
