"""One sentence for each thing that can happen.

Nothing here decides anything: a sentence only reads an event, and the machine before it where the event leaves
something open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kthreadlab.lang import task_state
from kthreadlab.lang.api import CALLS, CONSTANTS

from .catalogue import CATALOGUE
from .events import Event, MachineView

STATES: dict[object, str] = {state: name for state, name in task_state.NAMES.items()}
LETTERS = {name: task_state.LETTERS[state] for state, name in task_state.NAMES.items()}
SIGNALS: dict[object, str] = {number: name for name, number in CONSTANTS.items() if name.startswith("SIG")}
GFP: dict[object, str] = {number: name for name, number in CONSTANTS.items() if name.startswith("GFP_")}
NAMED_LAST_ARG: dict[str, dict[object, str]] = {
    **dict.fromkeys(
        ("set_current_state", "__set_current_state", "prepare_to_wait", "prepare_to_wait_exclusive"), STATES
    ),
    **dict.fromkeys(("allow_signal", "disallow_signal"), SIGNALS),
    **dict.fromkeys(("kmalloc", "kzalloc"), GFP),
    "schedule_timeout": {CONSTANTS["MAX_SCHEDULE_TIMEOUT"]: "MAX_SCHEDULE_TIMEOUT"},
}
"""Calls whose last argument is a constant, with the constants' names."""
LONGEST = 60
"""How much of a text a sentence quotes."""


def plain(value: object, longest: int = 0) -> str:
    """*value* as one line of printable text: control characters are shown, not obeyed; cut at *longest* if given."""
    text = str(value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if not longest or len(text) <= longest else text[: longest - 1] + "…"


def narrate(event: Event, view_before: MachineView | None = None) -> str:
    """What *event* is, in one sentence.  *view_before* may tell what the event leaves out, as who holds a lock."""
    sentence = CATALOGUE[key_of(event)].format_map(_fields(event, view_before))
    return sentence[0].upper() + sentence[1:] if sentence.startswith(("the ", "a ", "an ")) else sentence


def call_text(event: Event) -> str:
    """``name(arguments)`` as the source has it, constants by name."""
    return f"{event.op.removesuffix(':return')}({', '.join(shown_args(event))})"


def shown_args(event: Event) -> list[str]:
    """The arguments as text: a state, a signal and an allocation's flags by their names."""
    shown = list(event.args)
    if event.op in NAMED_LAST_ARG and len(shown) == len(CALLS[event.op].params):
        shown[-1] = NAMED_LAST_ARG.get(event.op, {}).get(shown[-1], shown[-1])
    return [plain(a, LONGEST) for a in shown]


def key_of(event: Event) -> tuple[str, str]:
    """Which sentence tells *event*: that for its outcome; else for the state or the truth that it carries; else for any
    outcome."""
    truth = "" if event.result is None else "yes" if event.result else "no"
    for key in filter(None, (event.outcome, _state(event), truth)):
        if (event.op, key) in CATALOGUE:
            return event.op, key
    return (event.op, "") if (event.op, "") in CATALOGUE else ("", "")


def _fields(event: Event, before: MachineView | None) -> dict[str, str]:
    """Every word that a template may ask for; what nobody knows reads ``?``."""
    args = dict(zip("abc", shown_args(event), strict=False))
    result = "?" if event.result is None else str(event.result)
    last = plain(event.args[-1], LONGEST) if event.args else "?"
    state = _state(event)
    value = event.detail("value", event.result if event.result is not None else last)
    waiters = event.detail("waiters")
    fields = {key: _names(v) if isinstance(v, (tuple, list)) else plain(v, LONGEST) for key, v in event.details}
    return (
        defaultdict(lambda: "?", args)
        | {
            "who": who(event),
            "op": event.op,
            "call": call_text(event),
            "inner": f"{args.get('a', '?')}({', '.join(plain(a, LONGEST) for a in event.args[1:])})",
            "result": result,
            "returning": "" if event.result is None else f" with {event.result}",
            "getting": "" if event.result in (None, 0) else f" at {event.detail('name', event.result)}",
            "value": plain(value, LONGEST),
            "text": plain(event.detail("text", last), LONGEST),
            "state": state,
            "letter": state_letter(event),
            "lock": args.get("a", "a lock"),
            "holder": _holder(event, before),
            "gives": "" if event.result is None else f" {event.result}",
            "woken": _names(waiters) if isinstance(waiters, (tuple, list)) else "the waiter",
            "waiters": "the waiter",
            "are": "are" if isinstance(waiters, (tuple, list)) and len(waiters) > 1 else "is",
            "waiting": "whoever waits for it",
            "with_id": _with_id(event),
            "code": result if event.result is not None else last,
            "signal": _signal(event),
            "target": _target(event),
            "failing": last if event.args else "kmalloc",
            "irq": event.actor.rpartition("/")[2],
            "cpu": str(event.cpu),
            "onto": f", on top of {event.task}" if event.task else ", which was idle",
            "back_to": f", and {event.task} goes on" if event.task else "",
        }
        | fields
    )


def _with_id(event: Event) -> str:
    """What the program is told, if that is an id."""
    id_, variable = event.detail("id"), event.detail("variable")
    if id_ is None:
        return ""
    return f" with {plain(variable)}={plain(id_, LONGEST)}" if variable else f" with the argument {plain(id_, LONGEST)}"


def who(event: Event) -> str:
    """The one that acts: a task, an interrupt, else the choice itself."""
    if event.context == "irq" or "irq/" in event.actor:
        name = plain(event.actor.rpartition("/")[2])
        if event.actor.startswith("softirq/"):
            return f"the function of {name}"
        return f"the {name} interrupt" if "/" in event.actor else "the interrupt"
    return plain(event.task or event.actor or "the machine")


def _state(event: Event) -> str:
    """The ``TASK_*`` name that the event speaks of, or ""."""
    said = event.detail("state")
    if said is None and event.op.endswith("set_current_state") and event.args:
        said = event.args[0]
    if said is None and event.op.startswith("prepare_to_wait") and event.args:
        said = event.args[-1]
    if said is None and event.op.startswith(("wait_event", "sleep_on", "interruptible_sleep_on")):
        said = 1 if "interruptible" in event.op else 2
    return "" if said is None else STATES.get(said, str(said))


def state_letter(event: Event) -> str:
    """The letter by which ps shows the state that *event* speaks of; S where it does not say."""
    state = _state(event)
    return LETTERS.get(state, state) or "S"


def _holder(event: Event, before: MachineView | None) -> str:
    held = before.locks.get(str(event.args[0]), "") if before and event.args else ""
    return held or "another"


def _signal(event: Event) -> str:
    for arg in event.args:
        if arg in SIGNALS or str(arg).startswith("SIG"):
            return plain(SIGNALS.get(arg, arg))
    return f"signal {plain(event.args[0])}" if event.args else "a signal"


def _target(event: Event) -> str:
    """Whom the world acts on: ``kill/mykthread`` acts on mykthread."""
    named = [a for a in event.args if not str(a).startswith("SIG") and not isinstance(a, int)]
    if not named and "/" in event.actor:
        named = [event.actor.rpartition("/")[2]]
    return plain(named[0] if named else event.task or "a task")


def _names(names: Iterable[object]) -> str:
    words = [plain(n) for n in names]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or "nobody"
