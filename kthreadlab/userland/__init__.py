"""User space: the programs that call_usermodehelper starts, described or real."""
