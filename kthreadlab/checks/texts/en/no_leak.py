"""Memory that is lost, or freed twice."""

from __future__ import annotations

from ..cause import Cause

TITLE = "Every allocation is freed exactly once"
RULE = "each kmalloc has one kfree, on every path out of the code that made it"
CAUSES = {
    "lost": Cause(
        "The last pointer to a block from kmalloc is gone{at}, and nothing had freed the block.",
        "A block of memory can no longer be reached. Which assignment overwrote its last address?",
        "Listing Five frees its buffer at the end, but see which of its ways out comes before that line.",
        "Each kmalloc has one owner at a time. Find the path on which the owner returns, or points elsewhere, without "
        "handing the block on or freeing it.",
        "A driver that takes a request off its list is from then on the only one who knows it. It frees it, or puts "
        "it somewhere, before it takes the next.",
    ),
    "at_exit": Cause(
        "{thread} ended, and a block from kmalloc is left that no static variable leads to.",
        "The thread is gone, and memory it had is not. What was it holding when it was killed?",
        "The lines behind the loop of Listing Two clean up what the thread had set up. Does yours hold more than that?",
        "A block in a local variable dies with the function, as an address; the memory stays. The way out on a signal "
        "needs a kfree as well.",
        "A worker called away in mid-parcel puts the parcel back on the shelf, or the next one never finds it.",
    ),
    "at_return": Cause(
        "{task} returned, and a block from kmalloc is left that no static variable leads to.",
        "The call is over and its memory is not. Which way out of the function did it take?",
        "Listing Five has one kmalloc and one kfree, and more than one way to return. Walk each of them.",
        "Behind a kmalloc that gave memory every return needs a kfree before it, or the address must be kept where it "
        "can be found again.",
        "A hotel counts its keys in the evening: whoever leaves by the side door takes one along.",
    ),
    "double_free": Cause(
        "{task} frees a block{at} that was freed before.",
        "The same block is freed twice. Which two lines are they?",
        "Listing Five has one kfree, at the end. Count yours along the path of the witness.",
        "Whoever frees must be the owner, and only one can be. Taking the block off its list and freeing it should "
        "happen where nobody can take it too.",
        "Two clerks who both read 'shred file 7' before either crosses it out will both look for it. Crossing out "
        "comes first, under the key.",
    ),
    "heap_full": Cause(
        "Blocks from kmalloc pile up{at}: more are made than are ever freed.",
        "Memory only ever grows here. What is made for each event, and where does it end?",
        "Listing Five makes a buffer for each event and frees it in the same call. Look for the kfree that belongs to "
        "yours.",
        "A block made per event must be freed per event, also when two reports of one id are merged into one helper.",
        "A log daemon that keeps each line it has written runs well on the first day.",
    ),
}
