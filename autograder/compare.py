"""Lay the points of `kthreadlab check` beside those in nbgrader's gradebook; where they differ, somebody should look.

    python autograder/compare.py lab2                        # submitted/*/lab2/lab2.ipynb against gradebook.db
    python autograder/compare.py lab2 --student='a*'         # nbgrader's own options do here too

nbgrader runs what students wrote, and what runs can change points; the check only reads.  Exit status: 0 if all agree,
1 if some differ.  Who has no points in the gradebook differs; what the check can't use agrees with no points.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory

from kthreadlab.trace.narrate import plain

DESK = Path(__file__).resolve().parent


def main(words: list[str]) -> int:
    """Print a line a student; returns the exit status."""
    os.chdir(DESK)
    app = NbGrader()
    app.initialize(words)
    if len(app.extra_args) != 1:
        raise SystemExit("usage: compare.py LAB [NBGRADER OPTIONS]")
    (lab,) = app.extra_args
    graded, files = in_gradebook(app.coursedir, lab), submitted(app.coursedir, lab)
    reports = checked(lab, [str(files[student]) for student in sorted(files)])
    print("nbgrader     check  student")
    differing = 0
    for student in sorted(graded | files):
        theirs = graded.get(student, "none")
        report = next(reports, None) if student in files else {"error": f"no {lab}.ipynb was submitted"}
        if report is None:
            raise SystemExit(f"kthreadlab check ended before it had read what {plain(student)} submitted")
        ours = f"{report['points']}/{report['max_points']}" if "points" in report else "none"
        agree = theirs == ours or (ours == "none" and theirs.startswith("0/"))
        differing += not agree
        remark = "" if agree else f"  DIFFERENT {first_line(report.get('error') or report['problem'])}"
        print(f"{theirs:>8} {ours:>9}  {plain(student)}{remark}".rstrip(), flush=True)
    print(f"{differing} of {len(graded | files)} differ")
    return 1 if differing else 0


def in_gradebook(coursedir: CourseDirectory, lab: str) -> dict[str, str]:
    """Points of how many, by student, as they are exported, but without penalties."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            gradebook.find_assignment(lab)
        except MissingEntry:
            raise SystemExit(f"{coursedir.db_url} has no {plain(lab)}; has it been generated and autograded?") from None
        return {
            s.student.id: f"{s.score:g}/{s.max_score:g}"
            for s in gradebook.assignment_submissions(lab)
            if fnmatch(s.student.id, coursedir.student_id)
        }


def submitted(coursedir: CourseDirectory, lab: str) -> dict[str, Path]:
    """What has been collected: the notebook, by student."""
    folder = coursedir.format_path(coursedir.submitted_directory, coursedir.student_id, lab)
    pattern = Path(folder) / f"{lab}.ipynb"
    files = Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
    return {file.parent.parent.name: file for file in files}


def checked(lab: str, files: list[str]) -> Iterator[dict]:
    """The report on each file, as soon as there is one."""
    command = [sys.executable, "-P", "-m", "kthreadlab", "check", lab, *files, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as check:
        yield from map(json.loads, check.stdout or ())


def first_line(text: str) -> str:
    return plain(text.partition("\n")[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
