"""kthreadlab: write kernel threads in a notebook and see them proved, or broken, on every interleaving.

    module = kthreadlab.load("mykthread.py")
    report = kthreadlab.check("lab2", module)

Names are looked up when they are first used, so that ``import kthreadlab`` costs next to nothing and needs nothing but
the standard library.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "KernelModule": "kthreadlab.lang.module",
    "load": "kthreadlab.lang.module",
    "Config": "kthreadlab.compile.config",
    "explore": "kthreadlab.play.mapped",
    "replay": "kthreadlab.checks.replaying",
    "check": "kthreadlab.front.saved",
    "LABS": "kthreadlab.checks.labs",
    "PropertyFails": "kthreadlab.checks.report",
    "Report": "kthreadlab.checks.report",
    "predict": "kthreadlab.course.questions",
    "duel": "kthreadlab.course.duels",
    "arrange": "kthreadlab.course.puzzles",
    "broke": "kthreadlab.front.written",
    "visited": "kthreadlab.front.written",
    "arranged": "kthreadlab.front.written",
    "show": "kthreadlab.show",
    "play": "kthreadlab.play",
    "trace_text": "kthreadlab.show.text",
    "report_text": "kthreadlab.show.report",
    "vectors": "kthreadlab.show.vector",
    "ledger": "kthreadlab.show.vector",
    "console": "kthreadlab.show.console",
    "beside": "kthreadlab.show.beside",
    "HelperScript": "kthreadlab.userland.helpers",
    "man": "kthreadlab.front.manual",
    "load_ipython_extension": "kthreadlab.front.notebook",
    "unload_ipython_extension": "kthreadlab.front.notebook",
    **dict.fromkeys(
        [
            "Scenario",
            "Thread",
            "Call",
            "Signal",
            "Write",
            "Read",
            "Store",
            "Freeze",
            "Helper",
            "Identity",
            "Passage",
            "Fault",
            "Spurious",
            "Ptrace",
            "When",
        ],
        "kthreadlab.machine.scenario",
    ),
    **dict.fromkeys(["Process", "Fork", "Wait4", "Pause", "Enter", "Exit"], "kthreadlab.machine.processes"),
    **dict.fromkeys(
        [
            "asleep",
            "in_helper",
            "never_slept",
            "before_first",
            "inside",
            "holds",
            "on_cpu",
            "stopped",
            "traced",
            "zombie",
            "done",
            "succeeded",
            "idle",
        ],
        "kthreadlab.machine.scenario",
    ),
}
"""Where each public name lives."""

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    """Bring a public name in on its first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'kthreadlab' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
