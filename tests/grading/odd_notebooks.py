"""Odd notebooks: a lab's notebook with a right answer, one thing changed, and what must come of it.

What must come of it is one of `FULL` (every point, in the gradebook as in the check), `REFUSED` (the check refuses, and
each test cell fails with the same sentence), `MUTE` (as refused, but where kthreadlab is never loaded no test cell can
say why), `LOST` (the check refuses, and nbgrader can't even run it) and `STOPS` (as lost, and whoever comes after it is
not graded either).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass

FULL, REFUSED, MUTE, LOST, STOPS = "full", "refused", "mute", "lost", "stops"
ANSWER, TEST = "lab2-mykthread", "lab2-no_oops"
MAGIC = "%%kmod myevent mykthread"


@dataclass(frozen=True)
class Odd:
    """*make* changes a notebook in place, or gives the bytes of the file.  *quick*: nbgrader grades it in every run."""

    claim: str
    outcome: str
    make: Callable[[dict], bytes | None]
    quick: bool

    def data(self, notebook: dict) -> bytes:
        """The file, from the notebook with a right answer."""
        notebook = copy.deepcopy(notebook)
        return self.make(notebook) or json.dumps(notebook).encode()


TABLE: dict[str, Odd] = {}


def odd(outcome: str, *, quick: bool = False):
    def enter(make):
        TABLE[make.__name__] = Odd(make.__doc__, outcome, make, quick)
        return make

    return enter


def text(name: str, outcome: str, change: Callable[[str], object], *, quick: bool = False) -> None:
    """The answer cell holds another text."""

    def make(notebook):
        answer(notebook)["source"] = change(answer(notebook)["source"])

    TABLE[f"text_{name}"] = Odd("the answer's text is changed", outcome, make, quick)


def noted(name: str, outcome: str, *, of: str = ANSWER, quick: bool = False, without: str = "", **values) -> None:
    """nbgrader's metadata of a cell say something else."""

    def make(notebook):
        noted = cell(notebook, of)["metadata"]["nbgrader"]
        noted.update(values)
        noted.pop(without, None)

    TABLE[f"noted_{name}"] = Odd("the metadata lie", outcome, make, quick)


def beside(name: str, outcome: str, source: str, *, quick: bool = False) -> None:
    """A cell of the student's own stands below the answer."""

    TABLE[f"beside_{name}"] = Odd(
        "the student has a cell of his own", outcome, lambda notebook: below(notebook, free(source)), quick
    )


def cell(notebook: dict, grade_id: str) -> dict:
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def answer(notebook: dict) -> dict:
    return cell(notebook, ANSWER)


def free(source: str) -> dict:
    return {"cell_type": "code", "id": "own", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def below(notebook: dict, *cells: dict) -> None:
    at = notebook["cells"].index(answer(notebook)) + 1
    notebook["cells"][at:at] = cells


def setup(notebook: dict) -> dict:
    return next(c for c in notebook["cells"] if c["id"] == "lab2-setup")


def retype(cell: dict, kind: str) -> None:
    cell["cell_type"] = kind
    del cell["outputs"], cell["execution_count"]


def move(notebook: dict, cell: dict, to: int) -> None:
    notebook["cells"].remove(cell)
    notebook["cells"].insert(to, cell)


@odd(FULL)
def nothing(notebook):
    """As it should be."""


# ---- types and places of cells -------------------------------------------------------------------------------------


@odd(FULL, quick=True)
def answer_made_markdown(notebook):
    """nbgrader makes it code again."""
    retype(answer(notebook), "markdown")


@odd(FULL, quick=True)
def answer_made_raw(notebook):
    """nbgrader makes it code again."""
    retype(answer(notebook), "raw")


@odd(LOST)
def answer_made_markdown_with_a_picture(notebook):
    """No code cell has attachments, and nbgrader stumbles."""
    retype(answer(notebook), "markdown")
    answer(notebook)["attachments"] = {"a.png": {"image/png": ""}}


@odd(FULL)
def answer_with_attachments(notebook):
    """Nothing reads them."""
    answer(notebook)["attachments"] = {}


@odd(FULL, quick=True)
def answer_below_the_tests(notebook):
    """It is the answer wherever it stands."""
    move(notebook, answer(notebook), len(notebook["cells"]))


@odd(FULL)
def answer_above_everything(notebook):
    """It is the answer wherever it stands."""
    move(notebook, answer(notebook), 0)


@odd(REFUSED)
def answer_below_the_tests_and_nothing_above(notebook):
    """There is no module when the tests begin."""
    notebook["cells"].remove(cell(notebook, "lab2-events"))
    move(notebook, answer(notebook), len(notebook["cells"]))


@odd(REFUSED)
def answer_split(notebook):
    """Only the answer cell counts."""
    head, function = answer(notebook)["source"].split("def mykthread")
    answer(notebook)["source"] = head.removeprefix(MAGIC)
    below(notebook, free(f"%%kmod myevent more\ndef mykthread{function}"))


@odd(FULL)
def test_made_markdown(notebook):
    """nbgrader makes it code again."""
    retype(cell(notebook, TEST), "markdown")


@odd(FULL)
def test_edited(notebook):
    """nbgrader puts it right."""
    cell(notebook, TEST)["source"] = "pass"


@odd(FULL)
def test_deleted(notebook):
    """nbgrader puts it back."""
    notebook["cells"].remove(cell(notebook, TEST))


@odd(FULL)
def given_edited(notebook):
    """nbgrader puts it right."""
    cell(notebook, "lab2-events")["source"] = f"{MAGIC}\nx = u32(0)\n"


@odd(FULL)
def given_deleted(notebook):
    """The check brings its own."""
    notebook["cells"].remove(cell(notebook, "lab2-events"))


@odd(FULL)
def given_made_markdown(notebook):
    """nbgrader makes it code again."""
    retype(cell(notebook, "lab2-events"), "markdown")


@odd(MUTE)
def setup_deleted(notebook):
    """Nobody loads kthreadlab."""
    notebook["cells"].remove(setup(notebook))


@odd(MUTE)
def setup_below_the_tests(notebook):
    """kthreadlab is loaded too late."""
    move(notebook, setup(notebook), len(notebook["cells"]))


@odd(MUTE)
def setup_taken_back(notebook):
    """kthreadlab is not there any more when the module should be made."""
    setup(notebook)["source"] = "".join(setup(notebook)["source"]) + "\n%unload_ext kthreadlab"


@odd(REFUSED)
def setup_without_import(notebook):
    """There is no `check`."""
    setup(notebook)["source"] = "%load_ext kthreadlab"


@odd(FULL)
def setup_with_ipythons_own_lines(notebook):
    """It is read as IPython reads it."""
    setup(notebook)["source"] = "%%time\n" + "".join(setup(notebook)["source"]) + "\nhere = !pwd\n%time 1\nlen?"


# ---- the text of the answer cell -----------------------------------------------------------------------------------

for above in ("%%time", "%%capture", "%%capture out", "%%prun", "%%timeit -n1 -r1", "%%timeit", "%%time\n%%capture"):
    text(f"{above} above", FULL, lambda source, above=above: f"{above}\n{source}", quick=above == "%%time")
for above in (
    "%%python",
    "%%bash",
    "%%html",
    "%%writefile x",
    "%%debug",
    "%%kmodx",
    "# a comment",
    "%time",
    "!true",
    "x = 1",
):
    text(f"{above} above", REFUSED, lambda source, above=above: f"{above}\n{source}")
text("blank lines above", FULL, lambda source: f"\n   \n\n{source}")
text("indented", FULL, lambda source: "".join(f"    {line}" for line in source.splitlines(True)))
text("only the first line indented", REFUSED, lambda source: f"  {source}")
text("crlf", FULL, lambda source: source.replace("\n", "\r\n"))
text("cr", FULL, lambda source: source.replace("\n", "\r"))
text("form feed", FULL, lambda source: source.replace("\n", "\f\n", 1))
text("line separator", FULL, lambda source: source.replace("\n", "\u2028", 1))
text("trailing blanks", FULL, lambda source: source.replace("\n", "   \n"))
text("blanks on empty lines", FULL, lambda source: source.replace("\n\n", "\n      \n"))
text("a list of lines", FULL, lambda source: source.splitlines(True))
text("byte order mark", REFUSED, lambda source: f"\ufeff{source}", quick=True)
text("zero width space", REFUSED, lambda source: f"\u200b{source}")
text("no-break space", REFUSED, lambda source: source.replace("%%kmod ", "%%kmod\u00a0"))
text("tab after the magic", REFUSED, lambda source: source.replace("%%kmod ", "%%kmod\t"))
text("prompts", REFUSED, lambda source: f">>> {source}")
text("semicolon", REFUSED, lambda source: source.replace("mykthread\n", "mykthread;\n", 1))
text("help", REFUSED, lambda source: source.replace("%%kmod ", "%%kmod? ", 1))
text("one percent", REFUSED, lambda source: source[1:])
text("no magic", REFUSED, lambda source: source.partition("\n")[2])
text("empty", REFUSED, lambda source: "")
text("another module", REFUSED, lambda source: source.replace("myevent", "other", 1), quick=True)
text("another file", FULL, lambda source: source.replace(MAGIC, "%%kmod myevent foo"))
text("no file", FULL, lambda source: source.replace(MAGIC, "%%kmod myevent"))
text("the given file", REFUSED, lambda source: source.replace(MAGIC, "%%kmod myevent events"))
text("a check in one go", FULL, lambda source: source.replace(MAGIC, f"{MAGIC} --check lab2"), quick=True)
text("a check of no lab", FULL, lambda source: source.replace(MAGIC, f"{MAGIC} --check lab99"))
text("half a character", LOST, lambda source: f"{source}# \ud800")
text("none", LOST, lambda source: None)
text("no text", LOST, lambda source: [source, 7])

# ---- cells beside it -----------------------------------------------------------------------------------------------

beside("the same file", REFUSED, f"{MAGIC}\nx = u32(0)\n")
beside("the same file in time", REFUSED, f"%%time\n{MAGIC}\nx = u32(0)\n")
beside("the given file", FULL, "%%kmod myevent events\nx = u32(0)\n")
beside("a file more", FULL, "%%kmod myevent more\nx = (\n")
beside("another module", FULL, "%%kmod listing mykthread\nx = u32(0)\n")
beside("another module's value", FULL, 'myevent = myevent.with_file("mykthread", "x = u32(0)")', quick=True)
beside("no module at all", FULL, "myevent = 3")
beside("check used as a name", REFUSED, 'check = check("lab2", myevent)')
beside("check defined", REFUSED, "def check(event):\n    return event == 7")
beside("check given a value in time", REFUSED, "%time check = 1")
beside("check given a value in a list", REFUSED, "[check := 5 for _ in range(1)]")
beside("loaded no more", FULL, "%unload_ext kthreadlab")
beside("check matched", REFUSED, "match 3:\n    case check:\n        pass")
beside("check matched in a list", REFUSED, "match [3]:\n    case [*check]:\n        pass")
beside("check as a local name", FULL, "def mine(check):\n    check = 1\n[check for check in range(3)]\n")
beside("check imported again", FULL, "check = 1\nfrom kthreadlab import check")
beside("everything forgotten", REFUSED, "%reset -f")
beside("the kernel ended", LOST, "quit()")
beside("raise", FULL, "raise ValueError")
beside("sys.exit", FULL, "import sys; sys.exit()")
beside("input", FULL, "input()")
beside("no Python", FULL, "def (")
beside("another folder", FULL, "%cd ..")
beside("loaded again", FULL, "%reload_ext kthreadlab")
beside("half a character", LOST, "# \ud800")


@odd(LOST)
def beside_no_cell(notebook):
    """A cell that is a number."""
    notebook["cells"].append(7)


@odd(LOST)
def beside_no_text(notebook):
    """A cell without a text."""
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "outputs": []})


@odd(LOST)
def beside_no_metadata(notebook):
    """A cell without metadata."""
    notebook["cells"].append({"cell_type": "code", "source": "", "outputs": []})


@odd(LOST)
def beside_an_odd_type(notebook):
    """A cell of a type that there is none of."""
    notebook["cells"].append({**free("1"), "cell_type": "heading"})


# ---- nbgrader's metadata -------------------------------------------------------------------------------------------

noted("no solution", FULL, solution=False)
noted("locked", FULL, locked=True)
noted("locked, no solution", FULL, locked=True, solution=False)
noted("points", FULL, points=60)
noted("type", FULL, cell_type="markdown")
noted("checksum", FULL, checksum="0" * 32)
noted("test unlocked", FULL, of=TEST, locked=False)
noted("test points", FULL, of=TEST, points=100)
noted("graded", LOST, grade=True, points=60, quick=True)
noted("graded without points", LOST, grade=True)
noted("no type", LOST, cell_type="heading")
noted("task", LOST, task=True)
noted("more", LOST, more=1)
noted("no truth", LOST, solution="yes")
noted("test a solution", LOST, of=TEST, solution=True)
noted("test not graded", LOST, of=TEST, grade=False)
noted("test without points", LOST, of=TEST, without="points")
noted("test renamed", LOST, of=TEST, grade_id="lab2-mine")
noted("version in quotes", LOST, schema_version="3")
noted("version no integer", LOST, schema_version=3.0)
for version in (1, 2, 99):
    noted(f"version {version}", STOPS, schema_version=version)
noted("no version", STOPS, without="schema_version")


@odd(STOPS)
def noted_nothing(notebook):
    """Empty metadata."""
    answer(notebook)["metadata"]["nbgrader"] = {}


@odd(LOST)
def noted_a_list(notebook):
    """Metadata that are no object."""
    answer(notebook)["metadata"]["nbgrader"] = []


@odd(REFUSED, quick=True)
def noted_on_another_cell(notebook):
    """The answer is the cell with the grade_id."""
    other = free("x = 1")
    other["metadata"]["nbgrader"] = answer(notebook)["metadata"]["nbgrader"]
    below(notebook, other)
    cell(notebook, ANSWER)["metadata"] = {}


@odd(REFUSED)
def noted_on_no_cell(notebook):
    """The answer has lost its identity."""
    answer(notebook)["metadata"] = {}


@odd(STOPS)
def noted_on_two_cells(notebook):
    """A copy of the answer cell."""
    below(notebook, copy.deepcopy(answer(notebook)))


@odd(STOPS)
def noted_on_two_test_cells(notebook):
    """A copy of a test cell."""
    notebook["cells"].append(copy.deepcopy(cell(notebook, TEST)))


@odd(LOST)
def noted_as_another_labs(notebook):
    """A cell of another lab's notebook."""
    other = free("1")
    other["metadata"]["nbgrader"] = {**answer(notebook)["metadata"]["nbgrader"], "grade_id": "lab5-handler"}
    below(notebook, other)


# ---- the file ------------------------------------------------------------------------------------------------------


@odd(FULL, quick=True)
def much_stored_output(notebook):
    """20 MB that the cell has printed."""
    answer(notebook)["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 20_000_000}]


@odd(FULL)
def half_a_character_printed(notebook):
    """Outputs are not read."""
    answer(notebook)["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "\ud800"}]


@odd(FULL)
def no_outputs(notebook):
    """The keys are missing."""
    del answer(notebook)["outputs"], answer(notebook)["execution_count"]


@odd(FULL)
def another_kernel(notebook):
    """nbgrader knows which one it is."""
    notebook["metadata"]["kernelspec"] = {"name": "nope", "display_name": "x", "language": "c"}


@odd(FULL)
def no_kernel(notebook):
    """nbgrader knows which one it is."""
    notebook["metadata"] = {}


@odd(LOST)
def no_head(notebook):
    """No metadata of the notebook."""
    del notebook["metadata"]


@odd(LOST)
def half_a_kernel(notebook):
    """A kernel's name needs one that people read."""
    notebook["metadata"]["kernelspec"] = {"name": "python3"}


@odd(LOST)
def language_of_no_name(notebook):
    """The head is checked as the cells are."""
    notebook["metadata"]["language_info"] = None


@odd(LOST)
def an_id_that_is_no_id(notebook):
    """A blank in it."""
    answer(notebook)["id"] = "my answer"


@odd(LOST)
def tags_that_are_no_list(notebook):
    """Of any cell."""
    cell(notebook, TEST)["metadata"]["tags"] = "mine"


@odd(LOST)
def outputs_that_are_none(notebook):
    """They are cleared, but read before."""
    answer(notebook)["outputs"] = ["mine"]


@odd(FULL)
def odd_outputs(notebook):
    """They are cleared."""
    answer(notebook)["outputs"] = [{"output_type": "mine"}]


@odd(FULL)
def no_ids(notebook):
    """Cells without ids."""
    for one in notebook["cells"]:
        del one["id"]


@odd(FULL)
def the_same_id_everywhere(notebook):
    """Cells that share one."""
    for one in notebook["cells"]:
        one["id"] = "same"


@odd(FULL)
def format_4_0(notebook):
    """The first of format 4."""
    no_ids(notebook)
    notebook["nbformat_minor"] = 0


@odd(FULL)
def format_4_9(notebook):
    """One to come."""
    notebook["nbformat_minor"] = 9


@odd(LOST)
def format_4_without_minor(notebook):
    """Not said in full."""
    del notebook["nbformat_minor"]


@odd(LOST)
def format_5(notebook):
    """Nobody knows it yet."""
    notebook["nbformat"] = 5


@odd(LOST)
def format_unsaid(notebook):
    """Then it would be format 1."""
    del notebook["nbformat"]


@odd(LOST)
def format_in_quotes(notebook):
    """A text is no number."""
    notebook["nbformat"] = "4"


def format_3_of(notebook: dict) -> dict:
    import nbformat

    return json.loads(json.dumps(nbformat.convert(nbformat.from_dict(notebook), 3)))


@odd(FULL, quick=True)
def format_3(notebook):
    """Cells lie in a worksheet, and their text is called input."""
    return json.dumps(format_3_of(notebook)).encode()


@odd(FULL)
def format_3_in_sheets(notebook):
    """Several worksheets are one after the other."""
    old = format_3_of(notebook)
    cells = old["worksheets"][0]["cells"]
    old["worksheets"] = [{"cells": cells[:3]}, {"cells": cells[3:]}]
    return json.dumps(old).encode()


@odd(LOST)
def format_3_without_outputs(notebook):
    """It could leave nothing out."""
    old = format_3_of(notebook)
    for one in old["worksheets"][0]["cells"]:
        one.pop("outputs", None)
    return json.dumps(old).encode()


@odd(FULL)
def format_2(notebook):
    """Older still."""
    return json.dumps({**format_3_of(notebook), "nbformat": 2}).encode()


@odd(FULL)
def no_number(notebook):
    """Python's JSON has NaN."""
    notebook["metadata"]["x"] = [float("nan"), float("inf")]


@odd(FULL)
def a_key_twice(notebook):
    """The last one counts."""
    return json.dumps(notebook).replace('"nbformat": 4', '"nbformat": 3, "nbformat": 4').encode()


@odd(LOST, quick=True)
def byte_order_mark(notebook):
    """Jupyter can't open it either."""
    return b"\xef\xbb\xbf" + json.dumps(notebook).encode()


@odd(LOST)
def utf_16(notebook):
    """Notebooks are UTF-8."""
    return json.dumps(notebook).encode("utf-16")


@odd(LOST)
def half_a_character_in_the_head(notebook):
    """It can't be written again."""
    notebook["metadata"]["x"] = "\ud800"


@odd(LOST)
def something_behind_it(notebook):
    """No JSON."""
    return json.dumps(notebook).encode() + b"\n}"
