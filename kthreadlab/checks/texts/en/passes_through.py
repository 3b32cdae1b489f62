"""Tasks that pass through other states than they should."""

from __future__ import annotations

from ..cause import Cause

TITLE = "It passes through the states that it should"
RULE = "schedule() takes a task off the run queue in the state that it has declared; only what fits that brings it back"
CAUSES = {
    "deaf": Cause(
        "{task} was {been}: it sleeps in D where S is due, and no signal reaches it there.",
        "It sleeps in D here. Is it sure that what it waits for comes, and comes soon?",
        "The article tells two sleeping states apart, below Listing Four, by what a signal does.",
        "The state that is declared decides who may bring the task back: a wake-up alone, or a signal as well. For "
        "what a person may never do, it must be a signal as well.",
        "A program that waits for a key ends at Ctrl-C. Had it waited as it waits for its disk, only the power switch "
        "would have helped.",
    ),
    "woken_by_signals": Cause(
        "{task} was {been}: it sleeps in S where D is due.",
        "It sleeps in S here. Is there anything left to wait for in this sleep, and may a signal end it?",
        "The article tells two sleeping states apart, below Listing Four, by what a signal does.",
        "Who waits for what has happened already has not looked. And who has lent out memory may not leave before it "
        "is given back: what is sure to come is waited for in the state that no signal ends.",
        "A patient who gets up in the middle of an operation helps nobody. He is put to sleep so that calling him "
        "changes nothing.",
    ),
    "sleeps": Cause(
        "{task} was {been}: it sleeps once more, where {due} is due.",
        "It sleeps where nothing is left to wait for. Who has put it there, and in which state did it come?",
        "Look at the last schedule() in the witness, and at what was last declared before it.",
        "schedule() takes off the run queue whoever has another state than TASK_RUNNING, whoever calls it. So what was "
        "declared is either slept in or taken back before anybody else may call it.",
        "He put up the sign 'asleep', saw that it was morning and went to work with it. At the first pause somebody "
        "switched off the light.",
    ),
    "goes_on": Cause(
        "{task} was {been}: it goes on where {due} is due.",
        "It does not wait where it should, or no longer. What made it go on?",
        "See what the witness says of each of its schedule() calls: was it taken off the run queue, and who brought it "
        "back?",
        "schedule() waits only for whoever has declared so. It may also return for nothing, and a signal may have "
        "come: after it one has to look again.",
        "The kettle clicks when somebody bumps the table. One who pours at every click has cold tea.",
    ),
    "stays": Cause(
        "{task} was {been} and stays so: {due} is due, and nothing brings it there.",
        "It stays where it is. Who should have moved it on, and what did that one find?",
        "'Process States and Wait Queues' in the article: a wake-up reaches only those on that queue, and only in the "
        "states it is for.",
        "Write down in which order it joins the queue, declares its state, looks and sleeps. Whatever comes between "
        "the look and the sleep must still find it on the queue and declared.",
        "The guest asked for a call at seven and then changed rooms. The clerk knocked at the old door, on time.",
    ),
    "busy": Cause(
        "{task} was {been} and goes round for ever: {due} is due.",
        "It turns and turns and never comes to the next state. What is it that each turn finds?",
        "In the witness a group of steps repeats. See what its schedule() does, and why.",
        "schedule() does not sleep in S while a signal is pending, and only yields in R. A loop that goes back to it "
        "for either never rests.",
        "He closes his eyes while the phone rings, opens them, and closes them again. It would be better to answer.",
    ),
    "fault": Cause(
        "The machine faulted before {task} had passed through its states.",
        "The machine stopped on the way. Mend the fault first: this follows from it.",
        "The report names the fault and its line in another row. Read that row's hints.",
        "Behind a fault nobody passes into anything. There is nothing to mend here itself.",
        "When the bridge is down no train comes to its terminus. One looks at the bridge.",
    ),
}
