"""include/asm/errno.h: what went wrong; returned as negative numbers."""

SOURCE = "include/asm/errno.h"

CONSTANTS = {
    "EPERM": (1, "operation not permitted"),
    "ENOENT": (2, "no such file or directory"),
    "EINTR": (4, "interrupted by a signal"),
    "EIO": (5, "input or output failed"),
    "E2BIG": (7, "too long"),
    "ENOEXEC": (8, "no program, and no script with #!"),
    "ECHILD": (10, "no child to wait for"),
    "EAGAIN": (11, "try again: no further process now"),
    "ENOMEM": (12, "no memory"),
    "EACCES": (13, "permission denied: not executable, or a directory"),
    "EFAULT": (14, "bad address"),
    "EBUSY": (16, "busy, or not there yet"),
    "EISDIR": (21, "is a directory"),
    "EINVAL": (22, "invalid argument"),
    "ENAMETOOLONG": (36, "name too long"),
    "ENOSYS": (38, "not implemented"),
    "ERESTARTSYS": (512, "interrupted by a signal; no program ever sees this number"),
}
