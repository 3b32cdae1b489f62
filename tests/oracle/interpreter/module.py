"""References to the module, and what it is to go on in its code when it has been unloaded."""

from __future__ import annotations

from typing import Any

from .run import Run, operation
from .state import State, Task
from .threads import do_exit
from .values import KernelFault, Value

THIS_MODULE = 0xBF000000
MOST = 32


def call_of(state: State, name: str | None) -> Task | None:
    return next((t for t in state.tasks if name and t.kind == "process" and t.name == name), None)


def unloaded(scenario: Any, state: State) -> bool:
    """Has rmmod returned, or insmod a negative number?"""
    out, load = call_of(state, scenario.rmmod), call_of(state, scenario.insmod)
    if out is not None and out.done:
        return True
    return load is not None and load.done and isinstance(load.code, int) and load.code < 0


def goes_on(run: Run) -> None:
    """The task is about to execute code of the module."""
    if run.task.kind in ("thread", "softirq", "worker"):
        must_be_loaded(run)


def must_be_loaded(run: Run) -> None:
    """Something of the module is used."""
    if unloaded(run.world.scenario, run.state):
        raise KernelFault("unloaded")


def left_behind(scenario: Any, state: State) -> bool:
    """Is a thread there, and its code gone?"""
    return unloaded(scenario, state) and any(t.kind == "thread" and not t.done for t in state.tasks)


def meant(module: Value) -> bool:
    """THIS_MODULE, or NULL?"""
    if module == THIS_MODULE:
        return True
    if module == 0:
        return False
    raise KernelFault("bad_pointer")


@operation("try_module_get")
def try_module_get(run: Run, module: Value) -> Value:
    if not meant(module):
        return 1
    out = call_of(run.state, run.world.scenario.rmmod)
    if out is not None and out.born:
        return 0
    run.state.references = min(run.state.references + 1, MOST)
    return 1


@operation("__module_get")
def module_get(run: Run, module: Value) -> Value:
    if meant(module):
        run.state.references = min(run.state.references + 1, MOST)
    return 0


@operation("module_put")
def module_put(run: Run, module: Value) -> Value:
    if meant(module):
        run.state.references = max(run.state.references - 1, -1)
    return 0


@operation("module_put_and_exit", "module_put_and_kthread_exit")
def module_put_and_exit(run: Run, code: Value) -> Value:
    """One after the other, and both in the kernel."""
    if not run.phase:
        module_put(run, THIS_MODULE)
        return run.wait("exit")
    return do_exit(run, code)
