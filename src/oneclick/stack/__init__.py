"""The processes of an installation: supervisor and embedded PostgreSQL. Knows nothing of Django."""
