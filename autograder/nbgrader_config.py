"""nbgrader's configuration: the instructor's desk is this folder; run nbgrader's commands here.

    cd autograder
    nbgrader generate_assignment lab2      # solutions/lab2 -> release/lab2, and the gradebook learns of the lab
    nbgrader autograde lab2                # submitted/STUDENT/lab2 -> autograded/STUDENT/lab2, points in gradebook.db
    nbgrader generate_feedback lab2        # -> feedback/STUDENT/lab2/lab2.html

Everything that these commands write stays below this folder and is ignored by git; labs/, which is not, is made by
`make labs`.
"""

import os
import sys
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions
from nbgrader.server_extensions.formgrader.handlers import template_path

from kthreadlab.grading.release import clear_answers

c = get_config()  # noqa: F821  (nbgrader provides it)

desk = Path(__file__).resolve().parent

c.CourseDirectory.course_id = "kthreadlab"
c.CourseDirectory.root = str(desk)
c.CourseDirectory.source_directory = str(desk.parent / "solutions")
c.CourseDirectory.db_url = f"sqlite:///{desk / 'gradebook.db'}"
c.Exchange.root = str(desk / "exchange")

# nbgrader starts `alembic` by name when it makes a gradebook: the one beside it, whatever is activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
# What is released is made from the solution every time: a folder that is there already is no reason to leave the
# gradebook without the lab.
c.GenerateAssignment.force = True

# An answer that is one text in quotes, duel_1 = "…", is handed out as "?".
steps = GenerateAssignment.class_traits()["preprocessors"].default()
c.GenerateAssignment.preprocessors = [clear_answers() if step is ClearSolutions else step for step in steps]

# A widget that a cell may show doesn't outlive its kernel: what is stored of it would stand for it in no page.
c.Execute.store_widget_state = False
# Checks count steps and states, never seconds; this is only the watchdog behind them.
c.Execute.timeout = 120
# What is tagged "skip-execution" runs: a test cell that does not would not fail either.  (No tag has a comma.)
c.Execute.skip_cells_with_tag = ","
# A submission that lost a test cell gets it back instead of waiting for somebody to look at it.
c.OverwriteCells.add_missing_cells = True

# Feedback: our template of that name comes before nbgrader's own; formgrader's pages stay nbgrader's.
c.HTMLExporter.extra_template_basedirs = [str(desk / "templates"), template_path]
c.HTMLExporter.filters = {name: f"kthreadlab.grading.feedback.{name}" for name in ("arranged", "numbered", "points")}
