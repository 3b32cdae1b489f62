"""Every lab's items: well formed, and each with a key of its own."""

from kthreadlab.checks.portfolio import LABS
from kthreadlab.course.items import Evidence, Question
from kthreadlab.course.registry import ITEMS, evidence_of, points_of
from tests.course.samples import DUEL, PUZZLE


def test_names_in_a_notebook_follow_from_the_key():
    """The variable, and the ids of the two cells."""

    assert ("duel_1", "lab6-duel1", "lab6-duel1-answer") == (DUEL.variable, DUEL.test_id, DUEL.answer_id)
    assert "order_1" == PUZZLE.variable


def test_points_are_the_properties_and_the_evidence(items):
    """In this order, in one table."""

    assert LABS["lab6"].points | {"duel1": 25, "order1": 15} == points_of("lab6")
    assert ["duel1", "order1"] == [item.name for item in evidence_of("lab6")]
    assert LABS["lab2"].points == points_of("lab2")


def test_every_item_of_the_labs_is_well_formed():
    """A key is its lab's; no name is a property's; a question's answer is one of its choices."""

    for key, item in ITEMS.items():
        assert (key, True) == (item.key, item.lab in LABS), key
        if isinstance(item, Question):
            assert item.right in item.choices and item.why and item.about.startswith("M"), key
        if isinstance(item, Evidence):
            assert item.points > 0 and item.name not in LABS[item.lab].properties, key
            assert item.variable.isidentifier(), key
