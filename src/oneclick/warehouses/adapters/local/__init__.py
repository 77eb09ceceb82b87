"""The local lake: a DuckLake with its catalog in PostgreSQL and encrypted Parquet files in a folder of ours."""

from oneclick.warehouses.adapters.local.adapter import LocalAdapter

__all__ = ["LocalAdapter"]
