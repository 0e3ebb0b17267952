# make demo: set everything up and run the main job.
# make test: what a change has to pass, in minutes; make test-long: the slow tests. CI runs both.
# make engine: real PowerShells below .engine/, for make test-engine, which runs the templates on them.
# make coverage-powershell: the same, and a table of the lines of the templates that ran.
# make record: the answers of the case files and the levels of proof, as the engine gives them, written anew.
# make schema: what is made from code, the JSON Schemas and the tables of the README, written anew.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Whoever has nothing left to do takes over tests of the others: no process ends minutes later.
PYTEST := $(BIN)/pytest --numprocesses auto --dist worksteal
# The tests of a module share a session: a PowerShell takes seconds of CPU to start.
ENGINE_PYTEST := $(BIN)/pytest --numprocesses auto --dist loadfile

.PHONY: demo test test-long engine test-engine coverage-powershell record lint types unit bench schema format clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/aovpn-remediate demo

test: lint types unit

test-long: $(VENV)/.installed
	$(PYTEST) -m "long and not engine"

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

unit: $(VENV)/.installed
	$(PYTEST) -m "not long and not engine"

engine: $(VENV)/.installed
	$(BIN)/python -m tests.powershell.build

test-engine: $(VENV)/.installed
	$(BIN)/python -m tests.powershell.coverage make
	AOVPN_POWERSHELL_COVERAGE=1 PATH="$(CURDIR)/.engine/bin:$$PATH" $(ENGINE_PYTEST) -m engine
	$(BIN)/python -m tests.powershell.coverage check
	$(BIN)/python -m tests.powershell.levels check

coverage-powershell: test-engine
	$(BIN)/python -m tests.powershell.coverage table

record: $(VENV)/.installed
	$(BIN)/python -m tests.powershell.cases
	$(BIN)/python -m tests.powershell.levels write

bench: $(VENV)/.installed
	$(BIN)/python -m tests.bench

schema: $(VENV)/.installed
	$(BIN)/python -m tests.generated

format: $(VENV)/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .engine build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
