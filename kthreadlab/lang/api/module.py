"""include/linux/init.h, include/linux/module.h: what a module says of itself."""

from .declare import word
from .kinds import Anything

SOURCE = "include/linux/init.h"


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
    more but its own threads, timers and works: those it must end itself.  A function with the name cleanup_module needs
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


ENTRIES = {"module_init": "init_module", "module_exit": "cleanup_module"}
"""The declarations of the functions that insmod and rmmod call, and the names of those that need none."""
NAMES_FUNCTION = (*ENTRIES, "EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL")
"""Statements of a module that speak of one of its functions."""
ABOUT_MODULE = ("MODULE_LICENSE", "MODULE_AUTHOR", "MODULE_DESCRIPTION", "MODULE_VERSION", "MODULE_ALIAS")
"""Statements of a module that change nothing."""
