"""Wrong answers as what they change in a right one: a header as every answer has it, ``patch: lab6/right/list`` in its
last line, and a unified diff.

``python -m tests.patches`` turns the wrong answers that differ from a right one by a few lines into such files.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

SUBMISSIONS = Path(__file__).parent / "submissions"
CONTEXT = 1
"""How many lines a diff shows around what it changes."""
WORTH_IT = 0.6
"""A patch has at most so much of the lines of the answer."""
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
_HEADER = re.compile(r"# [^ :]+:.*")


class PatchError(ValueError):
    """A diff does not fit what it is said to change."""


def split(text: str) -> tuple[list[str], list[str]]:
    """The lines of the header of an answer, and the others."""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if not _HEADER.match(line)), len(lines))
    return lines[:first], lines[first:]


def patched(base: list[str], diff: list[str]) -> list[str]:
    """The lines of *base* with the changes of a unified *diff*.

    :raises PatchError: if a line that the diff keeps or takes away is not there.
    """
    made: list[str] = []
    at = 0
    for line in diff:
        hunk = _HUNK.fullmatch(line)
        if hunk:
            start = int(hunk[1]) - (hunk[2] != "0")
            made, at = [*made, *base[at:start]], start
        elif line[:1] == "+":
            made.append(line[1:])
        elif line[:1] not in (" ", "-") or base[at : at + 1] != [line[1:]]:
            raise PatchError(f"line {at + 1} is not {line[1:]!r}")
        else:
            made += [line[1:]] if line[0] == " " else []
            at += 1
    return [*made, *base[at:]]


def text_of(path: Path) -> str:
    """The text of an answer, also of one that is kept as a patch: its header and its lines.

    :raises PatchError: if it does not apply.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".patch":
        return text
    (*header, last), diff = split(text)
    key, _, name = last.removeprefix("# ").partition(": ")
    if key != "patch":
        raise PatchError(f"{path.name}: the last line of the header says whose patch it is")
    base = split((SUBMISSIONS / f"{name}.py").read_text(encoding="utf-8"))[1]
    return "".join(f"{line}\n" for line in [*header, *patched(base, diff)])


def as_patch(text: str, rights: dict[str, str]) -> str | None:
    """The shortest patch that makes *text*, of the answers in *rights* by their names; None if none is worth it."""
    header, body = split(text)
    diffs = {name: _diff(split(right)[1], body) for name, right in rights.items()}
    name = min(diffs, key=lambda n: len(diffs[n]))
    lines = [*header, f"# patch: {name}", *diffs[name]]
    return "".join(f"{line}\n" for line in lines) if len(lines) <= WORTH_IT * len([*header, *body]) else None


def _diff(base: list[str], body: list[str]) -> list[str]:
    return list(difflib.unified_diff(base, body, n=CONTEXT, lineterm=""))[2:]


def named() -> set[str]:
    """The files of answers that somebody opens by their names."""
    root = SUBMISSIONS.parents[1]
    sources = [*root.glob("tests/*/*.py"), *root.glob("tests/*.py"), *root.glob("*.md")]
    return {name for path in sources for name in re.findall(r"\w+\.py\b", path.read_text(encoding="utf-8"))}


def main() -> None:
    keep = named()
    for path in sorted(SUBMISSIONS.glob("lab*/wrong/*.py")):
        lab, text = path.parts[-3], path.read_text(encoding="utf-8")
        rights = {f"{lab}/right/{p.stem}": p.read_text(encoding="utf-8") for p in SUBMISSIONS.glob(f"{lab}/right/*.py")}
        patch = as_patch(text, dict(sorted(rights.items())))
        if patch is not None and path.name not in keep:
            made = path.with_suffix(".patch")
            made.write_text(patch, encoding="utf-8")
            assert text_of(made) == text, path
            path.unlink()


if __name__ == "__main__":
    main()
