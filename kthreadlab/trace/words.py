"""A glossary: words of the subject, found in any text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property


class Word:
    """What a word means: *text*, in a sentence or two; *forms*: how else it is written."""

    def __init__(self, text: str, *forms: str) -> None:
        self.text, self.forms = text, forms


class Glossary(dict[str, Word]):
    """Words by name.  Those that are *common* have a page and are marked nowhere: nobody wants a card at each."""

    def __init__(self, words: Mapping[str, Word], common: tuple[str, ...] = ()) -> None:
        super().__init__(words)
        self.common = frozenset(common)

    @cached_property
    def by_form(self) -> dict[str, str]:
        """The name of each word, by every way of writing it, in small letters."""
        return {form.lower(): name for name, word in self.items() for form in (name, *word.forms)}

    @cached_property
    def _any(self) -> re.Pattern[str]:
        longest_first = sorted(self.by_form, key=len, reverse=True)
        forms = "|".join(re.escape(form).replace(r"\ ", r"\s") for form in longest_first)
        return re.compile(rf"(?<![\w/.-])(?:{forms})(?![\w(*=/]|-\w|\.\w)", re.IGNORECASE)

    def known(self, text: str) -> str:
        """The name of the word that *text* is, in any of its forms; or ""."""
        return self.by_form.get(" ".join(text.lower().split()), "")

    def found(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where words of the glossary stand in a text: from, to, name."""
        for match in self._any.finditer(text):
            yield match.start(), match.end(), self.known(match[0])

    def marked(self, text: str) -> Iterator[tuple[int, int, str]]:
        """As `found`, of each word its first place, and of none that is common."""
        seen = set(self.common)
        for start, end, name in self.found(text):
            if name not in seen:
                seen.add(name)
                yield start, end, name
