"""Figures, measured side by side: `make bench` writes them to docs/reference/performance.md."""
