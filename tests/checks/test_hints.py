"""Every way a property can fail has a headline and four hints that read well."""

import re

import pytest

from kthreadlab.checks.catalogue import PROPERTIES
from kthreadlab.checks.labs import PREEMPTION
from kthreadlab.checks.texts import TEXTS, sentence

KEYS = sorted((name, cause) for name, text in TEXTS.items() for cause in text.causes)
DECLARED = {
    "no_oops": "null_pointer uninitialised_lock uninitialised_queue divide_by_zero overflow shift bug"
    " uninitialised_local not_queued bad_pointer",
    "no_dangling": "dangling_entry poisoned_entry corrupted_queue corrupted_list use_after_free ended_task"
    " out_of_bounds dead_stack text_overflow unloaded left_behind",
    "delivered": "slept_through before_first_sleep during_helper mask_mismatch not_queued overwritten exited stuck"
    " fault busy",
    "delivered_when_asleep": "slept_through before_first_sleep during_helper mask_mismatch not_queued overwritten"
    " exited stuck fault busy",
    "no_stale_helper": "stale_id unknown_id",
    "never_sleeps_atomic": "lock_held irqs_off bh_off preempt_off interrupt",
    "locks_balanced": "not_held wrong_form exit_held recursive read_twice sleeps_on",
    "sleeps_when_idle": "busy_loop storm polling exits uninterruptible deadlock endless_loop stuck fault runaway",
    "dies_cleanly": "stays zombie on_queue state code other_signal fault busy",
    "no_leak": "lost at_exit at_return double_free heap_full",
    "survives_preemption": "preemption",
    "irq_safe": "interrupt_deadlock",
    "context_restored": "irqs_off bh_off preempt_off",
    "returns": "circle lock mutex rw_semaphore semaphore completion stop timer work handler child wakeup helper stuck"
    " busy fault",
    "ends_when_told": "stays busy fault",
    "passes_through": "deaf woken_by_signals sleeps goes_on stays busy fault",
    "no_data_race": "plain",
    "no_zombie": "unwaited passed_by fault",
    "tells_failure": "silent false_alarm",
    "identity": "name parent signals user_memory",
    "exec_vector": "not_terminated argv0 argv_extra home path id not_run unreadable text_overflow out_of_bounds",
    "large_ids": "id",
    "survives_failure": "silent leak exec_of_nothing exec_when_unset next_lost never_returns fault busy",
    "registration": "no_file elsewhere writable refused cut overflow unreadable read stale_path wrong_path",
}


def sentences_in(text: str) -> int:
    """How many sentences *text* has, quoted code and `return` lines not counted as ends."""
    return len(re.findall(r"[.?!]'?(?=\s|$)", text))


def test_every_cause_of_every_property_has_a_headline():
    """The catalogue's causes are the declared ones, no more and no fewer."""

    assert {name: set(causes.split()) for name, causes in DECLARED.items()} == {
        n: set(t.causes) for n, t in TEXTS.items()
    }


def test_every_property_has_a_title_and_a_rule():
    """A report never shows a bare name."""

    assert set(DECLARED) == set(TEXTS)
    assert all(text.rule and 0 < len(text.title) <= 60 for text in TEXTS.values())


@pytest.mark.parametrize("key", KEYS)
def test_a_failure_has_four_hints_of_one_or_two_sentences(key):
    """Four rungs, all different, none longer than two sentences."""

    name, cause = key
    rungs = TEXTS[name].causes[cause].hints

    assert len(rungs) == 4 == len(set(rungs))
    assert [r for r in rungs if not 1 <= sentences_in(r) <= 2] == []
    assert [r for r in rungs if r != r.strip() or "  " in r] == []


@pytest.mark.parametrize("key", KEYS)
def test_a_headline_needs_no_field_and_takes_them_all(key):
    """A witness that knows nothing makes a sentence, and so does one that knows everything."""

    bare = sentence(*key)
    full = sentence(*key, thread="mykthread", task="sensor", id=7, lock="myevent_lock", queue="q", line=31, holder="m")

    assert bare.endswith(".") and "{" not in bare and bare[0].isupper()
    assert full.endswith(".") and "{" not in full and "x" not in full.split()


def test_every_property_that_a_search_decides_has_its_text():
    """And nothing is said of a property that there is not."""

    assert {*PROPERTIES, PREEMPTION} == set(TEXTS)


def test_a_missing_key_is_an_error():
    """Whoever invents a cause learns it from the tests, not from a student."""

    with pytest.raises(KeyError):
        sentence("delivered", "sunspots")


def test_a_headline_names_the_thread_and_the_id():
    """The sentence of the article's own bug."""

    expected = (
        "mykthread slept on while id 9 was pending: the report came while the helper was running, "
        "and nothing woke mykthread again."
    )

    assert expected == sentence("delivered", "during_helper", thread="mykthread", id=9)


def test_a_headline_can_say_what_the_machine_saw():
    """The place and the detail, and the name of the property that preemption turned."""

    assert "sensor reaches past the end of an object at line 9 (index 8 of 8)." == sentence(
        "no_dangling", "out_of_bounds", task="sensor", line=9, detail="index 8 of 8"
    )
    assert "delivered holds without preemption and fails with it, on one CPU." == sentence(
        "survives_preemption", "preemption", property="delivered"
    )
