"""include/linux/list.h: lists whose links lie inside what is listed."""

from dataclasses import dataclass

from .declare import declares, since, type_name, word
from .kinds import Anything, Int, ListHead, Pointer, TypeName, Void

SOURCE = "include/linux/list.h"


@dataclass(frozen=True)
class Walk:
    """A macro that stands in a ``for``.  *safe*: the entry at hand may be taken off in the body; *back*: from the tail
    on; *structs*: it gives the structs around the links, not these."""

    safe: bool = False
    back: bool = False
    structs: bool = True


LOOPS = {
    "list_for_each_entry": Walk(),
    "list_for_each_entry_safe": Walk(safe=True),
    "list_for_each_entry_reverse": Walk(back=True),
    "list_for_each": Walk(structs=False),
    "list_for_each_safe": Walk(safe=True, structs=False),
    "list_for_each_prev": Walk(back=True, structs=False),
}
"""The macros that stand in a ``for``."""


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


@word
def list_for_each_entry_reverse(head: ListHead, type_: TypeName, member: Anything) -> Pointer:
    """As list_for_each_entry, from the tail on.

    Use: for p in list_for_each_entry_reverse(head, event, "link"):
    """


@word
def list_for_each(head: ListHead) -> Pointer:
    """A loop over the links on a list, from the head on: list_entry of each is the struct that it is in.

    The next links are looked up after the body.  Nothing is locked.

    Use: for p in list_for_each(head):
    """


@word
def list_for_each_safe(head: ListHead) -> Pointer:
    """As list_for_each, where the body may take off the links at hand.

    Use: for p in list_for_each_safe(head):
    """


@word
def list_for_each_prev(head: ListHead) -> Pointer:
    """As list_for_each, from the tail on.

    Use: for p in list_for_each_prev(head):
    """


def list_move(list_: ListHead, head: ListHead) -> Void:
    """Move an entry from its list to the head of one, perhaps the same.

    An entry that is an empty list is on none, and may be moved all the same.

    Context: any; nothing is locked, so whoever shares the lists does that.
    Example: list_add(node.link, ring); list_move(node.link, ring); r = list_empty(ring) gives 0
    Story: {who} moves {a} to {b}, to its head.
    """


def list_move_tail(list_: ListHead, head: ListHead) -> Void:
    """Move an entry from its list to the tail of one, perhaps the same.

    Context: any; nothing is locked, so whoever shares the lists does that.
    Example: list_add(node.link, ring); list_move_tail(node.link, ring); r = list_empty(ring) gives 0
    Story: {who} moves {a} to {b}, to its tail.
    """


def list_splice(list_: ListHead, head: ListHead) -> Void:
    """Put all that is on one list at the head of another.

    The first list must be made an empty list before it is used again: its links lead into the other.

    Context: any; nothing is locked, so whoever shares the lists does that.
    Example: other_ring = LIST_HEAD(); list_add(node.link, ring); list_splice(ring, other_ring);
    r = list_empty(other_ring) gives 0
    Story: {who} puts all that is on {a} at the head of {b}.
    """


@since("2.6")
def list_splice_init(list_: ListHead, head: ListHead) -> Void:
    """Put all that is on one list at the head of another, and make the first an empty list.

    How a worker takes everything that has come: under the lock that the list is shared by, onto a list of its own.

    Context: any; nothing is locked, so whoever shares the lists does that.
    Example: other_ring = LIST_HEAD(); list_add(node.link, ring); list_splice_init(ring, other_ring);
    r = list_empty(ring) * 10 + list_empty(other_ring) gives 10
    Story: {who} puts all that is on {a} at the head of {b}, and {a} is an empty list.
    """


@since("2.6.27")
def list_splice_tail(list_: ListHead, head: ListHead) -> Void:
    """Put all that is on one list at the tail of another.

    The first list must be made an empty list before it is used again: its links lead into the other.

    Context: any; nothing is locked, so whoever shares the lists does that.
    Example: other_ring = LIST_HEAD(); list_add(node.link, ring); list_splice_tail(ring, other_ring);
    r = list_empty(other_ring) gives 0
    Story: {who} puts all that is on {a} at the tail of {b}.
    """


@since("2.6.27")
def list_splice_tail_init(list_: ListHead, head: ListHead) -> Void:
    """Put all that is on one list at the tail of another, and make the first an empty list.

    Context: any; nothing is locked, so whoever shares the lists does that.
    Example: other_ring = LIST_HEAD(); list_add(node.link, ring); list_splice_tail_init(ring, other_ring);
    r = list_empty(ring) * 10 + list_empty(other_ring) gives 10
    Story: {who} puts all that is on {a} at the tail of {b}, and {a} is an empty list.
    """


@since("2.6.18")
def list_replace_init(old: ListHead, new: ListHead) -> Void:
    """Put links in the place of others, an entry's or a list's, and make those an empty list.

    Of an empty list the new one is none: its links lead to the old.

    Context: any; nothing is locked, so whoever shares the lists does that.
    Example: other_ring = LIST_HEAD(); list_add(node.link, ring); list_replace_init(ring, other_ring);
    r = list_empty(ring) * 10 + list_empty(other_ring) gives 10
    Story: {who} puts {b} in the place of {a}, which is an empty list now.
    """


@since("2.6.25")
def list_is_singular(head: ListHead) -> Int:
    """Is exactly one entry on it?

    Return: 1 if there is one, 0 if there is none, or more.
    Example: list_add(node.link, ring); r = list_is_singular(ring) gives 1
    Story: yes: {who} sees exactly one entry on {a}.
    Story: no: {who} sees no entry on {a}, or more than one.
    """


@since("2.6.22")
def list_first_entry(ptr: ListHead, type_: TypeName, member: Anything) -> Pointer:
    """The struct that the first entry of a list is in.

    Of an empty list it is what lies around the list itself: no such struct.

    Return: the address of the struct.
    Example: list_add(node.link, ring); r = list_first_entry(ring, item, "link") == node gives 1
    """


@since("3.13")
def list_last_entry(ptr: ListHead, type_: TypeName, member: Anything) -> Pointer:
    """The struct that the last entry of a list is in.

    Of an empty list it is what lies around the list itself: no such struct.

    Return: the address of the struct.
    Example: list_add(node.link, ring); r = list_last_entry(ring, item, "link") == node gives 1
    """


@since("3.10")
def list_first_entry_or_null(ptr: ListHead, type_: TypeName, member: Anything) -> Pointer:
    """The struct that the first entry of a list is in, or NULL if the list is empty.

    Return: the address of the struct, or NULL.
    Example: r = list_first_entry_or_null(ring, item, "link") == NULL gives 1
    """
