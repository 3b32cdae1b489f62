myevent_handler = char_array(256)
raise NotImplementedError()


def run_umode_handler(event_id: u32):
    raise NotImplementedError()
