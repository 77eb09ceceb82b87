"""The adapter contract: what an adapter is, declares, raises and promises. See `docs/adapters.md`."""
