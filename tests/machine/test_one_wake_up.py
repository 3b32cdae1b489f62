"""What a wake-up does to a task's state is said in kernel/wakeup.py and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kthreadlab
from kthreadlab.kernel.wakeup import ANY, D, S, make_wake_task, try_to_wake_up
from kthreadlab.lang.task_state import DEAD

PACKAGE = Path(kthreadlab.__file__).parent
OF_ANOTHER = re.compile(r"""c\[@!?st\.[^@]*@\] = |\[_ST\[[^]]*\]\] = |\[\w*states\[[^=]*\]\] = |= f"@st\.""")
"""A line that stores into the state of a task by its number, or names that cell; the caller's own is `Gen.cell`."""


@pytest.mark.parametrize("folder", ["compile", "kernel", "machine"])
def test_nobody_else_writes_the_state_of_another(folder: str) -> None:
    """Neither in generated code nor at run time."""

    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((PACKAGE / folder).glob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if path.name != "wakeup.py" and OF_ANOTHER.search(line)
    ]

    assert found == []


WRITTEN = [
    'f"c[@!st.{k}@] = 0"',
    'f"c[@st.{k}@] = 0"',
    'f" c[_ST[t]] = 0"',
    "c[states[a]] = 0",
    """st, frz = f"@st.{t}@", f"@frz.{t}@\"""",
]


@pytest.mark.parametrize("line", WRITTEN)
def test_such_a_line_would_be_noticed(line: str) -> None:
    """In all the ways to write it."""

    assert OF_ANOTHER.search(line)


@pytest.mark.parametrize("queued", [0, 1])
@pytest.mark.parametrize(
    "state, mask, after, woke",
    [
        (0, ANY, 0, 0),
        (S, S, 0, None),
        (D, ANY, 0, None),
        (D, S, D, 0),
        (S + 4, S, 0, 1),
        (D + 4, S, D + 4, 0),
        (D + 4, ANY, 0, 1),
        (DEAD, ANY, DEAD, 0),
    ],
)
def test_a_wake_up_is_a_masked_compare(state: int, mask: int, after: int, woke: int | None, queued: int) -> None:
    """The line and the call do the same; of who is not asleep yet the version decides what is returned."""

    cells = [0, state]
    assert make_wake_task((1,), queued)(cells, 0, mask) == (queued if woke is None else woke)
    assert cells == [0, after]

    cells = [0, state]
    exec(re.sub("@!?st.0@", "1", try_to_wake_up(0, mask)), {"c": cells})
    assert cells == [0, after]
