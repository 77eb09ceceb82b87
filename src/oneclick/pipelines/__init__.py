"""Data flows: bringing data into a warehouse."""
