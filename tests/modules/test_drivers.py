"""Drivers of devices that have all they need in a struct, two of them at least, in the shapes that public drivers have.

The right one fails nothing on any machine.  Its twin has the bug that its shape is known for: it fails what a reviewer
would name (*breaks*), on the machines on which that can happen (*on*), and what comes of it by itself (*also*).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.modules.pairs import MACHINES, failing, header, options, twin

FILES = sorted((Path(__file__).parent / "drivers").glob("*.py"))


def named(paths: list[Path]) -> list:
    """One parameter a file, the large ones only where there is time."""
    long = [pytest.mark.long]
    return [pytest.param(path, id=path.stem, marks=long if "large" in header(path) else []) for path in paths]


@pytest.mark.parametrize("path", named(FILES))
def test_a_right_driver_fails_nothing(path, capsys):
    """With no option but what comes."""
    found = {machine: failing(path, options(path), machine, capsys) for machine in MACHINES}
    assert dict.fromkeys(MACHINES, set()) == found


@pytest.mark.parametrize("path", named(FILES))
def test_its_twin_fails_what_a_reviewer_names(path, tmp_path, capsys):
    """And nothing else but what comes of that."""
    text, told = path.read_text(encoding="utf-8"), header(path)
    wrong = tmp_path / path.name
    wrong.write_text(twin(text), encoding="utf-8")
    assert wrong.read_text(encoding="utf-8") != text
    found = {machine: failing(wrong, options(path), machine, capsys) for machine in MACHINES}
    assert {told["breaks"], *told.get("also", "").split()} == set().union(*found.values())
    assert told["on"].split() == [machine for machine in MACHINES if told["breaks"] in found[machine]]


def test_there_are_twenty_shapes():
    """Each with its two devices."""
    assert len({header(path)["shape"] for path in FILES}) == len(FILES) >= 20
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert " = struct(" in text
        assert ", 2)\n" in text
