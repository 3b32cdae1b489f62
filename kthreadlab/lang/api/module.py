"""include/linux/init.h, include/linux/module.h: what a module says of itself."""

from .declare import process, since, until, word
from .kinds import Anything, Int, Long, Module, Void

SOURCE = "include/linux/init.h"

CONSTANTS = {
    "THIS_MODULE": (0xBF000000, "the module that this code belongs to, for those who count its users"),
}


@word
def module_init() -> Anything:
    """What insmod calls when the module is loaded.

    A function without parameters, once, in process context.  It returns 0, or a negative errno: then the module is not
    loaded, and module_exit's function is never called.  A function with the name init_module needs no declaration.

    Use: module_init(setup)
    Here: a module that is explored without options is loaded and, if it can be, unloaded.
    """


@word
def module_exit() -> Anything:
    """What rmmod calls when the module is unloaded.

    A function without parameters, once, in process context, when nobody is inside the module's other functions any
    more but its own threads, timers and works: those it must end itself, for when it has returned the module's code and
    statics are gone, and whoever goes on there faults.  A function with the name cleanup_module needs
    no declaration.  A module without any cannot be unloaded.

    Use: module_exit(cleanup)
    """


@word
def EXPORT_SYMBOL() -> Anything:  # noqa: N802  (the kernel's name)
    """A name that other modules may use.

    Use: EXPORT_SYMBOL(report)
    Source: include/linux/module.h
    """


@word
def EXPORT_SYMBOL_GPL() -> Anything:  # noqa: N802
    """A name that other modules under the GPL may use.

    Use: EXPORT_SYMBOL_GPL(report)
    Source: include/linux/module.h
    """


@word
def MODULE_LICENSE() -> Anything:  # noqa: N802
    """The module's licence, for those who load it.

    Use: MODULE_LICENSE("GPL")
    Source: include/linux/module.h
    """


@word
def MODULE_AUTHOR() -> Anything:  # noqa: N802
    """Who has written the module.

    Use: MODULE_AUTHOR("Ann")
    Source: include/linux/module.h
    """


@word
def MODULE_DESCRIPTION() -> Anything:  # noqa: N802
    """What the module is for.

    Use: MODULE_DESCRIPTION("tells of events")
    Source: include/linux/module.h
    """


@word
def MODULE_VERSION() -> Anything:  # noqa: N802
    """Which version of the module this is.

    Use: MODULE_VERSION("1.0")
    Source: include/linux/module.h
    """


@word
def MODULE_ALIAS() -> Anything:  # noqa: N802
    """Another name by which the module may be loaded.

    Use: MODULE_ALIAS("events")
    Source: include/linux/module.h
    """


@since("2.6.0")
def try_module_get(module: Module) -> Int:
    """Take a reference to the module, unless it is being unloaded.

    As long as there is one rmmod is refused.  Whoever runs code of the module takes it first, where nothing else keeps
    the module there: a thread of its own that nobody waits for, a file that is open.

    Return: 1, or 0 once rmmod has begun; of NULL, which is the kernel itself, 1.
    Source: include/linux/module.h, try_module_get()
    Example: r = try_module_get(THIS_MODULE); module_put(THIS_MODULE) gives 1
    Story: yes: {who} takes a reference to the module.
    Story: no: {who} wants a reference to the module, which is being unloaded: none is to be had.
    """


@since("2.6.0")
def __module_get(module: Module) -> Void:  # noqa: N807  (the kernel's name)
    """Take one more reference to a module of which one certainly has one.

    It never fails, and does not keep rmmod out that has begun.

    Source: include/linux/module.h, __module_get()
    Example: __module_get(THIS_MODULE); module_put(THIS_MODULE)
    Story: {who} takes one more reference to the module.
    """


@since("2.6.0")
def module_put(module: Module) -> Void:
    """Give a reference to the module back.

    With the last one the module may go at once: whoever runs its code behind that may find it gone.

    Here: after one too many rmmod is refused for good.
    Source: include/linux/module.h, module_put()
    Example: r = try_module_get(THIS_MODULE); module_put(THIS_MODULE)
    Story: {who} gives a reference to the module back.
    """


@since("2.6.0")
@until("5.17")
@process
def module_put_and_exit(code: Long) -> Void:
    """Give a reference to the module back and end the thread, both in code of the kernel.

    For a thread that holds a reference to the module whose code it runs.  It never returns.

    Source: kernel/module.c, __module_put_and_exit()
    Example: __module_get(THIS_MODULE); module_put_and_exit(0)
    """


@since("5.17")
@process
def module_put_and_kthread_exit(code: Long) -> Void:
    """Give a reference to the module back and end the thread, both in code of the kernel.

    For a thread that holds a reference to the module whose code it runs.  It never returns.

    Source: kernel/module/main.c, __module_put_and_kthread_exit()
    Example: __module_get(THIS_MODULE); module_put_and_kthread_exit(0)
    """


ENTRIES = {"module_init": "init_module", "module_exit": "cleanup_module"}
"""The declarations of the functions that insmod and rmmod call, and the names of those that need none."""
NAMES_FUNCTION = (*ENTRIES, "EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL")
"""Statements of a module that speak of one of its functions."""
ABOUT_MODULE = ("MODULE_LICENSE", "MODULE_AUTHOR", "MODULE_DESCRIPTION", "MODULE_VERSION", "MODULE_ALIAS")
"""Statements of a module that change nothing."""
