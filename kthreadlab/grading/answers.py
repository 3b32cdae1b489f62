"""Answers, wherever they are kept: in a notebook, in a file of kernel Python, on standard input.

The answer of a lab is the text of the one cell that carries the answer's nbgrader ``grade_id``, and only that: nothing
else that a notebook holds is checked, and nothing of it is ever run.
"""

from __future__ import annotations

from kthreadlab.checks.portfolio import LABS, Lab
from kthreadlab.grading.cells import (
    BadInput,
    BadMagicLine,
    NoAnswer,
    defines,
    is_notebook,
    kmod_cell,
    kmod_text,
    nbgrader_of,
    parse_magic_line,
    read_notebook,
    read_text,
    source_of,
)
from kthreadlab.grading.gradable import refuse_what_nbgrader_cannot_grade
from kthreadlab.lang.module import KernelModule
from kthreadlab.trace.narrate import plain


def answer_module(path: str, lab: str) -> KernelModule:
    """The answer to *lab* in a notebook, a file of kernel Python, or on standard input, as a module of one file.

    :raises BadInput: if there is no one answer there.
    """
    return answer_and_page(path, lab)[0]


def answer_and_page(path: str, lab: str) -> tuple[KernelModule, dict]:
    """The `answer_module`, and the notebook that it stands in; {} if that is none.

    :raises BadInput: if there is no one answer there.
    """
    text, path = read_text(path), plain(path)
    if not is_notebook(path, text):
        return module_of_text(text, path, the_lab(lab).answer), {}
    notebook = read_notebook(text, path)
    try:
        return answer_in(notebook, lab), notebook
    except NoAnswer as refusal:
        raise BadInput(f"{path}: {refusal}") from None


def answer_in(notebook: dict, lab: str) -> KernelModule:
    """The answer to *lab* in a notebook, as a module of one file.

    :raises NoAnswer: if there is no one answer, or if nbgrader could not grade the notebook.
    """
    refuse_what_nbgrader_cannot_grade(notebook, lab)
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    wanted = the_lab(lab)
    answer = answer_cell(cells, f"{lab}-{wanted.answer}")
    module = module_of_cell(source_of(answer), wanted.answer)
    (file,) = module.files
    if module.name != wanted.module or file == wanted.given:
        raise NoAnswer(
            f"the answer cell begins with %%kmod {module.name} {file}; make it %%kmod {wanted.module} {wanted.answer} "
            f"again: the answer to {lab} is the file {wanted.answer} of the module {wanted.module}."
        )
    _refuse_second_definition(cells, answer, module.name, {file, wanted.answer})
    return module


def the_lab(name: str) -> Lab:
    """The lab of that name, which there must be."""
    return LABS[name]


def own_module(path: str) -> KernelModule:
    """The module in a file of kernel Python, on standard input, or linked from all ``%%kmod`` cells of a notebook.

    :raises BadInput: if there is none, or a notebook defines several and none is called myevent.
    """
    text, path = read_text(path), plain(path)
    if not is_notebook(path, text):
        return module_of_text(text, path)
    modules: dict[str, KernelModule] = {}
    for cell in read_notebook(text, path)["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and defines(cell):
            one = _module_in(path, source_of(cell))
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
        return _module_in(path, text, file)
    return KernelModule("myevent", {file: text})


def _module_in(path: str, source: str, file: str = "mykthread") -> KernelModule:
    try:
        return module_of_cell(source, file)
    except NoAnswer as problem:
        raise BadInput(f"{path}: {problem}") from None


def module_of_cell(source: str, file: str = "mykthread") -> KernelModule:
    """The module that running a ``%%kmod`` cell would make, had the notebook no other cell.

    :raises NoAnswer: if it would make none.
    """
    found = kmod_cell(source)
    if found is None:
        raise NoAnswer(f"the answer cell no longer begins with %%kmod myevent {file}; put that line back.")
    line, below = found
    try:
        name, named = parse_magic_line(line)
    except BadMagicLine as problem:
        raise NoAnswer(f"the first line of the answer cell: {problem}") from None
    return KernelModule(name, {named: kmod_text(line, below, source)})


def answer_cell(cells: list[dict], grade_id: str) -> dict:
    """The one cell whose nbgrader ``grade_id`` this is.  Its type is of no matter: nbgrader makes it code again.

    :raises NoAnswer: if there is none, or more than one.
    """
    found = [cell for cell in cells if nbgrader_of(cell).get("grade_id") == grade_id]
    if not found:
        raise NoAnswer(
            f"this notebook has no cell with the grade_id {grade_id}: is it another lab's? If the answer cell was "
            "deleted, copy your answer into a fresh copy of the lab."
        )
    if len(found) > 1:
        raise NoAnswer(
            f"this notebook has {len(found)} cells with the grade_id {grade_id}: one is a copy of the other. Delete "
            "the copy; there must be one answer."
        )
    return found[0]


def _refuse_second_definition(cells: list[dict], answer: dict, module: str, files: set[str]) -> None:
    """Which of two cells counts would depend on the order they are run in; so neither does.  What is locked is put
    right by nbgrader before it counts.

    :raises NoAnswer: if another cell defines the same file of the same module.
    """
    for cell in cells:
        ours = cell is answer or nbgrader_of(cell).get("locked") or nbgrader_of(cell).get("grade")
        name, file = defines(cell) or ("", "")
        if not ours and cell.get("cell_type") == "code" and name == module and file in files:
            raise NoAnswer(
                f"another cell begins with %%kmod {module} {file} too. Delete it, or give it another name; "
                "there must be one answer."
            )
