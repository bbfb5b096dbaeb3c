# `make run` and `make test` need nothing but python3 (3.11 or newer) and a package index.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
TRAIN := OPENBLAS_NUM_THREADS=$$(getconf _NPROCESSORS_ONLN) $(BIN)/python -m

.PHONY: run setup model rasa rasa-model test test-fast test-slow test-all test-rasa check golden screenshots bench format lock clean

run: model
	$(BIN)/anbu run

setup: model

# Made anew only when the training data or its code changed; a few minutes on two cores.
model: $(RUNTIME)
	@echo "the language model (a few minutes the first time)"
	@$(TRAIN) nlu.train --data nlu/data --out var/nlu
	@$(TRAIN) nlu.crisis --data nlu/data --out var/nlu

# Rasa in an environment of its own (Python 3.10, 1.7 GB), trained and served on 127.0.0.1:5005.
rasa: model
	@$(PYTHON) nlu/rasa/run.py serve

rasa-model: model
	@$(PYTHON) nlu/rasa/run.py train

test: $(DEV) model
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-fast: $(DEV)
	$(BIN)/python -m pytest -n 2 -m "not slow and not browser and not rasa"

# What `make test` leaves out: the same at more doors, with more examples, and whole storms.
test-slow: $(DEV) model
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

test-all: $(DEV) model
	$(BIN)/python -m pytest -n 2 --dist worksteal --all

# Alone on the machine, for it measures: a real Rasa server, killed in the middle of 1,000 turns.
test-rasa: $(DEV) rasa-model
	$(BIN)/python -m pytest -n 0 -rs -m rasa tests/nlu/test_rasa_real.py

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house
	$(BIN)/anbu check

golden: $(DEV)
	$(BIN)/python -m pytest -q tests/golden --rewrite

# Pictures of the console for the README, with invented people; needs Debian's chromium and fonts-nanum.
screenshots: $(DEV)
	$(BIN)/python -m tests.console.pictures docs

bench: $(RUNTIME)
	$(BIN)/anbu bench turns
	$(BIN)/anbu bench match
	$(BIN)/anbu bench sweep
	$(BIN)/anbu bench understand
	$(BIN)/anbu bench console
	$(BIN)/anbu evaluate nlu --json

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
	cd nlu/rasa && uv pip compile --quiet --no-annotate --no-header --no-emit-index-url --generate-hashes --python-version 3.10 --constraint requirements.lock --override overrides.txt requirements.in -o requirements.lock

clean:
	rm -rf $(VENV) .venv-rasa var/rasa build *.egg-info
