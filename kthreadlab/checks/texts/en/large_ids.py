"""Ids that do not fit into an int."""

from __future__ import annotations

from ..cause import Cause

TITLE = "The program is told ids of 2³¹ and more as they are"
RULE = "an id is unsigned: %d prints one of 2³¹ or more as a negative number"
CAUSES = {
    "id": Cause(
        "The program is told another id than {id}.",
        "What does %d do with a number of 2³¹ or more?",
        "Listing Two's id is unsigned. What is the parameter of Listing Five's function?",
        "The type of the number and the conversion in the format belong together.",
        "An odometer that shows minus signs has been read by the wrong rule.",
    ),
}
