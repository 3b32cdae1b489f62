# kthreadlab: `make` alone lists what there is.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
JOBS   ?= 2

# nbgrader runs `alembic` as a command when it makes a gradebook: the environment's commands must be found.
export PATH := $(abspath $(BIN)):$(PATH)
# The same figures and the same order everywhere.
export PYTHONHASHSEED := 0

.DEFAULT_GOAL := help

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[lab,grading,dev]'
	touch $@

.PHONY: install
install: $(READY)  ## make the environment in .venv (the other targets do it when needed)

.PHONY: lab
lab: $(READY)  ## open JupyterLab on your own copy of the labs, in kthreadlab-labs/
	$(BIN)/kthreadlab lab kthreadlab-labs $(if $(LAB_ARGS),-- $(LAB_ARGS))

.PHONY: test
test: $(READY)  ## unit tests, the notebooks run again and compared, a real nbgrader round trip, a browser
	@failed=0; set -x; \
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile tests || failed=1; \
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=120 solutions $(wildcard labs/index.ipynb) || failed=1; \
	exit $$failed

.PHONY: test-long
test-long: $(READY)  ## what takes longer: the largest searches, more random programs
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=loadfile -m long tests

.PHONY: bench
bench: $(READY)  ## figures, one JSON line each: name, value, unit, target, peer
	@$(BIN)/python -m tests.benchmarks

.PHONY: labs
labs: $(READY)  ## make labs/ again from solutions/, with nbgrader
	$(BIN)/python autograder/make_labs.py labs

.PHONY: solutions
solutions: $(READY)  ## run the notebooks in solutions/ and keep what they print
	$(BIN)/python autograder/run_solutions.py

.PHONY: picture
picture: $(READY)  ## the schedule and the picture in README.md, again
	$(BIN)/python docs/picture.py

.PHONY: lint
lint: $(READY)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: constraints
constraints: $(READY)  ## pin again what is installed in .venv
	{ sed -n '/^#/p' constraints.txt; \
	  $(BIN)/pip list --format=freeze --exclude-editable --exclude pip; } > constraints.new
	mv constraints.new constraints.txt

.PHONY: clean
clean:  ## remove .venv and caches; your labs stay
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
