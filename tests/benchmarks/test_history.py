"""What `make bench` remembers, and how it tells what has become slower."""

import json
import re

import pytest

from tests.benchmarks import history
from tests.benchmarks.__main__ import main
from tests.benchmarks.history import compared, entry, read, report, worse


def run(kind: str = "here", **figures: tuple) -> dict:
    """A run of a former day."""
    values = {name: list(value) for name, value in figures.items()}
    return {"date": "2026-01-02", "commit": "c0ffee", "kind": kind, "load": 0.1, "figures": values}


@pytest.mark.parametrize(
    ("value", "before", "unit", "factor"),
    [(3.0, 2.0, "s", 1.5), (1.0, 2.0, "MB", 0.5), (50, 100, "steps/s", 2.0), (2, 1, "ratio", 0.5), (1, 0, "s", None)],
)
def test_worse_means_more_seconds_and_fewer_steps(value, before, unit, factor):
    """Below 1 it is better; of nothing there is no factor."""

    assert factor == worse(value, before, unit)


def test_a_figure_that_is_much_worse_is_flagged():
    """And one that is a little worse is not."""

    now, former = run(a=(1.3, "s"), b=(1.2, "s")), [run(a=(1.0, "s"), b=(1.0, "s"))]

    assert [
        "! x 1.30   a: 1.3 s, was 1.0 (c0ffee, 2026-01-02)",
        "  x 1.20   b: 1.2 s, was 1.0 (c0ffee, 2026-01-02)",
    ] == (list(compared(now, former)))
    assert "1 of 2 figures are worse" in report(now, former)


def test_only_the_last_run_of_such_a_machine_counts():
    """Of each figure the last one that there is, for a run need not measure all; and of the same unit."""

    former = [run(a=(1, "s"), b=(7, "s")), run(a=(2, "s")), run("elsewhere", a=(9, "s")), run(a=(5, "ms"))]

    assert ["x 1.00   a", "x 1.00   b"] == [
        line.split(":")[0].strip() for line in compared(run(**{"a": (2, "s"), "b": (7, "s")}), former)
    ]
    assert "nothing to compare with" in report(run("new", a=(1, "s")), former)


def test_a_line_names_no_machine(monkeypatch):
    """Neither its host nor its processor; what was measured can be found again."""

    monkeypatch.setattr(history, "_processor", lambda: "Secret(R) Model 9000")
    made = entry([{"name": "a", "value": 1, "unit": "s"}], 0.5)

    assert ["date", "commit", "kind", "load", "figures"] == list(made)
    assert {"a": [1, "s"]} == made["figures"]
    assert re.fullmatch(r"\w+ \w+, \d+ CPUs of model [0-9a-f]{6}, \w+ 3\.\d+", made["kind"])
    assert "Secret" not in json.dumps(made)


def test_a_run_is_appended_and_the_next_one_compares_with_it(tmp_path, capsys):
    """On stderr: stdout has the figures alone."""

    path = tmp_path / "history.jsonl"
    main(["--history", str(path), "import"])
    assert "nothing to compare with" in capsys.readouterr().err
    main(["--history", str(path), "import"])
    said = capsys.readouterr()

    assert ["import kthreadlab"] == [json.loads(line)["name"] for line in said.out.splitlines()]
    assert re.search(r"^[! ] x [\d.]+ +import kthreadlab: [\d.]+ ms, was [\d.]+ ", said.err, re.MULTILINE)
    assert 2 == len(read(path))


def test_the_history_that_is_kept_can_be_read():
    """Each line is a run."""

    assert all({"date", "commit", "kind", "load", "figures"} == set(line) for line in read(history.ROOT / history.KEPT))
    for name in ("Makefile", ".gitattributes"):
        assert history.KEPT in (history.ROOT / name).read_text()
