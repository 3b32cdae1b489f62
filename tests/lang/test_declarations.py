"""What a declaration says of a call: its versions, its example, its sentences."""

import pytest

from kthreadlab.lang.api import CALLS, OBJECTS, _there, lacking
from kthreadlab.lang.api.docs import example, read, stories
from kthreadlab.lang.profile import PROFILES

DOC = """Do it.

    More of it.

    Return: a number,
    as a rule.
    Example: a = 1; r = f(a) gives 5
    Story: {who} does it.
    Story: no: {who} does not.
    """


@pytest.mark.parametrize(
    ("since", "until", "there"),
    [
        ("", "", "2.4 2.6.11 2.6.24 6.12"),
        ("2.6.9", "", "2.6.11 2.6.24 6.12"),
        ("2.6.24", "", "2.6.24 6.12"),
        ("", "2.6.24", "2.4 2.6.11"),
        ("2.5", "3.10", "2.6.11 2.6.24"),
    ],
)
def test_versions_are_compared_as_numbers(since, until, there):
    """2.6.9 comes before 2.6.11; the first version that lacks a call lacks it."""

    assert there.split() == [version for version in "2.4 2.6.11 2.6.24 6.12".split() if _there(since, version, until)]


def test_what_a_declaration_lacks_a_machine_lacks():
    """Versions stand at the declaration or in the profile: a machine asks neither where."""

    for version, profile in PROFILES.items():
        assert lacking(version) <= profile.missing <= {*CALLS, *OBJECTS}


def test_fields_of_a_docstring():
    """Prose, then fields; a field goes on in the next line; an example says what comes of it."""

    assert (["Do it.", "    More of it."], ["a number, as a rule."]) == (read(DOC)[0], read(DOC)[1]["Return"])
    assert ("a = 1; r = f(a)", "5") == example(DOC)
    assert ("g()", "") == example("Do it.\n\nExample: g()")
    assert example("Do it.") is None


def test_sentences_by_their_outcomes():
    """Any other outcome has no name."""

    assert {"": "{who} does it.", "no": "{who} does not."} == stories(DOC)
