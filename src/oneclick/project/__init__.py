"""Composition root: settings, URLs and the processes' entry points."""
