"""The metadata's schema, written down: `docs/reference/schema.sql`, `data-model.md` and its diagram."""
