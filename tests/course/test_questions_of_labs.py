"""The questions of every lab."""

import pytest

from kthreadlab import predict
from kthreadlab.course.items import Question
from kthreadlab.course.registry import ITEMS

QUESTIONS = [item for item in ITEMS.values() if isinstance(item, Question)]


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.key)
def test_a_question_has_a_right_answer_and_its_film_decides_it(asked):
    shown = predict(asked.key, asked.right)

    assert asked.right in asked.choices and len(asked.choices) >= 2
    assert "so it is" in repr(shown)
    if asked.run is not None:
        assert shown.film is not None and 1 <= shown.decides <= len(shown.film.steps)
