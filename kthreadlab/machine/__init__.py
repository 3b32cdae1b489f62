"""The simulated machine: a linked module, a scenario and a configuration in, a table of steps out."""
