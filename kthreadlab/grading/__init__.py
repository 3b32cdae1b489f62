"""What kthreadlab adds to nbgrader, at nbgrader's own points of extension.  Nothing in the core imports it."""
