"""Wrong answers that are kept as patches: each applies, and says no more than it changes."""

import pytest

from tests.patches import PatchError, as_patch, patched, split, text_of
from tests.support import Submission, corpus

PATCHES = [s for s in corpus() if s.path.suffix == ".patch"]
RIGHT = "# title: right\n" + "".join(f"a{n}()\n" for n in range(20))
WRONG = RIGHT.replace("right", "wrong\n# fails: no_oops").replace("a3()\n", "").replace("a12()", "b()")


@pytest.mark.parametrize("s", PATCHES, ids=lambda s: s.name)
def test_a_patch_applies_to_its_reference(s: Submission) -> None:
    """Every line that it keeps or takes away is there; what it makes is another answer, of the same lab."""

    base = next(x for x in corpus() if x.name == s.header["patch"])

    assert ("right", s.lab) == (base.kind, base.lab)
    assert split(s.text)[1] != split(base.text)[1]
    assert "patch" not in "".join(split(s.text)[0])


def test_no_answer_is_there_twice() -> None:
    """As a patch, and as a whole."""

    names = [s.name for s in corpus()]
    assert len(names) == len(set(names))


def test_a_patch_is_what_differs() -> None:
    """And makes the same lines again; its header is the answer's own, and whose patch it is."""

    header, diff = split(as_patch(WRONG, {"lab6/right/other": "a()\n", "lab6/right/reference": RIGHT}))

    assert ["# title: wrong", "# fails: no_oops", "# patch: lab6/right/reference"] == header
    assert ["-a3()", "-a12()", "+b()"] == [line for line in diff if line[0] in "-+"]
    assert split(WRONG)[1] == patched(split(RIGHT)[1], diff)


def test_what_differs_in_most_of_its_lines_stays_whole() -> None:
    """A patch is for whoever reads what is wrong."""

    assert as_patch(WRONG, {"lab6/right/other": "a()\nb()\n"}) is None


@pytest.mark.parametrize("diff", ["-    b()", "     a()\n+x", "junk", "@@ -3 +3 @@\n-    a()"])
def test_a_patch_that_does_not_fit_is_refused(diff) -> None:
    """Rather than applied somewhere else."""

    with pytest.raises(PatchError):
        patched(["def f():", "    a()", "    b()"], diff.splitlines())


def test_a_file_says_whose_patch_it_is(tmp_path) -> None:
    """In the last line of its header."""

    path = tmp_path / "a.patch"
    path.write_text("# title: x\n@@ -1 +1 @@\n-a\n+b\n")
    with pytest.raises(PatchError, match="whose patch"):
        text_of(path)
