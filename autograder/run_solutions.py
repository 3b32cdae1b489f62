"""Run the notebooks in solutions/ and the start page from top to bottom, and keep what they print.

    python autograder/run_solutions.py

The outputs are part of the repository: `make test` runs the notebooks again and compares.  Nothing that differs from
one machine to the next is kept.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

REPO = Path(__file__).resolve().parent.parent
EVERY = [*sorted((REPO / "solutions").glob("*/*.ipynb")), REPO / "labs" / "index.ipynb"]
"""The start page has nothing to solve: it is its own source."""


def run(path: Path) -> None:
    """Execute the notebook at *path* in place.

    :raises nbclient.exceptions.CellExecutionError: if a cell fails; the notebook is then left as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=120, record_timing=False, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    nbformat.write(notebook, path)
    print(f"{path.parent.name}/{path.name}: {sum(c.cell_type == 'code' for c in notebook.cells)} cells run")


if __name__ == "__main__":
    os.environ.pop("JPY_SESSION_NAME", None)  # whichever notebook this was started from: its name is in no output
    for notebook in map(Path, sys.argv[1:]) if len(sys.argv) > 1 else EVERY:
        run(notebook)
