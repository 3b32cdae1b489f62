"""Who will look at what is shown: nobody but a terminal, a notebook that is stored, or a person in front of one."""

from __future__ import annotations

import sys
from typing import Any

from kthreadlab.checks.report import graded_by_nbgrader


def in_notebook() -> bool:
    """Does a notebook's kernel run this, for people rather than for nbgrader?"""
    return not graded_by_nbgrader() and _kernel() is not None


def somebody_plays() -> bool:
    """Is there a person, in front of a notebook that was opened in a browser?

    Each request to run a cell says whether its sender could answer a question (``allow_stdin``, which is true unless it
    says no).  A front end can; what only runs a notebook, to store or to compare its outputs, cannot.
    """
    if not in_notebook():
        return False
    get_parent = getattr(_kernel(), "get_parent", None)
    request = get_parent("shell") if get_parent and sys.platform != "emscripten" else {}
    return bool(request.get("content", {}).get("allow_stdin", True))


def _kernel() -> Any:
    """The kernel of IPython's shell, or None."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None)
