"""What each version of the kernel lacks, as its declarations say: calls, declarations and constants."""

from __future__ import annotations

import pytest

from kthreadlab.lang.api import CALLS, CONSTANTS, NAMED, OBJECTS
from kthreadlab.lang.profile import PROFILES

AFTER_2_4 = set(
    "rcu_head call_rcu rcu_read_lock rcu_read_unlock rcu_dereference rcu_assign_pointer "
    "allow_signal disallow_signal DEFINE_WAIT init_wait prepare_to_wait prepare_to_wait_exclusive finish_wait"
    " wait_event_interruptible_exclusive wait_event_timeout wait_event_interruptible_timeout"
    " wait_for_completion_timeout wait_for_completion_interruptible preempt_disable preempt_enable might_sleep"
    " in_atomic irqs_disabled read_trylock kthread_create kthread_run kthread_bind kthread_should_stop kthread_stop"
    " get_task_struct put_task_struct try_to_freeze refrigerator freezing scnprintf kzalloc downgrade_write"
    " try_module_get __module_get module_put module_put_and_exit dequeue_signal_lock"
    " msleep ssleep msleep_interruptible io_schedule io_schedule_timeout get_jiffies_64 msecs_to_jiffies"
    " list_splice_init"
    " jiffies_to_msecs usecs_to_jiffies jiffies_to_usecs kref kref_init kref_get kref_put"
    " wait_for_completion_interruptible_timeout set_user_nice num_online_cpus ARRAY_SIZE pr_info pr_debug"
    " kcalloc DECLARE_WORK work_struct"
    " INIT_WORK schedule_work flush_scheduled_work create_workqueue create_singlethread_workqueue queue_work"
    " flush_workqueue destroy_workqueue schedule_delayed_work queue_delayed_work cancel_delayed_work".split()
)
AFTER_2_6_11 = set(
    "synchronize_rcu rcu_barrier "
    "kstrdup kasprintf setup_timer DEFINE_TIMER DEFINE_MUTEX mutex mutex_init mutex_lock"
    " mutex_lock_interruptible mutex_trylock mutex_unlock mutex_is_locked set_freezable wait_event_freezable"
    " schedule_timeout_interruptible schedule_timeout_uninterruptible round_jiffies round_jiffies_relative"
    " list_replace_init list_first_entry"
    " atomic_cmpxchg atomic_xchg atomic_add_unless atomic_inc_not_zero sched_setscheduler mutex_lock_nested"
    " spin_lock_nested DECLARE_DELAYED_WORK delayed_work"
    " INIT_DELAYED_WORK delayed_work_pending cancel_work_sync cancel_delayed_work_sync cancel_rearming_delayed_work"
    " work_pending".split()
)
AFTER_2_6_24 = set(
    "list_splice_tail list_splice_tail_init list_is_singular flush_work to_delayed_work down_timeout"
    " try_wait_for_completion completion_done ACCESS_ONCE time_is_before_jiffies time_is_after_jiffies"
    " pr_emerg pr_alert pr_crit pr_err pr_warning pr_notice pr_cont".split()
)
AFTER_2_6_32 = set(
    "wait_event_lock_irq kthread_park kthread_unpark kthread_should_park kthread_parkme "
    "DEFINE_SEMAPHORE timer_setup strscpy kthread_freezable_should_stop register_sysctl kthread_exit"
    " kthread_complete_and_exit READ_ONCE WRITE_ONCE usleep_range module_put_and_kthread_exit kernel_dequeue_signal"
    " list_last_entry list_first_entry_or_null"
    " REFCOUNT_INIT refcount_t refcount_set refcount_read refcount_inc refcount_dec refcount_dec_and_test"
    " refcount_inc_not_zero kref_get_unless_zero kref_read IS_ERR_OR_NULL pr_warn reinit_completion sched_set_fifo"
    " smp_load_acquire smp_store_release timer_delete timer_delete_sync timer_shutdown timer_shutdown_sync"
    " wq_has_single_sleeper wq_has_sleeper alloc_workqueue alloc_ordered_workqueue mod_delayed_work"
    " flush_delayed_work tasklet_setup".split()
)
GONE_BY_2_6_32 = {"kill_proc"}
GONE_BY_6_12 = GONE_BY_2_6_32 | set(
    "daemonize reparent_to_init kernel_thread sleep_on interruptible_sleep_on DECLARE_MUTEX DECLARE_MUTEX_LOCKED"
    " init_MUTEX init_MUTEX_LOCKED SPIN_LOCK_UNLOCKED RW_LOCK_UNLOCKED init_timer setup_timer TIMER_INITIALIZER"
    " refrigerator register_sysctl_table strlcpy do_exit complete_and_exit ACCESS_ONCE sys_wait4"
    " module_put_and_exit send_sig_info force_sig dequeue_signal dequeue_signal_lock cancel_rearming_delayed_work"
    " sleep_on_timeout interruptible_sleep_on_timeout INIT_COMPLETION sched_setscheduler pr_warning".split()
)
LACKS = {
    "2.4": AFTER_2_4 | AFTER_2_6_11 | AFTER_2_6_24 | AFTER_2_6_32,
    "2.6.11": AFTER_2_6_11 | AFTER_2_6_24 | AFTER_2_6_32,
    "2.6.24": AFTER_2_6_24 | AFTER_2_6_32,
    "2.6.32": AFTER_2_6_32 | GONE_BY_2_6_32,
    "6.12": GONE_BY_6_12,
}
NO_WAITS = dict.fromkeys(["UMH_NO_WAIT", "UMH_WAIT_EXEC", "UMH_WAIT_PROC", "UMH_KILLABLE", "UMH_FREEZABLE"])
NO_NEW_WAITS = dict.fromkeys(["UMH_KILLABLE", "UMH_FREEZABLE"])
NO_FLAGS = dict.fromkeys(["WQ_UNBOUND", "WQ_FREEZABLE", "WQ_MEM_RECLAIM", "WQ_HIGHPRI"])
NO_IRQF, NO_SA = dict.fromkeys(["IRQF_SHARED", "IRQF_DISABLED"]), dict.fromkeys(["SA_INTERRUPT", "SA_SHIRQ"])
CHANGED = {
    "2.4": {**NO_WAITS, **NO_FLAGS, **NO_IRQF, "PF_FREEZE": None, "PF_NOFREEZE": None, "HZ": 100},
    "2.6.11": {**NO_WAITS, **NO_FLAGS, **NO_IRQF},
    "2.6.24": {**NO_NEW_WAITS, **NO_FLAGS, **NO_SA, "HZ": 250},
    "2.6.32": {**NO_NEW_WAITS, **NO_FLAGS, **NO_SA, "HZ": 250},
    "6.12": {
        **NO_SA,
        "IRQF_DISABLED": None,
        "UMH_NO_WAIT": 0,
        "UMH_WAIT_EXEC": 1,
        "UMH_WAIT_PROC": 2,
        "PF_FREEZE": None,
        "HZ": 250,
    },
}


@pytest.mark.parametrize("version", PROFILES)
def test_what_a_version_lacks(version):
    """Calls and declarations that came later or had gone, constants that are others, arguments that came later."""

    assert LACKS[version] == PROFILES[version].missing
    assert CHANGED[version] == PROFILES[version].constants
    grown = {"daemonize": 0, "call_usermodehelper": 3} if version == "2.4" else {}
    shrunk = {} if version in ("2.4", "2.6.11") else {"INIT_WORK": 2}
    assert grown | shrunk == PROFILES[version].arity


def test_every_name_is_in_some_version_and_its_bounds_are_in_order():
    """No declaration is there for nobody, none came after it went, and no change is outside of its time."""

    def order(version):
        return [int(part) for part in version.split(".")]

    entries = {**CALLS, **OBJECTS, **{name: NAMED[name].versions for name in CONSTANTS}}
    nowhere = {n for n in entries if all(n in p.missing or p.constants.get(n, 0) is None for p in PROFILES.values())}
    turned = {n for n, x in entries.items() if x.since and x.until and order(x.since) >= order(x.until)}
    early = {
        n for n in CONSTANTS for v in entries[n].changed if entries[n].since and order(v) < order(entries[n].since)
    }

    assert (set(), set(), set()) == (nowhere, turned, early)
