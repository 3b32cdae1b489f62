static char myevent_handler[256] = "/bin/alert";	/*@ handler */

/* Runs the registered program, and tells it who is in trouble. */
static void run_umode_handler(unsigned int event_id)	/*@ run */
{
	char *argv[2], *envp[4], *buffer;
	int value;

	if (!myevent_handler[0])			/*@ nobody */
		return;					/*@ none */
	buffer = kmalloc(32, GFP_KERNEL);		/*@ kmalloc */
	if (!buffer)					/*@ full */
		return;					/*@ dropped */
	snprintf(buffer, 32, "TROUBLED_DS=%u", event_id);	/*@ print */

	argv[0] = myevent_handler;			/*@ argv */
	argv[1] = NULL;
	envp[0] = "HOME=/";				/*@ envp */
	envp[1] = "PATH=/sbin:/bin:/usr/sbin:/usr/bin";
	envp[2] = buffer;
	envp[3] = NULL;

	value = call_usermodehelper(myevent_handler, argv, envp, 0);	/*@ call */
	if (value < 0)					/*@ failed */
		printk(KERN_WARNING "myevent: %s failed: %d\n", myevent_handler, value);	/*@ say */
	kfree(buffer);					/*@ kfree */
}
