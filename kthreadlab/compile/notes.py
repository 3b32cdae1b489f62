"""What is noted while code is generated, by whoever writes some of it: nodes and their numbers, violations, places.

It is the one thing about a machine that grows.  What has a number keeps it.
"""

from __future__ import annotations

from collections.abc import Callable

from kthreadlab.lang import ir

from .actor import Actor
from .cells import STORED, State
from .context import Context, Node
from .instructions import Instr
from .limits import Budget, LimitReached

Violation = tuple[str, str, ir.Pos, int]
"""One way to break a property at one place: the property, the cause, the place, the actor (-1: nobody's)."""
Site = tuple[Actor, Instr, ir.Pos, Context, int]
"""A place in the program where a traced event happens: the last is the phase."""
Known = tuple[frozenset[tuple[str, str]], bool, bool]
"""The locks certainly held (cell, mode), and whether interrupts, whether bottom halves are certainly off."""
Text = tuple[list[str], list[ir.Pos]]
"""Lines of generated code, each with the place in the module that it comes from."""


class Meter:
    """What building a machine and searching it is charged to, if that is not to cost anything."""

    def __init__(self, budget: Budget | None) -> None:
        self.budget = budget

    def charge(self, budget: Budget | None) -> None:
        """From now on it is paid from *budget*."""
        self.budget = budget

    def write(self, lines: int, pos: ir.Pos) -> None:
        """So many lines of code have been generated."""
        if self.budget is not None:
            self.budget.write(lines, pos)

    def turn(self, turns: int) -> None:
        """Local loops have made so many turns."""
        if self.budget is not None:
            self.budget.turn(turns)


class Notes:
    """*violations* and *sites*, by number.  *nodes*, by number: None for what is no node, whose numbers *special* has.
    *used* and *stored*: the cells that lines look at, and those to which they say they store; *forced*: the keys of the
    objects that must be in the state; *flags*: the cells by which tasks leave a fact behind.  *predicates*: what the
    tables over nodes hold.  *regions*: the functions of local computation by actor and instruction, and their texts.
    *seconds*: for a node whose operation has another outcome than usual the name of that choice, and the actor.
    *loop_places*: the local loops that may not end; *stuck*: those that did not, by where they began.
    *held*: for each actor what is known of locks before each instruction, once somebody has asked (`reduce.held_at`).
    *hits* and *triggers*: what a run has come across.  *careful*: nothing must be left out after all."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self.sites: list[Site] = []
        self.nodes: list[Node | None] = []
        self.special: dict[tuple[int, str], int] = {}
        self.used: set[str] = set()
        self.stored: set[str] = set()
        self.forced: set[str] = set()
        self.flags: set[str] = set()
        self.predicates: list[Callable[[Node], bool]] = []
        self.regions: dict[tuple[int, int], str] = {}
        self.region_texts: list[Text] = []
        self.seconds: dict[int, tuple[str, int]] = {}
        self.loop_places: list[ir.Pos] = []
        self.stuck: dict[tuple[object, ...], int] = {}
        self.held: dict[int, dict[int, Known]] = {}
        self.hits: list[tuple[int, State]] = []
        self.triggers: dict[str, int] = {}
        self.careful = False
        self._violation_index: dict[Violation, int] = {}
        self._site_index: dict[tuple[int, int, Context, int], int] = {}
        self._tables: dict[str, str] = {}
        self._numbers: dict[Node, int] = {}
        self._contexts: dict[tuple[int, int, int], int] = {}

    def be_careful(self) -> None:
        """Something that was left out as a choice would be seen: the machine is built again, with nothing left out."""
        self.careful = True

    def text(self, lines: list[str], places: list[ir.Pos] | None = None) -> Text:
        """A function of generated code, each line of it with where it comes from (None: nowhere in the module); the
        cells that it names are noted."""
        for name in "\n".join(lines).split("@")[1::2]:
            if name[0] == STORED:
                self.stored.add(name[1:])
            else:
                self.used.add(name)
        return lines, [ir.Pos("", 0)] * len(lines) if places is None else places

    def violation(self, property_: str, cause: str, pos: ir.Pos, actor: int) -> int:
        """The number of one way to break a property at one place."""
        key = (property_, cause, pos, actor)
        if key not in self._violation_index:
            self._violation_index[key] = len(self.violations)
            self.violations.append(key)
        return self._violation_index[key]

    def event_site(self, actor: Actor, instr: Instr, pos: ir.Pos, ctx: Context, phase: int) -> int:
        """The number of the place in the program where a traced event happens."""
        key = (actor.index, id(instr), ctx, phase)
        if key not in self._site_index:
            self._site_index[key] = len(self.sites)
            self.sites.append((actor, instr, pos, ctx, phase))
        return self._site_index[key]

    def loop_place(self, pos: ir.Pos) -> int:
        """The number of the place of a local loop."""
        if pos not in self.loop_places:
            self.loop_places.append(pos)
        return self.loop_places.index(pos)

    def table(self, predicate: Callable[[Node], bool]) -> str:
        """The name, in generated code, of a table over nodes that says where *predicate* holds."""
        self.predicates.append(predicate)
        return f"_T{len(self.predicates) - 1}"

    def shared_table(self, key: str, predicate: Callable[[Node], bool]) -> str:
        """The name of the one table of that *key*."""
        if key not in self._tables:
            self._tables[key] = self.table(predicate)
        return self._tables[key]

    def number(self, node: Node, most_contexts: int, most_nodes: int, pos: ir.Pos) -> int:
        """The number of a node, which stands at *pos*.  Raises `LimitReached` if there are too many nodes, or too
        many of this one's operation."""
        if node not in self._numbers:
            self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
            operation = node[:3]
            self._contexts[operation] = self._contexts.get(operation, 0) + 1
            if self._contexts[operation] > most_contexts:
                raise LimitReached(f"more than {most_contexts} ways to hold locks", pos)
            if len(self.nodes) > most_nodes:
                raise LimitReached(f"more than {most_nodes:,} operations in contexts of their own", pos)
        return self._numbers[node]

    def special_number(self, actor: Actor, what: str) -> int:
        """``final``: finished; ``arrive``: a call that has not come; ``unborn``: a thread not yet created; ``idle``: a
        timer's function that does not run."""
        key = (actor.index, what)
        if key not in self.special:
            self.special[key] = len(self.nodes)
            self.nodes.append(None)
        return self.special[key]

    def generate_again(self) -> None:
        """The same code is to be written once more, with or without a trace."""
        self.regions, self.region_texts, self.seconds = {}, [], {}
