"""Is it noticed when the engine is wrong?  ``make mutants`` says so.

`flips` turns round every declared effect of every operation, one at a time, and asks whether random programs, or a
check of the declarations, notice it; `rules` changes the engine's rules by a line each, and names the tests that must
fail then.
"""
