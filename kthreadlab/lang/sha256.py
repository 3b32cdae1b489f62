"""What names a text: its SHA-256.

``hashlib`` would bring in OpenSSL, which takes more memory than all of a small check.  Python's own module, to which
``hashlib`` falls back to, computes the same.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

HOMES = ("_sha2", "_sha256", "hashlib")
"""Where the function is: since Python 3.12, before, and where Python was built without a module of its own."""


class Hash(Protocol):
    """What the function gives."""

    def hexdigest(self) -> str: ...


def _function() -> Callable[[bytes], Hash]:
    for home in HOMES:
        try:
            found: Callable[[bytes], Hash] = import_module(home).sha256
        except ImportError:
            continue
        return found
    raise ImportError("this Python has no SHA-256")


_FUNCTION = _function()


def sha256(data: bytes) -> str:
    """The SHA-256 of *data*, in hexadecimal digits."""
    return _FUNCTION(data).hexdigest()
