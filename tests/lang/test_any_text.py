"""Whatever text is given, linking gives a module or diagnostics: never an exception, a warning, or a place outside."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kthreadlab
from kthreadlab.lang.api import CALLS, CONSTANTS, DECLARATIONS
from kthreadlab.lang.module import KernelModule

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(kthreadlab.__file__).parent
PROGRAMS = [path.read_text() for path in sorted((ROOT / "checks" / "given").glob("*/*.py"))] + [
    """\
ids = array(u32, 8)
ev = struct("ev", id=u32, next=ptr("ev"), name=char_array(8))
head = ptr("ev")
DEFINE_SPINLOCK(lock)
queue = DECLARE_WAIT_QUEUE_HEAD()
EXPORT_SYMBOL(mykthread)

def mykthread(unused):
    '''Doc.'''
    global head
    wait = DECLARE_WAITQUEUE(current)
    daemonize("mykthread")
    add_wait_queue(queue, wait)
    while True:
        set_current_state(TASK_INTERRUPTIBLE)
        if not ids[0] and 0 < unused <= 3 or head is None:
            schedule()
        elif signal_pending(current):
            break
        spin_lock_irqsave(lock, flags)
        p = cast(ev, kmalloc(sizeof(ev), GFP_ATOMIC))
        p.next, x = head, 3
        head = p
        for i in range(0, 8, 2):
            ids[i] += 1 if i else -1
        spin_unlock_irqrestore(lock, flags)
    raise NotImplementedError("later")
""",
]
WORDS = sorted(
    {word for program in PROGRAMS for word in re.findall(r"\w+|[^\w\s]+|\n *", program)}
    | {*CALLS, *CONSTANTS, *DECLARATIONS}
    | set("import class lambda with try except finally async await del assert nonlocal match case type".split())
    | set("""f'{x}' b'' 1.5 ... := ** // / -> \\ ' " """.split())
    | {'"""', "\n\n", "\t", "\r\n", "\0", "\ufeff", "\ud800", "\u00e9", "\f", "\u2028"}
)


def link(files: dict[str, str]) -> None:
    """Link, and look at everything that a person might be shown."""
    module = KernelModule("m", files)
    for diagnostic in (*module.diagnostics, *module.link_errors()):
        assert diagnostic.pos.file in files
        assert diagnostic.pos.line >= 1
        assert diagnostic.message
        str(diagnostic)
    assert module.digest
    assert module.broken or all(function.pos.file in files for function in module.functions.values())


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_answered(text):
    """Text of any characters."""
    link({"a": text})


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_any_words_are_answered(text):
    """The language's own words, in any order."""
    link({"a": text, "b": "def f(a):\n    return " + text})


@st.composite
def mutants(draw) -> str:
    """A program with a few pieces cut out, put in, doubled or swapped."""
    pieces = re.split(r"(\w+|[^\w\s]+|\n)", draw(st.sampled_from(PROGRAMS)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(pieces) - 1))
        change = draw(st.sampled_from(["drop", "put", "double", "swap"]))
        other = draw(st.integers(0, len(pieces) - 1))
        if change == "drop":
            pieces[at] = ""
        elif change == "put":
            pieces[at] = draw(st.sampled_from(WORDS))
        elif change == "double":
            pieces[at] += " " + pieces[at]
        else:
            pieces[at], pieces[other] = pieces[other], pieces[at]
    return "".join(pieces)


@given(mutants(), mutants())
@settings(max_examples=200, deadline=None)
def test_any_mutant_is_answered(one, other):
    """Programs that were right before somebody edited them."""
    link({"a": one})
    link({"a": one, "b": other})


# ---- programs of Python's grammar, whatever they mean ----------------------------------------------------------------

LEAVES = (
    "a b x n ids ev head p lock q f flags NULL current None True 3 -1 'a' '' \"text\" KERN_ERR TASK_RUNNING u32"
    " schedule nope NOPE 1.5 b'x' ... _a ev() a.b [a,NULL] SPIN_LOCK_UNLOCKED DEFINE_WAIT() range(3) (yield) yield()"
    " (a,b) x[1:2] {a:b}"
).split()
NAMES = [*CALLS, *DECLARATIONS, "f", "g", "u32", "ptr", "struct", "range", "nope", "EXPORT_SYMBOL", "MODULE_LICENSE"]
OPERATORS = "+ - * / // % ** << >> & | ^ @ and or == != < >= is in".split() + ["is not", "not in"]
TARGETS = "a b x n ids ids[0] p.next head.id nope (a,b) a[1:2] flags lock current.state".split()
HEAD = """\
n = u32(0)
ids = array(u32, 8)
ev = struct("ev", id=u32, next=ptr("ev"))
head = ptr("ev")
DEFINE_SPINLOCK(lock)
"""


class Writer:
    """Writes programs that parse."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.pick = self.random.choice

    def expr(self, depth: int = 0) -> str:
        kind = self.random.random()
        if depth > 3 or kind < 0.5:
            return self.pick(LEAVES)
        inner = [self.expr(depth + 1) for _ in range(3)]
        if kind < 0.75:
            return f"{self.pick(NAMES)}({', '.join(inner[: self.random.randint(0, 3)])})"
        if kind < 0.85:
            return f"({inner[0]} {self.pick(OPERATORS)} {inner[1]})"
        forms = [
            "{0}[{1}]",
            "({0}).next",
            "({0} if {1} else {2})",
            "[{0}, {1}]",
            "not ({0})",
            "-({0})",
            "(lambda: {0})",
        ]
        return self.pick(forms).format(*inner)

    def statement(self, indent: int, depth: int = 0) -> str:
        pad = "    " * indent
        plain = ["{t} = {e}", "{t} = {e}", "{t} += {e}", "{e}", "{e}", "global {t}", "x: u32 = {e}", "a: ptr(ev) = {e}",
                 "return {e}", "break", "continue", "pass", "raise NotImplementedError", "raise {e}", "del a", "x: u8",
                 "a = b = {e}", "DEFINE_WAIT(w)", "assert {e}"]  # fmt: skip
        if self.random.random() < 0.75 or depth > 3:
            form = self.pick(plain)
            target = self.pick(["n", "x", "f"]) if form.startswith("global") else self.pick(TARGETS)
            return pad + form.replace("{t}", target).replace("{e}", self.expr())
        heads = [
            "if {e}:",
            "while {e}:",
            "while True:",
            "for i in range({e}):",
            "for x in {e}:",
            "with a:",
            "def g(a):",
        ]
        block = "\n".join(self.statement(indent + 1, depth + 1) for _ in range(self.random.randint(1, 3)))
        text = pad + self.pick(heads).replace("{e}", self.expr()) + "\n" + block
        return text if "def" in text or "with" in text or self.random.random() < 0.7 else f"{text}\n{pad}else:\n{block}"

    def program(self) -> str:
        parts = [HEAD] if self.random.random() < 0.8 else []
        parts += [self.statement(0)] if self.random.random() < 0.3 else []
        for name in "fgh"[: self.random.randint(1, 3)]:
            params = self.pick(["", "a", "a, b", "a: u32", "p: ev", "n"])
            parts.append(
                f"def {name}({params}):\n" + "\n".join(self.statement(1) for _ in range(self.random.randint(1, 4)))
            )
        return "\n".join(parts) + "\n"


@pytest.mark.parametrize("seed", range(8))
def test_any_program_of_pythons_grammar_is_answered(seed):
    """Sense or nonsense: the parts of the front end meet in every combination."""
    writer = Writer(seed)
    for _ in range(60):
        text = writer.program()
        link({"a": text})


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 112))
def test_many_programs_of_pythons_grammar_are_answered(seed):
    """The same, for longer."""
    writer = Writer(seed)
    for _ in range(2000):
        link({"a": writer.program()})
