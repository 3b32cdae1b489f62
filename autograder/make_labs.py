"""Make the students' notebooks in labs/ from the instructor's in solutions/, with nbgrader's own generate_assignment.

    python autograder/make_labs.py [FOLDER]        # FOLDER defaults to labs/

It works on a gradebook of its own that is thrown away, so the instructor's gradebook is left alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

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


if __name__ == "__main__":
    make_labs(Path(sys.argv[1]) if len(sys.argv) > 1 else DESK.parent / "labs")
