"""What only instructors have: it lies beside the solutions, and nothing of it is in a student's installation."""

from __future__ import annotations

from pathlib import Path

from kthreadlab.checks.portfolio import LABS

NOTES = "{}-notes.md"
"""The notes on a lab, in the folder of the solutions: files there are handed out by nobody, folders are."""


def solutions() -> Path | None:
    """The folder of the solutions: in a clone of the repository, or in the folder that one stands in."""
    clone = Path(__file__).resolve().parents[2] / "solutions"
    return next((folder for folder in (clone, Path("solutions")) if (folder / NOTES.format("lab2")).is_file()), None)


def beside_the_solutions(name: str) -> str:
    """The text of a file there; "" if there is none."""
    folder = solutions()
    try:
        return (folder / name).read_text(encoding="utf-8") if folder else ""
    except OSError:
        return ""


def notes(lab: str) -> str:
    """The instructor's notes on a lab, or where they are to be had."""
    title = LABS[lab].title
    found = beside_the_solutions(NOTES.format(lab)).rstrip()
    if not found and solutions():
        return f"There are no notes on {title} yet."
    where = (
        f"The notes for instructors on {title} lie beside its solution,\nin the folder solutions/ of the repository: "
    )
    return found or f"{where}run this in a clone of it."
