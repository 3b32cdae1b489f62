"""A check's report as text for a terminal, and as a small HTML table for a notebook.

Both say the same: a verdict for each property, by word and by mark; the points; and what goes wrong.  A terminal tells
how only of the first graded failure, or of the one that is asked for; a notebook folds the stories away.  Nothing in
them differs from one run to the next, and no text of a student's reaches a page unescaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from textwrap import TextWrapper

from kthreadlab.checks.report import PropertyFails, PropertyResult, Report, replay_command
from kthreadlab.lang.diagnostics import Span, listed, told
from kthreadlab.trace.narrate import plain

from . import colour
from .picture import colours

WIDTH = 100
NOT_GRADED = "not graded here yet"
VERDICTS = {
    "holds": "✓", "follows": "↳", "fails": "✗", "not exercised": "–", "not decided": "?", "not checked": "?"
}  # fmt: skip
"""The verdicts by word, each with its mark."""


def verdict_word(report: Report | PropertyFails, result: PropertyResult) -> str:
    """One of the words of `VERDICTS`."""
    return "not checked" if report.problem and result.verdict == "not decided" else result.verdict


def first_failure(report: Report) -> PropertyResult | None:
    """The failure to look at first."""
    return report.start


def first_problem(report: Report) -> str:
    """What to look at first, in one line: a failure, else whatever else costs points; "" if nothing does."""
    lost = first_failure(report) or next((p for p in report.properties.values() if p.points < p.max_points), None)
    if report.problem or lost is None:
        return plain(report.problem.partition("\n")[0])
    word = verdict_word(report, lost)
    return plain(f"{lost.name}: {lost.sentence if word == 'fails' and lost.sentence else word}")


# ---- text ----------------------------------------------------------------------------------------------------------


def report_text(
    report: Report, file: str = "", *, property: str = "", coloured: bool = False, brief: bool = False
) -> str:
    """The whole report for a terminal; *file* is where the answer came from, for the command that replays a witness.

    Every failure has its sentence and its command, the first graded one its story too.  With *property*: that one
    alone, with its story and all its hints.  Raises ValueError if the report has none of that name.  *coloured*: errors
    in the answer, verdicts and success have colours; *brief*: errors in short, if the answer's cell has told them.
    """
    if property and property not in report.properties:
        raise ValueError(f"there is no property {property!r}; there are: {', '.join(report.properties)}")
    alone = property and not _nothing_judged(report)
    lines = _one_property(report, property, file, coloured) if alone else _text_lines(report, file, coloured, brief)
    first = [*_wrap("", report.notice, indent=0), ""] if report.notice else []
    return "\n".join(line.rstrip() for line in (*first, *lines))


def _one_property(report: Report, name: str, file: str, coloured: bool) -> Iterator[str]:
    result = report.properties[name]
    yield from _judged(report)
    yield from _rows(report, [result], len(result.name), file, coloured)
    if result.verdict == "fails":
        yield ""
        yield from _failure_lines(result, replay_command(report.lab, result.witness, file), len(result.hints))


def _text_lines(report: Report, file: str, coloured: bool, brief: bool) -> Iterator[str]:
    graded = [p for p in report.properties.values() if p.graded]
    shown = _shown(report)
    width = max((len(p.name) for p in report.properties.values()), default=0)
    yield colour.painted("head", f"{_heading(report)}: {report.points} of {report.max_points} points", coloured)
    yield from _judged(report)
    if report.problem:
        yield ""
        yield from _problem_lines(report, coloured, brief)
    if _nothing_judged(report):
        return
    if report.bug:
        yield ""
        yield from (plain(line) for line in report.bug.splitlines())
    if graded:
        yield ""
        yield from _rows(report, graded, width, file, coloured)
    if shown:
        yield ""
        yield f"  {NOT_GRADED}:"
        yield from _rows(report, shown, width, file, coloured)
    if not report.problem:
        yield from ("", *_searched(report))
    for failure in _failures(report):
        yield ""
        again = replay_command(report.lab, failure.witness, file)
        if failure is report.start:
            yield colour.painted("head", "start here", coloured)
        yield from _failure_lines(failure, again) if failure is report.start else _short_lines(failure, again)
        yield from _followers(report, failure)
    if report.full:
        command = f" (kthreadlab check {plain(_next(report)[0])} FILE.py)" if _next(report) else ""
        yield from ("", f"{colour.painted('full', _success(report), coloured)}{command}")


def _next(report: Report) -> tuple[str, ...]:
    """Where to go on from full points, as a lab's name and words for it; () at the end of the course."""
    return report.onward or report.then or ()


def _success(report: Report) -> str:
    """What full points are worth saying."""
    return plain(", next: ".join(["full points", *_next(report)[1:]]))


def _mark(report: Report, result: PropertyResult) -> str:
    """The mark of a verdict; nothing stands against an answer with full points."""
    word = verdict_word(report, result)
    return "•" if report.full and word == "fails" else VERDICTS[word]


def _shown(report: Report) -> list[PropertyResult]:
    """What is shown beside the graded properties: what is left to do is told by where to go on."""
    shown = [p for p in report.properties.values() if not p.graded]
    return [p for p in shown if p.holds is not False] if report.onward else shown


def _failures(report: Report) -> list[PropertyResult]:
    """What fails by itself: the one to start with, then the other graded ones."""
    others = [p for p in report.properties.values() if p.graded and p.verdict == "fails" and p is not report.start]
    return [report.start, *others] if report.start else []


def _followers(report: Report, failure: PropertyResult) -> Iterator[str]:
    """What need not be looked at before *failure* is mended."""
    names = [p.name for p in report.following(failure.name)]
    if names:
        verb = "follows" if len(names) == 1 else "follow"
        yield from _wrap("  then      ", f"{listed(names)} {verb} from this: mend it first")


def _problem_lines(report: Report, coloured: bool, brief: bool) -> Iterator[str]:
    """Why nothing was searched."""
    if report.errors:
        yield from colour.shown(_errors(report, brief), coloured).split("\n")
    else:
        yield from (plain(line) for line in report.problem.splitlines())


def _errors(report: Report, brief: bool) -> Iterator[tuple[Span, ...]]:
    """The errors of the answer; *brief*: the first in short, if its own cell has told them all."""
    yield from told(report.errors, brief=brief and report.told)
    if brief and report.told:
        yield (("text", f"The output of its cell ({plain(report.errors[0].pos.file)}) says more."),)


def _nothing_judged(report: Report) -> bool:
    """Is the problem all there is to say?"""
    return bool(report.problem) and all(p.holds is None for p in report.properties.values())


def _heading(report: Report) -> str:
    return f"{plain(report.title or report.lab)} ({plain(report.module)})" if report.module else plain(report.title)


def _judged(report: Report) -> Iterator[str]:
    """What the verdicts are about, so that a report can be held against the text beside it."""
    if report.judged:
        yield f"  judged: {plain(report.judged)}"


def _rows(report: Report, results: list[PropertyResult], width: int, file: str, coloured: bool) -> Iterator[str]:
    """The table's rows; a failure that earns nothing anyway says at once what it is."""
    for p in results:
        word = verdict_word(report, p)
        points = f"{p.points:>2}/{p.max_points:<2}" if p.graded else "     "
        kind = "" if report.full and word == "fails" else word
        verdict = colour.painted(kind, f"{_mark(report, p)} {word:<13}", coloured)
        yield f"  {verdict} {points}  {plain(p.name):<{width}}  {plain(p.title)}"
        if word == "follows":
            yield from _wrap("", f"follows from {p.root}", indent=6)
        if word == "fails" and not p.graded and p.sentence and p is not report.start:
            yield from _wrap("", p.sentence, indent=6)
            yield from [f"      again  {replay_command(report.lab, p.witness, file)}"] if p.witness else []


def _searched(report: Report) -> Iterator[str]:
    if report.scenarios:
        extent = "every interleaving of" if report.complete else "not every interleaving of"
        yield f"  {extent} {_count(report.scenarios, 'scenario')} was searched: {_count(report.states, 'state')}"
    words = {verdict_word(report, p) for p in report.properties.values()}
    if "not exercised" in words:
        yield "  not exercised: what must come about before it scores never did, so it earns nothing"
    if "not decided" in words:
        why = "kthreadlab failed" if report.bug else report.limit or "the search gave up"
        yield from _wrap("  ", f"not decided: {why}, before every state had been seen, so it earns nothing", indent=4)


def _failure_lines(failure: PropertyResult, again: str, hints: int = 1) -> Iterator[str]:
    """Sentence, story, rule, the first *hints*, and how to see it again."""
    yield from _sentence(failure)
    last = ""
    for n, line in enumerate(failure.story):
        number, text = _numbered(line)
        shown, last = "" if number == last else number, number
        yield from _wrap(f"{'  story' if not n else '':<10}{shown:>4}  ", text, indent=16)
    if failure.rule:
        yield from _wrap("  rule      ", failure.rule)
    for nth, hint in enumerate(failure.hints[:hints], 1):
        yield from _wrap(f"  hint {nth}    ", hint)
    if failure.witness:
        yield f"  again     {again}"


def _short_lines(failure: PropertyResult, again: str) -> Iterator[str]:
    """Sentence, and how to see it."""
    yield from _sentence(failure)
    if failure.witness:
        yield f"  again     {again}"


def _sentence(failure: PropertyResult) -> Iterator[str]:
    yield from _wrap("", failure.sentence or f"{failure.title}: this fails.", indent=0)
    yield f"  property  {plain(failure.name)}" + (f", scenario {plain(failure.scenario)}" if failure.scenario else "")


def _numbered(line: str) -> tuple[str, str]:
    """A line of a story: the step's number, if it has one, and what happens."""
    number, _, text = line.strip().partition("  ")
    return (number, text.strip()) if number.isdigit() else ("", line.strip())


def _wrap(head: str, text: str, indent: int = 12) -> list[str]:
    wrapper = TextWrapper(WIDTH, initial_indent=head or " " * indent, subsequent_indent=" " * indent)
    return wrapper.wrap(plain(text))


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"


# ---- HTML ----------------------------------------------------------------------------------------------------------

STYLE = """
.kthreadlab-report { color: var(--jp-content-font-color1, CanvasText); font-size: var(--jp-content-font-size1, 14px);
  font-family: var(--jp-content-font-family, sans-serif); line-height: 1.45; max-width: 60em; }
.kthreadlab-report table.verdicts { border-collapse: collapse; table-layout: auto; width: 100%; margin: 0 0 .6em;
  color: inherit; font-size: inherit; }
.kthreadlab-report table.verdicts caption { text-align: left; font-weight: 600; padding: .3em 0; color: inherit; }
.kthreadlab-report table.verdicts th, .kthreadlab-report table.verdicts td { text-align: left; vertical-align: top;
  padding: .25em .8em .25em .5em; white-space: normal; line-height: inherit; color: inherit;
  border-bottom: 1px solid var(--jp-border-color2, GrayText); background: var(--jp-layout-color0, Canvas); }
.kthreadlab-report table.verdicts th[scope=row] { font-weight: 400; width: 100%; }
.kthreadlab-report table.verdicts td.points { text-align: right; white-space: nowrap; }
.kthreadlab-report table.verdicts td.verdict { white-space: nowrap;
  border-left: .3em solid var(--jp-border-color1, GrayText); }
.kthreadlab-report table.verdicts td.holds { border-left-color: var(--kl-run); }
.kthreadlab-report table.verdicts td.fails { border-left-color: var(--kl-broke); font-weight: 600; }
.kthreadlab-report td.holds > span, .kthreadlab-report .full > span { color: var(--kl-run); font-weight: 700; }
.kthreadlab-report td.fails > span { color: var(--kl-broke); }
.kthreadlab-report .full { font-weight: 600; }
.kthreadlab-report tr.told { cursor: pointer; }
.kthreadlab-report tr.told:hover > *, .kthreadlab-report tr.now > * { box-shadow: inset 0 0 0 99px var(--kl-band); }
.kthreadlab-report button.story { margin: 0; padding: 0; border: 0; background: none; color: inherit; font: inherit;
  text-align: left; text-decoration: underline; cursor: pointer; }
.kthreadlab-report button.story:focus-visible { outline: 2px solid var(--kl-accent); outline-offset: 2px; }
.kthreadlab-report button.story::before { content: "▷\\00a0"; display: inline-block; color: var(--kl-accent); }
.kthreadlab-report tr.now button.story::before { content: "▶\\00a0"; }
.kthreadlab-report code, .kthreadlab-report pre { font-family: var(--jp-code-font-family, monospace);
  font-size: var(--jp-code-font-size, 13px); color: inherit; background: none; }
.kthreadlab-report pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3em 0; }
div.kthreadlab-report pre { word-break: normal; }
.kthreadlab-report summary { display: list-item; cursor: pointer; }
.kthreadlab-report details { margin: .2em 0 .2em .2em; }
.kthreadlab-report ol { margin: .3em 0; padding-left: 2.2em; }
"""
"""JupyterLab's own colours where it is the host, the browser's where it is not; colour only ever repeats a word.  The
selectors name the table twice over, or a notebook's own rules for tables would win."""


LEFT = ' align="left" style="text-align:left"'
"""Where a notebook is not trusted, JupyterLab drops the style sheet and keeps this; GitHub keeps its first half."""


def report_html(report: Report, *, brief: bool = False) -> str:
    """The whole report as one element: a table, with the stories and hints folded away.  No script, nothing fetched.
    *brief* as in `report_text`.  A property that has a witness is marked with its name, for a script that plays it."""
    heading = f"{_html(_heading(report))}: {report.points} of {report.max_points} points"
    parts = [f'<div class="kthreadlab-show kthreadlab-report"><style>{colours()}{STYLE}</style>']
    if report.notice:
        parts.append(f"<div><strong>{_html(report.notice)}</strong></div>")
    if _nothing_judged(report):
        parts += [f"<b>{heading}</b>", _html_problem(report, brief)]
    else:
        parts += _html_table(report, heading, brief)
    parts += [f"<div>{_html(line.strip())}</div>" for line in _judged(report)]
    if not report.problem:
        parts += [f"<div>{_html(line.strip())}</div>" for line in _searched(report)]
    if report.full:
        parts.append(f'<div class="full"><span aria-hidden="true">✓</span> full points{_html_next(report)}</div>')
    return "\n".join([*parts, "</div>"])


def _html_next(report: Report) -> str:
    """Where to go on, as a link."""
    if not _next(report):
        return ""
    lab, text = map(_html, _next(report))
    return f', next: <a href="../index.ipynb">{text}</a>, <code>kthreadlab check {lab} FILE.py</code>'


def _html_table(report: Report, heading: str, brief: bool) -> Iterator[str]:
    """The verdicts, after what kept some of them from being reached."""
    graded = [p for p in report.properties.values() if p.graded]
    shown = _shown(report)
    if report.problem:
        yield _html_problem(report, brief)
    if report.bug:
        yield f"<pre>{_html_lines(report.bug)}</pre>"
    yield (
        f'<table class="verdicts"><caption>{heading}</caption><thead><tr>'
        f'<th scope="col"{LEFT}>Verdict</th><th scope="col"{LEFT}>Property</th><th scope="col">Points</th></tr></thead>'
    )
    yield f"<tbody>{''.join(_html_row(report, p) for p in graded)}</tbody>"
    if shown:
        head = f'<tr><th scope="rowgroup" colspan="3"{LEFT}>{NOT_GRADED}</th></tr>'
        yield f"<tbody>{head}{''.join(_html_row(report, p) for p in shown)}</tbody>"
    yield "</table>"


def _html_problem(report: Report, brief: bool) -> str:
    """Why nothing was searched."""
    return colour.html(_errors(report, brief)) if report.errors else f"<pre>{_html_lines(report.problem)}</pre>"


def _html_row(report: Report, result: PropertyResult) -> str:
    word = verdict_word(report, result)
    points = f"{result.points}/{result.max_points}" if result.graded else ""
    story = f' data-story="{_html(result.name)}"' if result.witness else ""
    about = f"{_html(result.title)} <code>{_html(result.name)}</code>"
    if word == "fails":
        about += "<div><strong>Start here.</strong></div>" if result is report.start else ""
        about += _html_failure(report, result)
    if word == "follows":
        about += f"<div>Follows from <code>{_html(result.root)}</code>: see there.</div>"
    verdict = f'<span aria-hidden="true">{_mark(report, result)}</span> {word}'
    kind = "open" if report.full and word == "fails" else word.replace(" ", "-")
    return (
        f'<tr><td class="verdict {kind}"{LEFT}>{verdict}</td>'
        f'<th scope="row"{story}{LEFT}>{about}</th><td class="points">{points}</td></tr>\n'
    )


def _html_failure(report: Report, result: PropertyResult) -> str:
    """The sentence, then what unfolds: the story with its schedule, and the hints one inside the other."""
    parts = [f"<div>{_html(result.sentence)}</div>"] if result.sentence else []
    if result.story or result.witness:
        where = f"Scenario {_html(result.scenario)}. " if result.scenario else ""
        rule = f"<div>Rule: {_html(result.rule)}.</div>" if result.rule else ""
        again = f"<pre>{_html(replay_command(report.lab, result.witness))}</pre>" if result.witness else ""
        parts.append(f"<details><summary>How it happens</summary><div>{where}</div>{_html_story(result)}{rule}{again}")
        parts.append("</details>")
    return "".join(parts) + _html_hints(result.hints)


def failure_html(result: PropertyResult, again: str, picture: str = "") -> str:
    """One failing property with all there is to say of it, for a page that is about nothing else: the sentence, the
    *picture* of its witness, the story unfolded, the rule, the hints, and how to see it *again*."""
    if result.root:
        return f'<div class="kthreadlab-report"><p>Follows from <code>{_html(result.root)}</code>: see there.</p></div>'
    parts = [f'<p class="sentence">{_html_lines(result.sentence)}</p>', picture]
    if result.story:
        where = f" in {_html(result.scenario)}" if result.scenario else ""
        parts.append(f"<details open><summary>How it happens{where}</summary>{_html_story(result)}</details>")
    parts += [f"<p>Rule: {_html(result.rule)}.</p>"] if result.rule else []
    parts.append(_html_hints(result.hints, shown=1))
    if result.witness:
        parts.append(f"<p>To see it again, step by step, in the folder of your notebook:</p><pre>{_html(again)}</pre>")
    return f'<div class="kthreadlab-report">{"".join(parts)}</div>'


def _html_story(result: PropertyResult) -> str:
    """A list with an item a step, however much happens in it; what has no number (how it ends) is no item."""
    parts = []
    for number, lines in groupby(map(_numbered, result.story), key=lambda line: line[0]):
        text = "<br>".join(_html(line) for _, line in lines)
        parts.append(f'<li value="{number}">{text}</li>' if number else f"</ol><div>{text}</div><ol>")
    return f"<ol>{''.join(parts)}</ol>".replace("<ol></ol>", "")


def _html_hints(hints: Sequence[str], shown: int = 0) -> str:
    """A ladder: each hint holds the fold of the next, so that nobody reads further than he wants to; the first *shown*
    are not folded."""
    folded = ""
    for number, hint in reversed(list(enumerate(hints, 1))):
        head = f"Hint {number} of {len(hints)}"
        if number <= shown:
            folded = f"<p>{head}: {_html(hint)}</p>{folded}"
        else:
            folded = f"<details><summary>{head}</summary><div>{_html(hint)}</div>{folded}</details>"
    return folded


def _html(text: object) -> str:
    return escape(plain(text))


def _html_lines(text: str) -> str:
    return "\n".join(_html(line) for line in text.splitlines())
