"""What a reader-writer lock looks like to others once somebody has released it in the wrong way."""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Scenario, explore
from kthreadlab.machine.scenario import done
from tests.support import module

FILE = """
lock = DEFINE_RWLOCK()

def wrong(x: u32):
    {take}(lock)
    {give}(lock)

def read(x: u32):
    read_lock(lock)
    read_unlock(lock)

def write(x: u32):
    write_lock(lock)
    write_unlock(lock)
"""
BUILDS = {"one CPU": Config(cpus=1, smp=True), "a CPU each": Config(cpus=16, smp=True), "UP": Config(cpus=1)}
WAYS = [
    # take, give, version, who gets it afterwards on a machine with lock words
    ("read_lock", "write_unlock", "2.6.11", {"read"}),
    ("read_lock", "write_unlock", "6.12", {"read"}),
    ("write_lock", "read_unlock", "2.6.11", {"read"}),
    ("write_lock", "read_unlock", "6.12", set()),
    ("read_lock", "read_unlock", "2.6.11", {"read", "write"}),
    ("write_lock", "write_unlock", "6.12", {"read", "write"}),
]


@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("who", ["read", "write"])
@pytest.mark.parametrize("take, give, version, welcome", WAYS)
def test_who_gets_a_lock_that_was_released_in_the_wrong_way(
    take: str, give: str, version: str, welcome: set[str], who: str, build: str, reduce: bool
) -> None:
    """Its word counts what the calls say, not what they meant; without lock words nobody notices."""

    calls = [Call("first", "wrong", 1), Call("second", who, 1, when=done("first"))]
    config = Config(version, BUILDS[build].cpus, smp=BUILDS[build].smp)
    found = explore(module(FILE.format(take=take, give=give)), Scenario("words", calls=calls), config, reduce=reduce)
    assert (who in welcome or build == "UP") is found.verdicts["returns"].holds
