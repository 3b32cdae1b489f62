"""What differs from one version of the kernel to the next, as values the operations read.

A profile is chosen when a machine is booted.  What every version does alike is nowhere here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """One version.  *missing*: calls of the API that it does not have. *reaper*: pid of the task that daemonize makes
    the parent. *queued_wake*: what try_to_wake_up returns for a task that had declared a state and not yet gone to
    sleep. *wait_hides_exec_error*: a helper that could not be executed looks like success to whoever waits for its end.
    *atomic*, *might_sleep*: formats of the two warnings; the fields are comm, count, pid, file, line, atomic, off."""

    name: str
    missing: frozenset[str] = frozenset()
    reaper: int = 1
    queued_wake: int = 0
    wait_hides_exec_error: bool = True
    atomic: str = "scheduling while atomic: {comm}/0x{count:08x}/{pid}"
    might_sleep: tuple[str, ...] = (
        "Debug: sleeping function called from invalid context at {file}:{line}",
        "in_atomic():{atomic}, irqs_disabled():{off}",
    )


PROFILES: dict[str, Profile] = {p.name: p for p in (Profile("2.6.11"),)}
"""Versions that can be booted, by name.  Sources: linux-2.6.11, kernel/sched.c, kernel/exit.c, kernel/kmod.c."""
