"""Which Chromium the tests and the figures use."""

from __future__ import annotations

import os
import shutil

FLAGS = ["--no-sandbox", "--disable-gpu"]


def program() -> str | None:
    """Debian's Chromium, or the one that KTHREADLAB_CHROMIUM names; None if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("KTHREADLAB_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
