# Two commands from a fresh clone: `make demo` for a picture, `make test` for the tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := out/demo.png

# `make PIP="uv pip"` installs with uv, which CI does: it is faster, and UV_TORCH_BACKEND=cpu and
# UV_RESOLUTION=lowest-direct select what to install.
PIP ?= python -m pip
into = PATH="$(abspath $(1))/bin:$$PATH" VIRTUAL_ENV="$(abspath $(1))" $(PIP) install

.PHONY: demo test test-fast test-slow lint type docs dist smoke audit bench clean

demo: $(VENV)/.installed
	$(BIN)/stylekit run --out $(DEMO) --overwrite
	@echo "Your picture: $(abspath $(DEMO))"

# One test process for each core, and one thread in each: images in tests are small.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --dist loadscope

test: lint type test-fast

# `make test-fast TESTS=tests/kernel` runs a part of them.
TESTS ?= tests

test-fast: $(VENV)/.installed-dev
	$(PYTEST) -m "not slow and not stress" $(TESTS)

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

# Wheels and source distributions of stylekit and of contrib/, in dist/: RELEASING.md.
dist: $(VENV)/.installed-dev
	rm -rf dist
	set -e; for project in . contrib/*/; do \
	  $(BIN)/python -m build --no-isolation --outdir dist $$project; done
	$(BIN)/python -m tests.helpers.distributions dist

# The wheel in a fresh environment, outside the repository: an image, and every component imported.
SMOKE := out/smoke
smoke: dist
	rm -rf $(SMOKE)
	$(PYTHON) -m venv $(SMOKE)
	$(call into,$(SMOKE)) "$$(ls dist/stylekit-*.whl)[all]"
	cd $(SMOKE) && bin/stylekit run --size 64 --steps 2 --offline --out smoke.png
	cd $(SMOKE) && bin/stylekit list-plugins --check
	cd $(SMOKE) && bin/stylekit doctor

# Known holes in what is installed. Asks a database of them: needs a network.
audit: $(VENV)/.installed-dev
	$(call into,$(VENV)) --quiet pip-audit
	$(BIN)/python -m pip_audit

# Figures with the machine they were measured on: benchmarks/README.md.
bench: $(VENV)/.installed-dev
	$(BIN)/python -m pytest benchmarks --benchmark-only -s

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stylekit needs Python 3.11 or newer; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(call into,$(VENV)) --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(call into,$(VENV)) --editable '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) out build dist
