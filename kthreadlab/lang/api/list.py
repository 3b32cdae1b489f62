"""include/linux/list.h."""

from kthreadlab.lang.api.declare import declares
from kthreadlab.lang.api.kinds import Argument, Int, ListHead, Pointer, TypeName, Void

SOURCE = "include/linux/list.h"


@declares
def LIST_HEAD() -> ListHead:
    """LIST_HEAD."""


@declares
def list_head() -> ListHead:
    """list_head."""


def INIT_LIST_HEAD(head: ListHead) -> Void:
    """Make an empty list."""


def list_add(head: ListHead, head2: ListHead) -> Void:
    """Put a new entry at the head."""


def list_add_tail(head: ListHead, head2: ListHead) -> Void:
    """Put a new entry at the tail."""


def list_del(head: ListHead) -> Void:
    """Take an entry off; it must not be used as one again."""


def list_del_init(head: ListHead) -> Void:
    """Take an entry off and make it an empty list."""


def list_empty(head: ListHead) -> Int:
    """Is nothing on it?"""


def list_entry(head: ListHead, type_: TypeName, arg: Argument) -> Pointer:
    """The struct that an entry is in."""
