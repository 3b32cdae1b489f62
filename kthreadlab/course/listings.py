"""The article's listings, in our rendition: the C that people see, and beside it the kernel Python that is run.

A listing is two files of one name in ``course/given``.  Lines that say the same bear the same mark at their end:
``/*@ wake */`` in the C, ``#@ wake`` in the transcription.  Nobody sees the marks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from kthreadlab.lang.diagnostics import InputError
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.source import Rendering

IN_C = re.compile(r"[ \t]*/\*@ (\w+) \*/$")
IN_PYTHON = re.compile(r"[ \t]*#@ (\w+)$")


@lru_cache
def listings(*names: str, module: str = "listing") -> KernelModule:
    """A module of some listings (``listing_2``), each a file in C by its looks.

    :raises InputError: for a listing that there is not.
    """
    texts, renderings = {}, {}
    for name in names:
        texts[f"{name}.c"], renderings[f"{name}.c"] = transcribed(_text(f"{name}.py"), _text(f"{name}.c"))
    return KernelModule(module, texts, renderings=renderings)


def transcribed(transcription: str, original: str) -> tuple[str, Rendering]:
    """A transcription without its marks, and the original that people see in its place.

    :raises ValueError: if a mark is not on exactly one line of each.
    """
    python, here = unmarked(transcription, IN_PYTHON)
    shown, there = unmarked(original, IN_C)
    if here.keys() != there.keys():
        raise ValueError(f"marked on one side only: {', '.join(sorted(here.keys() ^ there.keys()))}")
    return python, Rendering(shown, {here[mark]: there[mark] for mark in here})


def unmarked(text: str, mark: re.Pattern[str]) -> tuple[str, dict[str, int]]:
    """A text without its marks, and the line (from 1) of each.

    :raises ValueError: if one is there twice.
    """
    lines, places = text.splitlines(), dict[str, int]()
    for n, line in enumerate(lines):
        found = mark.search(line)
        if found and found[1] in places:
            raise ValueError(f"the mark {found[1]} is on two lines, {places[found[1]]} and {n + 1}")
        if found:
            places[found[1]] = n + 1
            lines[n] = line[: found.start()].rstrip()
    return "\n".join(line.expandtabs(4) for line in lines) + "\n", places


def _text(file: str) -> str:
    try:
        return (files("kthreadlab.course") / "given" / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"there is no listing {file.partition('.')[0]!r}") from None
