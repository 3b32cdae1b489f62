"""The ``kthreadlab`` command.

    kthreadlab lab                       your own copy of the labs, open in JupyterLab
    kthreadlab check lab2 lab2.ipynb     the check that grades you; of several files, a line each
    kthreadlab progress                  how far you have come: points, predictions, which lab is next
    kthreadlab doctor                    what is odd about your notebooks, and what a grader will see
    kthreadlab inventory                 the twelve questions of before the first lab and after the last
    kthreadlab explore FILE              every interleaving of a module of your own
    kthreadlab replay FILE SCHEDULE      one run, step by step
    kthreadlab play FILE --html OUT      a page on which you are the scheduler
    kthreadlab ps FILE                   what ps shows of it
    kthreadlab man schedule              the manual of the kernel's calls, constants and types

Exit status: 0 full points (or: everything holds), 1 a verdict against it, 2 what was given can't be used, 3 an error of
our own, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import kthreadlab
from kthreadlab.checks.own_error import DEBUG, own_error
from kthreadlab.grading.cells import BadInput
from kthreadlab.trace.narrate import plain

FULL_POINTS, VERDICT, BAD_INPUT, OUR_BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status and lets no exception out."""
    _never_fail_on_letters()
    words = list(sys.argv[1:] if arguments is None else arguments)
    words, rest = _split(words)
    try:
        options = parser().parse_args(_bound(words))
    except SystemExit as stop:  # argparse has said what it has to say
        return int(stop.code or 0)
    options.rest = rest
    as_json = getattr(options, "json", False)
    try:
        status = options.run(options)
        sys.stdout.flush()
        return status
    except BadInput as problem:
        return _refuse(problem, as_json)
    except KeyboardInterrupt:
        print("\nStopped, as you asked. Nothing was changed.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return VERDICT
    except Exception as bug:
        return _our_bug(bug, as_json)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Our words, and JupyterLab's after the ``--`` of ``kthreadlab lab``; elsewhere ``--`` is argparse's."""
    if words[:1] != ["lab"] or "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _bound(words: list[str]) -> list[str]:
    """An option that may stand alone gets the next word only if that can be its value: a file's name is none."""
    out = []
    for n, word in enumerate(words):
        value = _MAY_STAND_ALONE.get(word, "") if words[0] in ("explore", "replay", "play", "ps") else ""
        alone = bool(value) and not (n + 1 < len(words) and re.fullmatch(value, words[n + 1], re.DOTALL))
        out.append(f"{word}=" if alone else word)
    return out


_TASK = r"[A-Za-z_][\w#-]*"
_MAY_STAND_ALONE = {"--irq": r"[A-Za-z_]\w*(\(.*)?", "--kill": _TASK, "--freeze": _TASK, "--spurious": _TASK}
"""Options that may stand alone, with what their values look like."""


def _never_fail_on_letters() -> None:
    """A terminal that can't show a letter gets an escape instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _refuse(problem: BadInput, as_json: bool) -> int:
    from kthreadlab.lang.diagnostics import told
    from kthreadlab.show import colour

    if as_json:
        print(json.dumps({"error": str(problem)}))
    print(f"kthreadlab: {_plain_lines(problem.text)}", file=sys.stderr)
    if problem.errors:
        print(colour.shown(told(problem.errors), colour.wanted(sys.stderr)), file=sys.stderr)
    return BAD_INPUT


def _our_bug(bug: Exception, as_json: bool) -> int:
    if os.environ.get(DEBUG):
        raise bug
    if as_json:
        print(json.dumps({"error": own_error(bug)}))
    print(_plain_lines(own_error(bug)), file=sys.stderr)
    return OUR_BUG


def _plain_lines(text: str) -> str:
    """What a person gave may stand in any message; a terminal shows it and never obeys it."""
    return "\n".join(plain(line) for line in text.split("\n"))


# ---- the command line ----------------------------------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    """argparse, except that what it refuses is shown to the terminal and not obeyed by it."""

    def error(self, message: str) -> NoReturn:
        super().error(plain(message))


def parser() -> argparse.ArgumentParser:
    """The command line, as argparse knows it."""
    top = Parser(
        prog="kthreadlab", description="Kernel threads, proved or broken on every interleaving.", allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"kthreadlab {kthreadlab.__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    lab = commands.add_parser("lab", help="open JupyterLab on your own copy of the labs", allow_abbrev=False)
    lab.add_argument("folder", nargs="?", default="kthreadlab-labs", help="where your copy lives (kthreadlab-labs)")
    lab.add_argument("--copy-only", action="store_true", help="copy what is missing, and open nothing")
    lab.add_argument(
        "--update",
        action="store_true",
        help="carry your answers into the present release's notebooks; the old ones are kept beside; opens nothing",
    )
    lab.epilog = "What follows -- is handed to JupyterLab:  kthreadlab lab -- --no-browser --port 8890"
    lab.set_defaults(run=run_lab)

    check = commands.add_parser("check", help="check an answer, exactly as it will be graded", allow_abbrev=False)
    check.add_argument("lab", metavar="LAB", help=", ".join(kthreadlab.LABS))
    check.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a notebook, a .py file of kernel Python, or - for standard input; of several, a line each",
    )
    check.add_argument("--property", default="", metavar="NAME", help="one property alone: its story, all its hints")
    check.add_argument("--json", action="store_true", help="the report as a JSON object; of several files, one a line")
    check.set_defaults(run=run_check)

    progress = commands.add_parser("progress", help="how far you have come in all labs", allow_abbrev=False)
    progress.add_argument(
        "files", nargs="*", metavar="FILE", help="notebooks or folders (kthreadlab-labs, or this one)"
    )
    progress.add_argument("--csv", action="store_true", help="for a class: a row for each notebook")
    progress.set_defaults(run=run_progress)

    doctor = commands.add_parser("doctor", help="before handing in: what is odd about notebooks", allow_abbrev=False)
    doctor.add_argument("files", nargs="*", metavar="FILE", help="notebooks or folders (kthreadlab-labs, or this one)")
    doctor.add_argument("--json", action="store_true", help="for a class: a line of JSON for each notebook")
    doctor.set_defaults(run=run_doctor)

    inventory = commands.add_parser("inventory", help="the twelve questions of before and after", allow_abbrev=False)
    inventory.add_argument("files", nargs="*", metavar="FILE", help="notebooks or folders (kthreadlab-labs, or this)")
    inventory.add_argument("--csv", action="store_true", help="for a class: a row for each sheet")
    inventory.add_argument("--key", action="store_true", help="for instructors: the questions, what is right, and why")
    inventory.set_defaults(run=run_inventory)

    explore = commands.add_parser("explore", help="search every interleaving of a module", allow_abbrev=False)
    explore.add_argument("file", metavar="FILE", help="a .py file of kernel Python, a notebook, or -")
    _add_world(explore)
    explore.add_argument("--states", type=_positive, default=1_000_000, metavar="N", help="give up after N states")
    explore.add_argument("--show-code", action="store_true", help="print the generated program that is searched")
    explore.add_argument("--json", action="store_true", help="the verdicts as one JSON object")
    explore.add_argument(
        "--property", action="append", default=[], metavar="P", help="only this one; without, what fits the world"
    )
    explore.set_defaults(run=run_explore)

    replay = commands.add_parser("replay", help="play one schedule and print what happens", allow_abbrev=False)
    replay.add_argument(
        "words", nargs="+", metavar="[LAB] FILE SCHEDULE", help="a schedule as a check or explore printed it, quoted"
    )
    _add_world(replay)
    replay.add_argument("--html", metavar="FILE", help="write a page that plays it, for any browser, instead of text")
    replay.add_argument("--svg", metavar="FILE", help="write a picture of it instead of text")
    replay.set_defaults(run=run_replay)

    _add_play(commands)

    ps = commands.add_parser("ps", help="load a module, let it go to sleep, and list the tasks", allow_abbrev=False)
    ps.add_argument("file", metavar="FILE", help="a .py file of kernel Python, a notebook, or -")
    ps.add_argument("--forest", action="store_true", help="as a tree: each below its parent")
    _add_world(ps)
    ps.set_defaults(run=run_ps)

    man = commands.add_parser(
        "man",
        help="the manual page of a call, a constant, a type, a property, a word, a lab; or the list",
        allow_abbrev=False,
    )
    man.add_argument(
        "name",
        nargs="?",
        default="",
        metavar="NAME",
        help='schedule, SIGKILL, rwlock_t, "wait queue" … (list them all)',
    )
    man.set_defaults(run=run_man)
    return top


def _add_play(commands: Any) -> None:
    """The options of ``kthreadlab play``."""
    play = commands.add_parser("play", help="write a page on which you are the scheduler", allow_abbrev=False)
    play.add_argument(
        "words",
        nargs="+",
        metavar="[LAB] FILE",
        help="a .py file of kernel Python, a notebook, or -; of a lab its answer",
    )
    play.add_argument("--html", metavar="OUT", required=True, help="the page, for any browser; it needs no network")
    play.add_argument("--goal", default="", metavar="P", help="the property that you are dared to break (delivered)")
    play.add_argument("--map", action="store_true", help="begin with the map of all states, those that are bad in red")
    _add_world(play)
    play.set_defaults(run=run_play)


def _add_world(command: argparse.ArgumentParser) -> None:
    """The options that say what happens, beside what the module says of itself, and on which machine."""
    world = command.add_argument_group("what happens (as the module says, without options)")

    def several(option: str, metavar: str, help: str, **more: Any) -> None:
        world.add_argument(option, action="append", default=[], metavar=metavar, help=help, **more)

    several("--thread", "F", "F runs as a thread from the start (mykthread, if there is one)")
    several("--call", "F(1,2)", "a process calls F(1,2), once, at any time")
    several("--irq", "F(3)", "an interrupt calls F(3); alone: the reporters are interrupts", nargs="?", const="")
    several("--certain", "F(1,2)", "this call comes at last (irq/F(3), kill/T: this interrupt, this kill)")
    several("--process", "'P: F, wait4'", "a process P makes these calls: F(1), wait4, pause, exit(3), fork(P2)")
    world.add_argument("--init", default="", metavar="F", help="insmod calls F (module_init's function)")
    world.add_argument("--exit", default="", metavar="F", help="rmmod calls F (module_exit's function)")
    several("--kill", "T", "a SIGKILL may come to T (the first thread)", nargs="?", const="")
    world.add_argument("--freeze", nargs="?", const="", metavar="T", help="a suspend may freeze T (the first thread)")
    several("--fail", "CALL", "one kmalloc, or one fork, may fail")
    several("--spurious", "T", "T (the first thread) may be woken once for nothing", nargs="?", const="")
    world.add_argument("--report", default="", metavar="F", help="calls of F(id) are reports (report_event)")
    world.add_argument("--calls", type=_count, metavar="N", help="N reports come, of ids 1 to N (2)")
    world.add_argument("--stays", action="store_true", help="no thread must end unasked")
    world.add_argument("--ends-after", default="", metavar="F", help="once F has returned, the first thread must end")
    machine = command.add_argument_group("on which machine")
    machine.add_argument("--cpus", type=_cpus, default=1, metavar="N", help="CPUs; each: one for every task (1)")
    machine.add_argument("--preempt", action="store_true", help="CONFIG_PREEMPT=y")
    machine.add_argument("--smp", action="store_true", help="CONFIG_SMP=y on one CPU, too: real lock words")
    machine.add_argument("--profile", default="2.6.11", metavar="V", help="version of the kernel (2.6.11)")


def _world_options(options: argparse.Namespace) -> Any:
    """What the command line says of a world."""
    from .worlds import Options

    return Options(
        tuple(options.thread),
        tuple(options.call),
        tuple(options.irq),
        tuple(options.certain),
        options.init,
        options.exit,
        tuple(options.kill),
        options.freeze,
        tuple(options.fail),
        tuple(options.spurious),
        options.report,
        options.calls,
        options.stays,
        options.ends_after,
        options.cpus,
        options.preempt,
        options.smp,
        options.profile,
        tuple(options.process),
    )


def _cpus(text: str) -> int:
    if text.isdigit() or text.startswith("-"):
        return _number(text, 1)
    if text != "each":
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is neither a number nor each")
    return 0


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
    """``kthreadlab lab``: copy what is missing, then JupyterLab; or ``--update`` what is there."""
    from . import labs, update

    if options.update:
        for line in update.updated(options.folder):
            print(line, flush=True)
        return FULL_POINTS
    print(labs.copy_labs(options.folder))
    return FULL_POINTS if options.copy_only else labs.open_jupyterlab(options.folder, options.rest)


def run_check(options: argparse.Namespace) -> int:
    """``kthreadlab check LAB FILE…``: the report, or a line for each of several answers; 0 only for full points."""
    from kthreadlab.show import colour

    _known_lab(options.lab)
    names = kthreadlab.LABS[options.lab].properties
    if options.property and options.property not in names:
        raise BadInput(f"{options.lab} has no property {options.property[:60]!r}; it has: {', '.join(names)}.")
    if options.property and len(options.files) > 1:
        raise BadInput("--property tells the story of one answer; give one FILE with it.")
    if len(options.files) > 1:
        return _check_each(options.lab, options.files, options.json)
    (file,) = options.files
    report, beside = _checked(options.lab, file, kthreadlab.check)
    coloured = colour.wanted(sys.stdout)
    text = kthreadlab.report_text(report, file, property=options.property, coloured=coloured)
    if not options.property:
        text = "\n".join([text, *beside.told(report)])
    print(json.dumps(report_data(report, beside)) if options.json else text)
    return _status(report, beside)


def _checked(lab: str, file: str, check: Callable[..., Any]) -> tuple[Any, Any]:
    """The report on one answer, with what is to be known of the reports that its notebook has stored; and what the
    notebook holds beside the answer."""
    from kthreadlab.grading.answers import answer_and_page

    from .beside import Beside
    from .saved import stored_notice

    answer, page = answer_and_page(file, lab)
    report = check(lab, answer)
    return replace(report, notice=stored_notice(page, lab, report.judged)), Beside.of(page, lab)


def _check_each(lab: str, files: list[str], as_json: bool) -> int:
    """A line for each answer, in their order, as soon as it is known.  Equal answers are checked once; one that can't
    be used, or that we fail at, stops none of the others.  Returns the worst of the statuses that each alone has."""
    from kthreadlab.show.report import first_problem

    check = lru_cache(maxsize=None)(kthreadlab.check)
    width = max(len(plain(file)) for file in files)
    worst = FULL_POINTS
    for file in files:
        name = f"{plain(file):<{width}}"
        try:
            report, beside = _checked(lab, file, check)
        except BadInput as problem:
            status, data, line = BAD_INPUT, {"error": str(problem)}, f"  –     {_first_line(problem)}"
        except Exception as bug:
            status, data, line = OUR_BUG, {"error": own_error(bug)}, f"  –     {name}  {_first_line(own_error(bug))}"
        else:
            status, data = _status(report, beside), report_data(report, beside)
            points, most = report.points + beside.points, report.max_points + beside.max_points
            line = f"{points:>3}/{most}  {name}  {first_problem(report) or beside.first_problem}"
        print(json.dumps({"file": file, **data}) if as_json else line.rstrip(), flush=True)
        worst = max(worst, status)
    return worst


def run_progress(options: argparse.Namespace) -> int:
    """``kthreadlab progress [FILE…]``: how far notebooks have come; 0 unless one can't be used."""
    from .progress import as_csv, standings, told

    found = standings(options.files)
    print(as_csv(found) if options.csv else "\n".join([*told(found), ""]), end="")
    return BAD_INPUT if any(one.unusable for one in found) else FULL_POINTS


def run_doctor(options: argparse.Namespace) -> int:
    """``kthreadlab doctor [FILE…]``: what is odd about notebooks, and how to mend it; 0 if nothing has to be."""
    from .doctor import as_json, diagnoses, told

    status = FULL_POINTS
    for n, found in enumerate(diagnoses(options.files)):
        print(as_json(found) if options.json else "\n".join([*([""] if n else []), *told(found)]), flush=True)
        status = max(status, FULL_POINTS if found.well else BAD_INPUT if found.standing is None else VERDICT)
    return status


def run_inventory(options: argparse.Namespace) -> int:
    """``kthreadlab inventory [FILE…]``: what was said to the twelve questions."""
    from .inventory import as_csv, sheets, told, with_key

    if options.key:
        print("\n".join(with_key()))
        return FULL_POINTS
    found = sheets(options.files)
    print(as_csv(found) if options.csv else "\n".join([*told(found), ""]), end="")
    return FULL_POINTS


def _first_line(text: object) -> str:
    return plain(str(text).partition("\n")[0])


def _status(report: Any, beside: Any) -> int:
    if report.bug:
        return OUR_BUG
    full = report.points == report.max_points and not report.problem and beside.points == beside.max_points
    return FULL_POINTS if full else VERDICT


def report_data(report: Any, beside: Any) -> dict[str, Any]:
    """A report as ``--json`` prints it, with what the notebook holds *beside* the module.  Nothing in it differs from
    one run to the next."""
    return {
        **({"notice": report.notice} if report.notice else {}),
        "lab": report.lab,
        "points": report.points + beside.points,
        "max_points": report.max_points + beside.max_points,
        "problem": report.problem,
        "bug": report.bug,
        "limit": report.limit,
        "judged": vars(report.judged) if report.judged else None,
        "properties": {
            name: {key: getattr(result, key) for key in _TOLD} for name, result in report.properties.items()
        },
        **beside.data(),
    }


_TOLD = ("holds", "verdict", "root", "exercised", "points", "witness", "states")
"""What ``--json`` tells of each property of a report."""


def _known_lab(name: str) -> None:
    if name not in kthreadlab.LABS:
        raise BadInput(f"there is no lab {name[:60]!r}; there are: {', '.join(kthreadlab.LABS)}.")


def run_explore(options: argparse.Namespace) -> int:
    """``kthreadlab explore FILE``: every interleaving of one's own module; 0 if everything holds on all of them."""
    from kthreadlab.machine.listing import listing
    from kthreadlab.run.search import build

    from .worlds import judged

    module, world = _runnable(options.file, _world_options(options))
    with _said_by_the_engine():
        if options.show_code:
            print(listing(build(module, world.scenario, world.config)))
            return FULL_POINTS
        wanted = options.property or judged(module, world)
        found = kthreadlab.explore(module, world.scenario, world.config, wanted, max_states=options.states)
    if options.json:
        print(json.dumps(exploration_data(found)))
    else:
        from .notebook import exploration_text

        print(f"{world.config}: {world.name}\n{exploration_text(found)}")
    if found.bug:
        return OUR_BUG
    words = [v.verdict for name, v in found.verdicts.items() if name != "no_data_race"]
    against = any(word in ("fails", "follows", "not decided") for word in words)
    return VERDICT if against or not found.complete else FULL_POINTS


def exploration_data(found: Any) -> dict[str, Any]:
    """An exploration as ``--json`` prints it."""
    from kthreadlab.checks.labs import shown

    properties = {
        name: {
            **{key: getattr(verdict, key) for key in ("holds", "verdict", "root", "exercised", "cause")},
            "witness": shown(found, verdict)[1] if verdict.finding else "",
        }
        for name, verdict in found.verdicts.items()
    }
    return {
        "states": found.states,
        "transitions": found.transitions,
        "complete": found.complete,
        "bug": found.bug,
        "limit": found.limit,
        "properties": properties,
    }


def _runnable(path: str, options: Any, world: Any = None) -> tuple[Any, Any]:
    """The module in a file, with what a lab gives around it, and *world*, or the world of *options*, for it."""
    from kthreadlab.grading.answers import own_module

    from . import worlds

    module = own_module(path)
    if module.broken:
        raise BadInput(f"{plain(path)} can't be run.", module.diagnostics)
    module = worlds.complete(module)
    world = world or worlds.world_of(module, options)
    trouble, errors = worlds.problems(module, world)
    if trouble or errors:
        raise BadInput("\n".join([f"{plain(path)} can't be run.", *trouble]), errors)
    return module, world


def run_replay(options: argparse.Namespace) -> int:
    """``kthreadlab replay [LAB] FILE SCHEDULE``: one run, told step by step."""
    from kthreadlab.run.schedule import ScheduleError, parse

    *lab, file, text = _between(options.words, 2, 3, "replay takes FILE SCHEDULE, or LAB FILE SCHEDULE.")
    for name in lab:
        _known_lab(name)
    with _said_by_the_engine():
        schedule = parse(text)
        if not schedule.steps:
            raise BadInput("the schedule is empty; give the whole line that a check or explore printed, in quotes.")
        try:
            trace, trouble = _replayed(file, schedule, lab[0] if lab else "", _world_options(options)), None
        except ScheduleError as error:
            if error.until is None:
                raise
            trace, trouble = error.until, error
    if not options.html and not options.svg:
        print(kthreadlab.trace_text(trace))
    if options.html:
        from kthreadlab.show.page import page_html

        _write(options.html, page_html(trace), file)
    if options.svg:
        from kthreadlab.show.picture import trace_svg

        _write(options.svg, trace_svg(trace), file)
    if trouble is not None:
        raise BadInput(f"{trouble}. You see the way up to there.")
    return FULL_POINTS


def _write(path: str, text: str, answer: str) -> None:
    """Write a file that the command line named; never over the answer, and whole or not at all."""
    to, name = Path(path), plain(path)
    try:
        if to.exists() and Path(answer).exists() and to.samefile(answer):
            raise BadInput(f"{name} is the answer itself; name another file to write to.")
        new = to.with_name(f"{to.name}.new")
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(to)
    except (OSError, ValueError) as problem:
        raise BadInput(f"{name} can't be written: {getattr(problem, 'strerror', None) or problem}.") from None
    print(f"{name} written: {len(text.encode()):,} bytes; open it in a browser.")


def _replayed(file: str, schedule: Any, lab: str, options: Any) -> Any:
    """The trace of *schedule*, in the scenario of a check or in the world of an exploration that its head names; in the
    world of *options* if it has no head."""
    from kthreadlab.checks.labs import replay_in_lab
    from kthreadlab.grading.answers import answer_module

    from .worlds import World

    profile, _, scenario = schedule.where.partition("/")
    lab = lab or (scenario.partition("/")[0] if scenario.partition("/")[0] in kthreadlab.LABS else "")
    if options.given and (lab or scenario):
        raise BadInput("the schedule says itself in which world it plays: options are for one without a head.")
    if lab:
        return replay_in_lab(lab, answer_module(file, lab), schedule)
    named = World.named(scenario, profile) if scenario else None
    if scenario and named is None:
        raise BadInput(f"the schedule is of {plain(scenario, 80)}, which is neither a check's nor explore's.")
    module, world = _runnable(file, options, named)
    return kthreadlab.replay(module, world.scenario, world.config, schedule)


def _between(words: list[str], least: int, most: int, usage: str) -> list[str]:
    if not least <= len(words) <= most:
        raise BadInput(usage)
    return words


@contextmanager
def _said_by_the_engine() -> Iterator[None]:
    """What the engine refuses in words (a schedule that does not fit, a scenario that can't be) is bad input."""
    from kthreadlab.compile.values import LowerError

    try:
        yield
    except LowerError as problem:
        raise BadInput("the module reads well, and can't be run.", [problem.diagnostic]) from None
    except ValueError as problem:
        raise BadInput(f"{problem}.".replace("..", ".")) from None


def run_play(options: argparse.Namespace) -> int:
    """``kthreadlab play FILE --html OUT``: a page on which whoever opens it is the scheduler."""
    *lab, file = _between(options.words, 1, 2, "play takes FILE, or LAB FILE.")
    with _said_by_the_engine():
        game = _played(file, lab[0], options) if lab else _own_world_played(file, options)
        page = (game.map() if options.map else game).html()
    _write(options.html, page, file)
    return FULL_POINTS


def _played(file: str, lab: str, options: argparse.Namespace) -> Any:
    """The game of an answer to *lab*, where it fails."""
    _known_lab(lab)
    if _world_options(options).given:
        raise BadInput(f"{lab} says itself what happens: options are for a module of your own.")
    from kthreadlab.play.playing import play

    report, _ = _checked(lab, file, kthreadlab.check)
    return play(report, goal=options.goal)


def _own_world_played(file: str, options: argparse.Namespace) -> Any:
    """The game of anybody's module."""
    from kthreadlab.play.playing import play

    from .worlds import judged

    module, world = _runnable(file, _world_options(options))
    goals = judged(module, world)
    goal = options.goal or ("delivered" if "delivered" in goals else goals[0])
    others = [c for c in _machines(world.config) if c != world.config]
    return play(module, world.scenario, [world.config, *others], goal)


def _machines(config: Any) -> list[Any]:
    """The same machine with one CPU, preemptible or not, and with a CPU for every task."""
    from .worlds import EACH

    shapes = ((1, False), (1, True), (EACH, False))
    return [replace(config, cpus=cpus, preempt=preempt) for cpus, preempt in shapes]


def run_ps(options: argparse.Namespace) -> int:
    """``kthreadlab ps FILE``: the tasks once the threads have gone to sleep for the first time."""
    from kthreadlab.show.text import ps_text

    from .worlds import until_it_stops

    said = _world_options(options)
    module, world = _runnable(options.file, said if said.reports is not None else replace(said, reports=0))
    with _said_by_the_engine():
        print(ps_text(until_it_stops(module, world).views[-1], options.forest))
    return FULL_POINTS


def run_man(options: argparse.Namespace) -> int:
    """``kthreadlab man [NAME]``: a page of the manual, or the table of everything that has one."""
    with _said_by_the_engine():
        print(kthreadlab.man(options.name))
    return FULL_POINTS
