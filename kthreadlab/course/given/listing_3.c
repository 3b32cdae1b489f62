/* Whoever owns a data structure calls this when it is in trouble. */
void report_event(unsigned int event_id)		/*@ report */
{
	write_lock(&myevent_lock);			/*@ write */
	myevent_id = event_id;				/*@ store */
	write_unlock(&myevent_lock);			/*@ unlock */

	wake_up_interruptible(&myevent_waitqueue);	/*@ wake */
}
