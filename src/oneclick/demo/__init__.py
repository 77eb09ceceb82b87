"""The whole chain on sample data."""
