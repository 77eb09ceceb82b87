"""What tests do to a PostgreSQL server behind the product's back."""

from typing import Any

import psycopg
from psycopg import sql

END_SESSIONS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'
"""


def drop_database(server: psycopg.Connection[Any], name: str) -> None:
    """Not WITH (FORCE): that is refused to all but superusers while autovacuum happens to work in the database."""
    server.execute(END_SESSIONS, [name])
    server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
