"""Opening DuckDB: extensions from wheels, their hashes checked, limits set."""
