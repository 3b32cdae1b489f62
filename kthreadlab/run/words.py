"""The words for what is known of a property."""

HOLDS, FOLLOWS, FAILS = "holds", "follows", "fails"
NOT_EXERCISED, NOT_DECIDED = "not exercised", "not decided"
