"""Random programs over every call of the kernel's API, each in a random world on a random machine.

`program` makes one from one integer; `shrunk` makes a failing one small; `compare` says where two searches of one
differ; ``python -m tests.oracle.programs`` counts what they exercise.

They are drawn by `random.Random` and not by hypothesis: a call must be met often enough whatever else is drawn (each
seed features one), a program is known by one integer everywhere, and to shrink a tree of statements, actors and parts
of a world needs their meaning (a lock goes with its release), which a list of drawn bytes does not have.
"""

from tests.oracle.programs.generate import program
from tests.oracle.programs.shrink import shrunk
from tests.oracle.programs.tree import Program

__all__ = ["Program", "program", "shrunk"]
