/* The file /proc/sys/kernel/myevent_handler, as nobody should have it. */
static ctl_table myevent_table[] = {
	{KERN_MYEVENT_HANDLER, "myevent_handler", &myevent_handler,	/*@ row */
	 256, 0666, NULL, &proc_dostring, &sysctl_string},
	{0}
};
