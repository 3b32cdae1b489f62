"""``%%kmod`` cells, and answers wherever they are kept: in a notebook, in a file of kernel Python, on standard input.

The answer of a lab is the text of the one cell that carries the answer's nbgrader ``grade_id``, and only that: nothing
else that a notebook holds is checked, and nothing of it is ever run.
"""

from __future__ import annotations

import json
import keyword
import re
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

import kthreadlab
from kthreadlab.lang.diagnostics import Diagnostic, joined, told
from kthreadlab.lang.module import KernelModule
from kthreadlab.trace.narrate import plain

USAGE = """\
%%kmod MODULE [FILE] makes this cell a file of a kernel module. Put it on the first line of the cell:
    %%kmod myevent mykthread
    def mykthread(unused):
        ..."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class BadMagicLine(ValueError):
    """What stands after ``%%kmod`` is not MODULE [FILE].  The text says what it is instead."""


def parse_magic_line(line: str) -> tuple[str, str]:
    """Return (MODULE, FILE) of what stands after ``%%kmod``; FILE defaults to MODULE.

    :raises BadMagicLine: if it is anything else.
    """
    words = line.split()
    if not 1 <= len(words) <= 2 or any(word.startswith("-") for word in words):
        raise BadMagicLine(USAGE)
    for word in words:
        if not _NAME.fullmatch(word) or keyword.iskeyword(word):
            raise BadMagicLine(f"{word!r} can't name a module or a file: a letter, then letters, digits and _.")
    if words[0] in kthreadlab.__all__ or words[0] == "kthreadlab":
        raise BadMagicLine(f"{words[0]} is a name of kthreadlab's own; choose another for the module.")
    return words[0], words[-1]


# ---- answers -------------------------------------------------------------------------------------------------------

MAX_BYTES = 16 * 1024 * 1024
"""A file above this is no answer.  (A module's own limit is far lower; see `kthreadlab.lang`.)"""

STDIN = "-"


class BadInput(Exception):
    """What was given can't be used at all.  *text* says what is wrong with it and what would do, *errors* where."""

    def __init__(self, text: str, errors: Iterable[Diagnostic] = ()) -> None:
        self.text, self.errors = text, tuple(errors)
        super().__init__("\n".join([text, *([joined(told(self.errors))] if self.errors else [])]))


def read_text(path: str) -> str:
    """The text of a file (``-``: of standard input).

    :raises BadInput: if there is none, or it is no text, or too much of it.
    """
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if path == STDIN else _read_bytes(Path(path))
    path = plain(path)
    if len(data) > MAX_BYTES:
        raise BadInput(f"{path} is larger than {MAX_BYTES // 2**20} MiB: that is no answer to a lab.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadInput(f"{path} is not UTF-8 text (byte {problem.start} can't be read as such).") from None
    if "\0" in text:
        raise BadInput(f"{path} is not text: it holds NUL bytes.")
    return text


def _read_bytes(path: Path) -> bytes:
    name = plain(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise BadInput(f"{name} is a directory; name the notebook or the .py file in it.")
        if not stat.S_ISREG(mode):
            raise BadInput(f"{name} is not a regular file.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"{name}: there is no such file.") from None
    except (OSError, ValueError) as problem:
        raise BadInput(f"{name} can't be read: {getattr(problem, 'strerror', None) or problem}.") from None


def is_notebook(path: str, text: str) -> bool:
    """Is this a notebook?  By its name; on standard input by its first character: kernel Python has no use for a {."""
    return path.endswith(".ipynb") or (path == STDIN and text.lstrip()[:1] == "{")


def answer_module(path: str, lab: str) -> KernelModule:
    """The answer to *lab* in a notebook, a file of kernel Python, or on standard input, as a module of one file.

    :raises BadInput: if there is no one answer there.
    """
    text, file, path = read_text(path), answer_file(lab), plain(path)
    if not is_notebook(path, text):
        return module_of_text(text, path, file)
    cells = notebook_cells(text, path)
    answer = answer_cell(cells, path, f"{lab}-{file}")
    module = module_of_cell(source_of(answer, path), path, file)
    _refuse_second_definition(cells, answer, module, path)
    return module


def answer_file(lab: str) -> str:
    """The name of the file that a lab's answer is."""
    from kthreadlab.checks.portfolio import LABS

    return LABS[lab].answer


def own_module(path: str) -> KernelModule:
    """The module in a file of kernel Python, on standard input, or linked from all ``%%kmod`` cells of a notebook.

    :raises BadInput: if there is none, or a notebook defines several and none is called myevent.
    """
    text, path = read_text(path), plain(path)
    if not is_notebook(path, text):
        return module_of_text(text, path)
    modules: dict[str, KernelModule] = {}
    for cell in notebook_cells(text, path):
        if cell.get("cell_type") == "code" and _defines(cell):
            one = module_of_cell(source_of(cell, path), path)
            module = modules.setdefault(one.name, KernelModule(one.name, {}))
            for file, lines in one.files.items():
                modules[one.name] = module.with_file(file, lines)
    if not modules:
        raise BadInput(f"{path} has no cell that begins with %%kmod.")
    if len(modules) > 1 and "myevent" not in modules:
        raise BadInput(f"{path} defines several modules ({', '.join(modules)}), and none is called myevent.")
    return modules.get("myevent") or next(iter(modules.values()))


def module_of_text(text: str, path: str, file: str = "mykthread") -> KernelModule:
    """A module ``myevent`` with one file, called *file*, or as the ``%%kmod`` line says if the text begins with one."""
    if text.lstrip().startswith("%%kmod"):
        return module_of_cell(text, path, file)
    return KernelModule("myevent", {file: text})


def module_of_cell(source: str, path: str, file: str = "mykthread") -> KernelModule:
    """The module that running a ``%%kmod`` cell would make, had the notebook no other cell."""
    cell, source = source, _without_blank_head(source)
    magic = source.partition("\n")[0]
    if not magic.startswith("%%kmod"):
        raise BadInput(f"{path}: the answer cell no longer begins with %%kmod myevent {file}; put that line back.")
    try:
        name, named = parse_magic_line(magic.removeprefix("%%kmod"))
    except BadMagicLine as problem:
        raise BadInput(f"{path}: {problem}") from None
    return KernelModule(name, {named: at_its_line(source if source.endswith("\n") else source + "\n", cell)})


def at_its_line(text: str, source: str) -> str:
    """The *text* of a file that begins with its ``%%kmod`` line, below as many blank lines as lines stand above it in
    the *source* of its cell: lines have the numbers that the notebook's editor shows."""
    lines = source.splitlines()
    return "\n" * next((n for n, line in enumerate(lines) if line.lstrip().startswith("%%kmod")), 0) + text


def _without_blank_head(source: str) -> str:
    """IPython drops blank lines before a cell's magic; so do we."""
    lines = source.splitlines(keepends=True)
    while lines and not lines[0].strip():
        del lines[0]
    return "".join(lines)


def answer_cell(cells: list[dict], path: str, grade_id: str) -> dict:
    """The one cell whose nbgrader ``grade_id`` this is.

    :raises BadInput: if there is none, more than one, or one that holds no code any more.
    """
    found = [cell for cell in cells if _grade_id(cell) == grade_id]
    if not found:
        raise BadInput(
            f"{path} has no cell with the grade_id {grade_id}: is it another lab's notebook? If the answer cell was "
            "deleted, copy your answer into a fresh copy of the lab."
        )
    if len(found) > 1:
        raise BadInput(
            f"{path} has {len(found)} cells with the grade_id {grade_id}: one is a copy of the other. Delete the copy; "
            "there must be one answer."
        )
    if found[0].get("cell_type") != "code":
        raise BadInput(f"{path}: the answer cell {grade_id} is no longer a code cell; change its type back to code.")
    return found[0]


def _refuse_second_definition(cells: list[dict], answer: dict, module: KernelModule, path: str) -> None:
    """Which of two cells counts would depend on the order they are run in; so neither does.

    :raises BadInput: if another cell defines the same file of the same module.
    """
    (file,) = module.files
    for cell in cells:
        if cell is not answer and cell.get("cell_type") == "code" and _defines(cell) == (module.name, file):
            raise BadInput(
                f"{path}: another cell begins with %%kmod {module.name} {file} too. Delete it, "
                "or give it another name; there must be one answer."
            )


def _defines(cell: dict) -> tuple[str, str] | None:
    """The (MODULE, FILE) that a cell defines, if it is a ``%%kmod`` cell."""
    magic = _without_blank_head(_joined(cell.get("source"))).partition("\n")[0]
    try:
        return parse_magic_line(magic.removeprefix("%%kmod")) if magic.startswith("%%kmod ") else None
    except BadMagicLine:
        return None


def source_of(cell: dict, path: str) -> str:
    """A cell's text.

    :raises BadInput: if it holds what can't be text.
    """
    source = _joined(cell.get("source"))
    try:
        source.encode()
    except UnicodeEncodeError:
        raise BadInput(f"{path}: a cell holds half characters, which are no text.") from None
    return source


def _joined(source: object) -> str:
    """The notebook format keeps a text as a string or as a list of lines."""
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def notebook_cells(text: str, path: str) -> list[dict]:
    """The cells of a notebook.

    :raises BadInput: if *text* is no notebook.
    """
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as problem:
        where = f" (line {problem.lineno})" if isinstance(problem, json.JSONDecodeError) else ""
        raise BadInput(f"{path} is not a notebook: it is not valid JSON{where}.") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise BadInput(f"{path} is not a notebook of format 4: it has no list of cells.")
    return [cell for cell in cells if isinstance(cell, dict)]


def _grade_id(cell: dict) -> object:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
