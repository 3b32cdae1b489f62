myevent_handler = char_array(256)


def run_umode_handler(event_id: u32):
    return
