# title: report_event runs the helper itself, in an interrupt too
# bug: KERNEL 5.1, 6.3; M10
# root: never_sleeps_atomic
# fails: never_sleeps_atomic
# follows: returns
# unexercised: context_restored, delivered_when_asleep, irq_safe
# dear: a search of seconds
def report_event(event_id: u32):
    run_umode_handler(event_id)


def fetch_event():
    return 0
