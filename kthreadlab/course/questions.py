"""Predictions: a question is answered before its film is seen.  Nobody grades them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kthreadlab.checks.replaying import replay
from kthreadlab.lang.diagnostics import InputError
from kthreadlab.show.film import film as film_of
from kthreadlab.show.host import in_notebook, somebody_plays
from kthreadlab.show.page import trace_html
from kthreadlab.trace.events import Event, Trace

from .items import UNANSWERED, Moment, Question
from .page import question_html, still
from .registry import item


@dataclass(frozen=True, repr=False)
class Prediction:
    """A question as it stands in a notebook: *answer* is a letter, or "?".  *decides*: the step of *film* that decides
    it, from 1; 0 without one."""

    question: Question
    answer: str
    film: Trace | None = None
    decides: int = 0

    @property
    def answered(self) -> bool:
        """Has somebody chosen?"""
        return self.answer != UNANSWERED

    @property
    def verdict(self) -> str:
        """What is said once it is answered."""
        if not self.answered:
            return ""
        asked = self.question
        word = "so it is" if self.answer == asked.right else f"it is {asked.right}"
        return f"You said {self.answer}{f': {word}' if asked.right else ''}. {asked.why}"

    def __repr__(self) -> str:
        asked = self.question
        lines = [
            asked.text,
            *(f"  {'>' if x == self.answer else ' '} {x}  {says}" for x, says in asked.choices.items()),
        ]
        return "\n".join([*lines, self.verdict or NOT_YET])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle = {"text/plain": repr(self)}
        if in_notebook():
            bundle["text/html"] = self.output() if somebody_plays() else self.still()
        return bundle

    def still(self) -> str:
        """What stands where no script runs: nothing of the film before there is an answer."""
        asked = self.question
        figure = still([asked.text, *(f"{x}  {says}" for x, says in asked.choices.items()), self.verdict or NOT_YET])
        return figure if self.film is None or not self.answered else f"{figure}\n{trace_html(self.film)}"

    def output(self) -> str:
        """What a notebook stores: it takes a click, and its film goes on then."""
        asked = self.question
        data: dict[str, object] = {
            **{"key": asked.key, "text": asked.text, "choices": dict(asked.choices), "answer": self.answer},
            **{"right": asked.right, "why": asked.why},
        }
        if self.film is not None:
            data |= {"film": film_of(self.film, at=self.decides - 1), "decides": self.decides}
        return question_html(self.still(), data)


NOT_YET = "Not answered yet: put a letter between the quotes."


def predict(key: str, answer: str = UNANSWERED, film: Trace | None = None, *, at: Moment | None = None) -> Prediction:
    """Ask a question; *answer* is a letter, or "?" as long as nobody has chosen.

    *film*: what is to be seen afterwards instead of its own, and not beyond the step *at* (the question's own) before
    it is answered.

    :raises InputError: if there is no such question, no such choice, or no such step.
    """
    asked = item(key, Question)
    letter = answer.strip().lower() if isinstance(answer, str) else ""
    if letter != UNANSWERED and letter not in asked.choices:
        raise InputError(
            f"{key} has no choice {str(answer)[:20]!r}; it has: {', '.join(asked.choices)}, or ? for none yet"
        )
    if film is not None and not isinstance(film, Trace):
        raise InputError(f"film is a trace, as replay gives it, not {type(film).__name__}")
    if film is None and asked.run is not None:
        film = replay(asked.run.module, asked.run.scenario, asked.run.config, asked.run.schedule)
    moment = at if at is not None else asked.at
    return Prediction(asked, letter, film, 0 if film is None else step_of(film, moment))


def step_of(film: Trace, moment: Moment | None) -> int:
    """The step of a film that is meant, from 1; without one, the last.

    :raises InputError: if it has none.
    """
    if moment is None:
        return len(film.steps)
    if isinstance(moment, int):
        if not 1 <= moment <= len(film.steps):
            raise InputError(f"the film has the steps 1 to {len(film.steps)}, and no step {moment}")
        return moment
    found = [event.step for event in film.events if _meant(event, moment)]
    nth = 1 if callable(moment) else moment[2]
    if not 1 <= nth <= len(found):
        which = "" if callable(moment) else f": {moment[0]} of {moment[1]} comes {len(found)} times in it, not {nth}"
        raise InputError(f"the step that decides is not in this film{which}")
    return found[nth - 1] + 1


def _meant(event: Event, moment: Moment) -> bool:
    if callable(moment):
        return bool(moment(event))
    assert not isinstance(moment, int)
    return event.op == moment[0] and moment[1] in (event.task, event.actor)
