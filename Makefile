# kthreadlab: `make` alone lists what there is.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# One more than the two CPUs that most have: browser tests wait as much as they work.
JOBS   ?= 3

# What is installed: what the labs and the desk need, and with the tools of development.  Two files in .venv say so.
LAB    := $(VENV)/.lab
DEV    := $(VENV)/.dev

OUTSIDE := $(PATH)
# nbgrader runs `alembic` as a command when it makes a gradebook: the environment's commands must be found.
export PATH := $(abspath $(BIN)):$(PATH)
# The same figures and the same order everywhere.
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help
# One installation at a time, and `make solutions labs` in this order, whatever MAKEFLAGS says.
.NOTPARALLEL:

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# An environment does not survive being moved: one that was made for another folder is made anew.
ifneq ($(shell cat $(LAB) 2>/dev/null),$(CURDIR))
.PHONY: $(LAB) $(DEV)
endif

# The Python that makes the environment is looked for outside of it.
$(LAB) $(DEV): export PATH := $(OUTSIDE)
$(LAB) $(DEV): pyproject.toml constraints.txt

$(LAB):
	@$(PYTHON) install.py $(VENV) lab grading
	@pwd -P >$(LAB)

$(DEV):
	@$(PYTHON) install.py $(VENV) lab grading dev
	@pwd -P | tee $(LAB) >$(DEV)

.PHONY: install
install: $(LAB)  ## make the environment in .venv (the other targets do it when needed)

.PHONY: dev
dev: $(DEV)  ## and add the tools of development (test, lint and bench do it when needed)

.PHONY: lab
lab: $(LAB)  ## open JupyterLab on your own copy of the labs, in kthreadlab-labs/
	$(BIN)/kthreadlab lab kthreadlab-labs $(if $(LAB_ARGS),-- $(LAB_ARGS))

.PHONY: test
test: $(DEV)  ## unit tests, the notebooks run again and compared, a real nbgrader round trip, a browser
	@failed=0; set -x; \
	$(BIN)/python -m pytest -p no:nbval --numprocesses=$(JOBS) --dist=loadfile tests || failed=1; \
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=120 solutions $(wildcard labs/index.ipynb) || failed=1; \
	exit $$failed

.PHONY: quick
quick: $(DEV)  ## the tests that see most mistakes, in about a minute: those of tests/quick.txt
	$(BIN)/python -m pytest -p no:nbval --numprocesses=$(JOBS) --dist=loadfile @tests/quick.txt

.PHONY: test-long
test-long: $(DEV)  ## what takes longer: the largest searches, more random programs
	$(BIN)/python -m pytest -p no:nbval --numprocesses=$(JOBS) --dist=loadfile -m long tests

.PHONY: mutants
mutants: $(DEV)  ## is it noticed when the engine is wrong? effects turned round, rules changed by a line
	$(BIN)/python -m tests.mutants --jobs $(JOBS)

.PHONY: bench
bench: $(DEV)  ## figures, one JSON line each, and what has become slower since the last run
	@$(BIN)/python -m tests.benchmarks --history tests/benchmarks/history.jsonl

.PHONY: labs
labs: $(LAB)  ## make labs/ again from solutions/, with nbgrader
	$(BIN)/python autograder/make_labs.py labs

.PHONY: solutions
solutions: $(LAB)  ## run the notebooks in solutions/ and keep what they print
	$(BIN)/python autograder/run_solutions.py

.PHONY: picture
picture: $(LAB)  ## the schedule and the picture in README.md, again
	$(BIN)/python docs/picture.py

.PHONY: lint
lint: $(DEV)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: constraints
constraints: $(DEV)  ## pin again what is installed in .venv
	{ sed -n '/^#/p' constraints.txt; \
	  $(BIN)/pip list --format=freeze --exclude-editable --exclude pip; } > constraints.new
	mv constraints.new constraints.txt

.PHONY: clean
clean:  ## remove .venv and caches; your labs stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
