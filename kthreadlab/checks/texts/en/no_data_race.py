"""Data that two touch at the same moment."""

from __future__ import annotations

from ..cause import Cause

TITLE = "No two touch the same data at the same moment"
RULE = "data that more than one can reach is used under one lock, or in steps that cannot be parted"
CAUSES = {
    "plain": Cause(
        "{task} and {other} can touch {object}{at} at the same moment, and one of them writes.",
        "Two of them can touch the same data at the same moment, and one of them writes. What keeps them apart?",
        "The witness ends where both are about to do it. Look which lock each of the two holds there.",
        "Data that several tasks or an interrupt use needs one lock that all of them take, or operations that are one "
        "step: atomic_t, xchg(), bit operations; READ_ONCE() and WRITE_ONCE() where a single word is enough.",
        "Two clerks kept one ledger. Since only one pen lies beside it, nobody reads half an entry.",
    ),
}
