"""What is said in English: a module for each property, and the words for what a witness does not know."""

UNKNOWN = {
    "thread": "the thread",
    "task": "a task",
    "id": "x",
    "lock": "a lock",
    "queue": "the wait queue",
    "name": "an object",
    "holder": "its holder",
    "call": "a call that may sleep",
    "property": "a graded property",
    "signal": "another signal",
    "code": "other than 0",
    "line": "?",
    "scenario": "a scenario",
    "cpu": "?",
    "object": "an object",
    "circle": "each waits for the next",
    "chance": "nobody ends it",
    "other": "another",
    "parent": "its parent",
}
"""What a sentence says for a field that the witness does not give."""
ANYTHING = "something"
"""What it says for any other."""
AT, OF = " at line {line}", " of {file}"
"""Where it happened, if the witness says so."""
