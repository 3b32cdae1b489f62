"""What a lab asks an answer to define, and what is said of a name of it that is missing or misnamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kthreadlab.lang import ir
from kthreadlab.lang.api import CALLS, OBJECTS
from kthreadlab.lang.api.kinds import OBJECT_KINDS
from kthreadlab.lang.diagnostics import Diagnostic, listed, place_of
from kthreadlab.lang.module import KernelModule
from kthreadlab.lang.python_base import nearest
from kthreadlab.machine.processes import Enter

from .portfolio import Lab

_LIKELY = 0.55
"""How near a name of the answer's must come to a missing one to be offered: few names are in question."""

_BUFFER = "char_array(256)"
"""What ``myevent_handler`` has to be: root writes a path into it."""


def problems(lab: Lab, answer: KernelModule) -> Iterator[Diagnostic]:
    """Why there is nothing to search: what does not compile; else what is missing, of the wrong kind, or unknown."""
    if answer.diagnostics:
        yield from answer.diagnostics
        return
    missing = [name for name in lab.owns if name not in {**answer.functions, **answer.statics}]
    yield from (_missing(lab, answer, name) for name in missing)
    yield from _of_the_wrong_kind(lab, answer)
    yield from _done_by_the_kernel(lab, answer)
    yield from (answer.unknown(name, pos) for name, pos in answer.undefined if name not in missing)


def _short(lab: Lab) -> str:
    """A lab's title without its subject."""
    return lab.title.partition(":")[0]


def _called(lab: Lab) -> set[str]:
    """The functions that the lab's scenarios run, and that its given file calls."""
    scenarios = lab.scenarios
    return {
        *(thread.function for s in scenarios for thread in s.threads),
        *(call.function for s in scenarios for call in s.calls),
        *_entered(lab),
        *_signalled(lab),
        *_called_by_given(lab),
    }


def _entered(lab: Lab) -> dict[str, int]:
    """The functions that the scenarios' processes enter, each with the number of its arguments."""
    steps = (step for s in lab.scenarios for top in s.processes for p in top.all() for step in p.steps)
    return {step.function: len(step.args) for step in steps if isinstance(step, Enter)}


def _signalled(lab: Lab) -> set[str]:
    """The functions of threads that the answer itself starts, and that the scenarios know by name."""
    return {x.task for s in lab.scenarios for x in s.signals} & {*lab.owns}


def _called_by_given(lab: Lab) -> dict[str, int]:
    """The functions of the module that the given file calls, each with the number of its arguments."""
    given = KernelModule(lab.module, {lab.given: lab.given_text} if lab.given else {})
    nodes = (node for function in given.functions.values() for node in _nodes(function))
    return {node.name: len(node.args) for node in nodes if isinstance(node, ir.OwnCall)}


def _of_the_wrong_kind(lab: Lab, answer: KernelModule) -> Iterator[Diagnostic]:
    """Data where a function is asked for, and the other way round."""
    called = _called(lab)
    for name in lab.owns:
        if name in called and name in answer.statics:
            text = f"{_short(lab)} needs {name} to be a function, and no data"
            yield _at(answer, answer.statics[name].pos, text, _contract(lab), f"def {name}(...):")
        elif name not in called and name in answer.functions:
            text = f"{_short(lab)} needs {name} to be data, and no function"
            yield _at(answer, answer.functions[name].pos, text, _contract(lab), f"{name} = u32(0), or an object")
    buffer = answer.statics.get("myevent_handler")
    if "myevent_handler" in lab.owns and buffer is not None and getattr(buffer.type, "kind", "") != "text":
        text = f"{_short(lab)} needs myevent_handler to be a char array"
        rule = "proc_dostring writes the path into it, and would write over a pointer"
        yield _at(answer, buffer.pos, text, rule, f"myevent_handler = {_BUFFER}")


def _done_by_the_kernel(lab: Lab, answer: KernelModule) -> Iterator[Diagnostic]:
    """Calls that would do what the answer is asked to."""
    calls = (call for f in answer.functions.values() for call in _calls(f) if call.name in lab.without)
    for call in calls:
        text = f"{_short(lab)} asks you to write what {call.name} does"
        yield _at(answer, call.pos, text, "your file does it with simpler calls", f"kthreadlab man {call.name}")


def _contract(lab: Lab) -> str:
    given = f"the given file {lab.given} works with it; " if lab.given else ""
    return f"{given}your file defines {listed(lab.owns)}"


def _at(module: KernelModule, pos: ir.Pos, message: str, rule: str, look: str) -> Diagnostic:
    return Diagnostic(message, pos, rule, look, module.source_line(pos.file, pos.line))


# ---- what is missing -------------------------------------------------------------------------------------------------


def _missing(lab: Lab, answer: KernelModule, name: str) -> Diagnostic:
    """What is said of a name of the contract that nothing defines, at its first use: in the answer if it is used there,
    else in the given file; a function that only the check calls, at the one that may be meant."""
    own = KernelModule(answer.name, {lab.answer: answer.files.get(lab.answer, "")})
    function = name in _called(lab)
    used = dict(own.undefined).get(name) or dict(answer.undefined).get(name)
    meant = _meant(lab, answer, own, name)
    pos = used or (meant.pos if meant is not None else ir.Pos(lab.answer, 1))
    if function:
        message = f"{_short(lab)} needs a function {name}, and there is none"
        caller = f"the given file {lab.given}" if name in _called_by_given(lab) else "the check"
        rule = f"{caller} {'starts' if _is_thread(lab, name) else 'calls'} it; {_contract(lab)}"
    else:
        message = f"{_short(lab)} needs {name}, and nothing defines it"
        rule = _contract(lab)
    return _at(answer, pos, message, rule, _advice(lab, answer, name, meant))


def _is_thread(lab: Lab, name: str) -> bool:
    return name in _signalled(lab) or any(x.function == name for s in lab.scenarios for x in s.threads)


def _meant(lab: Lab, answer: KernelModule, own: KernelModule, name: str) -> ir.Function | ir.Static | None:
    """The definition in the answer that *name* may be another name of: of those of its kind, the nearest by its
    letters, else the only one."""
    kind = _kind(answer, name)
    alike: Mapping[str, ir.Function | ir.Static] = own.functions
    if name not in _called(lab):
        alike = {other: one for other, one in own.statics.items() if getattr(one.type, "kind", "") == kind}
    pool = {other: one for other, one in alike.items() if other not in lab.owns}
    near = nearest(name, pool, _LIKELY)
    return pool[near] if near else next(iter(pool.values())) if len(pool) == 1 else None


def _advice(lab: Lab, answer: KernelModule, name: str, meant: ir.Function | ir.Static | None) -> str:
    """What to do about a missing name."""
    if meant is not None:
        return f"did you mean {meant.name} ({place_of(meant.pos, lab.answer)})? It must be called {name}"
    holder = next((f for f in answer.functions.values() if name in f.locals), None)
    if holder is not None:
        return f"{name} is only a local of {holder.name}: define it at module level, above the functions"
    if name in _called(lab):
        return f"def {name}({_parameters(lab, name)}):"
    made = _BUFFER if name == "myevent_handler" else _made(_kind(answer, name))
    return f"define it at module level: {name} = {made}"


def _parameters(lab: Lab, name: str) -> str:
    """What a function takes that the check or the given file calls."""
    if _is_thread(lab, name):
        return "unused"
    return "event_id: u32" if (_called_by_given(lab) | _entered(lab)).get(name, 1) else ""


def _kind(module: KernelModule, name: str) -> str:
    """The kind of object that the module takes *name* for, by the calls that it is given to; "" if none tells."""
    for function in module.functions.values():
        for call in _calls(function):
            for param, arg in zip(CALLS[call.name].params, call.args, strict=False):
                if isinstance(arg, ir.Name) and arg.name == name and param in OBJECT_KINDS:
                    return OBJECT_KINDS[param]
    return ""


def _made(kind: str) -> str:
    """How an object of a kind is declared."""
    return next((f"{name}()" for name, one in OBJECTS.items() if one.makes == kind), "u32(0)")


def _calls(function: ir.Function) -> Iterator[ir.Call]:
    """The kernel calls in a function."""
    yield from (node for node in _nodes(function) if isinstance(node, ir.Call))


def _nodes(function: ir.Function) -> Iterator[ir.Node]:
    """Everything in a function."""
    todo: list[ir.Node] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        todo += ir.parts(node)
