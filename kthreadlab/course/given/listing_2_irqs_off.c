/* Listing Two, with interrupts off where the data are used, and no lock. */
static DECLARE_WAIT_QUEUE_HEAD(myevent_waitqueue);	/*@ queue */
static unsigned int myevent_id;	/* who; 0: nobody */	/*@ id */

static int mykthread(void *unused)			/*@ thread */
{
	unsigned int event_id;
	DECLARE_WAITQUEUE(wait, current);		/*@ wait */

	daemonize("mykthread");				/*@ daemonize */
	allow_signal(SIGKILL);				/*@ allow */

	add_wait_queue(&myevent_waitqueue, &wait);	/*@ add */
	for (;;) {					/*@ loop */
		set_current_state(TASK_INTERRUPTIBLE);	/*@ declare */
		schedule();				/*@ schedule */

		if (signal_pending(current))		/*@ signal */
			break;				/*@ break */

		local_irq_disable();			/*@ off */
		event_id = myevent_id;			/*@ fetch */
		myevent_id = 0;				/*@ clear */
		local_irq_enable();			/*@ on */

		if (event_id)				/*@ test */
			run_umode_handler(event_id);	/*@ helper */
	}

	set_current_state(TASK_RUNNING);		/*@ running */
	remove_wait_queue(&myevent_waitqueue, &wait);	/*@ remove */
	return 0;					/*@ return */
}
