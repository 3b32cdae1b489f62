"""The sentences of a trace, by language, with those that declarations say of themselves (``Story:`` in `lang.api`).

Another language is another package like `trace.english`.
"""

from __future__ import annotations

from . import english

CATALOGUE = english.SENTENCES
"""The book that `trace.narrate` reads."""
