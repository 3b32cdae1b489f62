"""The words of the glossary that some texts use, for a script that tells what they mean."""

from __future__ import annotations

from collections.abc import Iterable

from kthreadlab.trace.english.words import GLOSSARY


def explained(texts: Iterable[str]) -> list[list[str]]:
    """Of each word that is marked in *texts*: its name, what it means, and the forms in which it stands there."""
    forms: dict[str, set[str]] = {}
    for text in texts:
        for start, end, name in GLOSSARY.marked(text):
            forms.setdefault(name, set()).add(" ".join(text[start:end].lower().split()))
    return [[name, GLOSSARY[name].text, *sorted(forms[name])] for name in sorted(forms)]
