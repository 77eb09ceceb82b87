"""Warehouses: the adapter contract, the adapters, their registry and the suite that proves them."""
