"""What instructors have beside the solutions: notes on a lab, true by the corpus, and shown to nobody else."""

import re
from pathlib import Path

import pytest

from kthreadlab.checks.portfolio import LABS
from kthreadlab.course.registry import ITEMS
from kthreadlab.front import staff
from kthreadlab.front.cli import main
from kthreadlab.front.manual import WIDTH
from tests.support import corpus

REPO = Path(__file__).resolve().parents[2]
NOTED = [lab for lab in LABS if (REPO / "solutions" / f"{lab}-notes.md").is_file()]
WRONG = re.compile(r"^- `(\w+)` \((\w+)\):", re.MULTILINE)
PARTS = ["Fifteen minutes", "Often wrong", "Time"]


def text_of(lab: str) -> str:
    return (REPO / "solutions" / f"{lab}-notes.md").read_text()


def test_the_labs_have_notes():
    """Every one."""

    assert set(LABS) == set(NOTED)


@pytest.mark.parametrize("lab", NOTED)
def test_notes_have_their_parts_and_fit_a_terminal(lab):
    """A demonstration, what is often wrong, time."""

    text = text_of(lab)

    assert text.startswith(f"# Lab {lab[-1]} for instructors: ")
    assert PARTS == re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= WIDTH


@pytest.mark.parametrize("lab", NOTED)
def test_each_wrong_answer_is_in_the_corpus_and_fails_what_the_notes_say(lab):
    """Its root, as the corpus declares and computes it; a lab's notes name eight at least."""

    roots = {s.path.stem: s.header["root"] for s in corpus() if s.lab == lab and s.kind == "wrong"}
    told = WRONG.findall(text_of(lab))

    assert [] == [(name, root) for name, root in told if roots.get(name) != root]
    assert len(told) >= 8 and text_of(lab).count("\n- ") == len(told)


@pytest.mark.parametrize("lab", NOTED)
def test_what_the_notes_name_is_there(lab):
    """Questions and duels by their keys, answers by their names in the corpus."""

    names = {s.path.stem for s in corpus() if s.lab == lab}
    keys = set(re.findall(r"\blab\d\.\w+", text_of(lab)))
    quoted = set(re.findall(r"`([a-z0-9_]+_[a-z0-9_]+)`", text_of(lab)))

    assert {key for key in keys if any(other.startswith(lab) for other in ITEMS)} <= set(ITEMS)
    assert quoted - {"set_current_state"} <= names


def test_whoever_has_the_solutions_reads_them(capsys):
    """`kthreadlab man lab3`."""

    assert 0 == main(["man", "lab3"])
    assert capsys.readouterr().out.rstrip() == text_of("lab3").rstrip()


def test_a_student_is_told_where_they_are(capsys, monkeypatch):
    """Nothing of them is in the package."""

    monkeypatch.setattr(staff, "solutions", lambda: None)

    assert 0 == main(["man", "lab3"])
    said = capsys.readouterr().out
    assert "in the folder solutions/ of the repository" in said and "Often wrong" not in said
    assert not list((REPO / "kthreadlab").rglob("*-notes.md")) and not list((REPO / "labs").rglob("*-notes.md"))
