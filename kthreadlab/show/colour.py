"""Diagnostics in a compiler's colours: as a terminal shows them, and as a page does.

Where: in a notebook always, since its stored output must not depend on who ran it; elsewhere only on a terminal.  There
``NO_COLOR`` turns colours off and ``FORCE_COLOR`` on, as everywhere.  A colour only ever repeats a word.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from html import escape
from typing import TextIO

from kthreadlab.lang.diagnostics import Span, joined

from .picture import colours

ANSI = {"place": "1", "message": "1", "error": "1;31", "warning": "1;35", "caret": "1;32", "label": "36"}
"""The attributes of each kind of piece, as gcc's: what has none is shown as it is."""
UNKNOWN = dict.fromkeys(("not decided", "not checked"), "35")
VERDICTS = {"holds": "32", "fails": "1;31", "follows": "33", **UNKNOWN, "full": "1;32", "head": "1"}
"""The attributes of verdicts, of success, and of a report's head lines."""

STYLE = """
.kthreadlab-errors { font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px);
  color: inherit; background: none; white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal;
  margin: .3em 0; }
.kthreadlab-errors span { font-weight: 600; }
.kthreadlab-errors .kl-error { color: var(--kl-broke); }
.kthreadlab-errors .kl-warning { color: var(--kl-deep); }
.kthreadlab-errors .kl-caret { color: var(--kl-run); }
.kthreadlab-errors .kl-label { color: var(--kl-quiet); font-weight: inherit; }
"""
"""Beside the colours that all views share.  Each class has our prefix: hosts have styles of their own for ``caret`` and
``label`` (nbgrader's extension brings Bootstrap's into JupyterLab)."""


def ansi(lines: Iterable[Iterable[Span]]) -> str:
    """Lines with the escapes that colour them on a terminal, and in a notebook's stream."""
    return "\n".join("".join(_coloured(kind, text) for kind, text in line) for line in lines)


def _coloured(kind: str, text: str) -> str:
    return f"\x1b[{ANSI[kind]}m{text}\x1b[0m" if kind in ANSI and text else text


def painted(kind: str, text: str, coloured: bool) -> str:
    """A part of a report on a terminal: a verdict, or one of the other kinds of `VERDICTS`."""
    return f"\x1b[{VERDICTS[kind]}m{text}\x1b[0m" if coloured and kind in VERDICTS and text else text


def html(lines: Iterable[Iterable[Span]]) -> str:
    """Lines as a block of a page, with its style."""
    rows = ("".join(_marked(kind, text) for kind, text in line) for line in lines)
    return f'<style>{colours()}{STYLE}</style><pre class="kthreadlab-show kthreadlab-errors">{chr(10).join(rows)}</pre>'


def _marked(kind: str, text: str) -> str:
    return f'<span class="kl-{kind}">{escape(text)}</span>' if kind in ANSI and text.strip() else escape(text)


def wanted(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Does whoever reads *stream* see colours?"""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return environment["FORCE_COLOR"] != "0"
    return stream.isatty() and environment.get("TERM") != "dumb"


def shown(lines: Iterable[tuple[Span, ...]], coloured: bool) -> str:
    """Lines as text, with colours or without."""
    return ansi(lines) if coloured else joined(lines)
