"""What breaks a run, and whose failure it is.

Behind an oops, an end that nobody asked for, or a CPU that spins for ever, every promise is broken.  Only one property
is to blame: the one that *owns* the break.  The others are judged on the graph cut there; what they fail only behind
the cut *follows* from the owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from .finding import Finding
from .graph import Paths


class Breaks:
    """The broken states of a searched graph.  *zones*: for each property that breaks runs (`Property.broken`) its own,
    closed under what can come after them; *fault_owner*: whose it is to answer for which fault (`Property.faults`)."""

    def __init__(self, paths: Paths, zones: Mapping[str, set[int]], fault_owner: Mapping[str, str]) -> None:
        self.paths, self.fault_owner = paths, fault_owner
        self.zones = {name: zone for name, zone in zones.items() if zone}
        self.broken: set[int] = set().union(*self.zones.values())
        self._own: dict[str, set[int]] = {}

    def own(self, name: str) -> set[int]:
        """The broken states that can be reached through no break but one of *name*'s."""
        if name not in self._own:
            zone = self.zones.get(name, set())
            self._own[name] = self.paths.behind(zone & self.first) if zone else set()
        return self._own[name]

    @cached_property
    def first(self) -> set[int]:
        """The broken states that come straight after an unbroken one."""
        graph, broken = self.paths.graph, self.broken
        first = {0} & broken
        for n in range(graph.expanded):
            if n not in broken:
                first.update(t for t in graph.targets[graph.offsets[n] : graph.offsets[n + 1]] if t in broken)
        return first

    def open(self, name: str, state: int) -> bool:
        """Does *state* count for property *name* itself?"""
        return state not in self.broken or state in self.own(name)

    def blames(self, name: str, finding: Finding) -> bool:
        """Does property *name* fail by *finding* on its own account?"""
        if finding.behind and self.fault_owner.get(finding.fault, name) != name:
            return False
        return self.open(name, finding.state) or (finding.breaking and finding.state in self.first)

    def root(self, name: str, finding: Finding) -> str:
        """The owner of the first break on a shortest way to *finding*, for which *name* is not to blame."""
        for n in self.paths.way_to(finding.state) if self.broken else ():
            if n in self.broken:
                return next((owner for owner, zone in self.zones.items() if n in zone and owner != name), "")
        return self.fault_owner.get(finding.fault, "")
