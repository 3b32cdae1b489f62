/* The same without SIGCHLD. */
static int checker(void *unused)	/*@ checker */
{
	cond_resched();			/*@ work */
	return 0;			/*@ return */
}

int start_checker(void)			/*@ start */
{
	return kernel_thread(checker, NULL, /*@ make */
		CLONE_FS | CLONE_FILES |
		CLONE_SIGHAND);
}
