"""What happened: events, views of the machine after each step, schedules as text, narration."""
