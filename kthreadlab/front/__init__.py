"""What people touch: the command, the notebook's magics, the manual, copies of the labs, modules of one's own."""
