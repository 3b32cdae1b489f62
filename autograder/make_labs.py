"""Make the students' notebooks in labs/ from the instructor's in solutions/, with nbgrader's own generate_assignment.

    python autograder/make_labs.py [FOLDER]        # FOLDER defaults to labs/

It works on a gradebook of its own that is thrown away, so the instructor's gradebook is left alone.  What git has of
the labs is what students may have: it is remembered (``kthreadlab/grading/handed_out.json``), for `kthreadlab doctor`
and `kthreadlab lab --update`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from kthreadlab.course.inventory import ITEMS
from kthreadlab.grading.handed_out import STORE, remembered

DESK = Path(__file__).resolve().parent
SOLUTIONS = DESK.parent / "solutions"


def lab_names() -> list[str]:
    """The labs there are, in order."""
    return sorted(notebook.parent.name for notebook in SOLUTIONS.glob("*/*.ipynb") if ".ipynb_" not in str(notebook))


def nbgrader(*words: str, cwd: Path = DESK) -> None:
    """Run one nbgrader command, quietly; its own words are shown if it fails."""
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def make_labs(folder: Path) -> None:
    """Write every lab's student version below *folder*."""
    with tempfile.TemporaryDirectory() as scratch:
        for lab in lab_names():
            nbgrader(
                "generate_assignment",
                lab,
                f"--db=sqlite:///{scratch}/gradebook.db",
                f"--CourseDirectory.release_directory={folder.resolve()}",
            )


TIMES = {"before": "Before the first lab", "after": "After the last lab"}
"""When the inventory is given: a notebook of that name each."""


def make_inventory(folder: Path) -> None:
    """Write the notebooks of the concept inventory below *folder*."""
    for name, title in TIMES.items():
        text = json.dumps(inventory_notebook(name, title), indent=1, ensure_ascii=False)
        (folder / f"{name}.ipynb").write_text(f"{text}\n", encoding="utf-8")


def inventory_notebook(name: str, title: str) -> dict:
    """The twelve questions as a notebook."""
    head = f"# {title}: twelve questions\n\nRun all cells, choose what you think, and save. Nobody grades it."
    texts = ["%load_ext kthreadlab\nfrom kthreadlab import predict", *(f'predict("{x.key}", "?")' for x in ITEMS)]
    empty: dict = {"metadata": {}, "outputs": [], "execution_count": None}
    cells: list[dict] = [{"cell_type": "markdown", "id": f"{name}-title", "metadata": {}, "source": head}]
    cells += [{"cell_type": "code", "id": f"{name}-{n}", "source": text, **empty} for n, text in enumerate(texts)]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def remember_committed() -> None:
    """Add the labs of the last commit to what has been handed out; nothing where there is no git."""
    store = json.loads(STORE.read_text(encoding="utf-8"))
    for name in ("index", *TIMES, *lab_names()):
        path = f"labs/{name}.ipynb" if name not in lab_names() else f"labs/{name}/{name}.ipynb"
        try:
            committed = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=DESK.parent, capture_output=True)
        except OSError:
            return
        if not committed.returncode:
            store = remembered(store, name, json.loads(committed.stdout))
    STORE.write_text(f"{json.dumps(store, indent=0)}\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the students' notebooks from the instructor's.")
    parser.add_argument("folder", nargs="?", type=Path, default=DESK.parent / "labs", help="(labs/)")
    asked = parser.parse_args()
    remember_committed()
    make_inventory(asked.folder)
    make_labs(asked.folder)
