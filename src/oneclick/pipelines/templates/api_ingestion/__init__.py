"""Ingest an HTTP API: the records of its pages, all of them or those that are new since."""
