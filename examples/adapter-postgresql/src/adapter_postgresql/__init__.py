"""Example adapter: a warehouse on an existing PostgreSQL server."""
