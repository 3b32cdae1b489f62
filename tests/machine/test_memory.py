"""Memory: arrays, structs, text, pointers, the heap, stack objects; what is in bounds works, what is not is a fault."""

from __future__ import annotations

import pytest

from kthreadlab import Config, Scenario, Thread, explore
from tests.machine.drive import drive, fault, lines, printed
from tests.support import module

EV = 'ev = struct("ev", id=u32, next=ptr("ev"))\nhead = ptr("ev")\n'
NEW = "cast(ev, kmalloc(sizeof(ev), GFP_ATOMIC))"
ZEROED = "cast(ev, kzalloc(sizeof(ev), GFP_ATOMIC))"
QUEUE = "queue = DECLARE_WAIT_QUEUE_HEAD()\n"
TEXT = "b = char_array(4)\n"
DYING = {
    "array": ("q = ptr('array')\n", "a = array(u32, 3)", "x = q[0]"),
    "array_store": ("q = ptr('array')\n", "a = array(u32, 3)", "q[0] = 1"),
    "text": ("q = ptr('text')\n", "a = char_array(3)", "n = strlen(q)"),
    "text_store": ("q = ptr('text')\n", "a = char_array(3)", "strcpy(q, 'a')"),
    "struct": (EV + "q = ptr('ev')\n", "a = ev()", "x = q.id"),
    "struct_store": (EV + "q = ptr('ev')\n", "a = ev()", "q.id = 1"),
}

WORKS = {
    "an_array_keeps_each_element": ("", ["a = array(u32, 4)", "a[3] = 5", "a[0] = a[3] + 1"], "a[3] * 10 + a[0]", "56"),
    "an_element_has_its_width": ("", ["a = array(u8, 4)", "a[1] = 300", "a[1] += 1"], "a[1]", "45"),
    "a_static_array_begins_with_zeros": ("t = array(u32, 3)\n", ["t[2] = 7"], "t[0] + t[1] + t[2]", "7"),
    "an_array_can_be_walked": ("", ["a = [1, 2, 3]", "s = 0", "for x in a:", "    s += x"], "s", "6"),
    "a_field_has_its_width": (EV, ["e = ev()", "e.id = 0x1FFFFFFFF"], "e.id == 0xFFFFFFFF", "1"),
    "a_fields_pointer_begins_as_null": (EV, ["e = ev()"], "e.next == NULL", "1"),
    "fields_can_be_reached_through_fields": (
        EV,
        ["global head", f"head = {ZEROED}", f"head.next = {ZEROED}", "head.next.id = 3", "head.next.id += 4"],
        "head.next.id * 10 + head.id",
        "70",
    ),
    "kzalloc_gives_zeros": (EV, [f"e = {ZEROED}"], "e.id + (e.next == NULL)", "1"),
    "a_list_by_pointers": (
        EV,
        [
            "global head",
            *("for i in range(1, 4):", f"    e = {NEW}", "    e.id = i", "    e.next = head", "    head = e"),
            *("n = 0", "e = head", "while e != NULL:", "    n = n * 10 + e.id", "    e = e.next"),
            *("while head != NULL:", "    e = head", "    head = e.next", "    kfree(e)"),
        ],
        "n",
        "321",
    ),
    "a_freed_address_held_is_not_given_again": (
        EV,
        [f"e = {NEW}", "kfree(e)", f"g = {NEW}"],
        "e == g",
        "0",
    ),
    "kfree_of_null_is_allowed": ("", ["kfree(NULL)"], "1", "1"),
    "an_impossible_size_gives_null": ("", ["p = kmalloc(-1, GFP_ATOMIC)"], "p == NULL", "1"),
    "heap_memory_becomes_text_when_written": (
        "",
        ["p = kmalloc(5, GFP_ATOMIC)", "sprintf(p, '%d', 1234)"],
        "strlen(p) * 100 + p[3]",
        "452",
    ),
    "heap_memory_becomes_text_by_its_elements": (
        "",
        ["p = kmalloc(5, GFP_ATOMIC)", "p[0] = 65", "p[1] = 0"],
        "strcmp(p, 'A')",
        "0",
    ),
    "text_is_cut_by_a_nul": (TEXT, ["strcpy(b, 'abc')", "b[1] = '\\0'"], "strlen(b)", "1"),
    "a_character_beside_an_element": (TEXT, ["strcpy(b, 'abc')"], "(b[0] == 'a') + (b[3] == '\\0')", "2"),
    "a_literal_is_text": ("", ["p = 'abc'"], "p[1] * 10 + p[3]", "980"),
    "strncpy_copies_at_most_n": (TEXT, ["strncpy(b, 'abcdef', 3)"], "strlen(b)", "3"),
    "text_compares_as_in_c": (
        TEXT,
        ["strcpy(b, 'ab')", "x = strcmp(b, 'abc') < 0", "y = strcmp(b, 'aa') > 0"],
        "x + y + (strcmp(b, 'ab') == 0)",
        "3",
    ),
    "zeroed_heap_memory_is_an_empty_text": ("", ["p = kzalloc(5, GFP_ATOMIC)"], "strlen(p)", "0"),
    "a_field_within_a_small_allocation": (EV, ["e = cast(ev, kmalloc(4, GFP_ATOMIC))", "e.id = 4"], "e.id", "4"),
    "memset_to_zero_empties_a_text": (TEXT, ["strcpy(b, 'abc')", "memset(b, 0, 4)"], "strlen(b)", "0"),
    "an_object_lives_on_in_calls": (
        "def fill(a):\n    a[1] = 9\n\n",
        ["a = array(u32, 2)", "fill(a)"],
        "a[1]",
        "9",
    ),
}

FAULTS = {
    "index_past_the_end": ("", ["a = array(u32, 4)", "a[4] = 5"], "out_of_bounds"),
    "index_below_the_start": ("", ["a = array(u32, 4)", "i = -1", "x = a[i]"], "out_of_bounds"),
    "index_past_the_end_by_variable": ("", ["a = array(u32, 4)", "i = 4", "x = a[i]"], "out_of_bounds"),
    "index_of_a_static": ("t = array(u8, 3)\n", ["global t", "i = 3", "t[i] = 1"], "out_of_bounds"),
    "index_of_a_list": ("", ["a = [1, 2, 3]", "y = a[3]"], "out_of_bounds"),
    "character_past_the_capacity": (TEXT, ["x = b[4]"], "out_of_bounds"),
    "character_past_a_literal": ("", ["p = 'abc'", "y = p[4]"], "out_of_bounds"),
    "character_past_heap_memory": ("", ["p = kmalloc(2, GFP_ATOMIC)", "p[2] = 1"], "out_of_bounds"),
    "field_past_a_small_allocation": (EV, ["e = cast(ev, kmalloc(4, GFP_ATOMIC))", "e.next = NULL"], "out_of_bounds"),
    "heap_text_before_it_is_written": ("", ["p = kmalloc(5, GFP_ATOMIC)", "n = strlen(p)"], "uninitialised_local"),
    "bit_past_the_width": ("w = u32(0)\n", ["global w", "set_bit(32, w)"], "out_of_bounds"),
    "text_that_lacks_room_for_its_nul": (TEXT, ["strcpy(b, 'abcd')"], "text_overflow"),
    "heap_text_that_lacks_room": ("", ["p = kmalloc(4, GFP_ATOMIC)", "sprintf(p, 'abcd')"], "text_overflow"),
    "memset_past_the_end": (TEXT, ["memset(b, 0, 5)"], "text_overflow"),
    "a_literal_is_constant": ("", ["p = 'abc'", "p[0] = 1"], "bad_pointer"),
    "field_of_null": (EV, ["e = head", "x = e.id"], "null_pointer"),
    "store_to_a_field_of_null": (EV, ["e = head", "e.id = 1"], "null_pointer"),
    "text_at_null": ("", ["strcpy(NULL, 'a')"], "null_pointer"),
    "text_from_null": (TEXT, ["strcpy(b, NULL)"], "null_pointer"),
    "length_of_null": ("", ["x = NULL", "n = strlen(x)"], "null_pointer"),
    "heap_memory_before_it_is_written": (EV, [f"e = {NEW}", "x = e.id"], "uninitialised_local"),
    "local_perhaps_not_assigned": ("", ["if current.pid == 7:", "    x = 1", "y = x"], "uninitialised_local"),
    "load_after_free": (EV, [f"e = {ZEROED}", "kfree(e)", "x = e.id"], "use_after_free"),
    "store_after_free": (EV, [f"e = {ZEROED}", "kfree(e)", "e.id = 1"], "use_after_free"),
    "text_after_free": ("", ["p = kmalloc(9, GFP_ATOMIC)", "kfree(p)", "sprintf(p, 'a')"], "use_after_free"),
    "load_after_free_and_reuse": (
        EV,
        [f"e = {ZEROED}", "kfree(e)", f"g = {ZEROED}", "x = e.id"],
        "use_after_free",
    ),
    "double_free": (EV, [f"e = {ZEROED}", "kfree(e)", "kfree(e)"], "double_free"),
    "double_free_after_reuse": (EV, [f"e = {ZEROED}", "kfree(e)", f"g = {ZEROED}", "kfree(e)"], "double_free"),
    "double_free_by_a_copy": (EV, [f"e = {ZEROED}", "f = e", "kfree(f)", "kfree(e)"], "double_free"),
    "kfree_of_a_static": (TEXT, ["kfree(b)"], "bad_pointer"),
    "entry_left_on_the_queue": (
        QUEUE + "def join():\n    w = DECLARE_WAITQUEUE(current)\n    add_wait_queue(queue, w)\n\n",
        ["join()", "wake_up(queue)"],
        "dangling_entry",
    ),
    "entry_taken_off_twice": (
        QUEUE,
        ["w = DECLARE_WAITQUEUE(current)", "remove_wait_queue(queue, w)"],
        "not_queued",
    ),
    "entry_added_twice": (
        QUEUE,
        ["w = DECLARE_WAITQUEUE(current)", "add_wait_queue(queue, w)", "add_wait_queue(queue, w)", "wake_up(queue)"],
        "corrupted_queue",
    ),
    "queue_without_init": ("q = wait_queue_head_t()\n", ["wake_up(q)"], "uninitialised_queue"),
    "spinlock_without_init": ("q = spinlock_t()\n", ["spin_lock(q)"], "uninitialised_lock"),
    "rwlock_without_init": ("q = rwlock_t()\n", ["read_lock(q)"], "uninitialised_lock"),
}


@pytest.mark.parametrize("claim", WORKS)
def test_memory_in_bounds(claim: str) -> None:
    """What C defines does what C says."""

    before, body, shown, result = WORKS[claim]
    trace = drive(before + "\n" + lines(*body, f'printk("%d", {shown})'))
    assert ("", [result]) == (fault(trace), printed(trace))


@pytest.mark.parametrize("claim", FAULTS)
def test_memory_out_of_bounds(claim: str) -> None:
    """What C leaves to chance ends the path, with the cause that the hints know."""

    before, body, cause = FAULTS[claim]
    assert cause == fault(drive(before + "\n" + lines(*body)))


@pytest.mark.parametrize("kind", DYING)
def test_an_object_dies_with_its_function(kind: str) -> None:
    """SEMANTICS: stack objects die when their function returns; a pointer to one then dangles."""

    statics, made, use = DYING[kind]
    text = f"{statics}\n\ndef keep():\n    global q\n    {made}\n    q = a\n\n\n" + lines("keep()", use)
    assert "dead_stack" == fault(drive(text))


def test_a_dead_object_comes_to_life_anew_with_its_function() -> None:
    """The second call's object is not the first's: it begins with zeros again."""

    text = "def f():\n    a = array(u32, 2)\n    a[0] += 1\n    return a[0]\n\n\n"
    assert ["11"] == printed(drive(text + lines("x = f()", "y = f()", 'printk("%d", x * 10 + y)')))


def test_a_slot_whose_address_nobody_holds_is_used_again() -> None:
    """SEMANTICS 4: heap slots, lowest free one; so a thread that allocates for ever has finitely many states."""

    body = ["while 1:", "    p = kmalloc(8, GFP_ATOMIC)", "    kfree(p)", "    p = NULL", "    schedule()"]
    found = explore(module(lines(*body)), Scenario("loop", threads=["mykthread"]), Config())
    assert found.complete
    assert found.states < 50


def test_a_thread_that_keeps_what_it_allocates_fills_the_heap() -> None:
    """A list that only grows is a leak, and not an endless search."""

    body = ["global head", "while 1:", f"    e = {ZEROED}", "    e.next = head", "    head = e", "    schedule()"]
    found = explore(module(EV + "\n" + lines(*body)), Scenario("loop", threads=["mykthread"]), Config())
    assert (False, "heap_full") == (found.verdicts["no_leak"].holds, found.verdicts["no_leak"].cause)


SLEEP = ["set_current_state(TASK_INTERRUPTIBLE)", "schedule()"]
LEAKS = {
    "freed": ([f"e = {ZEROED}", "kfree(e)", *SLEEP], None),
    "lost_by_return": ([f"e = {ZEROED}"], "at_exit"),
    "lost_by_assignment": ([f"e = {ZEROED}", "e = NULL", *SLEEP], "lost"),
    "kept_by_a_static_at_rest": (["global head", f"head = {ZEROED}", *SLEEP], None),
    "kept_by_a_local_at_rest": ([f"e = {ZEROED}", *SLEEP, "kfree(e)"], None),
    "kept_by_a_static_at_exit": (["global head", f"head = {ZEROED}"], None),
    "kept_through_a_field_at_exit": (["global head", f"head = {ZEROED}", f"head.next = {ZEROED}"], None),
    "tail_cut_off": (["global head", f"head = {ZEROED}", f"head.next = {ZEROED}", "head.next = NULL", *SLEEP], "lost"),
    "freed_twice": ([f"e = {ZEROED}", "kfree(e)", "kfree(e)"], "double_free"),
}


@pytest.mark.parametrize("config", [Config(cpus=1), Config(cpus=4)], ids=str)
@pytest.mark.parametrize("claim", LEAKS)
def test_what_nobody_can_reach_is_leaked(claim: str, config: Config) -> None:
    """I7: freed exactly once on every path; at its exit, what no static reaches is leaked."""

    body, cause = LEAKS[claim]
    made = module(EV + "\n" + lines(*body))
    verdict = explore(made, Scenario("leak", threads=[Thread("mykthread")]), config).verdicts["no_leak"]
    assert (cause is None, cause or "") == (verdict.holds, verdict.cause)
