"""The numbers of errno, once: include/asm-generic/errno-base.h, errno.h, include/linux/errno.h.

A call returns them as negative numbers.
"""

EPERM = 1
ENOENT = 2
ESRCH = 3
EINTR = 4
EIO = 5
ENXIO = 6
E2BIG = 7
ENOEXEC = 8
ECHILD = 10
EAGAIN = 11
ENOMEM = 12
EACCES = 13
EFAULT = 14
EBUSY = 16
EEXIST = 17
ENODEV = 19
EISDIR = 21
EINVAL = 22
ENOSPC = 28
ENAMETOOLONG = 36
ENOSYS = 38
ETIME = 62
ETIMEDOUT = 110
ERESTARTSYS = 512
