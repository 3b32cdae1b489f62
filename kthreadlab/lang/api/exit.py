"""kernel/exit.c."""

from kthreadlab.lang.api.declare import process, sleeps
from kthreadlab.lang.api.kinds import Int, Text, Void

SOURCE = "kernel/exit.c"


@sleeps
def daemonize(text: Text = None, *args) -> Void:
    """Name the caller, drop user resources, block all signals, become init's child."""


def reparent_to_init() -> Void:
    """Become init's child."""


@process
def do_exit(n: Int) -> Void:
    """End the caller."""
