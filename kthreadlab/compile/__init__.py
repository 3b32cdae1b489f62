"""The compiler: an actor's code as instructions, what is known of it, and the Python that is generated for it."""
