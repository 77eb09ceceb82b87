"""Foundations with neither Django nor business words: clock, ids, environment, correlation, registries, signals."""
