"""The witness that README.md's ten minutes end with: its schedule in the text, and its picture.

    python docs/picture.py        # `make picture`

A schedule carries a digest of program, scenario and machine; when one of them changes, this puts things right again.
"""

import contextlib
import io
import re
import sys
import tempfile
from pathlib import Path

from kthreadlab.front.cli import main

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
PICTURE = HERE / "lost-wakeup.svg"
SCHEDULE = re.compile(r"2\.6\.11/world-mykthread-calls1-cpus1@\w{8}: [\w* ]+")


def listing(text: str) -> str:
    """The program of the ten minutes."""
    return re.search(r"```python\n(# listing_two\.py\n.*?)```", text, re.DOTALL)[1]  # type: ignore[index]


def draw(path: Path, text: str) -> str:
    """Write the picture of the shortest way to break the program of *text*; returns its schedule."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as said:
        program = Path(folder) / "listing_two.py"
        program.write_text(listing(text), encoding="utf-8")
        main(["explore", str(program), "--calls", "1"])
        schedule = SCHEDULE.search(said.getvalue())[0]  # type: ignore[index]
        main(["replay", str(program), schedule, "--svg", str(path)])
    return schedule


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(SCHEDULE.sub(draw(PICTURE, text), text), encoding="utf-8")
    sys.exit(0)
