# title: writes the digits itself
# fails:
# unexercised:
myevent_handler = char_array(256)
myevent_row = ctl_table(KERN_MYEVENT_HANDLER, "myevent_handler", myevent_handler, 256, 0o644, NULL, proc_dostring,
                        sysctl_string)


def write_decimal(text, at, number):
    """Put number's decimal digits into text from place at on, and a NUL behind them."""
    digits = 1
    rest = number
    while rest > 9:
        rest = rest // 10
        digits += 1
    text[at + digits] = '\0'
    while digits > 0:
        digits -= 1
        text[at + digits] = 48 + number % 10
        number = number // 10


def run_umode_handler(event_id: u32):
    text = char_array(24)
    if myevent_handler[0] == '\0':
        return
    strcpy(text, "TROUBLED_DS=")
    write_decimal(text, 12, event_id)
    argv = [myevent_handler, NULL]
    envp = ["HOME=/", "PATH=/sbin:/bin:/usr/sbin:/usr/bin", text, NULL]
    value = call_usermodehelper(argv[0], argv, envp, 0)
    if value < 0:
        printk(KERN_ERR + "myevent: %s: error %d\n", argv[0], value)
