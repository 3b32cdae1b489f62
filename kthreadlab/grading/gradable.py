"""What nbgrader would have against a notebook, found without running it.

nbgrader gives up a notebook whose metadata it can't read, and a test cell earns nothing where ``check`` or the module
was never made.  Such a notebook is refused in words here: the points of the check are those of the gradebook.  All this
is asked only of a lab's notebook, one that has test cells; in any other only the answer cell counts.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

from kthreadlab.checks.portfolio import LABS
from kthreadlab.course.items import Evidence
from kthreadlab.course.registry import evidence_of, points_of
from kthreadlab.grading.cells import NoAnswer, cell_body, defines, nbformat, nbgrader_of, one_text, unheard
from kthreadlab.lang.source import MAX_BYTES

FRESH = "Copy your answer into a fresh copy of the lab."
_KINDS: dict[str, tuple[type, ...]] = {
    "schema_version": (int,),
    "grade": (bool,),
    "locked": (bool,),
    "solution": (bool,),
    "task": (bool,),
    "grade_id": (str,),
    "points": (int, float),
    "checksum": (str,),
    "cell_type": (str,),
}
"""What nbgrader's metadata of a cell may hold, as its schema 3 has it."""
_FLAGS = ("grade", "locked", "solution")
_REQUIRED = ("schema_version", *_FLAGS)
_CELL_TYPES = ("code", "markdown", "raw")
_OF_A_CODE_CELL = {"id", "cell_type", "metadata", "source", "outputs", "execution_count"}
_RUNS_ITS_LINE = re.compile(r"^([ \t]*)%(?:time|prun)[ \t]+(?=[^-\s])")
_FORGETS = re.compile(r"^[ \t]*%reset\b", re.MULTILINE)
_OWN_NAMES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""A name space of their own too, which ``:=`` reaches out of."""


def refuse_what_nbgrader_cannot_grade(notebook: dict, lab: str) -> None:
    """Refuse a lab's notebook that nbgrader would give up, or whose test cells could not do their work.

    :raises NoAnswer: with the first reason.
    """
    for problem in why_given_up(notebook, lab):
        raise NoAnswer(problem)


def why_given_up(notebook: dict, lab: str) -> Iterator[str]:
    """Why nothing in a lab's notebook would earn anything, each reason with how to mend it.  Behind one that says that
    a part of the file can't be read there are no others."""
    cells = notebook["cells"]
    if any(is_test(cell, lab) for cell in cells):
        broken = [*unwritable(notebook)]
        yield from broken
        if not broken:
            yield from chain(_lies_in(cells, lab), _unreachable(cells, lab))


def is_test(cell: Any, lab: str) -> bool:
    return bool(nbgrader_of(cell).get("grade")) and _id(cell).startswith(f"{lab}-")


def _id(cell: Any) -> str:
    return str(nbgrader_of(cell).get("grade_id", ""))


# ---- the file ------------------------------------------------------------------------------------------------------


def unwritable(notebook: dict) -> Iterator[str]:
    """Why nbgrader could not read the file, or write it again."""
    part = _odd_part(notebook) or _invalid_part(notebook)
    if part:
        yield f"{part} of this notebook is not what the notebook format has, so nbgrader gives it up. {FRESH}"
        return
    try:
        kept = [notebook["metadata"], *({**cell, "outputs": None} for cell in notebook["cells"])]
        json.dumps(kept, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        yield "a cell holds half characters, which are no text."


def _odd_part(notebook: dict) -> str:
    """The part that we could not even look at, or ""."""
    head = isinstance(notebook.get("metadata"), dict) and isinstance(notebook.get("nbformat_minor"), int)
    return "the head" if not head else "" if all(map(_is_cell, notebook["cells"])) else "a cell"


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("metadata"), dict):
        return False
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    return cell.get("cell_type") in _CELL_TYPES and all(isinstance(line, str) for line in lines)


def _invalid_part(notebook: dict) -> str:
    """The part that nbformat has something against, as nbgrader asks it; "" if there is none, or no nbformat here."""
    try:
        package = nbformat()
    except ImportError:
        return ""
    text = json.dumps({**notebook, "cells": [*map(_without_outputs, notebook["cells"])]})
    with unheard(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read = package.reads(text, as_version=notebook["nbformat"])
            for cell in read.cells:
                cell.update({"outputs": [], "execution_count": None} if cell.cell_type == "code" else {})
            package.validate(read, relax_add_props=True)
        except package.ValidationError as problem:
            return "a cell" if list(problem.absolute_path)[:1] in ([], ["cells"]) else "the head"
        except Exception:  # it was not made for what it is given
            return "a cell"
    return ""


def _without_outputs(cell: dict) -> dict:
    """A cell without what it has printed, which nbgrader clears, if only it can be read."""
    outputs = cell.get("outputs")
    readable = isinstance(outputs, list) and all(isinstance(one, dict) for one in outputs)
    return {**cell, "outputs": []} if readable else cell


# ---- what nbgrader has noted of a cell -----------------------------------------------------------------------------


def _lies_in(cells: list[dict], lab: str) -> Iterator[str]:
    """What is wrong with nbgrader's metadata of the cells."""
    for cell in cells:
        yield from _lies(cell, lab)
    ids = [_id(cell) for cell in cells if any(map(nbgrader_of(cell).get, _FLAGS))]
    for grade_id in sorted({one for one in ids if ids.count(one) > 1}):
        yield (
            f"this notebook has {ids.count(grade_id)} cells with the grade_id {grade_id}: one is a copy of the other. "
            "Delete the copy."
        )
    yield from _strangers(cells, lab)


def _strangers(cells: list[dict], lab: str) -> Iterator[str]:
    """Cells that nbgrader does not know in this lab's notebook, as far as that can be told without its gradebook."""
    ids = set(map(_id, cells))
    for other in LABS.keys() - {lab}:
        stranger = next((grade_id for grade_id in sorted(ids) if grade_id.startswith(f"{other}-")), "")
        if stranger and not any(is_test(cell, other) for cell in cells):
            yield f"the cell {stranger} is of {other}'s notebook, so nbgrader gives this one up. Delete that cell."
    known = {f"{lab}-{name}" for name in points_of(lab)}
    renamed = [one_text(cell.get("source")) for cell in cells if is_test(cell, lab) and _id(cell) not in known]
    for name in points_of(lab) if known & ids else ():
        called = f'"{name}"' if name in LABS[lab].points else f'"{lab}.{name}"'
        if f"{lab}-{name}" not in ids and any(called in text for text in renamed):
            yield f"the test cell of {name} has lost its grade_id, so nbgrader gives this notebook up. {FRESH}"
    for item in evidence_of(lab) if known & ids else ():
        if ids.isdisjoint({item.answer_id, item.test_id}):
            both = f"{item.answer_id} and {item.test_id}"
            yield f"the cells {both} are both gone, so nbgrader gives this notebook up. {FRESH}"


def _lies(cell: dict, lab: str) -> Iterator[str]:
    """What is wrong with nbgrader's metadata of a cell: in itself, or for the part that the cell has in the lab."""
    if "nbgrader" not in cell["metadata"]:
        return
    noted = cell["metadata"]["nbgrader"]
    wrong = _malformed(noted) or _miscast(cell, noted, lab)
    if wrong:
        grade_id = noted.get("grade_id") if isinstance(noted, dict) else None
        which = f"of the cell {grade_id!r:.60}" if isinstance(grade_id, str) else "of a cell"
        yield f"nbgrader gives up this notebook, because of its metadata {which} ({wrong}). {FRESH}"


def _malformed(noted: Any) -> str:
    """What nbgrader's schema has against it, or ""."""
    if not isinstance(noted, dict):
        return "it is no object"
    for key in _REQUIRED:
        if key not in noted:
            return f"{key} is missing"
    for key, value in noted.items():
        if type(value) not in _KINDS.get(key, ()):
            return f"{key} can't be {value!r:.20}" if key in _KINDS else f"there is no {key!r:.20}"
    if noted["schema_version"] != 3:
        return f"schema_version is {noted['schema_version']}, not 3"
    if noted.get("cell_type", "code") not in _CELL_TYPES:
        return f"cell_type can't be {noted['cell_type']!r:.20}"
    flagged = noted["grade"] or noted["locked"] or noted["solution"]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", noted.get("grade_id", "" if flagged else "none")):
        return "grade_id is missing"
    return ""


def _miscast(cell: dict, noted: dict, lab: str) -> str:
    """What it can't be, being the answer or a test of *lab*, or ""."""
    wanted = LABS[lab]
    name = noted.get("grade_id", "").removeprefix(f"{lab}-")
    if noted.get("task"):
        return "task is true"
    answers = {wanted.answer, *(f"{item.name}-answer" for item in evidence_of(lab))}
    if name in answers and noted["grade"]:
        return "grade is true for the answer"
    if name in points_of(lab) and (noted["solution"] or not noted["grade"]):
        return "solution must be false and grade true for a test"
    if noted["grade"] and "points" not in noted:
        return "points are missing"
    if name in answers and cell["cell_type"] != "code" and set(cell) - _OF_A_CODE_CELL:
        return f"its type is {cell['cell_type']}, and it has what no code cell has"
    return ""


# ---- what the test cells need --------------------------------------------------------------------------------------


def _unreachable(cells: list[dict], lab: str) -> Iterator[str]:
    """Why a test cell would fail whatever the answer is: it calls ``check`` on a module that was made."""
    back = f"put the first code cell back, from a fresh copy of {lab}"
    loaded = made = False
    check = "missing"
    beside = {item.test_id for item in evidence_of(lab)}
    for cell in cells:
        text = python_of(cell)
        if not is_test(cell, lab):
            loaded = _loaded_after(text, loaded)
            made |= loaded and _makes_the_module(cell, lab)
            check = _is_after(text, "check") or check
        elif _id(cell) in beside:  # it needs no module: see `why_no_test`
            pass
        elif not loaded and not made:
            yield f"no cell above the test cells runs %load_ext kthreadlab, so they would fail: {back}."
        elif check == "missing":
            yield f"no cell above the test cells imports check from kthreadlab, so they would fail: {back}."
        elif check == "taken":
            yield "a cell above a test cell gives the name check to something else: use another name there."
        elif not made:
            yield f"no cell above the test cells makes the module {LABS[lab].module}: move the answer cell above them."
        if _ends_the_kernel(text):
            yield "a cell ends the kernel (exit or quit), so nbgrader gives this notebook up: delete that line."


def why_no_test(cells: list[dict], item: Evidence) -> str:
    """Why the test cell of *item* would fail whatever its answer is, or "": it calls a function of ours on a variable.
    A test cell that is gone is put back below the answer."""
    judge, judge_is, defined = item.judged_by, "missing", False
    ids = [_id(cell) for cell in cells]
    last = ids.index(item.test_id) if item.test_id in ids else ids.index(item.answer_id) + 1
    for cell in cells[:last]:
        text = python_of(cell)
        if not is_test(cell, item.lab):
            judge_is = _is_after(text, judge) or judge_is
            defined = _id(cell) == item.answer_id or (defined and not _takes_away(text, item.variable))
    if judge_is == "missing":
        return f"no cell above the test cell imports {judge} from kthreadlab, so it would fail: put that line back."
    if judge_is == "taken":
        return f"a cell above the test cell gives the name {judge} to something else: use another name there."
    lost = (
        f"the test cell would not find {item.variable}: put the answer's cell above it, and let nothing in between "
        "take the name away."
    )
    return "" if defined else lost


def _takes_away(text: str, name: str) -> bool:
    """Is *name* nobody's after *text* was run?"""
    deleted = any(isinstance(x, ast.Name) and x.id == name and isinstance(x.ctx, ast.Del) for x in _nodes(text))
    return deleted or bool(_FORGETS.search(text))


def _nodes(text: str) -> Iterator[ast.AST]:
    return _in_order(statements(text))


def is_named(node: ast.AST, name: str) -> bool:
    """Is it that name?"""
    return isinstance(node, ast.Name) and node.id == name


def _makes_the_module(cell: dict, lab: str) -> bool:
    """Does it define a file of the lab's module?  The given cell does, whatever has become of it: it is put back."""
    return _id(cell) == f"{lab}-{LABS[lab].given}" or (defines(cell) or ("",))[0] == LABS[lab].module


def python_of(cell: dict) -> str:
    """The Python that running a cell would run here, IPython's own lines included; "" if there is none, or far more
    than anybody writes."""
    text = cell_body(one_text(cell.get("source"))) if cell.get("cell_type") == "code" else ""
    return "" if text.startswith("%%") or len(text) > MAX_BYTES else text


def _loaded_after(text: str, loaded: bool) -> bool:
    """Is kthreadlab loaded after *text* was run, if before it was as *loaded* says?"""
    for line in text.splitlines():
        code = line.partition("#")[0]
        if "load_ext" in code and "kthreadlab" in code:
            loaded = "unload_ext" not in code
    return loaded


def statements(text: str) -> list[ast.stmt]:
    """Its statements, without IPython's own; none if it is no Python: then it does nothing either."""
    for python in (text, "\n".join(map(_without_magic, text.splitlines()))):
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(python).body
    return []


def _without_magic(line: str) -> str:
    """A line, with something harmless in place of what only IPython understands."""
    line = _RUNS_ITS_LINE.sub(r"\1", line)
    code, (name, _, value) = line.strip(), line.partition("=")
    if code.startswith(("%", "!", "?")) or code.endswith("?"):
        return line[: len(line) - len(line.lstrip())] + "pass"
    return f"{name}= None" if value.lstrip().startswith(("%", "!")) else line


def _is_after(text: str, name: str) -> str:
    """What a *name* of kthreadlab's is after *text* was run: "ours", "taken", "missing", or "" if that is as before."""
    said = "missing" if _FORGETS.search(text) else ""
    for node in _nodes(text):
        if isinstance(node, ast.ImportFrom) and node.module == "kthreadlab":
            names = {alias.asname or alias.name for alias in node.names if alias.name in (name, "*")}
            said = "ours" if names & {name, "*"} else said
        elif name in _bound_by(node):
            said = "taken"
    return said


def _in_order(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of statements and what is in them, without what is a name space of its own."""
    waiting = [*nodes][::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, _COMPREHENSIONS):
            waiting += [inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
        elif not isinstance(node, _OWN_NAMES):
            waiting += [*ast.iter_child_nodes(node)][::-1]


def _bound_by(node: ast.AST) -> set[str]:
    """The names to which *node* itself gives a meaning, or takes it away."""
    if isinstance(node, ast.Name):
        return set() if isinstance(node.ctx, ast.Load) else {node.id}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.MatchMapping):
        return {node.rest or ""}
    return {node.name or ""} if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) else set()


def _ends_the_kernel(text: str) -> bool:
    """Is there a statement ``exit``, ``quit``, or a call of them?"""
    for node in statements(text):
        value = node.value if isinstance(node, ast.Expr) else None
        value = value.func if isinstance(value, ast.Call) else value
        if isinstance(value, ast.Name) and value.id in ("exit", "quit"):
            return True
    return False
