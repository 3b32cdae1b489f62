/* Listing Four for whoever waits for a key, and may be called away. */
static DECLARE_WAIT_QUEUE_HEAD(keyboard);		/*@ queue */
static int key_pressed;					/*@ key */

int wait_for_key(void)					/*@ function */
{
	DECLARE_WAITQUEUE(wait, current);		/*@ wait */

	add_wait_queue(&keyboard, &wait);		/*@ add */
	for (;;) {					/*@ loop */
		set_current_state(TASK_INTERRUPTIBLE);	/*@ declare */
		schedule();				/*@ schedule */
		/* Point A */
		if (signal_pending(current))		/*@ signal */
			return -ERESTARTSYS;		/*@ leave */
		if (key_pressed)			/*@ look */
			break;				/*@ break */
	}

	set_current_state(TASK_RUNNING);		/*@ running */
	remove_wait_queue(&keyboard, &wait);		/*@ remove */
	return 0;					/*@ return */
}

void press_key(void)					/*@ press */
{
	key_pressed = 1;				/*@ store */
	wake_up_interruptible(&keyboard);		/*@ wake */
}
