"""A prediction: answered or not, and the step of a film that decides it."""

import pytest

from kthreadlab import predict
from kthreadlab.checks.replaying import replay
from kthreadlab.course.questions import step_of
from kthreadlab.lang.diagnostics import InputError
from tests.course.samples import DUEL, QUESTION, WON

pytestmark = pytest.mark.usefixtures("items")


def film():
    return replay(DUEL.module, DUEL.scenario, DUEL.config, WON)


def test_what_is_not_answered_tells_nothing():
    """The text has the question and its choices, and neither the right one nor why."""

    text = repr(predict("lab6.p1", "?"))

    assert QUESTION.text in text
    assert all(choice in text for choice in QUESTION.choices.values())
    assert QUESTION.why not in text
    assert "put a letter between the quotes" in text


@pytest.mark.parametrize(("answer", "word"), [("b", "so it is"), (" B ", "so it is"), ("a", "it is b")])
def test_an_answer_is_told_what_is_so_and_why(answer, word):
    """Capitals and blanks are no mistake."""

    text = repr(predict("lab6.p1", answer))

    assert f"You said {answer.strip().lower()}: {word}. {QUESTION.why}" in text


@pytest.mark.parametrize("answer", ["x", "", "ab", 1, None, ["a"]])
def test_what_is_no_choice_is_refused_with_the_choices(answer):
    """The error lists the letters that there are."""

    with pytest.raises(InputError, match=r"lab6\.p1 has no choice .*; it has: a, b, c, or \?"):
        predict("lab6.p1", answer)


@pytest.mark.parametrize("key", ["lab6.p9", "lab6.duel1", "", None])
def test_a_question_that_there_is_not_is_refused(key):
    """So is a key of something else."""

    with pytest.raises(InputError, match=r"there is no question .*; there are: lab6\.p1"):
        predict(key, "?")


@pytest.mark.parametrize(
    ("moment", "step"),
    [
        (("wake_up_interruptible", "disk", 1), 28),
        (("schedule", "mykthread", 1), 6),
        (("schedule", "mykthread", 2), 38),
        (lambda event: event.op == "exec", 23),
        (3, 3),
        (None, 38),
    ],
)
def test_the_step_that_decides_is_found_by_what_it_does(moment, step):
    """By an operation of a task, by a predicate, by its number; without any it is the last."""

    assert step == step_of(film(), moment)


@pytest.mark.parametrize("moment", [("schedule", "mykthread", 3), ("nothing", "disk", 1), 0, 39, lambda event: False])
def test_a_step_that_is_not_there_is_an_error(moment):
    """So that a film that has changed is noticed."""

    with pytest.raises(InputError, match=r"the step that decides is not in this film|no step"):
        step_of(film(), moment)


def test_a_film_is_a_trace():
    """Nothing else can be shown."""

    with pytest.raises(InputError, match="film is a trace"):
        predict("lab6.p1", "?", WON)
