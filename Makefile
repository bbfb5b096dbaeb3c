# `make run` and `make test` need nothing but python3 (3.11 or newer) and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev

.PHONY: run setup model test test-fast test-all check golden bench format lock clean

run: model
	$(BIN)/anbu run

setup: model

# Made anew only when the training data or its code changed; a few minutes on two cores.
model: $(RUNTIME)
	@echo "the language model (a few minutes the first time)"
	@$(BIN)/python -m nlu.train --data nlu/data --out var/nlu

test: $(DEV) model
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-fast: $(DEV)
	$(BIN)/python -m pytest -n 2 -m "not slow and not browser"

test-all: $(DEV) model
	$(BIN)/python -m pytest -n 2 --dist worksteal --all

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house
	$(BIN)/anbu check

golden: $(DEV)
	$(BIN)/python -m pytest -q tests/golden --rewrite

bench: $(RUNTIME)
	$(BIN)/anbu bench turns
	$(BIN)/anbu bench match

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(RUNTIME): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Anbu needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

lock:
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url pyproject.toml --group build -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url pyproject.toml --group build --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info
