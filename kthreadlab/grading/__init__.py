"""Answers as they are handed in: where they are kept, what nbgrader would have against them, its feedback."""
