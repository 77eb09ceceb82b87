"""A local warehouse: a DuckLake with its catalog in PostgreSQL and Parquet in a folder."""
