"""The sealed, append-only log of who did what."""
