"""``%%kmod`` cells, and the texts and notebooks that a command is given."""

from __future__ import annotations

import json
import keyword
import logging
import re
import stat
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, cast

import kthreadlab
from kthreadlab.lang.diagnostics import Diagnostic, joined, told
from kthreadlab.trace.narrate import plain

CHECK = "--check"

USAGE = """\
%%kmod MODULE [FILE] [--check [LAB]] makes this cell a file of a kernel module; with --check it is checked at once.
Put it on the first line of the cell:
    %%kmod myevent mykthread --check lab2
    def mykthread(unused):
        ..."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class BadMagicLine(ValueError):
    """What stands after ``%%kmod`` is not MODULE [FILE].  The text says what it is instead."""


def parse_magic_line(line: str) -> tuple[str, str]:
    """Return (MODULE, FILE) of what stands after ``%%kmod``; FILE defaults to MODULE, a ``--check`` is passed over.

    :raises BadMagicLine: if it is anything else.
    """
    words, _ = _split_check(line)
    if not 1 <= len(words) <= 2 or any(word.startswith("-") for word in words):
        raise BadMagicLine(USAGE)
    for word in words:
        if not _NAME.fullmatch(word) or keyword.iskeyword(word):
            raise BadMagicLine(f"{word!r} can't name a module or a file: a letter, then letters, digits and _.")
    if words[0] in kthreadlab.__all__ or words[0] == "kthreadlab":
        raise BadMagicLine(f"{words[0]} is a name of kthreadlab's own; choose another for the module.")
    return words[0], words[-1]


def lab_to_check(line: str) -> str | None:
    """The LAB of a magic line's ``--check LAB``: "" if it names none, None if there is no ``--check``."""
    return _split_check(line)[1]


def _split_check(line: str) -> tuple[list[str], str | None]:
    """The words before ``--check``, and the lab after it."""
    words = line.replace(f"{CHECK}=", f"{CHECK} ").split()
    if CHECK not in words:
        return words, None
    at = words.index(CHECK)
    if len(words) > at + 2:
        raise BadMagicLine(USAGE)
    return words[:at], "".join(words[at + 1 :])


# ---- what IPython hands to the magic -------------------------------------------------------------------------------

_RUN_THEIR_CELL = ("time", "timeit", "capture", "prun")
"""IPython's own magics that may stand above ``%%kmod``: they run the rest of the cell, here, and more besides."""
_MAX_ABOVE = 9


def kmod_cell(source: str) -> tuple[str, str] | None:
    """What stands after ``%%kmod`` on its line, and all lines below it: as IPython hands a cell with this text to the
    magic.  None if it would not."""
    magic, _, below = cell_body(source).partition("\n") if "%%kmod" in source else ("", "", "")
    name, _, rest = magic.removeprefix("%%").rstrip().partition(" ")
    return (rest, below) if magic.startswith("%%") and name == "kmod" else None


def cell_body(source: str) -> str:
    """The text of a cell as IPython sees it, without blank lines and timing magics above.  It ends its first line."""
    for _ in range(_MAX_ABOVE):
        lines = textwrap.dedent(source).splitlines(keepends=True)
        while lines and not lines[0].strip():
            del lines[0]
        head, below = lines[0].rstrip() if lines else "", "".join(lines[1:])
        if not head.startswith("%%") or head.removeprefix("%%").partition(" ")[0] not in _RUN_THEIR_CELL:
            break
        source = below
    return f"{head}\n{below}"


def kmod_text(line: str, below: str, source: str) -> str:
    """The text of a module's file that a ``%%kmod`` cell is, below as many blank lines as stand above the magic in the
    *source* of the cell: lines have the numbers that the notebook's editor shows."""
    above = next((n for n, text in enumerate(source.splitlines()) if text.lstrip().startswith("%%kmod")), 0)
    return "\n" * above + f"%%kmod {line}\n" + below + "\n" * (not below.endswith("\n"))


# ---- files ---------------------------------------------------------------------------------------------------------

MAX_BYTES = 16 * 1024 * 1024
"""A file of kernel Python above this is no answer.  (A module's own limit is far lower; see `kthreadlab.lang`.)  A
notebook may be as large as what its cells have printed."""

STDIN = "-"
BOM = "\ufeff"


class BadInput(Exception):
    """What was given can't be used at all.  *text* says what is wrong with it and what would do, *errors* where."""

    def __init__(self, text: str, errors: Iterable[Diagnostic] = ()) -> None:
        self.text, self.errors = text, tuple(errors)
        super().__init__("\n".join([text, *([joined(told(self.errors))] if self.errors else [])]))


class NoAnswer(ValueError):
    """Why a notebook gives no answer that can be graded: the sentence that the command and its test cells both say."""


def read_text(path: str) -> str:
    """The text of a file (``-``: of standard input).

    :raises BadInput: if there is none, or it is no text, or too much of it.
    """
    name = plain(path)
    try:
        data = _head_and_rest(sys.stdin.buffer) if path == STDIN else _read_bytes(Path(path))
        if len(data) > MAX_BYTES and not is_notebook(path, data[:1000].decode("utf-8", "replace")):
            raise BadInput(f"{name} is larger than {MAX_BYTES // 2**20} MiB: that is no answer to a lab.")
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise BadInput(f"{name} is not UTF-8 text (byte {problem.start} can't be read as such).") from None
    except MemoryError:
        raise _too_large(name) from None
    if "\0" in text:
        raise BadInput(f"{name} is not text: it holds NUL bytes.")
    return text if is_notebook(path, text) else text.removeprefix(BOM)


def _too_large(name: str) -> BadInput:
    return BadInput(f"{name} is too large for the memory of this machine; clear the outputs of its cells and save it.")


def _head_and_rest(file: BinaryIO) -> bytes:
    """A notebook whole, of anything else no more than shows that it is too much."""
    head = file.read(MAX_BYTES + 1)
    whole = len(head) <= MAX_BYTES or not is_notebook(STDIN, head[:1000].decode("utf-8", "replace"))
    return head if whole else head + file.read()


def _read_bytes(path: Path) -> bytes:
    name = plain(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise BadInput(f"{name} is a directory; name the notebook or the .py file in it.")
        if not stat.S_ISREG(mode):
            raise BadInput(f"{name} is not a regular file.")
        with path.open("rb") as file:
            return file.read(-1 if is_notebook(str(path), "") else MAX_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"{name}: there is no such file.") from None
    except (OSError, ValueError) as problem:
        raise BadInput(f"{name} can't be read: {getattr(problem, 'strerror', None) or problem}.") from None


def is_notebook(path: str, text: str) -> bool:
    """Is this a notebook?  By its name; on standard input by its first character: kernel Python has no use for a {."""
    return path.endswith(".ipynb") or (path == STDIN and text.removeprefix(BOM).lstrip()[:1] == "{")


def defines(cell: dict) -> tuple[str, str] | None:
    """The (MODULE, FILE) that a cell defines, if it is a ``%%kmod`` cell."""
    found = kmod_cell(one_text(cell.get("source")))
    try:
        return parse_magic_line(found[0]) if found else None
    except BadMagicLine:
        return None


def file_in(cell: dict) -> str:
    """The text of the file that a ``%%kmod`` cell is; of another cell, what it holds."""
    source = one_text(cell.get("source"))
    found = kmod_cell(source)
    return kmod_text(*found, source) if found else source


def source_of(cell: dict) -> str:
    """A cell's text.

    :raises NoAnswer: if it holds what can't be text.
    """
    source = one_text(cell.get("source"))
    try:
        source.encode()
    except UnicodeEncodeError:
        raise NoAnswer("a cell holds half characters, which are no text.") from None
    return source


def one_text(source: object) -> str:
    """The notebook format keeps a text as a string or as a list of lines."""
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def nbgrader_of(cell: object) -> dict:
    """What nbgrader has noted of a cell; empty if nothing that could be read."""
    metadata = cell.get("metadata") if isinstance(cell, dict) else None
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return nbgrader if isinstance(nbgrader, dict) else {}


def read_notebook(text: str, path: str) -> dict:
    """A notebook, with a list of cells; one of an older format is brought up to format 4.

    :raises BadInput: if *text* is none.
    """
    if text.startswith(BOM):
        raise BadInput(f"{path} begins with a byte order mark, so Jupyter and nbgrader can't open it: save it without.")
    try:
        notebook = json.loads(text)
        if isinstance(notebook, dict) and notebook.get("nbformat", 1) != FORMAT:
            notebook = _upgraded(text, notebook.get("nbformat", 1), path)
    except (ValueError, RecursionError) as problem:
        where = f" (line {problem.lineno})" if isinstance(problem, json.JSONDecodeError) else ""
        raise BadInput(f"{path} is not a notebook: it is not valid JSON{where}.") from None
    except MemoryError:
        raise _too_large(path) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise BadInput(f"{path} is not a notebook of format {FORMAT}: it has no list of cells.")
    return notebook


FORMAT = 4


def _upgraded(text: str, version: object, path: str) -> dict:
    """A notebook of another format as nbgrader reads it, which leaves that to nbformat."""
    try:
        with unheard():
            return nbformat().reads(text, as_version=FORMAT)
    except Exception:
        raise BadInput(
            f"{path} is not a notebook of format {FORMAT} but of {version!r:.20}, and can't be made one here: open "
            "it in JupyterLab and save it."
        ) from None


def nbformat() -> Any:
    """The package of that name.  jsonschema, which it imports, would first build grammars for a kind of address that no
    notebook holds, which takes longer than the check of an answer.  Raises `ImportError` where there is no nbformat."""
    grammars = "rfc3987_syntax"
    absent = grammars not in sys.modules
    if absent:
        sys.modules[grammars] = cast(ModuleType, None)
    try:
        return import_module("nbformat")
    finally:
        if absent:
            del sys.modules[grammars]


@contextmanager
def unheard() -> Iterator[None]:
    """What nbformat logs of an odd notebook is not the student's concern."""
    log = logging.getLogger("traitlets")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
