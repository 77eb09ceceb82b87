PYTHON ?= python3
STATE := $(CURDIR)/.state

.PHONY: test check
test: check
	.tools/bin/uv run --group dev --extra demo pytest

check: .tools/bin/uv
	.tools/bin/uv run --group dev ruff check .
	.tools/bin/uv run --group dev ruff format --check .
	.tools/bin/uv run --group dev lint-imports
	ONECLICK_HOME=$(STATE) .tools/bin/uv run --group dev mypy

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet uv
