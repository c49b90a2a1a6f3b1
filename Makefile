# Everything one needs to work on Corridor or to try it. `make help` lists it.
SHELL := /bin/bash
# The first that runs and is new enough; a name alone says little (version managers leave names of Pythons that are not active).
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
DIST := src/corridor/ground/ui/static/dist
DEMO_DATA ?= demo-data
WEB_SOURCES := $(shell find web/src -type f 2>/dev/null) web/package.json web/package-lock.json web/build.mjs
JOBS ?= 2
ARGS ?=

.DEFAULT_GOAL := help

help: ## what one can do here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/core: requirements/core.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Corridor needs Python 3.11 or newer (Debian 12: apt-get install python3 python3-venv)."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/core.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/dev: .venv/core requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "The pages are built with Node 20 or newer and npm: install them (Debian: apt-get install nodejs npm)."; exit 1; }
	cd web && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(DIST)/manifest.json: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run --silent build
	touch $@

setup: .venv/core $(DIST)/manifest.json ## make the environment and build the pages

demo: setup ## a shop's simulated year, served; prints the address and how to sign in
	$(BIN)/corridor demo --data $(DEMO_DATA) $(ARGS)

test: .venv/dev $(DIST)/manifest.json check ## all that must hold before a change lands
	CORRIDOR_WHOLE_SUITE=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not long" $(ARGS)

check: .venv/dev web/node_modules/.package-lock.json ## lint, types, floors
	$(BIN)/ruff format --check --quiet src tests bench
	$(BIN)/ruff check --quiet src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && npm run --silent check

test-long: .venv/dev $(DIST)/manifest.json ## storms: kills, power cuts, floods
	$(BIN)/python -m pytest -m long -x $(ARGS)

bench: .venv/dev $(DIST)/manifest.json ## the figures with their bars; ONLY=name for one
	$(BIN)/python -m bench $(ONLY) $(ARGS)

pins: ## resolve the pinned requirements anew
	uv pip compile --no-emit-index-url --generate-hashes --quiet --no-header --python-version 3.11 pyproject.toml --group dev --group build -o requirements/dev.txt
	uv pip compile --no-emit-index-url --generate-hashes --quiet --no-header --python-version 3.11 -c requirements/dev.txt pyproject.toml --group build -o requirements/core.txt

clean: ## drop what was built (never the data)
	rm -rf .venv web/node_modules $(DIST) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.PHONY: help setup demo test check test-long bench pins clean
