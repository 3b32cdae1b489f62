"""A trace as HTML: a static figure, the same with its player for a notebook, and a page that opens from a disk.

Each holds everything: the picture and its steps in words for where no script runs, and, for where one does, the film
and the player.  It asks nobody for anything, no kernel either.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from kthreadlab.trace.events import Trace
from kthreadlab.trace.narrate import plain

from .endings import ending
from .film import film, sentence
from .lanes import events_by_step
from .lost import tied
from .marks import broke
from .picture import Picture, colours, trace_svg

LISTED = 60
"""How many steps a table lists around the one that matters; the film holds them all."""

LONGEST = 2_000_000
"""The longest film, in characters, that an output of a notebook holds: a server drops what is much longer."""
TOO_LONG = 'This run is too long to be played here: <code>show(…).save("run.html")</code> writes a page that plays it.'

STYLE = """
.kl-figure { margin: 0; color: var(--kl-ink); font-size: 13px; line-height: 1.45; }
.kl-figure summary { display: list-item; cursor: pointer; }
.kl-figure img { max-width: 100%; height: auto; }
.kl-figure table.kl-steps { border-collapse: collapse; margin: .4em 0; font-size: 13px; color: inherit; }
.kl-figure table.kl-steps caption { text-align: left; color: var(--kl-quiet); }
.kl-figure table.kl-steps :is(th, td) { text-align: left; vertical-align: top; padding: 1px 12px 1px 0; color: inherit;
  background: none; white-space: normal; }
.kl-figure table.kl-steps th[scope=row] { text-align: right; font-weight: 400; color: var(--kl-quiet); }
.kl-figure table.kl-steps tr.kl-broke-row > * { font-weight: 600; border-top: 1px solid var(--kl-broke); }
"""

PAGE_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; background: Canvas; font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 16px; }
"""


def asset(name: str, folder: str = "show") -> str:
    """A file of the static ones of a folder of the package, as text."""
    return (files(f"kthreadlab.{folder}") / "static" / name).read_text(encoding="utf-8")


def trace_html(trace: Trace, property: str = "") -> str:
    """The static figure: the picture, and its steps in words folded below.  No script, nothing fetched.

    The picture is an image: whoever shows a notebook that he does not trust keeps images, but takes drawings apart.
    """
    picture = Picture(trace, property)
    image = b64encode(picture.svg(hover=False).encode()).decode()
    alt = escape(f"{picture.title()}. {picture.described()}")
    return (
        f'<figure class="kthreadlab-show kl-figure"><style>{STYLE}</style>\n'
        f'<img alt="{alt}" width="{picture.width}" src="data:image/svg+xml;base64,{image}">\n'
        f"<details><summary>The steps in words</summary>{steps_table(trace, property)}</details></figure>"
    )


def player_html(trace: Trace, property: str = "", *, at: int | None = None) -> str:
    """The static figure, and what puts a player in its place where scripts run: in a notebook that is trusted, with or
    without its kernel.  Where none runs, or is not kept, the figure stands."""
    shown = film(trace, at=at, property=property)
    held = script_json(shown)
    if len(held) > LONGEST:
        return f"{trace_html(trace, property)}\n<p>{TOO_LONG}</p>"
    return _played(trace_html(trace, property), held)


def page_html(trace: Trace, property: str = "", *, at: int | None = None) -> str:
    """A whole page: the player where scripts run, the picture and the words where they do not."""
    title = f"{plain(trace.scenario)}: {len(trace.steps)} steps"
    still = (
        f'<figure class="kthreadlab-show kl-figure"><style>{STYLE}</style>\n{trace_svg(trace, property)}\n'
        f"{steps_table(trace, property)}</figure>"
    )
    return document(title, _played(still, script_json(film(trace, at=at, property=property))))


def document(title: str, body: str) -> str:
    """A page of its own that fetches nothing; its *title* as text, its *body* as HTML."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{PAGE_STYLE}</style>
</head>
<body>
<main>
<h1 class="kl-hidden-title" style="position:absolute;clip-path:inset(50%)">{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""


def _played(still: str, held: str) -> str:
    """A still figure, followed by its film and the player, which takes the figure's place."""
    return taken_over(still, held, player_style(), player_script(), "play")


def taken_over(still: str, held: str, style: str, script: str, entry: str) -> str:
    """A still figure, followed by what it *held* as JSON and a script that takes its place: *entry*, a function of
    *script*, is called with the script's element.

    The script is a classic one: it runs in order, and knows which element of the page it is.  The figure comes first,
    for whoever shows what he does not trust as text; and a ``$`` in it is no formula, for a notebook to typeset.
    """
    return f"""<div class="kl-shown mathjax_ignore">
{still}
<style>{style}</style>
<script type="application/json">{held}</script>
<script>
(() => {{
{script}
{entry}(document.currentScript);
}})();
</script>
</div>"""


def player_style() -> str:
    """The player's style sheet."""
    return lean(colours() + asset("player.css") + asset("words.css"))


def player_script() -> str:
    """The player, as declarations of one script: `mount` puts the player of a film into an element, `play` in the place
    of a still figure."""
    names = ("film", "elements", "words", "timeline", "ties", "machine", "source", "player")
    return lean("\n".join(asset(f"{name}.js") for name in names))


def lean(text: str) -> str:
    """A script or a style sheet without its comments and its indentation: it is stored with every output."""
    return re.sub(r"(?m)^\s*//.*\n|^\s+|(?s:/\*.*?\*/)\s*", "", text)


def script_json(value: object) -> str:
    """JSON that can stand inside a script element: no character of it can end one."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def steps_table(trace: Trace, property: str = "") -> str:
    """The steps in words, one row each; of a long trace those around the step that matters."""
    rows = "\n".join(_rows(trace, broke(trace, property), property))
    end = " ".join([*ending(trace), *tied(trace, property)])
    return (
        f'<table class="kl-steps"><caption>{escape(plain(trace.config))}</caption><thead><tr><th scope="col">Step</th>'
        '<th scope="col">Line</th><th scope="col">What happens</th></tr></thead>'
        f"<tbody>{rows}</tbody></table><p>{escape(end)}</p>"
    )


def _rows(trace: Trace, broken: int | None, property: str) -> Iterator[str]:
    here_it_broke = f" <strong>✗ Here it broke{escape(plain(property and f': {property}'))}.</strong>"
    listed = _listed(len(trace.steps), broken)
    told = events_by_step(trace)
    last = -1
    for step in listed:
        if step != last + 1:
            yield f"<tr><td></td><td></td><td>… {step - last - 1} steps …</td></tr>"
        last = step
        line = next((f"{plain(e.file)}:{e.line}" for e in reversed(told[step]) if e.line), "")
        here = ' class="kl-broke-row"' if step + 1 == broken else ""
        words = escape(sentence(trace, step, told[step])) + (here_it_broke if here else "")
        yield f'<tr{here}><th scope="row">{step + 1}</th><td>{escape(line)}</td><td>{words}</td></tr>'
    if listed and last < len(trace.steps) - 1:
        yield f"<tr><td></td><td></td><td>… {len(trace.steps) - 1 - last} steps …</td></tr>"


def _listed(total: int, broken: int | None) -> list[int]:
    """Which steps a table lists: all, or the first few and those around where it broke (or the last)."""
    if total <= 2 * LISTED:
        return list(range(total))
    middle = (broken if broken is not None else total) - 1
    around = range(max(0, middle - LISTED), min(total, middle + LISTED // 4))
    return sorted({*range(8), *around})
