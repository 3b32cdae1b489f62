"""What one notebook gives away is not what a later one asks to write."""

import ast
import json
from pathlib import Path

from kthreadlab import KernelModule, check

LABS = Path(__file__).resolve().parents[2] / "labs"
DATA = "myevent_lock = DEFINE_RWLOCK()\nmyevent_id = u32(0)\n"
"""Two lines of Lab 2's answer cell, which stand there already."""
FETCH = """\
def fetch_event():
    global myevent_id
    write_lock_irqsave(myevent_lock, flags)
    event_id = myevent_id
    myevent_id = 0
    write_unlock_irqrestore(myevent_lock, flags)
    return event_id
"""
"""The middle of Lab 2's mykthread, with the locks of the report_event that is given there."""


def sources(lab: str) -> dict[str, str]:
    """The cells of a notebook by grade_id, without their first line."""
    cells = json.loads((LABS / lab / f"{lab}.ipynb").read_text(encoding="utf-8"))["cells"]
    named = {cell["metadata"].get("nbgrader", {}).get("grade_id", ""): cell["source"] for cell in cells}
    return {name: "".join(text).partition("\n")[2] for name, text in named.items() if name}


def function(source: str, name: str) -> str:
    """One function of a file of kernel Python."""
    (found,) = [x for x in ast.parse(source).body if isinstance(x, ast.FunctionDef) and x.name == name]
    return ast.get_source_segment(source, found) or ""


def test_the_report_event_that_lab_2_gives_is_not_lab_3s():
    """Copied, and the fetch taken from the thread that Lab 2 has just asked for."""
    given = function(sources("lab2")["lab2-events"], "report_event")
    answer = f"{DATA}\n\n{given}\n\n\n{FETCH}"

    report = check("lab3", KernelModule("myevent", {"thread": sources("lab3")["lab3-thread"], "events": answer}))

    assert report.points < 40
