"""The picture: SVG that can be read without colour, without script and without sight."""

import re
from xml.etree import ElementTree

import pytest

from kthreadlab.show.picture import MOST, trace_svg
from tests.benchmarks.long_trace import long_trace
from tests.show.samples import everything, hostile

SVG = "{http://www.w3.org/2000/svg}"


def drawing(trace) -> ElementTree.Element:
    return ElementTree.fromstring(trace_svg(trace))


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def test_it_is_an_image_with_a_name_and_a_description():
    """The description tells each lane in words."""

    root = drawing(everything())
    ids = {node.get("id"): "".join(node.itertext()) for node in root.iter() if node.get("id")}
    title, description = (ids[name] for name in root.get("aria-labelledby").split())

    assert "img" == root.get("role")
    assert "2.6.11/everything: 10 steps" == title
    assert "mykthread: runs (S) 1-2, sleeps (S) 3-3" in description
    assert "It broke at step 10." in description


def test_each_state_has_its_letter_and_a_shape_of_its_own():
    """No two shapes differ by colour alone: they differ in height, outline, pattern or path."""

    root = drawing(everything())
    boxes = {}
    for node in root.iter(f"{SVG}rect"):
        look = node.get("class") or node.get("fill", "").partition("-")[2].rstrip(")")
        boxes[look] = (node.get("height"), node.get("fill", "")[:4])
    states = [boxes[look] for look in ("run", "sleep", "zombie", "ready", "deep", "spin")]

    assert len(states) == len(set(states))
    assert {"R", "S", "D", "Z"} <= set(texts(root))
    assert any("irq" == node.get("class") for node in root.iter(f"{SVG}path"))


def test_what_the_shapes_mean_is_written_below():
    """A legend in words, for what is there."""

    words = " ".join(texts(drawing(everything())))

    for told in ("full height: runs", "half, hatched: could run", "thin line: sleeps in S", "upright stripes: spins"):
        assert told in words


def test_the_step_where_it_broke_is_marked_in_words():
    """And its sentence is the caption, with how it ends."""

    words = texts(drawing(everything()))

    assert "broke here" in words
    assert any(line.startswith("Step 10: sensor follows a NULL pointer") for line in words)


def test_a_tasks_source_line_stands_beside_its_lane():
    """Number and text of where it goes on."""

    assert "2 schedule()" in texts(drawing(everything()))


def test_each_step_says_its_sentence_to_the_pointer():
    """A title on every column."""

    titles = [node.text for node in drawing(everything()).iter(f"{SVG}title")]

    assert [] == [step for step in range(1, 11) if not any(t.startswith(f"{step}  ") for t in titles)]


def test_no_name_gets_out_of_its_text():
    """HTML in a name stays text, a control character is shown, the picture stays well formed."""

    text = trace_svg(hostile())

    assert not re.search(r"<(img|/?script|!--)", text)
    assert "\x1b" not in text and r"\x1b" in text
    assert {"svg"} <= {node.tag.removeprefix(SVG) for node in ElementTree.fromstring(text).iter()}


def test_the_same_trace_gives_the_same_picture_and_two_traces_share_no_ids():
    """Nothing random: a stored notebook compares equal."""

    ids = [set(re.findall(r'\bid="([^"]+)"', trace_svg(trace))) for trace in (everything(), long_trace(50))]

    assert trace_svg(everything()) == trace_svg(everything())
    assert set() == ids[0] & ids[1]


@pytest.mark.parametrize("steps", [1_000, 10_000])
def test_a_long_trace_is_merged_and_keeps_every_interrupt(steps):
    """Few columns, little text, and no column that held an interrupt has lost it."""

    root = drawing(long_trace(steps))
    each = -(-steps // MOST)
    interrupted = {step // each for step in range(steps) if step % 97 == 13}
    drawn = [node for node in root.iter(f"{SVG}path") if node.get("class") == "irq"]
    start = [float(re.match(r"M([\d.]+)", node.get("d"))[1]) for node in drawn]
    end = [float(re.search(r"H([\d.]+)", node.get("d"))[1]) for node in drawn]
    column = 960 / steps * each

    assert len(ElementTree.tostring(root)) < 410_000
    assert len(interrupted) == sum(round((b - a) / column) or 1 for a, b in zip(start, end, strict=True))


def test_nothing_is_fetched():
    """No address but the name of SVG itself."""

    assert {"http://www.w3.org/2000/svg"} == set(re.findall(r"https?://[^\s\"'<)]+", trace_svg(everything())))
