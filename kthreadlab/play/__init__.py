"""Play: a searched graph on which a person is the scheduler, and its page.

The package can be called: ``kthreadlab.play(module, scenario, config)``.  See `kthreadlab.play.playing.play`.
"""

import sys
from types import ModuleType
from typing import Any


class _Play(ModuleType):
    """This package, with a call."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from .playing import play

        return play(*args, **kwargs)


play = sys.modules[__name__]
"""The package by the name under which `kthreadlab` hands it out."""
play.__class__ = _Play
