/* Two lines of the thread are exchanged: allow_signal comes first. */
static DECLARE_WAIT_QUEUE_HEAD(myevent_waitqueue);	/*@ queue */
static DEFINE_RWLOCK(myevent_lock);			/*@ lock */
static unsigned int myevent_id;	/* who; 0: nobody */	/*@ id */

static int mykthread(void *unused)			/*@ thread */
{
	unsigned int event_id;
	DECLARE_WAITQUEUE(wait, current);		/*@ wait */

	allow_signal(SIGKILL);				/*@ allow */
	daemonize("mykthread");				/*@ daemonize */

	add_wait_queue(&myevent_waitqueue, &wait);	/*@ add */
	for (;;) {					/*@ loop */
		set_current_state(TASK_INTERRUPTIBLE);	/*@ declare */
		schedule();				/*@ schedule */

		if (signal_pending(current))		/*@ signal */
			break;				/*@ break */

		read_lock(&myevent_lock);		/*@ read */
		if (myevent_id) {			/*@ test */
			event_id = myevent_id;		/*@ fetch */
			read_unlock(&myevent_lock);	/*@ unlock */
			run_umode_handler(event_id);	/*@ helper */
		} else {				/*@ else */
			read_unlock(&myevent_lock);	/*@ nothing */
		}
	}

	set_current_state(TASK_RUNNING);		/*@ running */
	remove_wait_queue(&myevent_waitqueue, &wait);	/*@ remove */
	return 0;					/*@ return */
}
