# Two commands from a fresh clone: `make demo` for a picture, `make test` for the tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo.png

.PHONY: demo test test-slow lint type docs audit bench clean

demo: $(VENV)/.installed
	$(BIN)/stylekit run --out $(DEMO) --overwrite
	@echo "Your picture: $(abspath $(DEMO))"

# One test process for each core, and one thread in each: images in tests are small.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --dist loadscope

test: $(VENV)/.installed-dev lint type
	$(PYTEST) -m "not slow and not stress"

# What installs plugins with pip, trains, kills runs or measures memory: tests/README.md.
test-slow: $(VENV)/.installed-dev
	$(PYTEST) -m "slow and not stress"

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/python -m tests.helpers.words

type: $(VENV)/.installed-dev
	$(BIN)/mypy

# The site, to open from disk: out/docs/index.html. (Searching it needs a server: `mkdocs serve`.)
docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# Known holes in what is installed. Asks a database of them: needs a network.
audit: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/python -m pip_audit

# Figures with the machine they were measured on: benchmarks/README.md.
bench: $(VENV)/.installed-dev
	$(BIN)/python -m pytest benchmarks --benchmark-only -s

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stylekit needs Python 3.11 or newer; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --editable '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) out build dist
