"""Loading a file into a table."""
