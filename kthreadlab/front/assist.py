"""Help while typing: completion in ``%%kmod`` cells, and the manual behind ``schedule?`` and Shift-Tab.

A notebook asks its kernel for completions and for what to show about the word at the cursor.  In a ``%%kmod`` cell the
answer is the kernel's names and the module's own, and nothing of Python's; elsewhere Python's names come first and the
manual answers for what Python does not know.  No name is put into the notebook for it.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kthreadlab.lang.module import KernelModule

MAGIC = "%%kmod"
WORDS_OF_PYTHON = (
    "and break continue def else elif for global if in is not or pass return while True False None".split()
)
"""What of Python kernel Python has."""

_DEFINED = re.compile(
    r"""^\s*def\s+(?P<function>\w+)\s*\((?P<params>[^)\n]*)
    | ^\s*(?P<target>[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?::[^=\n]*)?=(?!=)
    | ^\s*for\s+(?P<loop>\w+)
    | ^\s*(?:DECLARE|DEFINE)_\w+\s*\(\s*(?P<declared>[A-Za-z_]\w*)""",
    re.MULTILINE | re.VERBOSE,
)
_FIELDS = re.compile(r"\bstruct\s*\(([^\n]*)")


@dataclass(frozen=True)
class Offer:
    """One completion: what is put in, what kind of thing it is, and how it is called."""

    text: str
    kind: str
    signature: str = ""


def is_kmod(cell: str) -> bool:
    """Is this the text of a ``%%kmod`` cell?"""
    return re.match(r"\s*%%kmod(\s|$)", cell) is not None


# ---- completion ----------------------------------------------------------------------------------------------------


def completions(cell: str, cursor: int, modules: Mapping[str, object]) -> tuple[int, list[Offer]]:
    """What can be put at *cursor* into a ``%%kmod`` cell, and where the word begins that it replaces.

    *modules* are the notebook's variables, by name.
    """
    line = cell[:cursor].rpartition("\n")[2]
    word = re.search(r"\w*$", line)[0]  # type: ignore[index]  # it always matches
    start, before = cursor - len(word), line[: len(line) - len(word)]
    if line.lstrip().startswith("%%"):
        offers = _on_the_magic_line(before, modules)
    elif _in_text_or_comment(cell[:cursor]):
        offers = iter(())
    elif before.rstrip().endswith("."):
        offers = _fields(cell, modules)
    else:
        offers = _names(cell, cursor, modules)
    found = {offer.text: offer for offer in offers if offer.text.startswith(word)}
    return start, [offer for offer in found.values() if word or not offer.text.startswith("_")]


def _on_the_magic_line(before: str, modules: Mapping[str, object]) -> Iterator[Offer]:
    """Modules that there are, then their files, then ``--check`` and the labs."""
    from kthreadlab.checks.portfolio import LABS
    from kthreadlab.grading.cells import CHECK

    known = {name: value for name, value in modules.items() if isinstance(value, KernelModule)}
    words = before.split()[1:]
    if words and before.endswith("--"):
        yield Offer(CHECK.removeprefix("--"), "keyword")
    elif words[-1:] == [CHECK]:
        yield from (Offer(lab, "keyword") for lab in LABS)
    elif not words:
        yield from (Offer(name, "module") for name in known)
    elif len(words) == 1 and words[0] in known:
        yield from (Offer(file, "module") for file in known[words[0]].files)
    elif len(words) == 2:
        yield Offer(CHECK, "keyword")


def _in_text_or_comment(before: str) -> bool:
    """Is the end of *before* inside a string or a comment?"""
    rest = re.sub(
        r"'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|#[^\n]*\n", "", before
    )
    return any(quotes in rest for quotes in ("'''", '"""')) or bool(re.search(r"['\"#]", rest.rpartition("\n")[2]))


def _module(cell: str, modules: Mapping[str, object]) -> KernelModule | None:
    """The module that the cell is a file of, as it was last linked."""
    words = cell.lstrip().partition("\n")[0].split()
    module = modules.get(words[1]) if len(words) > 1 else None
    return module if isinstance(module, KernelModule) else None


def _names(cell: str, cursor: int, modules: Mapping[str, object]) -> Iterator[Offer]:
    """The cell's own names first, then what the module's other files define, then the kernel's."""
    yield from _written(cell[:cursor].rpartition("\n")[0] + "\n" + cell[cursor:].partition("\n")[2])
    module = _module(cell, modules)
    if module is not None:
        for name, function in module.functions.items():
            yield Offer(name, "function", f"({', '.join(param.name for param in function.params)})")
        yield from (Offer(name, "instance") for name in module.statics)
        yield from (Offer(name, "class") for name in module.structs)
    yield from kernel_names()
    yield from (Offer(word, "keyword") for word in WORDS_OF_PYTHON)


def _written(text: str) -> Iterator[Offer]:
    """What the text itself defines, as far as it can be read while it is being written."""
    for match in _DEFINED.finditer(text):
        params = [re.split(r"[:=]", param)[0].strip() for param in (match["params"] or "").split(",")]
        if match["function"]:
            yield Offer(match["function"], "function", f"({', '.join(filter(None, params))})")
        names = [*params, *re.split(r"\s*,\s*", match["target"] or ""), match["loop"], match["declared"]]
        yield from (Offer(name, "instance") for name in names if name and not keyword.iskeyword(name))


def _fields(cell: str, modules: Mapping[str, object]) -> Iterator[Offer]:
    """The fields of every struct: whose they are is known only when it runs."""
    for arguments in _FIELDS.findall(cell):
        yield from (Offer(name, "property") for name in re.findall(r"(\w+)\s*=", arguments))
    module = _module(cell, modules)
    for struct in module.structs.values() if module is not None else ():
        yield from (Offer(name, "property") for name, _ in struct.fields)


def kernel_names() -> Iterator[Offer]:
    """Every name of the kernel's."""
    from kthreadlab.lang.api import CALLS, NAMED, OBJECTS, WORDS

    for call in CALLS.values():
        yield Offer(call.name, "function", f"({', '.join([*call.names, *['...'] * call.variadic])})")
    yield from (Offer(name, "class") for name in [*OBJECTS, *WORDS])
    yield from (Offer(name, "instance") for name in NAMED)


# ---- what to show about a word -------------------------------------------------------------------------------------


def about(word: str, cell: str = "", modules: Mapping[str, object] | None = None) -> str:
    """A text about a name: a function of the module that *cell* belongs to, else its manual page; "" for no name."""
    from .manual import entries, man

    module = _module(cell, modules or {}) if is_kmod(cell) else None
    if module is not None and word in module.functions:
        return _about_function(module, word)
    if module is not None and word in module.statics:
        static = module.statics[word]
        return f"{word}: data of {module.name}\n\n{module.source_line(static.pos.file, static.pos.line)}".rstrip()
    if word == MAGIC or word == "kmod":
        from kthreadlab.grading.cells import USAGE

        return USAGE
    return str(man(word)) if word in entries() else ""


def _about_function(module: KernelModule, name: str) -> str:
    """Its head as it is written, and where."""
    pos = module.functions[name].pos
    lines = [module.source_line(pos.file, pos.line), f"\nin {module.name}, file {pos.file}, line {pos.line}"]
    doc = re.match(r'\s*(?:"""|\'\'\')(.*?)(?:"""|\'\'\'|$)', module.source_line(pos.file, pos.line + 1))
    return "\n".join([*lines, *([f"\n{doc[1]}"] if doc else [])])


def asked_in(cell: str) -> Iterable[str]:
    """The names that a ``%%kmod`` cell asks about: its lines ``schedule?`` and ``?schedule``."""
    for match in re.finditer(r"^\s*(?:\?{1,2}\s*(\w+)|(\w+)\s*\?{1,2})\s*$", cell, re.MULTILINE):
        yield match[1] or match[2]


# ---- into a session ------------------------------------------------------------------------------------------------


class Assist:
    """The help of one IPython session, put in by `install` and taken out again by `remove`."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Answer for ``%%kmod`` cells and for the manual's names; everything else goes where it went before."""
        self._wrap(self.shell.Completer, "completions", self._completions)
        self._wrap(self.shell, "object_inspect_mime", self._object_inspect_mime)
        if getattr(self.shell, "kernel", None) is not None:
            self._wrap(self.shell.kernel, "do_inspect", self._do_inspect)
        for name in ("pinfo", "pinfo2"):
            self._wrap_magic(name)

    def remove(self) -> None:
        """As if it had never been."""
        while self.undo:
            self.undo.pop()()

    def _wrap(self, owner: Any, name: str, ours: Callable) -> None:
        """Call *ours* instead of a method, with the method itself as its first argument."""
        theirs = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return ours(theirs, *args, **kwargs)

        def undo() -> None:
            if owner.__dict__.get(name) is call:
                delattr(owner, name)

        setattr(owner, name, call)
        self.undo.append(undo)

    def _wrap_magic(self, name: str) -> None:
        """``schedule?`` is ``%pinfo schedule``: the manual answers where Python has nothing of that name."""
        magics, theirs = self.shell.magics_manager.magics["line"], self.shell.find_line_magic(name)

        def call(line: str = "", *args: Any, **kwargs: Any) -> Any:
            word = line.strip().strip("?").strip()
            text = "" if self.shell.object_inspect(word)["found"] else about(word)
            return self.page(text) if text else theirs(line, *args, **kwargs)

        def undo() -> None:
            if magics.get(name) is call:
                magics[name] = theirs

        magics[name] = call
        self.undo.append(undo)

    def page(self, text: str) -> None:
        """Show a page as IPython shows its own."""
        from IPython.core import page

        page.page(text)

    def _completions(self, theirs: Callable, text: str, offset: int) -> Iterator[Any]:
        if not is_kmod(text):
            yield from theirs(text, offset)
            return
        from IPython.core.completer import Completion

        start, offers = completions(text, offset, self.shell.user_ns)
        for offer in offers:
            yield Completion(
                start, offset, offer.text, type=offer.kind, _origin="kthreadlab", signature=offer.signature
            )

    def _object_inspect_mime(self, theirs: Callable, oname: str, *args: Any, **kwargs: Any) -> dict[str, str]:
        try:
            return theirs(oname, *args, **kwargs)
        except KeyError:
            text = about(oname)
            if not text:
                raise
            return {"text/plain": text, "text/html": ""}

    def _do_inspect(self, theirs: Callable, code: str, cursor_pos: int, *args: Any, **kwargs: Any) -> Any:
        if is_kmod(code):
            text = about(word_at(code, cursor_pos), code, self.shell.user_ns)
            data = {"text/plain": text} if text else {}
            return {"status": "ok", "data": data, "metadata": {}, "found": bool(text)}
        return theirs(code, cursor_pos, *args, **kwargs)


def word_at(code: str, cursor: int) -> str:
    """The word at the cursor; where there is none, the function in whose brackets the cursor is."""
    start = code.rfind("\n", 0, cursor) + 1
    for match in re.finditer(r"%%\w+|[A-Za-z_]\w*", code[start:].partition("\n")[0]):
        if match.start() <= cursor - start <= match.end():
            return match[0]
    depth = 0
    for at in range(cursor - 1, -1, -1):
        depth += (code[at] == ")") - (code[at] == "(")
        if depth < 0:
            called = re.search(r"(\w+)\s*$", code[:at])
            return called[1] if called else ""
    return ""
