"""A game for which a kernel answers, as a Jupyter widget: the page asks for a state, and is told of it."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import import_module
from typing import Any

from kthreadlab.show.page import asset

from .assets import play_script, play_style
from .board import Board
from .live import Games


def widget(games: Games, words: Board) -> Any:
    """The widget that plays one of *games*; *words*: what it is told of them.

    :raises ImportError: if anywidget is not installed (``pip install 'kthreadlab[lab]'`` brings it).
    """
    made = _widget_class()(start=json.dumps({**words, "worlds": games.about(), "first": games.game(0).start()}))

    def answer(_: Any, wanted: Any, buffers: Any) -> None:
        told = games.answer(wanted)
        if told is not None:
            made.send({"view": wanted.get("view"), "told": json.dumps(told)})

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
