/* Whoever owns a data structure calls this when it is in trouble. */
void report_event(unsigned int event_id)		/*@ report */
{
	unsigned long flags;

	local_irq_save(flags);				/*@ off */
	myevent_id = event_id;				/*@ store */
	local_irq_restore(flags);			/*@ on */

	wake_up_interruptible(&myevent_waitqueue);	/*@ wake */
}
