"""KERNEL 6.6: what a file under /proc/sys keeps of what is written to it, and gives back.

First proc_dostring by itself, rule by rule; then the same through a row of ctl_table, by a process that writes and
reads, in each version of the kernel.
"""

from __future__ import annotations

import pytest

from kthreadlab import Call, Config, Read, Scenario, Write, done, replay
from kthreadlab.kernel.sysctl import read_string, write_string
from kthreadlab.trace.events import Trace
from tests.machine.drive import schedule_of
from tests.support import module

MAXLEN = 256
LONG = "/" + "x" * 300
"""Longer than what the row's 256 bytes hold, whatever is cut."""

# ---- proc_dostring: a write


WRITES = {
    "newline": ("/bin/alert\n", "/bin/alert"),
    "no newline": ("/bin/alert", "/bin/alert"),
    "a path on two lines": ("/bin/alert\n/bin/other\n", "/bin/alert"),
    "NUL": ("/bin/alert\0arg", "/bin/alert"),
    "NUL before a newline": ("/bin\0/alert\n", "/bin"),
    "newline before a NUL": ("/bin\n/alert\0", "/bin"),
    "only a newline": ("\n", ""),
    "only a NUL": ("\0", ""),
    "newline first": ("\n/bin/alert\n", ""),
    "blank inside": ("/bin/alert arg\n", "/bin/alert arg"),
    "blanks around": ("  /bin/alert  \n", "  /bin/alert  "),
    "tab": ("/bin/alert\t\n", "/bin/alert\t"),
    "carriage return": ("/bin/alert\r\n", "/bin/alert\r"),
    "quotes": ("'/bin/alert'\n", "'/bin/alert'"),
    "relative": ("alert\n", "alert"),
    "254 characters": ("x" * 254, "x" * 254),
    "255 characters": ("x" * 255, "x" * 255),
    "256 characters": ("x" * 256, "x" * 255),
    "300 characters": ("x" * 300, "x" * 255),
    "255 and a newline": ("x" * 255 + "\n", "x" * 255),
    "256 and a newline": ("x" * 256 + "\n", "x" * 255),
    "newline behind the cut": ("x" * 300 + "\nrest", "x" * 255),
}
BEHAVIOURS = {"starts over": False, "strict": True}


@pytest.mark.parametrize("strict", BEHAVIOURS.values(), ids=BEHAVIOURS)
@pytest.mark.parametrize(("data", "kept"), WRITES.values(), ids=WRITES)
def test_what_a_write_keeps(data: str, kept: str, strict: bool) -> None:
    """Up to the first newline or NUL, cut silently to maxlen - 1; nothing else is stripped; all of it counts as
    written."""

    assert (kept, len(data)) == write_string("/bin/old", MAXLEN, data, strict=strict)


@pytest.mark.parametrize("strict", BEHAVIOURS.values(), ids=BEHAVIOURS)
def test_a_write_of_nothing_changes_nothing(strict: bool) -> None:
    """`echo -n "" > file` makes no write call at all; a write of 0 bytes does nothing."""

    assert ("/bin/old", 0) == write_string("/bin/old", MAXLEN, "", strict=strict)


@pytest.mark.parametrize("offset", [0, 1, 4, 8, 9, 255, 1000])
def test_a_write_ignores_the_offset(offset: int) -> None:
    """2.6: every write replaces the value from its start."""

    assert ("alert", 6) == write_string("/bin/old", MAXLEN, "alert\n", offset=offset)


@pytest.mark.parametrize(
    ("offset", "kept"),
    [
        (0, "alert"),  # replaces
        (1, "/alert"),  # goes on at the offset; what stood behind it is gone
        (5, "/bin/alert"),
        (8, "/bin/oldalert"),  # right at the end: appended
        (9, "/bin/old"),  # behind the end: ignored
        (1000, "/bin/old"),
    ],
)
def test_a_strict_write_goes_on_at_the_offset(offset: int, kept: str) -> None:
    """6.12: sysctl_writes_strict = 1."""

    assert (kept, 6) == write_string("/bin/old", MAXLEN, "alert\n", offset=offset, strict=True)


def test_a_strict_write_stops_at_the_same_length() -> None:
    """6.12: copying stops at maxlen - 1, wherever it began."""

    assert ("x" * 250 + "y" * 5, 20) == write_string("x" * 250, MAXLEN, "y" * 20, offset=250, strict=True)
    assert ("x" * 255, 3) == write_string("x" * 255, MAXLEN, "yyy", offset=255, strict=True)


def written(*parts: str, strict: bool) -> str:
    """A string sent in several write calls on one open file: the offset moves with what was sent."""
    text, offset = "", 0
    for part in parts:
        text, returned = write_string(text, MAXLEN, part, offset=offset, strict=strict)
        offset += returned
    return text


@pytest.mark.parametrize(
    ("parts", "over", "strict"),
    [
        (("/bin", "/alert\n"), "/alert", "/bin/alert"),
        (("/", "bin", "/alert"), "/alert", "/bin/alert"),
        (("/bin/alert", "\n"), "", "/bin/alert"),
        (("/bin\n", "/alert\n"), "/alert", "/bin"),  # the second begins behind the end
        (("/bin/alert\n",), "/bin/alert", "/bin/alert"),
    ],
)
def test_a_string_sent_in_several_writes(parts: tuple[str, ...], over: str, strict: str) -> None:
    """2.6 keeps the last part; 6.12 puts them together."""

    assert over == written(*parts, strict=False)
    assert strict == written(*parts, strict=True)


@pytest.mark.parametrize("maxlen", [1, 2, 8, 16])
def test_the_row_says_how_much_fits(maxlen: int) -> None:
    """maxlen - 1 characters and the NUL."""

    assert ("/bin/alert"[: maxlen - 1], 11) == write_string("", maxlen, "/bin/alert\n")


def test_a_row_without_room_takes_nothing() -> None:
    """maxlen 0: reads and writes silently do nothing."""

    assert "" == write_string("", 0, "/bin/alert\n")[0]
    assert "" == read_string("/bin/alert", 0, 4096, 0)


# ---- proc_dostring: a read

READS = [
    # text, room, offset, 2.6.11, 2.6.24
    ("/bin/alert", 4096, 0, "/bin/alert\n", "/bin/alert\n"),
    ("", 4096, 0, "\n", "\n"),
    ("abc", 5, 0, "abc\n", "abc\n"),
    ("abc", 4, 0, "abc\n", "abc\n"),
    ("abc", 3, 0, "abc", "abc"),  # no room for the newline
    ("abc", 2, 0, "ab", "ab"),
    ("abc", 1, 0, "a", "a"),
    ("abc", 1, 1, "", "b"),
    ("abc", 4096, 1, "", "bc\n"),
    ("abc", 1, 3, "", "\n"),
    ("abc", 4096, 3, "", "\n"),
    ("abc", 4096, 4, "", ""),
    ("abc", 4096, 1000, "", ""),
    ("", 1, 0, "\n", "\n"),
    ("", 4096, 1, "", ""),
]


@pytest.mark.parametrize(("text", "room", "offset", "once", "continues"), READS)
def test_what_a_read_gives(text: str, room: int, offset: int, once: str, continues: str) -> None:
    """2.6.11: only at offset 0, the newline if there is room; 2.6.24 goes on at the offset."""

    assert once == read_string(text, MAXLEN, room, offset)
    assert continues == read_string(text, MAXLEN, room, offset, continues=True)


def test_a_read_gives_at_most_maxlen() -> None:
    """min(strlen, maxlen, buffer)."""

    assert "/bin\n" == read_string("/bin/alert", 4, 4096, 0)


def dd(text: str, bs: int, continues: bool) -> str:
    """`dd bs=N`: reads of N bytes until one gives nothing."""
    out, offset = "", 0
    while part := read_string(text, MAXLEN, bs, offset, continues=continues):
        out, offset = out + part, offset + len(part)
    return out


@pytest.mark.parametrize("bs", [1, 2, 3, 10, 11, 4096])
def test_dd_in_pieces(bs: int) -> None:
    """`dd bs=1` gives one character only, before 2.6.24."""

    assert "/bin/alert\n"[:bs] == dd("/bin/alert", bs, continues=False)
    assert "/bin/alert\n" == dd("/bin/alert", bs, continues=True)


@pytest.mark.parametrize("data", [data for data, _ in WRITES.values()] + [LONG])
def test_what_was_kept_is_read_back_with_a_newline(data: str) -> None:
    """A round trip."""

    kept, _ = write_string("", MAXLEN, data)
    assert kept + "\n" == read_string(kept, MAXLEN, 4096, 0)


# ---- the same through a row


PROFILES = ("2.4", "2.6.11", "2.6.24", "2.6.32", "6.12")
FILE = "/proc/sys/kernel/myevent_handler"
NUMBERED = """
myevent_handler = char_array({size}, "/bin/old")
myevent_row = ctl_table({number}, "myevent_handler", myevent_handler, {maxlen}, {mode}, NULL, proc_dostring,
                        sysctl_string)


def register():
    return 0


def unregister():
    return 0
"""
TODAY = """
myevent_handler = char_array({size}, "/bin/old")
myevent_row = ctl_table("myevent_handler", myevent_handler, {maxlen}, {mode}, proc_dostring)
header = NULL


def register():
    global header
    header = register_sysctl("kernel", myevent_row)


def unregister():
    unregister_sysctl_table(header)
"""


def file(profile: str, *writes: Write, reads: tuple[Read, ...] = (), **row: object) -> Trace:
    """The file is made; then everything is written, then read."""
    fields = {"number": "KERN_MYEVENT_HANDLER", "size": MAXLEN, "maxlen": MAXLEN, "mode": "0o644", **row}
    made = module((TODAY if profile == "6.12" else NUMBERED).format(**fields))
    calls = [Call("register", "register"), Call("unregister", "unregister", when=done("register"))]
    scenario = Scenario("file", calls=calls, writes=writes, reads=reads)
    config = Config(profile=profile)
    order = schedule_of(made, scenario, config, ("register", "write*", "read*"))
    return replay(made, scenario, config, " ".join(order))


def kept(trace: Trace) -> str:
    return trace.views[-1].statics["myevent_handler"]


def results(trace: Trace, op: str) -> list[int]:
    return [e.result for e in trace.events if e.op == op]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("data", "stored"), WRITES.values(), ids=WRITES)
def test_a_write_to_the_file(data: str, stored: str, profile: str) -> None:
    """A fresh open and one write, in every version."""

    trace = file(profile, Write(FILE, data))
    assert (stored, [len(data)]) == (kept(trace), results(trace, "write"))


@pytest.mark.parametrize("profile", PROFILES)
def test_each_writer_begins_anew(profile: str) -> None:
    """Two processes that each open the file: the last one stands."""

    trace = file(profile, Write(FILE, "/bin/alert\n"), Write(FILE, "/x\n"))
    assert ("/x", [11, 3]) == (kept(trace), results(trace, "write"))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("user", ["root", "nobody"])
def test_anybody_may_read(user: str, profile: str) -> None:
    """0644: what is there, and a newline."""

    trace = file(profile, Write(FILE, "/bin/alert\r\n"), reads=(Read(FILE, user=user),))
    (read,) = (e for e in trace.events if e.op == "read")
    assert ("/bin/alert\r\n", 12) == (read.detail("text"), read.result)


@pytest.mark.parametrize("profile", PROFILES)
def test_only_root_may_write(profile: str) -> None:
    """0644: -EPERM or -EACCES, and nothing changes."""

    trace = file(profile, Write(FILE, "/bin/alert\n", user="nobody"))
    assert "/bin/old" == kept(trace)
    assert results(trace, "write")[0] in (-1, -13)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_empty_write_is_no_write(profile: str) -> None:
    """`echo -n "" > file`."""

    assert "/bin/old" == kept(file(profile, Write(FILE, "")))


@pytest.mark.parametrize("profile", PROFILES)
def test_maxlen_0_does_nothing(profile: str) -> None:
    """Silently."""

    trace = file(profile, Write(FILE, "/bin/alert\n"), reads=(Read(FILE),), maxlen=0)
    assert ("/bin/old", [0]) == (kept(trace), results(trace, "read"))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("maxlen", [2, 8, 255, 256])
def test_maxlen_of_the_row_cuts(maxlen: int, profile: str) -> None:
    """Less than the array holds is allowed."""

    trace = file(profile, Write(FILE, "x" * 300), reads=(Read(FILE),), maxlen=maxlen)
    assert (maxlen - 1, [maxlen]) == (len(kept(trace)), results(trace, "read"))


@pytest.mark.parametrize("profile", [p for p in PROFILES if p != "6.12"])
def test_number_0_ends_the_table(profile: str) -> None:
    """ctl_name 0: no such file."""

    trace = file(profile, Write(FILE, "/bin/alert\n"), number=0)
    assert ("/bin/old", []) == (kept(trace), [n for n in results(trace, "write") if n != -2])


def test_today_there_is_no_file_before_it_is_registered_nor_after() -> None:
    """6.12: register_sysctl makes it, unregister_sysctl_table takes it away; a writer finds it only in between."""

    made = module(TODAY.format(size=MAXLEN, maxlen=MAXLEN, mode="0o644"))
    calls = [Call("register", "register"), Call("unregister", "unregister", when=done("register"))]
    writes = [Write(FILE, "/between\n", when=~done("unregister")), Write(FILE, "/late\n", when=done("unregister"))]
    scenario, config = Scenario("file", calls=calls, writes=writes), Config(profile="6.12")
    order = schedule_of(made, scenario, config, ("write*", "register", "unregister"))
    trace = replay(made, scenario, config, " ".join(order))
    assert ("/between", [9]) == (kept(trace), results(trace, "write"))
    steps = {e.op: e.step for e in trace.events}
    assert steps["register_sysctl"] < steps["write"] < steps["unregister_sysctl_table"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_write_by_one_who_may_not_read(profile: str) -> None:
    """0600: root only."""

    trace = file(profile, Write(FILE, "/bin/alert\n"), reads=(Read(FILE), Read(FILE, user="nobody")), mode="0o600")
    allowed, refused = results(trace, "read")
    assert ("/bin/alert", 11) == (kept(trace), allowed)
    assert refused in (-1, -13)
