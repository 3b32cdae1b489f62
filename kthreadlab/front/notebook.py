"""kthreadlab in a notebook: ``%load_ext kthreadlab``, the ``%%kmod`` magic, and how values show themselves.

``%%kmod MODULE [FILE]`` makes its cell one file of a kernel module.  It sees the cell's text and nothing else of the
notebook; a `KernelModule` named MODULE comes out.  Running the cell again replaces that file, also under another name.
Lines are counted as the notebook counts them, the magic's own being line 1.  A cell that does not compile says so on
stdout and still binds MODULE, to a module that is broken: no good version of yesterday survives it.  With
``--check LAB`` behind the names the cell is checked at once.

Everything is printed on stdout: nbgrader takes the points of a cell that writes to stderr.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from kthreadlab.checks.labs import LABS
from kthreadlab.checks.own_error import DEBUG, own_error, set_aside
from kthreadlab.checks.report import PropertyFails, graded_by_nbgrader
from kthreadlab.compile.values import LowerError
from kthreadlab.grading.cells import CHECK, USAGE, BadInput, BadMagicLine, kmod_text, lab_to_check, parse_magic_line
from kthreadlab.lang.diagnostics import told
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.python_base import elsewhere
from kthreadlab.show import colour

from . import saved
from .assist import Assist, about, asked_in


class Kmod:
    """The ``%%kmod`` magic of one IPython session."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.assist = Assist(shell)
        self.page = saved.Page()
        self.defined: set[tuple[str, str]] = set()
        self.raw = ""
        self.cell_id: str | None = None
        self.homes: dict[str, tuple[str, str]] = {}

    def cell(self, line: str, cell: str | None = None) -> None:
        """Compile and link this cell as a file of a kernel module; see `parse_magic_line` for the line."""
        try:
            (name, file), lab = parse_magic_line(line), lab_to_check(line)
        except BadMagicLine as problem:
            print(problem)
            return
        text = kmod_text(line, cell or "", self._source(cell or ""))
        self._renamed(name, file)
        module = self._module(name).with_file(file, text)
        if (name, file) in self.defined and graded_by_nbgrader():
            module = module.with_duplicate(file)
        self.defined.add((name, file))
        self.page.ran(name, file, text)
        self.shell.user_ns[name] = module
        if lab is None or graded_by_nbgrader():
            print(summary(module, file, coloured=self._coloured))
        else:
            self._check_at_once(module, file, lab)
        pages = [about(name) for name in asked_in(cell or "")]
        if any(pages):
            self.assist.page("\n\n".join(filter(None, pages)))

    def note(self, info: Any) -> None:
        """A cell is about to run: keep it as it is written, for the numbers of its lines, and which one it is."""
        self.raw, self.cell_id = info.raw_cell or "", info.cell_id

    def _renamed(self, name: str, file: str) -> None:
        """This cell is that file now.  What it was before is nobody's any more, unless another cell is that too: a name
        that was mistyped once does not stay in the module, beside the right one and with all the same symbols."""
        if self.cell_id is None:
            return
        before = self.homes.get(self.cell_id)
        self.homes[self.cell_id] = (name, file)
        if before and before not in self.homes.values():
            self.defined.discard(before)
            module = self.shell.user_ns.get(before[0])
            if isinstance(module, KernelModule):
                self.shell.user_ns[before[0]] = module.without_file(before[1])

    def _source(self, cell: str) -> str:
        """The cell that runs, as it is written; "" if what the magic was given is not the end of it."""
        return self.raw if self.raw.rstrip().endswith(cell.rstrip()) else ""

    @property
    def _coloured(self) -> bool:
        """A notebook shows colours, whoever runs it; a terminal, as far as it can."""
        return getattr(self.shell, "kernel", None) is not None or colour.wanted(sys.stdout)

    def _check_at_once(self, module: KernelModule, file: str, lab: str) -> None:
        """What ``--check LAB`` does: show the report, or say why there is none.  Without LAB, the lab is the one whose
        answer this file is."""
        fitting = [lab] if lab else labs_answered_by(module, file)
        report = saved.check(fitting[0], module) if len(fitting) == 1 and fitting[0] in LABS else None
        if report is None or not report.problem:  # what does not compile is told by the report
            print(summary(module, file, coloured=self._coloured))
        if report is not None:
            self.shell.display_pub.publish(*self.shell.display_formatter.format(replace(report, told=False)))
        elif lab:
            print(f"There is no lab {lab[:60]!r} to check; there are: {', '.join(LABS)}.")
        else:
            say = " or ".join(f"{CHECK} {name}" for name in fitting or LABS)
            print(f"Which lab is this the answer to?  Say {say}.")

    def line(self, line: str = "") -> None:
        """``%kmod`` with one % is a slip of the pen."""
        print(USAGE)

    def _module(self, name: str) -> KernelModule:
        """The module of that name as the notebook knows it, or a new one without files."""
        module = self.shell.user_ns.get(name)
        if isinstance(module, KernelModule) and module.name == name:
            return module
        self.defined = {(other, file) for other, file in self.defined if other != name}
        return KernelModule(name, {})


def labs_answered_by(module: KernelModule, file: str) -> list[str]:
    """The labs whose answer is a file of that name; if the file that one of them gives is there too, that one."""
    fitting = [lab for lab in LABS.values() if (lab.module, lab.answer) == (module.name, file)]
    given = [lab for lab in fitting if lab.given in module.files]
    return [lab.name for lab in given or fitting]


def keep_empty_cell(lines: list[str]) -> list[str]:
    """An emptied ``%%kmod`` cell still replaces its file.  IPython would refuse it, and yesterday's good version would
    survive; with an empty line in it, it reaches the magic."""
    text = [line for line in lines if line.strip()]
    return [*text, "\n"] if len(text) == 1 and text[0].startswith("%%kmod") else lines


def summary(module: KernelModule, file: str, coloured: bool = False) -> str:
    """What the magic prints after (re)placing *file*: the diagnostics, or one calm line and what is still missing.  A
    missing name of *file* that looks like another one of the kernel's, or of Python's, is pointed at, unless *file* is
    given and the answer has to define it."""
    if module.broken:
        return colour.shown(told(module.diagnostics), coloured)
    functions = [name for name, function in module.functions.items() if function.pos.file == file]
    data = [name for name, static in module.statics.items() if static.pos.file == file]
    parts = [f"{kind}: {', '.join(names)}" for kind, names in (("functions", functions), ("data", data)) if names]
    which = "" if file == module.name else f" {file}"
    lines = [f"{module.name}:{which} linked ({'; '.join(parts) or 'nothing defined'})"]
    owed = {name for lab in LABS.values() if (lab.module, lab.given) == (module.name, file) for name in lab.owns}
    doubtful = {
        name: replace(module.unknown(name, pos), kind="warning")
        for name, pos in module.undefined
        if pos.file == file and name not in owed and elsewhere(name)
    }
    missing = [name for name, _ in module.undefined if name not in doubtful]
    if missing:
        lines.append(f"not defined yet, another file may do it: {', '.join(missing)}")
    if doubtful:
        lines += ["", colour.shown(told(doubtful.values()), coloured)]
    return "\n".join(lines)


# ---- how values show themselves ------------------------------------------------------------------------------------


def _text_formatter(to_text: Any) -> Any:
    """A text/plain formatter of IPython's from a function value -> text."""
    return lambda value, printer, cycle: printer.text(_shown(to_text, value))


def _bundle_formatter(to_bundle: Any) -> Any:
    """A formatter of IPython's from a function value -> bundle."""

    def bundle(value: Any) -> dict[str, Any]:
        made = _shown(to_bundle, value)
        return {"text/plain": made} if isinstance(made, str) else made

    return bundle


def _shown(show: Any, value: Any) -> Any:
    """What *show* makes of *value*; where it fails, what is said of an error of our own."""
    try:
        return show(value)
    except Exception as error:
        return set_aside(error)


def _report_text(report: Any) -> str:
    from kthreadlab.show.report import report_text

    return report_text(report, brief=True)


def _report_bundle(report: Any) -> dict[str, Any]:
    from kthreadlab.show.showing import report_bundle

    return report_bundle(report)


def _trace_text(trace: Any) -> str:
    from kthreadlab.show.text import trace_text

    return trace_text(trace)


def _trace_bundle(trace: Any) -> dict[str, Any]:
    from kthreadlab.show.showing import trace_bundle

    return trace_bundle(trace)


def module_text(module: KernelModule) -> str:
    """One line about a module: its files, or that it does not compile."""
    files = ", ".join(module.files) or "no files yet"
    return f"kernel module {module.name} ({files}){': does not compile' if module.broken else ''}"


def exploration_text(exploration: Any) -> str:
    """An exploration in a few lines: how much was searched, and each property's verdict.  No seconds, so that a stored
    notebook compares equal."""
    from kthreadlab.checks.catalogue import spoken_of
    from kthreadlab.checks.labs import shown

    early = "the search stopped early" + (f": {exploration.limit}" if exploration.limit else "")
    searched = "every reachable state" if exploration.complete else f"not every state: {early}"
    lines = [f"{exploration.states:,} states, {exploration.transitions:,} transitions ({searched})"]
    spoken = [p.name for p in spoken_of(exploration.machine.scenario)] if exploration.machine else []
    for name, verdict in exploration.verdicts.items():
        if verdict.verdict == "not exercised" and name not in spoken:
            continue
        root = f" from {verdict.root}" if verdict.root else ""
        word = "FAILS" if verdict.fails else f"{verdict.verdict}{root}"
        headline, witness = shown(exploration, verdict) if verdict.fails else ("", "")
        lines.append(f"  {name}: {word}" + (f": {headline}" if headline else ""))
        lines += [f"      {witness}"] if witness else []
    return "\n".join([*lines, *([exploration.bug] if exploration.bug else [])])


def show_calmly(shell: Any, kind: type, value: BaseException, frames: Any, tb_offset: int | None = None) -> list[str]:
    """Show an interrupted search, a request that kthreadlab can't carry out, or an error of its own as a few words
    instead of our frames.

    What was raised in anybody else's code is shown as ever.
    """
    if _raised_in_kthreadlab(frames) and not os.environ.get(DEBUG):
        value._render_traceback_ = calm_words(value).splitlines  # type: ignore[attr-defined]  # IPython asks for it
    shell.showtraceback((kind, value, frames), tb_offset=tb_offset)
    return []


def calm_words(value: BaseException) -> str:
    """What is said of an exception that came out of kthreadlab."""
    if isinstance(value, KeyboardInterrupt):
        return "Stopped, as you asked. Nothing was changed."
    if isinstance(value, LowerError):
        return colour.ansi(told([value.diagnostic]))
    return f"kthreadlab: {value}" if isinstance(value, ValueError | BadInput) else own_error(value)


def show_witness(shell: Any, kind: type, value: Any, frames: Any, tb_offset: int | None = None) -> list[str]:
    """A property that fails says so in words, and then shows how, from the step where it broke; to nbgrader, which
    makes a page of it later, as a picture and as data."""
    from IPython.display import display

    from kthreadlab.show.host import in_notebook
    from kthreadlab.show.showing import Showing, failure_bundle

    shell.showtraceback((kind, value, frames), tb_offset=tb_offset)
    if value.result is not None and graded_by_nbgrader():
        display(failure_bundle(value), raw=True)
    elif value.trace is not None and in_notebook():
        display(Showing(value.trace(), value.property))
    return []


def show_what_was_raised(shell: Any, kind: type, value: Any, frames: Any, tb_offset: int | None = None) -> list[str]:
    """Whatever this extension has something to say about.  Where nbgrader runs the notebook that is also a test cell
    that can't call our check, if `kthreadlab check` knows why."""
    lost = graded_by_nbgrader() and issubclass(kind, NameError | TypeError)
    reason = saved.session.refusal(getattr(value, "name", "") or "") if saved.session and lost else ""
    if reason:
        print(reason)
    show = show_witness if issubclass(kind, PropertyFails) else show_calmly
    return show(shell, kind, value, frames, tb_offset)


def _raised_in_kthreadlab(frames: Any) -> bool:
    """Did it go through a frame of this package?  (In ``__init__`` names are looked up, and nothing else happens.)"""
    ours = Path(__file__).parents[1]
    while frames is not None:
        file = Path(frames.tb_frame.f_code.co_filename)
        if file.is_relative_to(ours) and file != ours / "__init__.py":
            return True
        frames = frames.tb_next
    return False


_SHOWS = [
    ("kthreadlab.checks.report", "Report", _report_text, _report_bundle),
    ("kthreadlab.trace.events", "Trace", _trace_text, _trace_bundle),
    ("kthreadlab.show.showing", "Showing", repr, lambda showing: showing._repr_mimebundle_()),
    ("kthreadlab.lang.module", "KernelModule", module_text, None),
    ("kthreadlab.run.verdict", "Exploration", exploration_text, None),
]


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext kthreadlab``: bring in ``%%kmod``, ``%%helper``, and how our values show themselves.

    Twice is as good as once.
    """
    from IPython.core.magic import no_var_expand

    from kthreadlab.userland.helpers import HelperMagic

    known = shell.magics_manager.magics["cell"].get("kmod")
    if isinstance(getattr(known, "__self__", None), Kmod):
        return
    kmod = Kmod(shell)
    saved.session = kmod.page
    no_var_expand(Kmod.cell)  # the cell's text is taken as it stands: no {name} of the notebook gets into it
    shell.register_magic_function(kmod.cell, "cell", "kmod")
    shell.register_magic_function(kmod.line, "line", "kmod")
    no_var_expand(HelperMagic.cell)
    shell.register_magic_function(HelperMagic(shell).cell, "cell", "helper")
    shell.input_transformers_cleanup.append(keep_empty_cell)
    kmod.assist.install()
    shell.events.register("pre_run_cell", kmod.note)
    shell.set_custom_exc((KeyboardInterrupt, Exception), show_what_was_raised)
    formatters = shell.display_formatter.formatters
    for home, name, text, bundle in _SHOWS:
        formatters["text/plain"].for_type_by_name(home, name, _text_formatter(text))
        if bundle:
            shell.display_formatter.mimebundle_formatter.for_type_by_name(home, name, _bundle_formatter(bundle))


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext kthreadlab``: take the magic away; modules already made stay."""
    known = getattr(shell.magics_manager.magics["cell"].get("kmod"), "__self__", None)
    if isinstance(known, Kmod):
        known.assist.remove()
        shell.events.unregister("pre_run_cell", known.note)
        saved.session = None
    for kind, name in (("cell", "kmod"), ("line", "kmod"), ("cell", "helper")):
        shell.magics_manager.magics[kind].pop(name, None)
    if keep_empty_cell in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(keep_empty_cell)
