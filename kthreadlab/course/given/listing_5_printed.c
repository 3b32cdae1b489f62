static char myevent_handler[256] = "/bin/alert";	/*@ handler */

/* Runs the registered program, step by step as the article does. */
static void run_umode_handler(int event_id)		/*@ run */
{
	char *argv[2], *envp[4], *buffer;
	int value;

	argv[0] = myevent_handler;			/*@ argv */
	argv[1] = NULL;
	buffer = kmalloc(32, GFP_KERNEL);		/*@ kmalloc */
	if (!buffer)					/*@ full */
		return;					/*@ dropped */
	sprintf(buffer, "TROUBLED_DS=%d", event_id);	/*@ print */
	if (!argv[0])	/* nobody registered? */	/*@ nobody */
		return;					/*@ none */

	envp[0] = "HOME=/";				/*@ envp */
	envp[1] = "PATH=/sbin:/bin:/usr/sbin:/usr/bin";
	envp[2] = buffer;
	envp[3] = NULL;

	value = call_usermodehelper(argv[0], argv, envp, 0);	/*@ call */
	kfree(buffer);					/*@ kfree */
}
