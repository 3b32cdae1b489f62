"""The script and the style sheet of play: those of the player's views, and its own."""

from __future__ import annotations

from kthreadlab.show.page import asset, lean, player_style


def play_style() -> str:
    """The style sheet."""
    return player_style() + lean(asset("play.css", "play"))


def play_script() -> str:
    """Play, as declarations of one script: `schedulerOf` puts it in the place of a still figure."""
    views = ("film", "elements", "timeline", "ties", "machine", "source")
    own = ("board", "game", "map", "cursor", "play")
    return lean("\n".join([*(asset(f"{name}.js") for name in views), *(asset(f"{name}.js", "play") for name in own)]))
