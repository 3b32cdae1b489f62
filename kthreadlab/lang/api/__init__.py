"""The kernel's API as a front end sees it: which calls, constants and types exist, and what each call takes.

Beside this file is a module for each source file of the kernel, with a declaration for each call of it: the kinds of
its parameters and of its result as annotations (`kinds`), where it may be called as a decorator (`declare`), and what
it does as a docstring, which is also its manual page (`kthreadlab man`).  To add a call is to write its declaration.

A docstring is prose, whose first sentence stands for the call in messages and tables, and after it lines that begin
with ``Context:`` (where the decorator does not say it all), ``Return:``, ``Article:`` (where the article has it),
``Versions: 6.12: …`` (what is different there), ``Here:`` (what is different in this model), ``Use:`` (how a
declaration is written), ``Source:`` (where in the kernel, if not in the module's ``SOURCE``), ``Example:`` (statements
that a test runs, and what ``r`` is then: ``r = strlen(text) gives 3``), ``Story:`` (the sentence of a trace about it, a
template of `trace.catalogue`; ``Story: no: …`` where it comes to that).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from .declare import Versions
from .kinds import Kind

FILES = (
    "sched", "wait", "completion", "semaphore", "mutex", "timer", "kthread", "err", "freezer", "spinlock", "hardirq",
    "system", "bitops", "atomic", "fork", "exit", "signal", "kmod", "sysctl", "slab", "printk", "vsprintf", "string",
    "kernel", "list", "errno", "types", "module", "rwsem", "rcu", "workqueue", "softirq",
    "interrupt", "delay", "jiffies", "refcount", "accepted",
)  # fmt: skip
"""The modules beside this one that declare something, in the order of the tables."""

_VARIADIC = 0x04
"""The flag of a function's code that says it takes ``*args``."""


@dataclass(frozen=True)
class KernelCall:
    """One call: *params* are kinds (without ``...``), *variadic* says more may follow, *result* is ``void``, ``int``,
    ``ptr`` or ``task``.  *sleeps*: it may sleep, so it needs process context with nothing locked; *process_only*:
    process context only.  *optional*: so many of the last parameters may be left out; *added*, *dropped*: the versions
    with which some of them came, or went.  *since*, *until*: the first version that has it, and the first that has it
    no more; "": no matter which.  *accepted*: without effect.  The rest is for people: *names* of the parameters, the
    *c* prototype, the whole *doc* and the kernel's *source* file."""

    name: str
    params: tuple[str, ...]
    variadic: bool
    result: str
    sleeps: bool
    process_only: bool
    brief: str
    names: tuple[str, ...] = ()
    c: str = ""
    doc: str = ""
    source: str = ""
    optional: int = 0
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    accepted: bool = False

    @property
    def prototype(self) -> str:
        """How it is called: ``kmalloc(size, flags)``."""
        return f"{self.name}({', '.join([*self.names, *['...'] * self.variadic])})"


@dataclass(frozen=True)
class Declaration:
    """A name that declares an object of kind *makes*; *names* are its parameters.  *type_name*: without brackets it
    stands for the type; *tag*: C writes ``struct`` before it, and a module may use the name for something else."""

    name: str
    makes: str
    brief: str
    doc: str
    source: str
    names: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    type_name: bool = False
    tag: bool = False


@dataclass(frozen=True)
class Constant:
    """A name of an integer or, for the log levels, of a text; *versions*: how it depends on the version."""

    name: str
    value: int | str
    brief: str
    source: str
    versions: Versions = Versions()


def _brief(doc: str) -> str:
    """The first sentence of a docstring as it stands after a dash: small, without its full stop."""
    first = " ".join(doc.split("\n\n")[0].split()).removesuffix(".")
    word = first.split(" ")[0].rstrip(",;:")
    return first[:1].lower() + first[1:] if word.istitle() and word.isalpha() else first


def _call(name: str, function: Callable, source: str) -> KernelCall:
    """The call that a declaration stands for."""
    code, kinds = function.__code__, function.__annotations__
    names = code.co_varnames[: code.co_argcount]
    variadic, context, doc = bool(code.co_flags & _VARIADIC), getattr(function, "context", ""), function.__doc__ or ""
    params = [_c_parameter(kinds[each], each.rstrip("_")) for each in names] + ["..."] * variadic
    return KernelCall(
        name,
        tuple(kinds[each].kind for each in names),
        variadic,
        kinds["return"].kind,
        context == "sleeps",
        context == "process",
        _brief(doc),
        _parameters(function),
        f"{kinds['return'].c}{name}({', '.join(params) or 'void'});",
        doc,
        source,
        len(function.__defaults__ or ()),
        getattr(function, "added", ()),
        getattr(function, "dropped", ()),
        getattr(function, "since", ""),
        getattr(function, "until", ""),
        getattr(function, "accepted", False),
    )


def _parameters(function: Callable) -> tuple[str, ...]:
    """The names of the parameters; Python's own words have a _ in the declarations."""
    code = function.__code__
    return tuple(name.rstrip("_") for name in code.co_varnames[: code.co_argcount])


def _c_parameter(kind: type[Kind], name: str) -> str:
    """A parameter as C declares it."""
    return kind.c if "(" in kind.c else f"{kind.c}{name}"


def _declared(module: ModuleType) -> Iterator[tuple[str, Callable]]:
    """The declarations in a module: its functions, by their names in the kernel."""
    for name, value in vars(module).items():
        if isinstance(value, type(_declared)) and value.__module__ == module.__name__:
            yield name.removesuffix("_"), value


_modules = [import_module(f"{__name__}.{file}") for file in FILES]

CALLS: dict[str, KernelCall] = {
    name: _call(name, function, module.SOURCE)
    for module in _modules
    for name, function in _declared(module)
    if getattr(function, "context", "") not in ("declares", "word")
}
"""What a module may call."""


def _declarations(context: str) -> dict[str, Declaration]:
    """The declarations with that mark."""
    return {
        name: Declaration(
            name,
            function.__annotations__["return"].makes,
            _brief(doc),
            doc,
            module.SOURCE,
            _parameters(function),
            getattr(function, "since", ""),
            getattr(function, "until", ""),
            getattr(function, "type_name", False),
            getattr(function, "tag", False),
        )
        for module in _modules
        for name, function in _declared(module)
        if getattr(function, "context", "") == context
        for doc in [function.__doc__ or ""]
    }


OBJECTS, WORDS = _declarations("declares"), _declarations("word")
"""What makes an object, or names the type of one; and the words that the language has for types and places."""

DECLARATIONS: dict[str, str] = {name: declaration.makes for name, declaration in OBJECTS.items()}
"""Declaring names and the kind of object each makes.  ``spinlock_t()``, ``rwlock_t()`` and ``wait_queue_head_t()`` are
*not* initialised.  All take no argument, but ``DECLARE_WAITQUEUE(current)``, ``ATOMIC_INIT(n)``, ``array(type, n)``,
``char_array(n)`` or ``char_array(n, "text")``, and optionally ``SPIN_LOCK_UNLOCKED`` without a call."""

OBJECT_TYPES: dict[str, str] = {name: x.makes for name, x in OBJECTS.items() if x.type_name}
"""The names of the kernel's types of objects, with the kind of each."""

TAGS = frozenset(name for name, declaration in OBJECTS.items() if declaration.tag)
"""Those of them that a module may use for something else."""

NAMED: dict[str, Constant] = {
    name: Constant(name, value, brief, module.SOURCE, *versions)
    for module in _modules
    for name, (value, brief, *versions) in getattr(module, "CONSTANTS", {}).items()
}
"""Every constant, with what it means."""

CONSTANTS: dict[str, int] = {name: c.value for name, c in NAMED.items() if isinstance(c.value, int)}
"""Names of integers.  ``KERN_ERR`` and its like are text prefixes: see `LOG_LEVELS`."""

LOG_LEVELS: dict[str, str] = {name: c.value for name, c in NAMED.items() if isinstance(c.value, str)}
"""Log-level prefixes: string constants; ``printk(KERN_ERR + "text")`` and ``printk(KERN_ERR, "text %d", n)`` both work:
the front end joins them into one format string."""


def lacking(version: str) -> frozenset[str]:
    """The calls and declarations that came after *version*, or had gone by then."""
    entries: list[KernelCall | Declaration] = [*CALLS.values(), *OBJECTS.values()]
    return frozenset(x.name for x in entries if not _there(x.since, version, x.until))


def changed(version: str) -> dict[str, int | None]:
    """The constants that are not what `CONSTANTS` says in *version*, and what they are there; None: there is none."""
    values = {name: _value(NAMED[name], version) for name in CONSTANTS}
    return {name: value for name, value in values.items() if value != CONSTANTS[name]}


def arities(version: str) -> dict[str, int]:
    """The calls that take fewer arguments in *version* than they do in some other, and how many."""
    changing = {name: call for name, call in CALLS.items() if call.added or call.dropped}
    later = {
        name: [since for since in call.added if not _there(since, version)]
        + [until for until in call.dropped if _there(until, version)]
        for name, call in changing.items()
    }
    return {name: len(CALLS[name].params) - len(missing) for name, missing in later.items() if missing}


def _value(constant: Constant, version: str) -> int | None:
    """What a number is in *version*."""
    says = constant.versions
    if not _there(says.since, version, says.until):
        return None
    passed = [since for since in says.changed if _there(since, version)]
    return says.changed[max(passed, key=_order)] if passed else CONSTANTS[constant.name]


def _there(since: str, version: str, until: str = "") -> bool:
    """Is *version* neither before *since* nor *until* or later?  "" is no bound."""
    early = since and _order(version) < _order(since)
    late = until and _order(version) >= _order(until)
    return not early and not late


@cache
def _order(version: str) -> tuple[int, ...]:
    """By which versions are sorted."""
    return tuple(int(part) for part in version.split("."))
