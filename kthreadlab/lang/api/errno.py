"""include/asm/errno.h: what went wrong; returned as negative numbers."""

from __future__ import annotations

from kthreadlab.lang import errno

SOURCE = "include/asm/errno.h"

CONSTANTS = {
    "EPERM": (errno.EPERM, "operation not permitted"),
    "ENOENT": (errno.ENOENT, "no such file or directory"),
    "ESRCH": (errno.ESRCH, "no such process"),
    "EINTR": (errno.EINTR, "interrupted by a signal"),
    "EIO": (errno.EIO, "input or output failed"),
    "ENXIO": (errno.ENXIO, "no such device or address"),
    "E2BIG": (errno.E2BIG, "too long"),
    "ENOEXEC": (errno.ENOEXEC, "no program, and no script with #!"),
    "ECHILD": (errno.ECHILD, "no child to wait for"),
    "EAGAIN": (errno.EAGAIN, "try again: no further process now"),
    "ENOMEM": (errno.ENOMEM, "no memory"),
    "EACCES": (errno.EACCES, "permission denied: not executable, or a directory"),
    "EFAULT": (errno.EFAULT, "bad address"),
    "EBUSY": (errno.EBUSY, "busy, or not there yet"),
    "EEXIST": (errno.EEXIST, "it exists already"),
    "ENODEV": (errno.ENODEV, "no such device"),
    "EISDIR": (errno.EISDIR, "is a directory"),
    "EINVAL": (errno.EINVAL, "invalid argument"),
    "ENOSPC": (errno.ENOSPC, "no room is left"),
    "ENAMETOOLONG": (errno.ENAMETOOLONG, "name too long"),
    "ENOSYS": (errno.ENOSYS, "not implemented"),
    "ETIME": (errno.ETIME, "the time is up"),
    "ETIMEDOUT": (errno.ETIMEDOUT, "the time is up"),
    "ERESTARTSYS": (errno.ERESTARTSYS, "interrupted by a signal; no program ever sees this number"),
}
