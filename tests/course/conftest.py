"""The tests' own items, in place of those of the labs."""

import pytest

from kthreadlab.course import registry
from tests.course.samples import ITEMS


@pytest.fixture
def items(monkeypatch):
    """The registry knows the samples and nothing else."""
    monkeypatch.setattr(registry, "ITEMS", {item.key: item for item in ITEMS})
