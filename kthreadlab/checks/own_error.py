"""An error of kthreadlab's own: what a person reads of it in place of a traceback, and who gets the traceback still.

What it kept from being decided is *not decided*; it never passes for a verdict.
"""

from __future__ import annotations

import os
import re

from kthreadlab import __version__

DEBUG, PYTEST = "KTHREADLAB_DEBUG", "PYTEST_CURRENT_TEST"
LONGEST = 200
"""As much of an error's own message is quoted."""
_FOLDERS = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?(?:[\\/][^\\/\s'\":,;()<>]+)+[\\/](?=[^\\/\s])")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def own_error(error: BaseException) -> str:
    """What *error* is and what to send, in three lines.  Nothing in them tells of the machine they were written on."""
    return (
        f"kthreadlab itself has failed, which is no mistake of yours: {named(error)}\n"
        f"Please report it with the line above, the file or cell you gave, and the version: kthreadlab {__version__}.\n"
        f"{DEBUG}=1 shows where it happened (in a notebook: %env {DEBUG}=1, then run the cell again)."
    )


def named(error: BaseException) -> str:
    """Type and message of *error*, in one line, without folders and addresses."""
    message = _ADDRESS.sub("", _FOLDERS.sub("", " ".join(str(error).split())))
    return f"{type(error).__name__}: {message[:LONGEST]}" if message else type(error).__name__


def set_aside(error: Exception) -> str:
    """For an ``except`` clause: the text that stands where *error* kept something from being decided.  Tests, and
    whoever asks for it with ``KTHREADLAB_DEBUG``, get the error itself."""
    if wants_traceback():
        raise error
    return own_error(error)


def wants_traceback() -> bool:
    """Is this a test, or did somebody ask to see where an error happened?"""
    return bool(os.environ.get(PYTEST) or os.environ.get(DEBUG))
