/* Listing Four for whoever waits for a key, with a look at it. */
static DECLARE_WAIT_QUEUE_HEAD(keyboard);		/*@ queue */
static int key_pressed;					/*@ key */

int wait_for_key(void)					/*@ function */
{
	DECLARE_WAITQUEUE(wait, current);		/*@ wait */

	add_wait_queue(&keyboard, &wait);		/*@ add */
	while (!key_pressed) {				/*@ look */
		set_current_state(TASK_INTERRUPTIBLE);	/*@ declare */
		schedule();				/*@ schedule */
	}

	remove_wait_queue(&keyboard, &wait);		/*@ remove */
	return 0;					/*@ return */
}

void press_key(void)					/*@ press */
{
	key_pressed = 1;				/*@ store */
	wake_up_interruptible(&keyboard);		/*@ wake */
}
