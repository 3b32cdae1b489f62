"""Threads that go on although they should have ended."""

from __future__ import annotations

from ..cause import Cause

TITLE = "The thread ends when it should"
RULE = "whoever is told to end must look after announcing the sleep, as for any other event"
CAUSES = {
    "stays": Cause(
        "{task} should have ended and lives on: {chance}.",
        "It was told to end and sleeps on. At which moment did it look, and at which was it told?",
        "Read the loop as the article reads Listing Four: is there a moment between the look and the announcement of "
        "the sleep?",
        "What is set before a wake-up must be looked at after the state was declared. A thread that looks first can "
        "be told, woken while it still runs, and then lie down.",
        "Last orders were called while he was on the way to his seat. He had asked at the bar just before, and sat "
        "there till the lights went out.",
    ),
    "busy": Cause(
        "{task} should have ended and goes on for ever{at}.",
        "It was told to end and goes on for ever. Does its loop look at what it was told at all?",
        "In the witness a group of steps repeats. See whether one of them reads the word that was given.",
        "Every turn of the loop has to come past the question whether to go on. An inner loop needs it too.",
        "A scanner that rescans on error never saw the 'stop' key: only the outer loop looked at it.",
    ),
    "fault": Cause(
        "The machine faulted before {task} had ended.",
        "The machine stopped before the thread could end. Mend the fault first: this follows from it.",
        "The report names the fault and its line in another row. Read that row's hints.",
        "Behind a fault nobody ends properly. There is nothing to mend here itself.",
        "When the theatre burns nobody counts the acts. One looks for the matches.",
    ),
}
