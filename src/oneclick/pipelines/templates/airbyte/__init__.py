"""Bring what an Airbyte connector reads: connectors from PyPI, each in an environment and a process of its own."""
