/* The driver is loaded. */
static int __init start_mykthread(void)	/*@ start */
{
	kernel_thread(mykthread, NULL,	/*@ make */
		CLONE_FS | CLONE_FILES |
		CLONE_SIGHAND | SIGCHLD);
	return 0;			/*@ return */
}
