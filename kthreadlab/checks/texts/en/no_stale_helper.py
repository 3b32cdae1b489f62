"""Helpers that nobody asked for."""

from __future__ import annotations

from ..cause import Cause

TITLE = "No helper runs without a new event"
RULE = "one report is one reason to run a helper: what has been served must not be found again"
CAUSES = {
    "stale_id": Cause(
        "A helper ran for id {id} once more than id {id} was reported.",
        "A helper ran for something that had been served already. How would your thread know that an id is old?",
        "Listing Two guards against spurious wake-ups with `if (myevent_id)`. What is in that variable after the "
        "first event?",
        "An id that has been taken must not be found there again by the next wake-up, whatever caused it. Taking it "
        "and wiping it have to be one act that no reporter can come into.",
        "A postman takes the letters out of the box; he does not copy the addresses and leave them in. Else every "
        "ring at the box sends the same letters again.",
    ),
    "unknown_id": Cause(
        "A helper ran for id {id}, which nobody had reported.",
        "A helper was given an id that nobody reported. Is 0, or half of something, among the values your thread may "
        "read?",
        "Look at what Listing Two tests before it calls the helper, and at which moment it reads the value it passes "
        "on.",
        "The value that was tested and the value that is passed on must be the same copy, read under one lock. With a "
        "set or a ring, check the empty case and the step from position to id.",
        "A keyboard driver that finds its ring empty returns without a key. Were it to hand on whatever lies at the "
        "tail, one would type ghosts.",
    ),
}
