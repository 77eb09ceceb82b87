"""Example adapter: a warehouse on an existing PostgreSQL server.

Read it in this order: `facts` (what it says of itself), `resources` (what one warehouse consists of), `adapter` (the
contract's methods), `data_plane` (queries and loads). `docs/adapters.md` of One-Click DWH walks through it.
"""

from adapter_postgresql.adapter import PostgresqlAdapter

__all__ = ["PostgresqlAdapter"]
