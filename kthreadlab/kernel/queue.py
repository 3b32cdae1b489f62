"""The cells of a wait queue and of its entries, and what joining and leaving one writes there.

A queue's cell is the tuple of its entries' addresses, head first; an entry's is ``(task, autoremove, exclusive,
queue)``, with what its links are instead of a queue while it is on none (`links`), and None once its stack frame is
gone.  Behind stale links stands whom they lead to.  An entry that nothing has initialised is `NOBODY`'s.
"""

from __future__ import annotations

from collections.abc import Callable

from kthreadlab.compile.cells import Cells, State
from kthreadlab.compile.layout import Laid
from kthreadlab.compile.runtime import KernelFault

EMPTY, NULL, POISON, STALE = 0, -1, -2, -3
"""What the links of an entry are that is on no queue; see `links`."""
CORRUPT = -1
"""In a queue: from here on the links go round in a circle."""
NOBODY = -1
"""The task of a wait-queue entry that nothing has initialised."""


def entry_at(c: Cells, e: int) -> State:
    """The entry at *e*, if its function has not returned."""
    entry: State | None = c[e]
    if entry is None:
        raise KernelFault("dead_stack")
    return entry


def link(c: Cells, q: int, e: int, exclusive: int) -> None:
    """Put entry *e* on queue *q*: at the head, or at the tail if exclusive.  If it is on a queue already, that leads
    astray from then on: round in a circle, or into the other."""
    queue, entry = c[q], entry_at(c, e)
    if queue is None:
        raise KernelFault("uninitialised_queue")
    if CORRUPT in queue:
        raise KernelFault("corrupted_queue")
    if entry[3] > 0:
        c[entry[3]] = (*(x for x in c[entry[3]] if x != e), CORRUPT)
    if entry[3] == q:
        c[q] = (CORRUPT,)
    else:
        c[q] = (*queue, e) if exclusive else (e, *queue)
    c[e] = (entry[0], entry[1], exclusive, q)


def unlink(c: Cells, q: int, e: int, off: int = EMPTY, after: int = EMPTY) -> None:
    """Follow the links of entry *e* to take it off queue *q*, or whatever other it is on.  *off*: what they are where
    its cell says 0; *after*: what becomes of them."""
    queue, entry = c[q], entry_at(c, e)
    if queue is None:
        raise KernelFault("uninitialised_queue")
    links = entry[3] or off
    if links == NULL:
        raise KernelFault("not_queued")
    if links == POISON:
        raise KernelFault("poisoned_entry")
    if links > 0 and CORRUPT in c[links]:
        raise KernelFault("corrupted_queue")
    beside = entry[4:]
    if links == STALE:
        join_again(c, *beside)
    elif links > 0:
        beside = (links, *neighbours((links, *c[links]), e)) if after == STALE else ()
        c[links] = tuple(x for x in c[links] if x != e)
    c[e] = (*entry[:3], after, *beside)


def neighbours(ring: State, e: int) -> tuple[int, int]:
    """Who stands before and behind *e* in a ring of links; the head, where the queue was made anew."""
    n = ring.index(e) if e in ring else 0
    return ring[n - 1], ring[(n + 1) % len(ring)]


def join_again(c: Cells, q: int, before: int, behind: int) -> None:
    """What list_del() writes through stale links, which led to queue *q*, whichever it is given: once more, that
    *behind* follows *before*.  Harmless as long as it does."""
    if c[q] is None:
        raise KernelFault("dead_stack")
    ring = (q, *c[q])
    if CORRUPT in ring or before not in ring or neighbours(ring, before)[1] != behind:
        raise KernelFault("corrupted_queue")


def make_tear(m: Laid) -> Callable[[Cells, int], None]:
    """``tear(c, e)``: the links of entry *e*, which may still be on a queue, are overwritten."""
    queues = m.layout.cells_of("wait_queue_head")

    def tear(c: Cells, e: int) -> None:
        for q in (*queues, *m.memory.of_kind(c, "wait_queue_head")):
            if c[q] and e in c[q]:
                c[q] = (*c[q][: c[q].index(e)], CORRUPT)

    return tear


def environment(m: Laid) -> dict[str, object]:
    """What generated code calls."""
    return {
        "_link": link,
        "_unlink": unlink,
        "_entry_at": entry_at,
        "_tear": make_tear(m),
        "_CORRUPT": CORRUPT,
    }
