/* A process reads from a disk that has to be plugged in first. */
static DECLARE_WAIT_QUEUE_HEAD(event_queue);		/*@ events */
static DECLARE_WAIT_QUEUE_HEAD(disk_queue);		/*@ blocks */
static int plugged_in, disk_done;			/*@ flags */

int read_block(void)					/*@ function */
{
	if (wait_event_interruptible(event_queue, plugged_in))	/*@ event */
		return -ERESTARTSYS;			/*@ leave */
	wait_event(disk_queue, disk_done);		/*@ disk */
	return 0;					/*@ return */
}

void report_event(void)					/*@ report */
{
	plugged_in = 1;					/*@ plug */
	wake_up_interruptible(&event_queue);		/*@ wake */
}

void disk_interrupt(void)				/*@ interrupt */
{
	disk_done = 1;					/*@ done */
	wake_up(&disk_queue);				/*@ rouse */
}
