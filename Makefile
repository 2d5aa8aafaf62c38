# The commands of the project. Needed: make, Python 3.11 to 3.13 (PYTHON=python3.13 chooses), a package index.
PYTHON ?= python3
UV_VERSION = 0.13.9

VENV = .venv
BIN = $(VENV)/bin
WANTED := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
PYTHONS = 3.11 3.12 3.13
RUNS = $(VENV)/runs-$(WANTED)
READY = $(VENV)/ready-$(WANTED)
PIP = $(BIN)/uv pip install --python $(BIN)/python
# Compiled now, for where Python is told to write no bytecode every process would compile its libraries again.
LOCKED = $(PIP) --compile-bytecode --require-hashes
QUICK = tests/domain tests/storage tests/support tests/locales tests/rendering tests/notes tests/media/test_pcm.py \
	tests/test_settings.py tests/test_settings_files.py tests/adapters/api/test_requests.py \
	tests/adapters/telegram/test_receiving.py tests/adapters/discord/gateway tests/chat/test_update_handling.py

COMPILE = $(BIN)/uv pip compile --universal --upgrade --fork-strategy fewest --generate-hashes --no-emit-index-url \
	--no-header --quiet --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help demo run test test-more lint types layers unit postgres quick slow image-test crash soak mutants trace bench docs format lock clean

help:  ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(RUNS)  ## Transcribe real speech through the whole service
	@EARMARK_DATA_DIR="$${EARMARK_DATA_DIR:-data}" $(BIN)/earmark demo

run: $(RUNS)  ## Start the service
	$(BIN)/earmark run

test: lint types layers unit  ## Everything that must pass: lint, types, layers, tests

test-more: postgres  ## The way of a note on PostgreSQL; lint, types and some tests on every other Python of this machine
	@UV=$(BIN)/uv MAKE="$(MAKE)" .ci/more $(WANTED)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

unit: $(READY)
	$(BIN)/pytest -m "not slow and not crash" --numprocesses 3 --dist worksteal

# The service with all that it stores in PostgreSQL; other tests on it are part of `unit`. DBOS leaves connections of its
# threads to the garbage collector when it ends, which would fail whatever test runs just then.
postgres: $(READY)
	EARMARK_TEST_STORE=postgresql $(BIN)/pytest -m "not slow and not crash" --numprocesses 3 --dist worksteal \
		-W ignore::pytest.PytestUnraisableExceptionWarning tests/notes

quick: $(READY)  # what depends most on the Python: tasks, connections, sound, catalogs
	$(BIN)/pytest -m "not slow and not crash" --numprocesses 2 --dist worksteal $(QUICK)

slow: $(READY)  ## The checks that make test leaves out for their time (minutes)
	$(BIN)/pytest -m slow --numprocesses 2 --timeout 600

image-test: $(READY)  ## Build the container image without a container engine, and run it (minutes, as root)
	@for tool in buildah debootstrap unshare; do command -v $$tool >/dev/null || \
		{ echo "$$tool is missing; on Debian: apt-get install buildah debootstrap util-linux"; exit 1; }; done
	$(BIN)/pytest -m slow --timeout 1200 -s tests/install/test_image.py

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

docs: $(READY)  ## Build the documentation as a site, into dist/site
	$(BIN)/python -m mkdocs build --quiet --strict --config-file tests/site/mkdocs.yml --site-dir "$(abspath dist/site)"

format: $(READY)  ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY)  ## Pin the newest dependencies, with hashes
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) --group dev --constraint requirements.lock pyproject.toml --output-file tests/requirements.lock

clean:  ## Remove what was built
	rm -rf .venv .venv-3.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants

$(RUNS): requirements.lock pyproject.toml Makefile  # what runs
	@case " $(PYTHONS) " in *" $(WANTED) "*) ;; *) \
		echo "Earmark needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $(or $(WANTED),not there). Name one: make PYTHON=python3.13 ..."; \
		exit 1;; esac
	@echo "Earmark and what it needs go to $(VENV): 400 MB are downloaded unless this machine has them."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(LOCKED) --requirement requirements.lock
	@$(PIP) --no-deps --build-constraint tests/requirements.lock --editable .
	@touch $@

$(READY): $(RUNS) tests/requirements.lock  # and what develops
	@echo "What checks and develops Earmark goes to $(VENV)."
	@$(LOCKED) --requirement tests/requirements.lock
	@touch $@
