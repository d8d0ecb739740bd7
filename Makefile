# Everything runs in .venv, which these targets make.  Needs Python 3.11 or later and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
FRONT := dlpguard/web/front
ASSETS := dlpguard/web/assets/site.css

.PHONY: help demo run test test-postgresql check format bench incidents torture samples assets docs lock clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/runtime $(ASSETS) ## start a relay on loopback, send it the samples, show what becomes of them
	$(BIN)/dlpguard demo --once

run: $(VENV)/runtime $(ASSETS) ## the relay, with the settings in dlpguard.toml
	$(BIN)/dlpguard serve

test: $(VENV)/development $(ASSETS) ## all tests; installs what they need from the system where it may
	tests/install-system-packages
	$(BIN)/pytest -n $(shell expr $$(nproc) + 1) --dist loadfile --no-loadscope-reorder

test-postgresql: $(VENV)/development $(ASSETS) ## the same on PostgreSQL, with a server of their own
	tests/install-system-packages
	DLPGUARD_TEST_STORE=postgresql $(BIN)/pytest -n $(shell expr $$(nproc) + 1) --dist loadfile --no-loadscope-reorder

check: $(VENV)/development ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/development ## put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/development ## every goal of speed and memory beside what is measured here
	$(BIN)/python -m tests.benchmarks

incidents: $(VENV)/development ## real leaks, their benign twins and ordinary mail through the relay
	$(BIN)/python -m tests.incidents

torture: $(VENV)/development ## kill it, fill the disk, lie to it; ARGS="run --seconds 7200", ARGS=matrix
	$(BIN)/python -m tests.faults $(or $(ARGS),run)

samples: $(VENV)/development ## make the samples again
	$(BIN)/python samples/make.py

assets: $(ASSETS) ## make the review site's style sheet and script again

docs: $(VENV)/development ## the documentation as a site, in site/; what comes from code is written anew
	$(BIN)/python docs/write_reference.py
	$(BIN)/python -m dlpguard.config.reference docs/settings.md
	$(BIN)/properdocs build --strict

lock: $(VENV)/development ## lock all versions again, with hashes and without addresses
	$(BIN)/pip-compile $(LOCK) --build-deps-for editable --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile $(LOCK) --build-deps-for editable --extra dev --output-file requirements-dev.txt pyproject.toml
LOCK := --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host

clean: ## remove what was made
	rm -rf $(VENV) build dist site dlpguard/web/assets $(FRONT)/node_modules

$(VENV)/runtime: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("dlpguard needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (about a minute) …"
	$(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/development: requirements-dev.txt $(VENV)/runtime
	$(PIP) install --require-hashes -r requirements-dev.txt
	touch $@

# The review site's style sheet and scripts, from npm's packages (the machine's npm, or one from PyPI).
$(ASSETS): $(FRONT)/package-lock.json $(FRONT)/build.mjs $(wildcard $(FRONT)/*.scss) $(FRONT)/site.js $(FRONT)/icon.svg $(VENV)/runtime
	$(FRONT)/npm-for $(abspath $(VENV)) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	$(FRONT)/npm-for $(abspath $(VENV)) run --silent build
	touch $@
