"""The ``kthreadlab`` command.

    kthreadlab lab                       your own copy of the labs, open in JupyterLab
    kthreadlab check lab2 lab2.ipynb     the check that grades you
    kthreadlab explore FILE              every interleaving of a thread of your own
    kthreadlab replay FILE SCHEDULE      one run, step by step
    kthreadlab ps FILE                   what ps shows of it
    kthreadlab man schedule              the manual of the kernel's calls, constants and types

Exit status: 0 full points (or: everything holds), 1 a verdict against it, 2 what was given can't be used, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import kthreadlab
from kthreadlab.cells import BadInput

FULL_POINTS, VERDICT, BAD_INPUT, OUR_BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status and lets no exception out."""
    _never_fail_on_letters()
    words = list(sys.argv[1:] if arguments is None else arguments)
    words, rest = _split(words)
    try:
        options = parser().parse_args(words)
    except SystemExit as stop:  # argparse has said what it has to say
        return int(stop.code or 0)
    options.rest = rest
    try:
        status = options.run(options)
        sys.stdout.flush()
        return status
    except BadInput as problem:
        return _refuse(str(problem), as_json=getattr(options, "json", False))
    except KeyboardInterrupt:
        print("\nStopped, as you asked. Nothing was changed.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return VERDICT
    except Exception as bug:
        return _our_bug(bug)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before ``--``, and what after it."""
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _never_fail_on_letters() -> None:
    """A terminal that can't show a letter gets an escape instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _refuse(text: str, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"error": text}))
    print(f"kthreadlab: {text}", file=sys.stderr)
    return BAD_INPUT


def _our_bug(bug: Exception) -> int:
    if os.environ.get("KTHREADLAB_DEBUG"):
        raise bug
    print(
        f"kthreadlab: this is a bug of kthreadlab, not of yours: {type(bug).__name__}: {bug}\n"
        "Please report it with the file you gave. KTHREADLAB_DEBUG=1 shows where it happened.",
        file=sys.stderr,
    )
    return OUR_BUG


# ---- the command line ----------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """The command line, as argparse knows it."""
    top = argparse.ArgumentParser(
        prog="kthreadlab", description="Kernel threads, proved or broken on every interleaving.", allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"kthreadlab {kthreadlab.__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    lab = commands.add_parser("lab", help="open JupyterLab on your own copy of the labs", allow_abbrev=False)
    lab.add_argument("folder", nargs="?", default="kthreadlab-labs", help="where your copy lives (kthreadlab-labs)")
    lab.add_argument("--copy-only", action="store_true", help="copy what is missing, and open nothing")
    lab.epilog = "What follows -- is handed to JupyterLab:  kthreadlab lab -- --no-browser --port 8890"
    lab.set_defaults(run=run_lab)

    check = commands.add_parser("check", help="check an answer, exactly as it will be graded", allow_abbrev=False)
    check.add_argument("lab", metavar="LAB", help="lab2, lab5, lab6")
    check.add_argument("file", metavar="FILE", help="a notebook, a .py file of kernel Python, or - for standard input")
    check.add_argument("--property", default="", metavar="NAME", help="one property alone: its story, all its hints")
    check.add_argument("--json", action="store_true", help="the report as one JSON object")
    check.set_defaults(run=run_check)

    explore = commands.add_parser("explore", help="search every interleaving of a module", allow_abbrev=False)
    _add_world(explore)
    explore.add_argument("--states", type=_positive, default=1_000_000, metavar="N", help="give up after N states")
    explore.add_argument("--show-code", action="store_true", help="print the generated program that is searched")
    explore.add_argument("--json", action="store_true", help="the verdicts as one JSON object")
    explore.set_defaults(run=run_explore)

    replay = commands.add_parser("replay", help="play one schedule and print what happens", allow_abbrev=False)
    replay.add_argument(
        "words", nargs="+", metavar="[LAB] FILE SCHEDULE", help="a schedule as a check or explore printed it, quoted"
    )
    replay.add_argument("--html", metavar="FILE", help="write a page that plays it, for any browser, instead of text")
    replay.add_argument("--svg", metavar="FILE", help="write a picture of it instead of text")
    replay.set_defaults(run=run_replay)

    ps = commands.add_parser("ps", help="boot a module, let it go to sleep, and list the tasks", allow_abbrev=False)
    ps.add_argument("file", metavar="FILE", help="a .py file of kernel Python, a notebook, or -")
    ps.add_argument("--thread", default="mykthread", metavar="FUNCTION", help="what runs as a thread (mykthread)")
    _add_profile(ps)
    ps.set_defaults(run=run_ps)

    man = commands.add_parser(
        "man", help="the manual page of a call, a constant, a type, a property; or the list", allow_abbrev=False
    )
    man.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="schedule, SIGKILL, rwlock_t … (list them all)"
    )
    man.set_defaults(run=run_man)
    return top


def _add_world(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", help="a .py file of kernel Python, a notebook, or -")
    command.add_argument("--thread", default="mykthread", metavar="FUNCTION", help="what runs as a thread (mykthread)")
    command.add_argument("--calls", type=_count, default=2, metavar="N", help="N reporters call report_event (2)")
    command.add_argument("--cpus", type=_positive, default=1, metavar="N", help="CPUs (1)")
    command.add_argument("--preempt", action="store_true", help="CONFIG_PREEMPT=y")
    command.add_argument("--irq", action="store_true", help="the reporters are interrupts")
    command.add_argument("--kill", action="store_true", help="and a SIGKILL may come at any time")
    _add_profile(command)


def _add_profile(command: argparse.ArgumentParser) -> None:
    command.add_argument("--profile", default="2.6.11", metavar="VERSION", help="version of the kernel (2.6.11)")


def _number(text: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number from {least} up")
    return int(text)


def _positive(text: str) -> int:
    return _number(text, 1)


def _count(text: str) -> int:
    return _number(text, 0)


# ---- commands ------------------------------------------------------------------------------------------------------


def run_lab(options: argparse.Namespace) -> int:
    """``kthreadlab lab``: copy what is missing, then JupyterLab."""
    from kthreadlab import labs

    print(labs.copy_labs(options.folder))
    return FULL_POINTS if options.copy_only else labs.open_jupyterlab(options.folder, options.rest)


def run_check(options: argparse.Namespace) -> int:
    """``kthreadlab check LAB FILE``: the report, and 0 only for full points."""
    from kthreadlab.cells import answer_and_page
    from kthreadlab.page import stored_notice

    _known_lab(options.lab)
    names = kthreadlab.LABS[options.lab].properties
    if options.property and options.property not in names:
        raise BadInput(f"{options.lab} has no property {options.property[:60]!r}; it has: {', '.join(names)}.")
    answer, page = answer_and_page(options.file, options.lab)
    report = kthreadlab.check(options.lab, answer)
    report = replace(report, notice=stored_notice(page, options.lab, report.judged))
    text = kthreadlab.report_text(report, options.file, property=options.property)
    print(json.dumps(report_data(report)) if options.json else text)
    return FULL_POINTS if report.points == report.max_points and not report.problem else VERDICT


def report_data(report: Any) -> dict[str, Any]:
    """A report as ``--json`` prints it.  Nothing in it differs from one run to the next."""
    return {
        **({"notice": report.notice} if report.notice else {}),
        "lab": report.lab,
        "points": report.points,
        "max_points": report.max_points,
        "problem": report.problem,
        "judged": vars(report.judged) if report.judged else None,
        "properties": {
            name: {key: getattr(result, key) for key in ("holds", "exercised", "points", "witness", "states")}
            for name, result in report.properties.items()
        },
    }


def _known_lab(name: str) -> None:
    if name not in kthreadlab.LABS:
        raise BadInput(f"there is no lab {name[:60]!r}; there are: {', '.join(kthreadlab.LABS)}.")


def run_explore(options: argparse.Namespace) -> int:
    """``kthreadlab explore FILE``: every interleaving of one's own module; 0 if everything holds on all of them."""
    from kthreadlab.run.search import build
    from kthreadlab.worlds import World

    world = World(
        options.thread, options.calls, options.cpus, options.preempt, options.irq, options.kill, options.profile
    )
    module = _runnable(options.file, world)
    with _said_by_the_engine():
        if options.show_code:
            print(build(module, world.scenario, world.config).source)
            return FULL_POINTS
        found = kthreadlab.explore(module, world.scenario, world.config, max_states=options.states)
    if options.json:
        print(json.dumps(exploration_data(found)))
    else:
        from kthreadlab.notebook import exploration_text

        print(f"{world.config}: {world.name}\n{exploration_text(found)}")
    return FULL_POINTS if found.complete and all(v.holds for v in found.verdicts.values()) else VERDICT


def exploration_data(found: Any) -> dict[str, Any]:
    """An exploration as ``--json`` prints it."""
    return {
        "states": found.states,
        "transitions": found.transitions,
        "complete": found.complete,
        "properties": {
            name: {key: getattr(verdict, key) for key in ("holds", "exercised", "cause", "witness")}
            for name, verdict in found.verdicts.items()
        },
    }


def _runnable(path: str, world: Any) -> Any:
    """The module in a file, with what a lab gives around it, ready for *world*."""
    from kthreadlab import worlds
    from kthreadlab.cells import own_module

    module = own_module(path)
    module = module if module.broken else worlds.complete(module)
    trouble = list(worlds.problems(module, world))
    if trouble:
        raise BadInput("\n".join([f"{path} can't be run.", *trouble]))
    return module


def run_replay(options: argparse.Namespace) -> int:
    """``kthreadlab replay [LAB] FILE SCHEDULE``: one run, told step by step."""
    from kthreadlab.run.schedule import parse

    *lab, file, text = _between(options.words, 2, 3, "replay takes FILE SCHEDULE, or LAB FILE SCHEDULE.")
    for name in lab:
        _known_lab(name)
    with _said_by_the_engine():
        schedule = parse(text)
        if not schedule.steps:
            raise BadInput("the schedule is empty; give the whole line that a check or explore printed, in quotes.")
        trace = _replayed(file, schedule, lab[0] if lab else "")
    if not options.html and not options.svg:
        print(kthreadlab.trace_text(trace))
    if options.html:
        from kthreadlab.show.page import page_html

        _write(options.html, page_html(trace), file)
    if options.svg:
        from kthreadlab.show.picture import trace_svg

        _write(options.svg, trace_svg(trace), file)
    return FULL_POINTS


def _write(path: str, text: str, answer: str) -> None:
    """Write a file that the command line named; never over the answer, and whole or not at all."""
    to = Path(path)
    try:
        if to.exists() and Path(answer).exists() and to.samefile(answer):
            raise BadInput(f"{path} is the answer itself; name another file to write to.")
        new = to.with_name(f"{to.name}.new")
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(to)
    except (OSError, ValueError) as problem:
        raise BadInput(f"{path} can't be written: {getattr(problem, 'strerror', None) or problem}.") from None
    print(f"{path} written: {len(text.encode()):,} bytes; open it in a browser.")


def _replayed(file: str, schedule: Any, lab: str) -> Any:
    """The trace of *schedule*, in the scenario of a check or in the world of an exploration that its head names."""
    from kthreadlab.cells import answer_module
    from kthreadlab.checks.labs import replay_in_lab
    from kthreadlab.worlds import World

    profile, _, scenario = schedule.where.partition("/")
    lab = lab or (scenario.partition("/")[0] if scenario.partition("/")[0] in kthreadlab.LABS else "")
    if lab:
        return replay_in_lab(lab, answer_module(file, lab), schedule)
    world = World.named(scenario, profile) if scenario else World()
    if world is None:
        raise BadInput(f"the schedule is of {scenario[:80]}, which is neither a check's nor explore's.")
    return kthreadlab.replay(_runnable(file, world), world.scenario, world.config, schedule)


def _between(words: list[str], least: int, most: int, usage: str) -> list[str]:
    if not least <= len(words) <= most:
        raise BadInput(usage)
    return words


@contextmanager
def _said_by_the_engine() -> Iterator[None]:
    """What the engine refuses in words (a schedule that does not fit, a scenario that can't be) is bad input."""
    try:
        yield
    except ValueError as problem:
        raise BadInput(f"{problem}.".replace("..", ".")) from None


def run_ps(options: argparse.Namespace) -> int:
    """``kthreadlab ps FILE``: the tasks once the thread has gone to sleep for the first time."""
    from kthreadlab.show.text import ps_text
    from kthreadlab.worlds import World, until_it_stops

    world = World(options.thread, calls=0, profile=options.profile)
    module = _runnable(options.file, world)
    with _said_by_the_engine():
        print(ps_text(until_it_stops(module, world).views[-1]))
    return FULL_POINTS


def run_man(options: argparse.Namespace) -> int:
    """``kthreadlab man [NAME]``: a page of the manual, or the table of everything that has one."""
    with _said_by_the_engine():
        print(kthreadlab.man(options.name))
    return FULL_POINTS
