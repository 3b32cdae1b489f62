/* How a thread is put to sleep, and by whom it is woken. */
static DECLARE_WAIT_QUEUE_HEAD(myevent_waitqueue);	/*@ queue */

static int mykthread(void *unused)			/*@ thread */
{
	DECLARE_WAITQUEUE(wait, current);		/*@ wait */

	daemonize("mykthread");				/*@ daemonize */
	allow_signal(SIGKILL);				/*@ allow */

	add_wait_queue(&myevent_waitqueue, &wait);	/*@ add */
	for (;;) {					/*@ loop */
		set_current_state(TASK_INTERRUPTIBLE);	/*@ declare */
		schedule();				/*@ schedule */
		/* Point A */
		if (signal_pending(current))		/*@ signal */
			break;				/*@ break */
	}

	set_current_state(TASK_RUNNING);		/*@ running */
	remove_wait_queue(&myevent_waitqueue, &wait);	/*@ remove */
	return 0;					/*@ return */
}

void report_event(void)					/*@ report */
{
	wake_up_interruptible(&myevent_waitqueue);	/*@ wake */
}
