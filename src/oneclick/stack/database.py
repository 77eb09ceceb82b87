"""What a PostgreSQL server that somebody else runs must offer us, and the sentence and cure for what it doesn't."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import psycopg
from psycopg import sql

from oneclick.core.secrets import SecretText

OLDEST = 140000
PATIENCE_S = 5


class Need(Enum):
    """One thing that we need of a server or its role."""

    REACHABLE = "the server lets us in"
    VERSION = "PostgreSQL 14 or newer"
    TABLES = "the role may make tables"
    CREATEDB = "the role has CREATEDB"
    CREATEROLE = "the role has CREATEROLE"


METADATA_NEEDS = (Need.REACHABLE, Need.VERSION, Need.TABLES)
LAKE_NEEDS = (Need.REACHABLE, Need.VERSION, Need.CREATEDB, Need.CREATEROLE)


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Something that is missing: what, and how to mend it."""

    need: Need
    what: str
    cure: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a server answered; without lacks it will do."""

    version: str
    lacks: Sequence[Lack]


def look(url: SecretText, *, needs: Sequence[Need]) -> Look:
    """Connect and compare. Says everything that is missing at once; no secret is in any of the sentences."""
    try:
        with psycopg.connect(url.reveal(), connect_timeout=PATIENCE_S, autocommit=True) as connection:
            return _compare(connection, needs)
    except psycopg.ProgrammingError:
        what = "it isn't a PostgreSQL address."
        cure = "Write it like postgresql://user:password@host:5432/database"
    except psycopg.Error as exc:
        said = str(exc).strip().splitlines()
        what = f"the server can't be reached: {said[-1] if said else type(exc).__name__}"
        cure = "Check that the server runs, and the host, port, database, user and password."
    return Look(version="", lacks=[Lack(need=Need.REACHABLE, what=what, cure=cure)])


def _compare(connection: psycopg.Connection, needs: Sequence[Need]) -> Look:
    row = connection.execute(
        "SELECT rolname, rolcreatedb OR rolsuper, rolcreaterole OR rolsuper,"
        " coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), current_database()"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is None:
        return Look(version="", lacks=())
    role, may_create_db, may_create_role, may_create_tables, database = row
    name, base = sql.Identifier(role).as_string(connection), sql.Identifier(database).as_string(connection)
    held = {
        Need.REACHABLE: True,
        Need.VERSION: connection.info.server_version >= OLDEST,
        Need.TABLES: may_create_tables,
        Need.CREATEDB: may_create_db,
        Need.CREATEROLE: may_create_role,
    }
    version = connection.info.parameter_status("server_version") or ""
    sentences = {
        Need.VERSION: (f"the server is PostgreSQL {version}; 14 or newer is needed.", "Upgrade it, or name another."),
        Need.TABLES: (
            f"the role {role} may not make tables in the database {database}.",
            f"As its owner: ALTER DATABASE {base} OWNER TO {name}; GRANT CREATE ON SCHEMA public TO {name};",
        ),
        Need.CREATEDB: (
            f"the role {role} may not make databases, which each local warehouse needs.",
            f"As the server's administrator: ALTER ROLE {name} CREATEDB;",
        ),
        Need.CREATEROLE: (
            f"the role {role} may not make roles, which each local warehouse needs.",
            f"As the server's administrator: ALTER ROLE {name} CREATEROLE;",
        ),
    }
    lacks = [Lack(need=need, what=sentences[need][0], cure=sentences[need][1]) for need in needs if not held[need]]
    return Look(version=version, lacks=lacks)
