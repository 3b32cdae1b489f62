"""The glossary: every word of the subject that we use is in it, and none that we don't."""

import json
import re
from pathlib import Path

import pytest

from kthreadlab.checks.texts import TEXTS
from kthreadlab.course.items import Evidence, Item, Question
from kthreadlab.course.registry import ITEMS
from kthreadlab.front.cli import main
from kthreadlab.front.manual import GLOSSARY, WIDTH, entries, man, sections, word_page
from kthreadlab.lang.api import CALLS, NAMED, OBJECTS
from kthreadlab.lang.api.docs import read
from kthreadlab.trace.english import SENTENCES
from kthreadlab.trace.english.refusals import REFUSALS, SLEEPS

REPO = Path(__file__).resolve().parents[2]
REASONS = [*REFUSALS.values(), *SLEEPS.values()]
FILMS = [*SENTENCES.values(), *REASONS]
ORDINARY = frozenset(
    """
a about address adds again all allowed along already an and another any appends are as ask asked asks astray at
attaches awake away back be because becomes been before begins bit blocks buffer busy but by bytes call called calls
can cannot circle clears code come comes compares compiles completes copies could count counted cpu d data declares
disables divides do does done dropped drops early empty enables end ended ends enters entry entry's error ever
everything exists exits expires fail fails false far faults files fills finds first flips follows for forgets free
frees from function gets given gives go goes gone good grow had handle happen happens has have head held here holds
how if ignores in initialised into is it its itself join joins keeps kernel knows lands large last late later leading
leaves left less let lets links list locked log long longer look looks loop machine made makes may meets memory more
must named names negative never new news next no nobody none not notes nothing now number object of off on once one
only onto option options or others out over own passes past path pointer program put puts queue queued ran reaches
read reading reads readers ready reason refused refuses releases remembered reports request returned returns row run
running runs s same saturated says scenario sees sends sent sets shared shifts should signed since so somebody something
stand stands start starts stays step still stop stopped stops stuck subtracts such swaps switched switches tail takes
tell tells text than that the them then there they this thread through ties time timeout to told too top trace tries
turn turns unable under unloaded unlock unlocked until use user uses valid value variable wait waiting waits wakes walks
wants warning was way were what when whether which who whoever whole whose width will with without woken word works
would write writes writing written yes yet zero
""".split()
)
"""What the sentences of films say that anybody who reads English, and has programmed, knows."""


def labs() -> list[str]:
    """The texts of the students' notebooks."""
    notebooks = [json.loads(path.read_text()) for path in sorted((REPO / "labs").rglob("*.ipynb"))]
    return ["".join(c["source"]) for notebook in notebooks for c in notebook["cells"] if c["cell_type"] == "markdown"]


def reports() -> list[str]:
    """What reports and hints say."""
    causes = [cause for text in TEXTS.values() for cause in text.causes.values()]
    return [*(f"{text.title}. {text.rule}" for text in TEXTS.values()), *("\n".join(cause) for cause in causes)]


def asked(item: Item) -> str:
    """What an item of a lab says."""
    if isinstance(item, Question):
        return "\n".join([item.text, *item.choices.values(), item.why])
    return item.asks if isinstance(item, Evidence) else ""


def pages() -> list[str]:
    """What the manual says of the kernel's names."""
    found = (sections(entry) for entry in entries().values())
    return ["\n".join(text for heading, text in page.items() if heading != "THE WORD") for page in found]


def page_of(op: str) -> str:
    """What the page of a call says of it; nothing of what is no call."""
    call = CALLS.get(op.removesuffix(":return"))
    return "\n".join(read(call.doc)[0]) if call else ""


def words_of(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z'-]*", text)}


def stem(word: str) -> str:
    """A word without what a verb ends in."""
    return re.sub(r"(?:ed|ing|s)$", "", word)


def names_in(text: str) -> set[str]:
    return {name for *_, name in GLOSSARY.found(re.sub(r"\{[^}]*\}", " ", text))}


def test_no_sentence_of_a_film_uses_a_word_that_nobody_explains():
    """Each of its words is ordinary, is in the glossary, is a name of the kernel that has a page, or stands on the page
    of the call that the sentence is about."""

    left = set()
    for op, sentence in [*((op, text) for (op, _), text in SENTENCES.items()), *(("", text) for text in REASONS)]:
        text = re.sub(r"\{[^}]*\}|\w+\(\)|\b\w*_\w*|/proc/sys|-E[A-Z]+", " ", sentence)
        for start, end, _ in reversed([*GLOSSARY.found(text)]):
            text = f"{text[:start]} {text[end:]}"
        on_its_page = set(map(stem, words_of(page_of(op))))
        left |= {word for word in words_of(text) if stem(word) not in on_its_page}

    assert set() == left - ORDINARY - {name.lower() for name in (*CALLS, *OBJECTS, *NAMED)}
    assert not [word for word in ORDINARY if GLOSSARY.known(word)], "a word is ordinary or explained"


def test_no_word_is_explained_that_nothing_uses():
    """In films, reports, hints, labs, what they ask, or the kernel's pages."""

    texts = [*FILMS, *reports(), *labs(), *map(asked, ITEMS.values()), *pages(), "SMP", "Deadlock: a → b → a."]

    assert set() == set(GLOSSARY) - set().union(*map(names_in, texts))


@pytest.mark.parametrize("name", GLOSSARY)
def test_a_page_is_short(name):
    """At most four lines of a terminal, in every form of the word; and it does not explain itself by itself."""

    lines = word_page(name).split("WORD\n")[1].split("\n\n")[0].splitlines()

    assert 1 <= len(lines) <= 4 and max(map(len, lines)) <= WIDTH
    assert GLOSSARY[name].text.endswith((".", "it."))
    assert all(GLOSSARY.known(form) == name for form in GLOSSARY[name].forms)


def test_every_form_is_of_one_word():
    """No two words are written alike."""

    forms = [form.lower() for name, word in GLOSSARY.items() for form in (name, *word.forms)]

    assert len(forms) == len(set(forms))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A zombie on no run queue.", ["zombie", "run queue"]),
        ("Zombies, and three wait\nqueues", ["zombie", "wait queue"]),
        ("a spin lock that spins", ["spin lock", "spin"]),
        ("spin_lock(x), interrupted, /proc/signal, signal.h, init_task, module_init(f)", []),
        ("schedule() and yield(x)", []),
        ("Preempted by an interrupt, preempted again", ["preempt", "interrupt", "preempt"]),
        ("user-mode helpers and helpers", ["user-mode helper", "user-mode helper"]),
    ],
)
def test_words_are_found_in_a_text(text, found):
    """In any form, also over a line's end; not inside of names of the kernel, of files or of calls."""

    assert found == [name for *_, name in GLOSSARY.found(text)]


def test_each_word_is_marked_once_in_a_text_and_common_ones_nowhere():
    """So a sentence stays quiet."""

    assert ["wake-up", "zombie"] == [
        n for *_, n in GLOSSARY.marked("A task: a wake-up, a zombie, a wake-up. It sleeps.")
    ]


def test_the_manual_has_them(capsys):
    """In any form; `words` lists them all, and says which article it is; a slip brings the nearest."""

    for name in ("wait queue", "Wait  Queues", "softirq", "oopses"):
        assert 0 == main(["man", name])
        assert "(7) " in capsys.readouterr().out
    assert 0 == main(["man", "words"])
    said = capsys.readouterr().out
    assert [] == [name for name in GLOSSARY if f"  {name} " not in said]
    assert "Sreekrishnan Venkateswaran" in said and max(map(len, said.splitlines())) <= WIDTH
    assert 2 == main(["man", "zombi"])
    assert "near it are: zombie" in capsys.readouterr().err


def test_a_word_that_is_a_call_too_stands_on_its_page():
    """`man yield` says both."""

    assert "THE WORD\n       To let others have the CPU" in man("yield") and "SYNOPSIS" in man("yield")
