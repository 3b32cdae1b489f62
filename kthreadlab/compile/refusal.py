"""Lines of generated code by which a choice is not open now, each with its reason.

The search runs them as they are, ``if …: return None``, and the reason costs it nothing.  For whoever asks why, the
same code is written once more, and gives the reason instead (`Refusal.telling`).
"""

from __future__ import annotations


class Refusal(str):
    """A line that ends in ``return None``; *why* is the Python of the reason, see `because`."""

    why: str

    def __new__(cls, line: str, why: str) -> Refusal:
        made = super().__new__(cls, line)
        made.why = why
        return made

    def telling(self) -> str:
        """The line that gives the reason."""
        return f"{self.removesuffix('None')}{self.why}"


def because(kind: str, *, who: str = "()", cpu: int = -1, what: str = "") -> str:
    """The Python of a reason: *kind*, a word of whoever refuses; *who*: the Python of a tuple of actors; *cpu*: which;
    *what*: of what it speaks."""
    return f"_Refused({kind!r}, {who}, {cpu}, {what!r})"


def refuse(test: str, why: str, indent: int = 1) -> Refusal:
    """The line that gives up where *test*, an expression over ``s``, holds."""
    return Refusal(f"{' ' * indent}if {test}: return None", why)


def telling(lines: list[str]) -> list[str]:
    """*lines*, with reasons."""
    return [x.telling() if isinstance(x, Refusal) else x for x in lines]
