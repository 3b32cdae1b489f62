"""The manual: in section 9 a page for every call, constant and type of the kernel, and the table of them all; in
section 7 one for each property that a check decides, for each word of the glossary, and for the article.

Everything is taken from the declarations in `lang.api`, from what `machine.profile` says of the versions and from
`checks`, so a page knows what the machine does.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator

from kthreadlab.checks.portfolio import LABS
from kthreadlab.checks.texts import TEXTS, sentence
from kthreadlab.lang.api import CALLS, LOG_LEVELS, NAMED, OBJECTS, WORDS, Constant, Declaration, KernelCall
from kthreadlab.lang.api.docs import example, read
from kthreadlab.lang.profile import PROFILES, Profile
from kthreadlab.trace.english.words import GLOSSARY

from .staff import notes

WIDTH = 80
INDENT = " " * 7
HEADINGS = {"Return": "RETURN VALUE", "Here": "IN KTHREADLAB", "Article": "ARTICLE", "Source": "SOURCE"}
"""The lines of a docstring that are sections of their own."""

_CONTEXTS = {
    "sleeps": "Process context, with interrupts on and nothing locked: it may sleep.",
    "process": "Process context.",
    "any": "Any: tasks and interrupts, with locks held too.",
}

Entry = KernelCall | Declaration | Constant

_VARIABLES = {
    "wait_queue_head": "queue", "wait_queue": "wait", "spinlock": "lock", "rwlock": "lock", "atomic": "count",
    "completion": "done", "semaphore": "sem", "rw_semaphore": "sem", "mutex": "lock", "timer": "timer", "list": "head",
    "work": "work", "delayed_work": "dwork", "tasklet": "t", "rcu_head": "head", "refcount": "users", "kref": "refs",
}  # fmt: skip
"""What the objects are called in the examples."""


class UnknownName(ValueError):
    """There is no page of that name.  The text says which names are near it."""


class Page(str):
    """A text that a notebook and a prompt show as it is."""

    def __repr__(self) -> str:
        return str(self)


def man(name: str = "") -> Page:
    """The manual page of a call, a constant, a type, a property or a word; without a name, the table of the kernel's
    names; of ``words``, the list of these; of ``accepted``, the calls that have no effect; of a lab, the notes for its
    instructors.

    :raises UnknownName: if there is none.
    """
    if not name:
        return Page(table())
    entry = entries().get(name)
    if entry is not None:
        return Page(page(entry))
    if name in TEXTS:
        return Page(property_page(name))
    if name in LABS:
        return Page(notes(name))
    if name == WORDS_PAGE:
        return Page(words())
    if name == ACCEPTED_PAGE:
        return Page(accepted())
    word = GLOSSARY.known(name)
    if word:
        return Page(word_page(word))
    raise UnknownName(f"no manual entry for {name[:60]!r}{_near(name)}.")


def entries() -> dict[str, Entry]:
    """Everything that has a page, by its name."""
    return {**CALLS, **OBJECTS, **WORDS, **NAMED}


def _near(name: str) -> str:
    near = difflib.get_close_matches(name, [*entries(), *TEXTS, *GLOSSARY], n=4, cutoff=0.6)
    return f"; near it are: {', '.join(near)}" if near else "; kthreadlab man lists them all"


# ---- one page ------------------------------------------------------------------------------------------------------


def page(entry: Entry) -> str:
    """The page of *entry*, in lines of at most 80 characters."""
    return _laid_out(f"{entry.name}(9)", sections(entry))


def counted(points: int) -> str:
    """Points in words."""
    return f"{points} point{'s' * (points != 1)}"


def uncapitalised(title: str) -> str:
    """A title within a line: its first letter is small, unless it begins an abbreviation (SIGKILL)."""
    return title if title[1:2].isupper() else f"{title[:1].lower()}{title[1:]}"


def property_page(name: str) -> str:
    """The page of a property: what it says, why, where it counts, and the ways to fail it."""
    where = [
        f"{lab.title}: {counted(lab.points[name]) if name in lab.points else 'shown, not graded'}."
        for lab in LABS.values()
        if name in lab.properties
    ]
    fails = [_filled(sentence(name, cause), hang=True) for cause in TEXTS[name].causes]
    return _laid_out(
        f"{name}(7)",
        {
            "NAME": _filled(f"{name} - {uncapitalised(TEXTS[name].title)}"),
            "RULE": _filled(_sentence(TEXTS[name].rule)),
            "WHERE IT COUNTS": "\n".join(_filled(line) for line in where),
            "HOW IT FAILS": "\n".join(fails),
        },
    )


def word_page(name: str) -> str:
    """The page of a word of the glossary."""
    word = GLOSSARY[name]
    others = dict.fromkeys(other for *_, other in GLOSSARY.marked(word.text) if other != name)
    also = ", ".join(f"{other}(7)" for other in others)
    return _laid_out(f"{name}(7)", {"WORD": _filled(word.text), "SEE ALSO": _filled(also)})


WORDS_PAGE, ACCEPTED_PAGE = "words", "accepted"
ARTICLE = """\
The labs follow the article "Kernel Threads" by Sreekrishnan Venkateswaran, in
the magazine column Gearheads, written when Linux 2.6.11 was new; a copy of 2019
at Linux Today does not name the year of print. Nobody needs it to do a lab."""


def words() -> str:
    """The list of all words, and the article that they are taken from."""
    wide = max(map(len, GLOSSARY))
    rows = [
        f"  {name:<{wide}}  {_begun(word.text, WIDTH - wide - 4)}"
        for name, word in sorted(GLOSSARY.items(), key=_alphabet)
    ]
    return "\n".join([*rows, "", 'kthreadlab man "wait queue" shows all of one.', "", ARTICLE])


def accepted() -> str:
    """The calls that a module may make and that change no verdict: all of them, by why that is."""
    why: dict[str, list[str]] = {}
    for call in CALLS.values():
        if call.accepted:
            reason = re.sub(r"^accepted without effect[:,]? ?", "", read(call.doc)[1]["Here"][0])
            why.setdefault(reason, []).append(call.name)
    rows = [
        f"{_filled(', '.join(names))}\n{_filled('    ' + _sentence(reason), hang=True)}"
        for reason, names in why.items()
    ]
    head = "A module may make these calls, and leaving them out changes no verdict."
    return "\n\n".join([head, *rows, "What else is not modelled is refused by its name."])


def _alphabet(row: tuple[str, object]) -> str:
    return row[0].lower()


def _begun(text: str, width: int) -> str:
    """The beginning of a text, as long as a line is."""
    return text if len(text) <= width else f"{text[: width - 1].rsplit(' ', 1)[0].rstrip(',.;:')}…"


def _laid_out(title: str, found: dict[str, str]) -> str:
    """A page of these sections."""
    middle = WIDTH - 2 * len(title)
    head = f"{title}{'kthreadlab':^{middle}}{title}" if middle > 12 else f"{title}{'kthreadlab':>{WIDTH - len(title)}}"
    return "\n\n".join([head] + [f"{heading}\n{text}" for heading, text in found.items() if text])


def sections(entry: Entry) -> dict[str, str]:
    """The sections of a page by their headings, indented."""
    if isinstance(entry, Constant):
        return _constant_sections(entry)
    prose, fields = read(entry.doc)
    call = isinstance(entry, KernelCall)
    found = {"NAME": _filled(f"{entry.name} - {entry.brief}"), "SYNOPSIS": _synopsis(entry)}
    found["DESCRIPTION"] = "\n\n".join(_filled(paragraph) for paragraph in prose[1:] or prose)
    if call:
        found["CONTEXT"] = _filled(_sentence(fields.get("Context", [_CONTEXTS[_context(entry)]])[0]))
        found["RETURN VALUE"] = _filled(_sentence(fields["Return"][0]) if "Return" in fields else "None.")
    found["VERSIONS"] = _versions(entry.name, fields.get("Versions", []))
    for field in ("Here", "Article"):
        found[HEADINGS[field]] = "\n".join(_filled(_sentence(text)) for text in fields.get(field, []))
    found["EXAMPLE"] = _example(entry.doc)
    found["THE WORD"] = _filled(GLOSSARY[entry.name].text) if entry.name in GLOSSARY else ""
    found["SOURCE"] = _filled(fields.get("Source", [entry.source])[0])
    found["SEE ALSO"] = _see_also(entry)
    return found


def _constant_sections(entry: Constant) -> dict[str, str]:
    value = f'"{entry.value}"' if isinstance(entry.value, str) else str(entry.value)
    return {
        "NAME": _filled(f"{entry.name} - {entry.brief}"),
        "SYNOPSIS": _filled(f"{entry.name}: {'a text' if isinstance(entry.value, str) else 'a number'}, {value}"),
        "VERSIONS": _versions(entry.name, []),
        "SOURCE": _filled(entry.source),
        "SEE ALSO": _see_also(entry),
    }


def _context(entry: Entry) -> str:
    sleeps, process = getattr(entry, "sleeps", False), getattr(entry, "process_only", False)
    return "sleeps" if sleeps else "process" if process else "any"


def _example(doc: str) -> str:
    """What a test runs, a statement a line, and what comes of it."""
    program, result = example(doc) or ("", "")
    lines = program.split("; ") if program else []
    return "\n".join(
        f"{INDENT}{line}" for line in [*lines[:-1], *(f"{x}    # {result}" if result else x for x in lines[-1:])]
    )


def _synopsis(entry: KernelCall | Declaration) -> str:
    """How it is written in kernel Python, and what C makes of it."""
    if isinstance(entry, KernelCall):
        arguments = [*entry.names, "..."] if entry.variadic else entry.names
        result = {"void": "", "task": "p = ", "ptr": "p = "}.get(entry.result, "n = ")
        return _filled(f"{result}{entry.name}({', '.join(arguments)})") + "\n\n" + _filled(f"C: {entry.c}")
    return "\n".join(_filled(use) for use in uses_of(entry))


def uses_of(entry: Declaration) -> list[str]:
    """How a declaration is written."""
    uses = read(entry.doc)[1].get("Use", [f"{_VARIABLES.get(entry.makes, 'x')} = {entry.name}()"])
    return [*uses, _as_statement(uses[0])] if entry.name.startswith(("DECLARE_", "DEFINE_")) else uses


def _as_statement(use: str) -> str:
    """``q = DECLARE_X(a)`` as C writes it: ``DECLARE_X(q, a)``."""
    variable, _, call = use.partition(" = ")
    name, _, arguments = call.partition("(")
    return f"{name}({variable}{', ' if arguments != ')' else ''}{arguments}"


def _versions(name: str, notes: list[str]) -> str:
    """Which versions have it, and what is different there."""
    have = [version for version in PROFILES if present(name, version)]
    lines = ["in all: " + ", ".join(PROFILES)] if len(have) == len(PROFILES) else []
    if not lines:
        lines = ["in " + ", ".join(have)] if have else []
        lines += ["not in " + ", ".join(version for version in PROFILES if version not in have)]
    said: dict[str, list[str]] = {}
    for version in have:
        for fact in facts(name, PROFILES[version]):
            said.setdefault(fact, []).append(version)
    lines += [f"{', '.join(versions)}: {fact}" for fact, versions in said.items()]
    return "\n".join(_filled(_sentence(line), hang=True) for line in [*lines, *notes])


def facts(name: str, profile: Profile) -> Iterator[str]:
    """What the machine does with *name* in that version, where versions differ."""
    if name in profile.constants:
        yield f"the value is {profile.constants[name]}"
    if name in profile.arity:
        yield f"it takes {profile.arity[name] or 'no'} arguments"
    yield from _FACTS[name](profile) if name in _FACTS else ()


def _of_daemonize(profile: Profile) -> Iterator[str]:
    if not profile.daemon_signals:
        yield "it leaves the signals as they are"
    if profile.arity.get("daemonize") != 0:
        yield from _of_parents(profile)


def _of_parents(profile: Profile) -> Iterator[str]:
    yield f"the parent afterwards is {'init' if profile.reaper == 1 else 'kthreadd'}, pid {profile.reaper}"


def _of_kthreads(profile: Profile) -> Iterator[str]:
    yield f"its parent is pid {profile.kthread_parent}; until the first wake-up it sleeps in {' SD'[profile.born]}"


def _of_wake_ups(profile: Profile) -> Iterator[str]:
    yield f"a task that had declared a state and not yet called schedule() gives {profile.queued_wake}"


def _of_helpers(profile: Profile) -> Iterator[str]:
    for wait, until in profile.waits.items():
        end = {"none": "does not wait", "exec": "waits until the program has begun", "exit": "waits for its end"}[until]
        if profile.arity.get("call_usermodehelper", 4) == 4:
            yield f"with wait {wait} it {end}"
    if profile.hides_exec_error:
        yield "whoever waits for the end of a program that could not be run gets 0, as if it had succeeded"
    yield "a NULL path oopses" if profile.null_path is None else f"a NULL path gives {profile.null_path}, -EINVAL"
    if profile.request_on_heap:
        yield "-ENOMEM if there is no memory for the request; without waiting, it may be called where sleeping is a bug"


def _of_locks(profile: Profile) -> Iterator[str]:
    if profile.zero_is_unlocked:
        yield "zero bytes are a free lock"


def _of_allowing(profile: Profile) -> Iterator[str]:
    if profile.signals_ignored:
        yield "a signal that came before, or is not allowed, is dropped and not kept"


def _of_disallowing(profile: Profile) -> Iterator[str]:
    if profile.disallow_ignores:
        yield "the signal is ignored from then on: one that comes is dropped"


def _of_timeouts(profile: Profile) -> Iterator[str]:
    yield f"a condition that comes true just when the time is up gives {profile.late_condition}"


def _of_pending(profile: Profile) -> Iterator[str]:
    if profile.freezer == "signal":
        yield "a suspend makes it true without any signal; freezing() tells the two apart"


def _of_exits(profile: Profile) -> Iterator[str]:
    if profile.exit_note:
        yield "with a lock held where that is counted, the log says so"


def _of_strings(profile: Profile) -> Iterator[str]:
    yield (
        "a read goes on where the last one ended" if profile.reads_go_on else "a second read finds the end of the file"
    )
    yield "a write goes on where the last one ended" if profile.writes_strict else "each write replaces everything"


def _of_rows(profile: Profile) -> Iterator[str]:
    if not profile.numbered:
        yield "no number, no child, no strategy: name, data, size, mode, handler; and register_sysctl"


def _of_atomic(profile: Profile) -> Iterator[str]:
    if profile.atomic:
        yield f'where sleeping is a bug it prints "{_places(profile.atomic)}"'


def _of_might_sleep(profile: Profile) -> Iterator[str]:
    if profile.might_sleep:
        lines = " and ".join(f'"{_places(line)}"' for line in profile.might_sleep)
        yield f"where sleeping is a bug it prints {lines}"


def _places(message: str) -> str:
    """A format of Python's for people: ``{pid}`` is ``<pid>``."""
    return re.sub(r"\{(\w+).*?\}", r"<\1>", message)


_FACTS: dict[str, Callable[[Profile], Iterator[str]]] = {
    "daemonize": _of_daemonize,
    "reparent_to_init": _of_parents,
    **dict.fromkeys(["kthread_create", "kthread_run"], _of_kthreads),
    "wake_up_process": _of_wake_ups,
    "call_usermodehelper": _of_helpers,
    **dict.fromkeys(["spinlock_t", "rwlock_t"], _of_locks),
    "allow_signal": _of_allowing,
    "disallow_signal": _of_disallowing,
    "wait_event_timeout": _of_timeouts,
    "signal_pending": _of_pending,
    "do_exit": _of_exits,
    "proc_dostring": _of_strings,
    "ctl_table": _of_rows,
    "schedule": _of_atomic,
    "might_sleep": _of_might_sleep,
}


def present(name: str, version: str) -> bool:
    """Is there such a name in that version?"""
    profile = PROFILES[version]
    return name not in profile.missing and profile.constants.get(name, 0) is not None


def _see_also(entry: Entry) -> str:
    """The other names that its page speaks of."""
    known, text = entries(), getattr(entry, "doc", entry.brief)
    found = dict.fromkeys(re.findall(r"\b\w+\b", text))
    return _filled(", ".join(f"{name}(9)" for name in found if name in known and name != entry.name and len(name) > 3))


def _sentence(text: str) -> str:
    """With a capital letter, unless it begins with a name, and a full stop."""
    word = re.split(r"[\s,.;:(]", text, maxsplit=1)[0]
    start = text if "_" in word or word in entries() else text[:1].upper() + text[1:]
    return start if start.endswith((".", "?", "…")) else f"{start}."


def _filled(text: str, hang: bool = False) -> str:
    """*text* in lines of the page's width, indented."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and len(INDENT) + len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = f"  {word}" if hang else word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join(f"{INDENT}{line}" for line in [*lines, line] if line)


# ---- the table -----------------------------------------------------------------------------------------------------


def table() -> str:
    """Every call, type and constant, by the kernel's source files, and which versions have it."""
    groups: list[tuple[str, Iterable[Entry]]] = [
        ("Calls", CALLS.values()),
        ("Types and declarations", [*OBJECTS.values(), *WORDS.values()]),
        ("Constants", NAMED.values()),
    ]
    return "\n".join(line for heading, group in groups for line in _table(heading, group)) + _LEGEND


_LEGEND = """
* there · - not there: a module that uses it does not load. `kthreadlab man NAME` shows its page;
`kthreadlab man words` lists the words of the subject, `kthreadlab man accepted` the calls without effect."""


def _table(heading: str, group: Iterable[Entry]) -> Iterator[str]:
    group = list(group)
    wide = max(len(entry.name) for entry in group)
    yield f"{heading:<{wide + 4}}  {'  '.join(PROFILES)}"
    source = ""
    for entry in group:
        if entry.source != source:
            source = entry.source
            yield f"  {source}"
        marks = "  ".join(f"{_mark(entry, version):<{len(version)}}" for version in PROFILES)
        yield f"    {entry.name:<{wide}}  {marks}  {_short(entry.brief)}".rstrip()
    yield ""


def _mark(entry: Entry, version: str) -> str:
    if not present(entry.name, version):
        return "-"
    if isinstance(entry, Constant) and entry.name not in LOG_LEVELS:
        value = PROFILES[version].constants.get(entry.name, entry.value)
        return str(value) if len(str(value)) <= len(version) else "*"
    return "*"


def _short(brief: str) -> str:
    """The beginning of a sentence, where all of it is too much."""
    return brief.split(";")[0]
