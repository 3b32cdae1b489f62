"""include/linux/list.h: lists whose links lie inside what is listed."""

from .declare import declares, type_name, word
from .kinds import Anything, Int, ListHead, Pointer, TypeName, Void

SOURCE = "include/linux/list.h"

LOOPS = {"list_for_each_entry": False, "list_for_each_entry_safe": True}
"""The macros that stand in a ``for``; True: the entry at hand may be taken off in the body."""


@declares
def LIST_HEAD() -> ListHead:
    """A list, empty."""


@type_name
def list_head() -> ListHead:
    """Links that nothing has initialised yet: the head of a list, or a field of what goes onto one.

    As a field it stands without brackets: item = struct("item", id=u32, link=list_head).

    Here: a list knows its head; where two lists are torn into each other, both are corrupted.
    """


def INIT_LIST_HEAD(head: ListHead) -> Void:
    """Make an empty list.

    The head's links point to the head.
    """


def list_add(new: ListHead, head: ListHead) -> Void:
    """Put a new entry at the head.

    A stack.  An entry that is on a list already must be taken off first.

    Context: any; nothing is locked, so whoever shares the list does that.
    """


def list_add_tail(new: ListHead, head: ListHead) -> Void:
    """Put a new entry at the tail.

    A queue: what came first is at the head.  An entry that is on a list already must be taken off first.

    Context: any; nothing is locked, so whoever shares the list does that.
    """


def list_del(entry: ListHead) -> Void:
    """Take an entry off; it must not be used as one again.

    Its links are poison afterwards: to follow them, or to take it off again, oopses.

    Context: any; nothing is locked, so whoever shares the list does that.
    """


def list_del_init(entry: ListHead) -> Void:
    """Take an entry off and make it an empty list.

    So list_empty() of the entry says that it is on no list, and to take it off again does no harm.

    Context: any; nothing is locked, so whoever shares the list does that.
    """


def list_empty(head: ListHead) -> Int:
    """Is nothing on it?

    Return: 1 if nothing is on it, 0 if something is.
    """


def list_entry(ptr: ListHead, type_: TypeName, member: Anything) -> Pointer:
    """The struct that an entry is in.

    list_entry(pos, event, "list") for a struct event with a field list.

    Return: the address of the struct.
    """


def container_of(ptr: Pointer, type_: TypeName, member: Anything) -> Pointer:
    """The struct that an object is in.

    container_of(t, dev, "timer") for a struct dev with a field timer.  It is an address less an offset: nobody looks
    whether there is such a struct.

    Return: the address of the struct.
    Source: include/linux/kernel.h
    """


@word
def list_for_each_entry(head: ListHead, type_: TypeName, member: Anything) -> Pointer:
    """A loop over what is on a list, from the head on.

    The next entry is looked up after the body: an entry that the body takes off or frees leads nowhere.  Nothing is
    locked.

    Use: for p in list_for_each_entry(head, event, "link"):
    """


@word
def list_for_each_entry_safe(head: ListHead, type_: TypeName, member: Anything) -> Pointer:
    """As list_for_each_entry, where the body may take off the entry at hand.

    The next entry is known before the body: it is that one which must stay.

    Use: for p in list_for_each_entry_safe(head, event, "link"):
    """
