"""Acceptance runs on installations like those of the stack's tests."""

from tests.stack.conftest import installation, template  # noqa: F401 - fixtures are used by their names
