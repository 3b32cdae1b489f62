"""The recipes of CONTRIBUTING.md, performed word for word in a copy of the tree: what they say is enough."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import NO_PLUGINS

REPO = Path(__file__).resolve().parents[2]
CONTRIBUTING = (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = ("kthreadlab", "tests", "labs", "solutions", "pyproject.toml", "README.md", "CONTRIBUTING.md")


def uncopied(folder: str, names: list[str]) -> set[str]:
    """Caches, and the tests that need a browser or nbgrader."""
    slow = {"browser", "grading"} if Path(folder).name == "tests" else set()
    return {name for name in names if name == "__pycache__" or name in slow}


CALLS = ("A kernel call", "One more of a kind", "A call that sleeps")
RECIPES = (*CALLS, "A property", "A lab", "A version")


class Block(NamedTuple):
    """What stands in a fence of a recipe, and the line of prose above it."""

    where: str
    language: str
    text: str


def recipe(heading: str) -> list[Block]:
    """The blocks below a heading, up to the next one."""
    section = re.search(rf"^##+ {heading}\n(.*?)(?=^##+ |\Z)", CONTRIBUTING, re.DOTALL | re.MULTILINE)
    assert section, heading
    blocks = re.findall(r"^(\S[^\n]*)\n\n```(\w+)\n(.*?)^```$", section[1], re.DOTALL | re.MULTILINE)
    return [Block(*block) for block in blocks]


def edits(heading: str) -> Iterator[tuple[Callable[[str, str], str], str, str]]:
    """What a recipe changes: how, in which file, by which text."""
    for where, language, text in recipe(heading):
        if language != "sh":
            how = next((m, change) for pattern, change in PLACES.items() if (m := re.fullmatch(pattern, where)))
            yield (lambda old, new, how=how: how[1](old, new, *how[0].groups()[:-1])), how[0].groups()[-1], text


def commands(heading: str) -> list[str]:
    return [line for _, language, text in recipe(heading) if language == "sh" for line in text.splitlines()]


# ---- places ----------------------------------------------------------------------------------------------------------


def at_the_end(old: str, new: str) -> str:
    return f"{old}\n\n{new}"


def as_a_file(old: str, new: str) -> str:
    assert not old, "there is such a file already"
    return new


def among_the_imports(old: str, new: str) -> str:
    lines = old.splitlines(keepends=True)
    last = max(node.end_lineno for node in ast.parse(old).body if isinstance(node, ast.Import | ast.ImportFrom))
    return "".join([*lines[:last], new, *lines[last:]])


def below(old: str, new: str, start: str) -> str:
    lines = old.splitlines(keepends=True)
    (found,) = (n for n, line in enumerate(lines) if line.startswith(start))
    return "".join([*lines[: found + 1], new, *lines[found + 1 :]])


def above(old: str, new: str, start: str) -> str:
    head, found, tail = old.partition(f"\n{start}")
    assert found and f"\n{start}" not in tail
    return f"{head}\n{new}{start}{tail}"


def assignment(old: str, name: str) -> ast.Assign | ast.AnnAssign:
    """Where *name* is given its value at the top of a file."""
    for node in ast.parse(old).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if isinstance(target, ast.Name) and target.id == name:
                return node
    raise AssertionError(f"no {name}")


def before(old: str, new: str, name: str) -> str:
    lines = old.splitlines(keepends=True)
    first = assignment(old, name).lineno - 1
    return "".join([*lines[:first], new, "\n\n", *lines[first:]])


def within(old: str, new: str, name: str) -> str:
    """As the last element of the display that *name* is, or is made from."""
    inside = ast.walk(assignment(old, name).value)
    display = next(node for node in inside if isinstance(node, ast.Dict | ast.Tuple | ast.List))
    last = (display.values if isinstance(display, ast.Dict) else display.elts)[-1]
    lines = old.splitlines(keepends=True)
    line = lines[last.end_lineno - 1].encode()
    head, tail = line[: last.end_col_offset].decode(), line[last.end_col_offset :].decode().removeprefix(",")
    put = f"{head},{tail}{new}" if tail == "\n" else f"{head}, {new.rstrip()}{tail}"
    return "".join([*lines[: last.end_lineno - 1], put, *lines[last.end_lineno :]])


PLACES: dict[str, Callable] = {
    r"At the end of `(\S+)`:": at_the_end,
    r"As `(\S+)`:": as_a_file,
    r"Among the imports of `(\S+)`:": among_the_imports,
    r"Above ``(.+)`` in `(\S+)`:": above,
    r"Below ``(.+)`` in `(\S+)`:": below,
    r"Before `(\w+)` in `(\S+)`:": before,
    r"In `(\w+)` of `(\S+)`:": within,
}
"""The lines above a block, and what each says to do with it."""

# ---- a copy of the tree ----------------------------------------------------------------------------------------------


class Tree:
    """A copy of what a recipe may change, and commands in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in COPIED:
            if (REPO / name).is_dir():
                shutil.copytree(REPO / name, root / name, ignore=uncopied)
            else:
                shutil.copy2(REPO / name, root / name)
        (root / "tests/browser").mkdir()
        shutil.copy2(REPO / "tests/browser/chromium.py", root / "tests/browser/chromium.py")

    def apply(self, heading: str) -> set[str]:
        """Make the changes of a recipe; which files they are in."""
        changed = set()
        for change, name, text in edits(heading):
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            path.write_text(change(old, text), encoding="utf-8")
            changed.add(name)
        return changed

    def run(self, *words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", *words]
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", **NO_PLUGINS}
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True)

    def passes(self, command: str) -> subprocess.CompletedProcess:
        """Run a command of a recipe: it succeeds, and a pytest has run something."""
        words = shlex.split(command)
        words = words[2:] if words[:2] == ["python", "-m"] else words
        done = self.run(*words, *(["-q", "-p", "no:cacheprovider"] if words[0] == "pytest" else []))
        assert 0 == done.returncode, f"{command}\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
        return done

    def tidy(self, names: set[str]) -> None:
        """Blank lines and the order of imports ruff puts right by itself; of the rest there is nothing."""
        ours = [name for name in sorted(names) if name.endswith(".py") and "submissions" not in name]
        self.run("ruff", "check", "--fix", *ours)
        for command in ("format", "check"):
            done = self.run("ruff", command, "--no-cache", *ours)
            assert 0 == done.returncode, done.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_every_section_with_a_place_is_performed_here() -> None:
    """No recipe is only prose, and every block says where it goes."""

    headings = re.findall(r"^##+ (.*)$", CONTRIBUTING, re.MULTILINE)
    assert set(RECIPES) == {h for h in headings if recipe(h)}
    for heading in RECIPES:
        assert commands(heading) and list(edits(heading))
    fences = len(re.findall(r"^```\w+$", CONTRIBUTING, re.MULTILINE))
    assert fences - 1 == sum(len(recipe(heading)) for heading in RECIPES), "all but the list of make's targets"


def merged(lists: Iterator[list[str]]) -> list[str]:
    """The commands of several recipes; those that differ only in the name that they look for as one."""
    found: dict[str, list[str]] = {}
    for command in (command for commands in lists for command in commands):
        head, _, names = command.partition(' -k "')
        found.setdefault(head, []).extend([names.partition(" or ")[0]] if names else [])
    return [f'{head} -k "{" or ".join(names)} or not ["' if names else head for head, names in found.items()]


TRIAL = """
from kthreadlab import Call, Config, Scenario, explore, load

def verdicts(text, *properties, calls=(), profile="2.6.11"):
    module = load(text)
    assert not module.broken, module.diagnostics
    worlds = [Config(profile, cpus=1, smp=True), Config(profile, cpus=16, smp=True)]
    scenario = Scenario("trial", threads=["mykthread"], calls=calls)
    found = [explore(module, scenario, c, properties=properties, reduce=r) for c in worlds for r in (True, False)]
    return [{v.holds for v in f.verdicts.values()} for f in found]

TEXT = '''
text = char_array(8)
def mykthread(unused):
    strscpy_pad(text, "abcdefghij", %d)
    BUG_ON(strlen(text) != %d)
    return 0
'''
assert verdicts(TEXT % (8, 7), "no_oops", "no_dangling", profile="6.12") == [{True}] * 4, "what just fits"
assert verdicts(TEXT % (9, 8), "no_dangling", profile="6.12") == [{False}] * 4, "one more is past the end"
assert verdicts(TEXT % (8, 6), "no_oops", profile="6.12") == [{False}] * 4, "what is read is what was written"

SLEEP = '''
lock = DEFINE_SPINLOCK()
def mykthread(unused):
    %s
    left = schedule_timeout_idle(HZ)
    BUG_ON(left < 0)
    return 0
'''
assert verdicts(SLEEP % "pass", "no_oops", "never_sleeps_atomic", profile="6.12") == [{True}] * 4
assert verdicts(SLEEP % "spin_lock(lock)", "never_sleeps_atomic", profile="6.12") == [{False}] * 4

WAKE = '''
queue = DECLARE_WAIT_QUEUE_HEAD()
ready = u32(0)
def mykthread(unused):
    %s(queue, ready)
    BUG()
def poke():
    global ready
    ready = 1
    wake_up_interruptible_sync_nr(queue, 1)
'''
calls = [Call("dev", "poke")]

assert verdicts(WAKE % "wait_event_interruptible", "no_oops", calls=calls, profile="2.4") == [{False}] * 4
"""
"""What modules make of the calls, in reduced and in unreduced searches."""


def test_calls_are_added_in_two_files_each(tree: Tree) -> None:
    """Bounded text, one more wake-up, one more sleep: declared, documented, told, run on every
    machine, searched."""

    changed = [tree.apply(heading) for heading in CALLS]

    assert [2, 2, 2] == [sum(not name.startswith("tests/") for name in names) for names in changed]
    tree.tidy(set().union(*changed))
    for command in merged(commands(heading) for heading in CALLS):
        tree.passes(command)
    (tree.root / "trial.py").write_text(TRIAL)
    tree.passes("trial")


@pytest.mark.parametrize(
    ("heading", "truth", "lie"),
    [
        ("A kernel call", "writes=(0,)", "writes=()"),
        ("A kernel call", "reads=(1,)", "reads=()"),
        ("A kernel call", "    does=(),\n", ""),
        ("A call that sleeps", "sleeps=Sleeps.YIELDS", "sleeps=Sleeps.NEVER"),
    ],
)
def test_an_effect_that_is_wrong_or_left_out_is_seen(tree: Tree, heading: str, truth: str, lie: str) -> None:
    """Whoever forgets that a call writes to its buffer learns it from the tests."""

    tree.apply(heading)
    (changed,) = (name for _, name, text in edits(heading) if truth in text)
    before, own, after = (tree.root / changed).read_text().rpartition(truth)
    (tree.root / changed).write_text(before + lie + after)
    done = tree.run("pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/machine/test_effects.py")

    assert own and done.returncode, done.stdout


@pytest.mark.parametrize("heading", [heading for heading in RECIPES if heading not in CALLS])
def test_a_recipe_works(tree: Tree, heading: str) -> None:
    """Its commands succeed when its blocks are where it says."""

    tree.tidy(tree.apply(heading))
    for command in commands(heading):
        tree.passes(command)
