"""The simulated kernel: a module for each source file it stands for, with what each call does and is to others."""
