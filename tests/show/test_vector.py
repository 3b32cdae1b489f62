"""argv and envp as boxes, the ledger, the console: what they show of a trace, as text and as tables."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from kthreadlab import Call, Config, Fault, Read, Scenario, Write, console, ledger, load, replay, vectors
from tests.support import submission

LISTING = """
myevent_handler = char_array(256, "/bin/alert")


def run_umode_handler(event_id: u32):
    buffer = kmalloc(32, GFP_KERNEL)
    if buffer == NULL:
        return
    sprintf(buffer, "TROUBLED_DS=%d", event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", buffer, NULL]
    call_usermodehelper(myevent_handler, argv, envp, 0)
    kfree(buffer)
"""


def traced(text: str = LISTING, schedule: str = "sensor*4 khelper*3 sensor*3", **world) -> object:
    scenario = Scenario("one", calls=[Call("sensor", "run_umode_handler", 7)], **world)
    return replay(load(text), scenario, Config(), schedule)


class Tables(HTMLParser):
    """What a reader of tables hears: captions, and the cells of each row with their scope."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.captions: list[str] = []
        self.scopes: list[str] = []
        self.into: list | None = None
        self.hidden = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.hidden = dict(attrs).get("aria-hidden") == "true"
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self.into = self.rows[-1]
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope", "none"))
        if tag == "caption":
            self.captions.append("")
            self.into = self.captions

    def handle_endtag(self, tag):
        self.hidden = False
        if tag in ("th", "td", "caption"):
            self.into = None

    def handle_data(self, data):
        if self.into is not None and not self.hidden:
            self.into[-1] += data


# ---- boxes -----------------------------------------------------------------------------------------------------------


def test_every_slot_is_shown_with_what_it_points_to() -> None:
    """Two slots of argv, four of envp, the NULLs included."""

    (call,) = vectors(traced()).calls

    shown = {name: (slot.points_to, slot.text) for vector in call.vectors for name, slot, _ in vector.rows()}
    assert {
        "argv[0]": ("myevent_handler", "/bin/alert"),
        "argv[1]": ("NULL", None),
        "envp[0]": ('"HOME=/"', "HOME=/"),
        "envp[1]": ('"PATH=/sbin:/bin:/usr/sbin:/usr/bin"', "PATH=/sbin:/bin:/usr/sbin:/usr/bin"),
        "envp[2]": ("sensor's object 1", "TROUBLED_DS=7"),
        "envp[3]": ("NULL", None),
    } == shown
    assert ("sensor", "/bin/alert", 0) == (call.caller, call.path, call.wait)


def test_the_buffer_says_how_much_of_it_is_used() -> None:
    """13 letters and a NUL, of 32 bytes."""

    assert "14 of 32 bytes" in repr(vectors(traced()))


def test_a_vector_without_an_end_is_marked_in_words() -> None:
    """Not by colour alone; and what came of it is -EFAULT."""

    shown = vectors(traced(LISTING.replace("buffer, NULL]", "buffer]")))

    assert "no NULL" in repr(shown) and "no NULL" in shown._repr_html_()
    assert "-EFAULT" in shown.calls[0].outcome
    assert (True, False) == tuple(vector.ended for vector in shown.calls[0].vectors)


def test_what_stands_behind_the_first_null_is_said_to_be_never_read() -> None:
    """A hole in envp."""

    shown = vectors(traced(LISTING.replace('"HOME=/", ', '"HOME=/", NULL, ')))

    assert 3 == repr(shown).count("never read")


@pytest.mark.parametrize(
    ("schedule", "helpers", "outcome"),
    [
        ("sensor*4", None, "Nothing was executed (yet)."),
        ("sensor*4 khelper*2", None, "The program was started; the call has not returned."),
        ("sensor*4 khelper*3 sensor*3", {}, "There is no such file: -ENOENT; the call returned -2."),
    ],
)
def test_what_came_of_a_call_is_said(schedule, helpers, outcome) -> None:
    """Also where the trace ends before it."""

    world = {} if helpers is None else {"helpers": helpers}
    assert outcome == vectors(traced(schedule=schedule, **world)).calls[0].outcome


def test_an_empty_path_executes_nothing() -> None:
    """And 0 comes back."""

    shown = vectors(traced(LISTING.replace('"/bin/alert"', '""'), "sensor*6"))

    assert "nothing was executed, and the call returned 0" in shown.calls[0].outcome


def test_without_a_call_it_says_so() -> None:
    """As text and as HTML."""

    shown = vectors(traced(schedule="sensor"))

    assert "no helper was called" == repr(shown)
    assert "No helper was called" in shown._repr_html_()


def test_the_boxes_are_tables_that_can_be_read_aloud() -> None:
    """A caption each, a head for each row and column, the same words as in the text."""

    shown = vectors(traced())
    tables = Tables(shown._repr_html_())

    assert ["argv of sensor: 2 slots", "envp of sensor: 4 slots"] == tables.captions
    assert "none" not in tables.scopes and tables.scopes.count("row") == 6
    assert ["envp[2]", "sensor's object 1", '"TROUBLED_DS=7"', "14 of 32 bytes, NUL included"] in tables.rows


# ---- the ledger ------------------------------------------------------------------------------------------------------


def test_what_is_allocated_and_freed_adds_up() -> None:
    """+32, -32, and nothing is live at the end."""

    shown = ledger(traced())

    assert [("kmalloc", 32, 32), ("kfree", -32, 0)] == [(e.call, e.change, e.live) for e in shown.entries]
    assert () == shown.left
    assert "Nothing is live at the end" in repr(shown)


def test_a_leak_is_what_is_left() -> None:
    """By name and size."""

    shown = ledger(traced(LISTING.replace("    kfree(buffer)\n", ""), "sensor*4 khelper*3 sensor*2"))

    assert (("sensor's object 1", 32),) == shown.left
    assert "Still live at the end: sensor's object 1 (32 bytes)." in repr(shown)


def test_a_failed_allocation_is_an_entry_of_0_bytes() -> None:
    """NULL came back."""

    shown = ledger(traced(schedule="fail/kmalloc sensor*3", faults=[Fault("kmalloc")]))

    assert [("kmalloc", 0, 0, "fails: NULL")] == [(e.call, e.change, e.live, e.note) for e in shown.entries]


def test_a_second_free_is_said() -> None:
    """The path ends there, in a fault."""

    text = LISTING.replace("    kfree(buffer)\n", "    kfree(buffer)\n    kfree(buffer)\n")

    assert "freed twice" in repr(ledger(traced(text)))


def test_the_ledger_is_a_table_that_can_be_read_aloud() -> None:
    """A caption, a head for each row and column."""

    tables = Tables(ledger(traced())._repr_html_())

    assert ["Ledger of allocations"] == tables.captions
    assert ["2", "sensor", "kmalloc", "sensor's object 1", "+32", "32"] in tables.rows
    assert "none" not in tables.scopes


@pytest.mark.parametrize(
    "name", ["lab5/right/reference", "lab5/right/listing_five_mended", "lab5/wrong/path_hard_coded"]
)
def test_answers_of_the_corpus_have_boxes_that_end(name) -> None:
    """Whatever way the vectors are made."""

    text = submission(name).text.replace("char_array(256)\n", 'char_array(256, "/bin/alert")\n', 1)
    scenario = Scenario("one", calls=[Call("sensor", "run_umode_handler", 7)])
    for steps in range(20, 2, -1):
        try:
            trace = replay(load(text), scenario, Config(), f"sensor*{steps} khelper*3")
        except ValueError:
            continue
        break
    (call,) = vectors(trace).calls
    assert all(vector.ended for vector in call.vectors)
    assert ["/bin/alert"] == [slot.text for slot in call.vectors[0].slots if slot.text]


# ---- the console -----------------------------------------------------------------------------------------------------


def test_writes_and_reads_are_shown_as_commands() -> None:
    """# for root, $ for anybody else; refusals in a shell's words; the log in between."""

    file = "/proc/sys/kernel/contact"
    module = load(
        'contact = char_array(64, "root")\n'
        'row = ctl_table(78, "contact", contact, 64, 0o640, NULL, proc_dostring, sysctl_string)\n'
    )
    scenario = Scenario(
        "session",
        writes=[Write(file, "a b\n"), Write(file, "me\n", user="nobody")],
        reads=[Read(file), Read(file, user="nobody")],
    )
    trace = replay(module, scenario, Config(), f"write{file} read{file} write{file}#2 read{file}#2")

    assert (
        f"# echo 'a b' > {file}",
        f"# cat {file}",
        "a b",
        f"$ echo me > {file}",
        f"{file}: Permission denied",
        f"$ cat {file}",
        f"cat: {file}: Permission denied",
    ) == console(trace).lines


def test_the_log_stands_where_it_was_written() -> None:
    """After the command that came before it."""

    text = LISTING.replace("    kfree(buffer)\n", '    printk("done\\n")\n    kfree(buffer)\n')

    assert ("[kernel] done",) == console(traced(text, "sensor*4 khelper*3 sensor*3")).lines


# ---- everywhere ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [vectors, ledger])
def test_html_fetches_nothing_and_takes_its_colours_from_the_page(what) -> None:
    """No script, no address; every colour is the host's, with a fallback."""

    html = what(traced())._repr_html_()

    assert not re.search(r"<script|https?:|url\(|@import", html)
    assert not re.search(r"(?<!, )#[0-9a-f]{3,6}\b(?!\))", html)
