"""Figures to hold: `python -m tests.benchmarks` prints each as a JSON line."""
