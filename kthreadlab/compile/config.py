"""Which machine: the kernel's version, the number of CPUs, how it was built."""

from __future__ import annotations

from dataclasses import dataclass

from kthreadlab.lang.profile import PROFILES, Profile


@dataclass(frozen=True)
class Config:
    """A machine.  *cpus*: how many; a number of at least the number of tasks gives each task its own.
    *preempt*: CONFIG_PREEMPT.  *smp*: CONFIG_SMP, real lock words; None means ``cpus > 1``."""

    profile: str = "2.6.11"
    cpus: int = 1
    preempt: bool = False
    smp: bool | None = None

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ValueError(f"profile {self.profile!r} is not known; one of: {', '.join(PROFILES)}")
        if isinstance(self.cpus, bool) or not isinstance(self.cpus, int) or not 1 <= self.cpus <= 64:
            raise ValueError(f"cpus must be a number from 1 to 64, not {self.cpus!r}")

        if self.preempt and not self.kernel.preemptible:
            raise ValueError(f"Linux {self.profile} has no CONFIG_PREEMPT: preempt must be False")

    @property
    def kernel(self) -> Profile:
        """What this version of the kernel does in its own way."""
        return PROFILES[self.profile]

    @property
    def is_smp(self) -> bool:
        """Whether locks have lock words."""
        return self.cpus > 1 if self.smp is None else self.smp

    def __str__(self) -> str:
        build = "" if self.smp is None or self.smp == (self.cpus > 1) else (" SMP" if self.smp else " UP")
        return f"{self.profile}, {self.cpus} CPU{'s' * (self.cpus > 1)}{build}, PREEMPT={'y' if self.preempt else 'n'}"
