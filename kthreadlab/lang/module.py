"""A kernel module: the files it is linked from, and what linking them gave.

`KernelModule` is a value.  It is made from text, never raises for what the text says, and carries either the linked
tree or the reasons why there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from . import ir
from .diagnostics import Diagnostic, InputError, place_of, quoted
from .link import Linked, link
from .python_base import suggestion
from .python_foreign import foreign
from .source import MAX_BYTES, Rendering, Source, normalise

NOTHING: Mapping[str, Rendering] = MappingProxyType({})


class KernelModule:
    """A kernel module *name*, linked from *files* (name to text).  Immutable; equal if made of the same text.

    *renderings*: by file, the text in another language that people see in its place."""

    name: str
    files: Mapping[str, str]
    doubled: tuple[str, ...]
    renderings: Mapping[str, Rendering]

    def __init__(
        self,
        name: str,
        files: Mapping[str, str] | None = None,
        *,
        doubled: tuple[str, ...] = (),
        renderings: Mapping[str, Rendering] = NOTHING,
    ) -> None:
        files = dict(files or {})
        if not isinstance(name, str) or not name or not name.isprintable():
            raise InputError(f"a kernel module needs a name, not {name!r}")
        for file, text in files.items():
            if not isinstance(file, str) or not isinstance(text, str):
                raise InputError(f"the files of a module are names and texts, not {type(text).__name__}")
        self.__dict__.update(name=name, files=MappingProxyType(files), doubled=tuple(doubled))
        self.__dict__["renderings"] = MappingProxyType({f: r for f, r in renderings.items() if f in files})

    def with_file(self, file: str, text: str) -> KernelModule:
        """This module with one file put in, or replaced."""
        kept = {name: rendering for name, rendering in self.renderings.items() if name != file}
        return KernelModule(self.name, {**self.files, file: text}, doubled=self.doubled, renderings=kept)

    def without_file(self, file: str) -> KernelModule:
        """This module with one file taken out, if it is in it."""
        left = {name: text for name, text in self.files.items() if name != file}
        return KernelModule(self.name, left, doubled=self.doubled, renderings=self.renderings)

    def with_duplicate(self, file: str) -> KernelModule:
        """This module, refused because *file* was given twice and nobody can say which one counts."""
        doubled = (*self.doubled, file)
        return KernelModule(self.name, self.files, doubled=doubled, renderings=self.renderings)

    # ---- what linking gave -------------------------------------------------------------------------------------------

    @cached_property
    def _linked(self) -> Linked:
        return link(self.name, self.files, self.doubled)

    @property
    def functions(self) -> Mapping[str, ir.Function]:
        return self._linked.functions

    @property
    def statics(self) -> Mapping[str, ir.Static]:
        return self._linked.statics

    @property
    def structs(self) -> Mapping[str, ir.Struct]:
        return self._linked.structs

    @property
    def exported(self) -> tuple[str, ...]:
        """The names that other modules may use."""
        return self._linked.exported

    @property
    def entries(self) -> Mapping[str, str]:
        """The functions that insmod (``module_init``) and rmmod (``module_exit``) call, as far as there are any."""
        return self._linked.entries

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the text.  Names that nobody defines are not: see `undefined`."""
        return self._linked.diagnostics

    @property
    def undefined(self) -> tuple[tuple[str, ir.Pos], ...]:
        """The names that are used and that no file defines (yet), each with its first place."""
        return self._linked.undefined

    @property
    def broken(self) -> bool:
        """Does it not compile?"""
        return bool(self.diagnostics)

    def link_errors(self) -> tuple[Diagnostic, ...]:
        """What insmod says of the undefined names."""
        return tuple(self.unknown(name, pos) for name, pos in self.undefined)

    def unknown(self, name: str, pos: ir.Pos) -> Diagnostic:
        """What is said of a name that nobody defines, used at *pos*."""
        defined: dict[str, ir.Function | ir.Static | ir.Struct] = {**self.functions, **self.statics, **self.structs}
        places = {known: place_of(one.pos, pos.file) for known, one in defined.items()}
        look = suggestion(name, [*_locals_at(self.functions, pos), *defined], places)
        look = look or "define it in one of the files; kthreadlab man lists what the kernel has"
        known = foreign(name)
        rule = "a module may use what the kernel exports and what its own files define"
        if known is not None and known.look == look:
            rule = known.rule
        return Diagnostic(
            f"{self.name}: Unknown symbol {quoted(name)}", pos, rule, look, self.source_line(pos.file, pos.line)
        )

    # ---- text --------------------------------------------------------------------------------------------------------

    @cached_property
    def digest(self) -> str:
        """A hexadecimal number that two modules share only if they are made of the same text."""
        parts = [self.name, *(part for file in sorted(self.files) for part in (file, normalise(self.files[file])))]
        parts += ["", *self.doubled]
        for file in sorted(self.renderings):
            parts += [file, self.renderings[file].text, str(sorted(self.renderings[file].at.items()))]
        text = "\0".join(f"{len(part)}:{part}" for part in parts)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return {file: Source(file, normalise(text)) for file, text in self.files.items()}

    @cached_property
    def shown(self) -> Mapping[str, str]:
        """What people see of each file: its text, or its rendering."""
        return {f: self.renderings[f].text if f in self.renderings else text for f, text in self.files.items()}

    def shown_at(self, pos: ir.Pos) -> ir.Pos:
        """Where people see what stands at *pos*."""
        rendering = self.renderings.get(pos.file)
        return ir.Pos(pos.file, rendering.line(pos.line)) if rendering is not None else pos

    def shown_line(self, pos: ir.Pos) -> str:
        """The text of the line that people see at a place; "" where there is none."""
        lines = self.shown.get(pos.file, "").split("\n")
        return lines[pos.line - 1] if 1 <= pos.line <= len(lines) else ""

    def source_line(self, file: str, line: int) -> str:
        """The text of one line, from 1; "" where there is none."""
        source = self._sources.get(file)
        return source.line(line) if source is not None else ""

    # ---- a value -----------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a KernelModule does not change: with_file() makes another ({name})")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a KernelModule does not change ({name})")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KernelModule) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple:
        return _rebuild, (self.name, dict(self.files), self.doubled, dict(self.renderings))

    def __repr__(self) -> str:
        return f"<KernelModule {self.name}: {', '.join(self.files) or 'no files'}>"


def _rebuild(
    name: str, files: dict[str, str], doubled: tuple[str, ...], renderings: dict[str, Rendering]
) -> KernelModule:
    return KernelModule(name, files, doubled=doubled, renderings=renderings)


def _locals_at(functions: Mapping[str, ir.Function], pos: ir.Pos) -> tuple[str, ...]:
    """The locals of the function that a place is in."""
    above = [f for f in functions.values() if f.pos.file == pos.file and f.pos.line <= pos.line]
    return max(above, key=lambda f: f.pos.line).locals if above else ()


def load(path_or_text: str | Path, name: str | None = None) -> KernelModule:
    """A kernel module from a file, or from text.

    A `Path`, or a string without a line end that ends in ``.py``, is a file; the module is then called after it.
    Anything else is the text itself; the module is then ``myevent``.  Wrong kernel text gives a broken module, not an
    exception.

    :raises InputError: if there is nothing that can be read.
    """
    if isinstance(path_or_text, str) and ("\n" in path_or_text or not path_or_text.strip().endswith((".py", ".ipynb"))):
        return KernelModule(name or "myevent", {name or "myevent": path_or_text})
    if not isinstance(path_or_text, str | Path):
        raise InputError(f"load takes a path or the text of a module, not {type(path_or_text).__name__}")
    path = Path(path_or_text)
    if path.suffix == ".ipynb":
        raise InputError(f"{path} is a notebook: give the text of its %%kmod cell")
    name = name or path.stem
    return KernelModule(name, {name: _read(path)})


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(4 * MAX_BYTES)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file (the folder is {Path.cwd()})") from None
    except (OSError, ValueError) as problem:
        raise InputError(f"{path} can't be read: {getattr(problem, 'strerror', None) or problem}") from None
    return data.decode("utf-8", "surrogateescape")
