# The commands of the project. Needed: make, Python 3.11 to 3.13 (PYTHON=python3.13 chooses), a package index.
PYTHON ?= python3
UV_VERSION = 0.13.9

VENV = .venv
BIN = $(VENV)/bin
WANTED := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
READY = $(VENV)/ready-$(WANTED)
QUICK = tests/domain tests/storage tests/support tests/locales tests/rendering tests/notes tests/media/test_pcm.py \
	tests/test_settings.py tests/test_settings_files.py tests/adapters/api/test_requests.py \
	tests/adapters/telegram/test_receiving.py tests/adapters/discord/gateway tests/chat/test_update_handling.py

.DEFAULT_GOAL := help
.PHONY: help demo run test test-more lint types layers unit quick slow crash soak mutants trace bench format lock clean

help:  ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(READY)  ## Transcribe real speech through the whole service
	@EARMARK_DATA_DIR="$${EARMARK_DATA_DIR:-data}" $(BIN)/earmark demo

run: $(READY)  ## Start the service
	$(BIN)/earmark run

test: lint types layers unit  ## Everything that must pass: lint, types, layers, tests

test-more: $(READY)  ## Lint, types and a quick selection of the tests on every other Python of this machine
	@UV=$(BIN)/uv MAKE="$(MAKE)" .ci/more $(WANTED)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/pytest -m "not slow and not crash" --numprocesses 2 --dist worksteal

quick: $(READY)  # what depends most on the Python: tasks, connections, sound, catalogs
	$(BIN)/pytest -m "not slow and not crash" --numprocesses 2 --dist worksteal $(QUICK)

slow: $(READY)  ## The checks that make test leaves out for their time (minutes)
	$(BIN)/pytest -m slow --numprocesses 2 --timeout 600

crash: $(READY)  ## Kill the service at every step border and inside every step (minutes)
	$(BIN)/pytest -m crash --timeout 1200

soak: $(READY)  ## Watch the memory of a service over 10,000 notes (half an hour), or fewer: make soak NOTES=2000
	$(BIN)/python -m tests.soak $(NOTES)

mutants: $(READY)  ## List the changes of the money's code that no test sees (hours), or some: make mutants ONLY='bot.ledger.limits.*'
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/mutmut run --max-children 2 $(ONLY)
	@$(BIN)/mutmut results | grep -v "caught by type check" || true

trace: $(READY)  ## List the modules that run for one voice note and for one /balance
	$(BIN)/python -m tests.trace

bench: $(READY)  ## Print the benchmark table (minutes), or some of it: make bench PARTS="media api"
	$(BIN)/python -m tests.bench $(PARTS)

format: $(READY)  ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY)  ## Pin the newest dependencies, with hashes
	$(BIN)/uv pip compile --universal --upgrade --fork-strategy fewest --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --group dev pyproject.toml --quiet --output-file requirements.lock

clean:  ## Remove what was built
	rm -rf .venv .venv-3.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants

$(READY): requirements.lock pyproject.toml Makefile
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@# Compiled now, for where Python is told to write no bytecode every process would compile its libraries again.
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes \
		--requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
