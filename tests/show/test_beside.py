"""Two runs beside each other: the same up to a step, and then what each does."""

import re

import pytest

from kthreadlab import beside, predict


@pytest.fixture(scope="module")
def films():
    return predict("lab5.p2").film, predict("lab5.p4").film


def test_they_are_shown_from_the_step_on_in_which_they_part(films):
    shown = beside(*films)
    text = repr(shown)
    assert shown.first == 6 and text.startswith("The same up to step 5.\n")
    assert ("2.6.11", "6.12") == shown.heads
    assert "waits in D" in text and "goes on without waiting" in text and "run_umode_handler(7)" not in text
    assert len(shown.rows()) == max(len(film.steps) for film in films)


def test_a_row_that_differs_is_marked_and_both_ends_are_told(films):
    text = repr(beside(*films))
    assert re.search(r"^ +6 ≠ ", text, re.M) and re.search(r"^ +12 ≠ ", text, re.M)
    assert "nobody can move" in text and "the machine has" in text


def test_the_table_says_the_same_as_the_text(films):
    shown = beside(*films)
    table = shown._repr_html_()
    assert 2 + len(list(shown.unlike())) == table.count("<tr>")
    assert table.count('scope="col"') == 3 and "<caption>The same up to step 5.</caption>" in table


def test_two_that_are_the_same_say_so(films):
    shown = beside(films[0], films[0])
    assert (0, "The same at every step.") == (shown.first, shown.caption)
    assert [] == list(shown.unlike())


def test_what_is_no_trace_is_refused(films):
    with pytest.raises(ValueError, match="beside takes two traces, not str"):
        beside(films[0], "6.12")
