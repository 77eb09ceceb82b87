"""The catalog database of one warehouse and the lake inside it."""

import contextlib
from pathlib import Path

from psycopg import sql

from oneclick.warehouses.adapters.local.folder import LakeFolder
from oneclick.warehouses.adapters.local.names import CATALOG, LAKE_SCHEMAS, METADATA_SCHEMA
from oneclick.warehouses.adapters.local.roles import Group
from oneclick.warehouses.adapters.local.session import LocalSession
from oneclick.warehouses.contract.errors import NotFound, TerminalError
from oneclick.warehouses.contract.resources import Observed, Proof, Resource

WHOLE = "whole"
ACCEPTED = "accepted"

_READ_DATABASE = sql.SQL("""
    SELECT o.rolname, coalesce(shobj_description(o.oid, 'pg_authid'), ''), d.datallowconn, d.datconnlimit <> -2,
           has_database_privilege('public', d.oid, 'CONNECT'),
           coalesce((SELECT has_database_privilege(r.oid, d.oid, 'CONNECT') FROM pg_roles r WHERE r.rolname = %s),
                    false)
    FROM pg_database d JOIN pg_roles o ON o.oid = d.datdba WHERE d.datname = %s
""")


class CatalogDatabase(Resource[LocalSession]):
    """A database of the warehouse's own, where DuckLake keeps which file belongs to which table."""

    kind = "database"
    proof = Proof.OWNER

    def __init__(self, name: str, *, owner: Group, readers: Group) -> None:
        super().__init__(name, depends_on=(owner, readers))
        self.owner = owner.name
        self.readers = readers.name

    def wanted(self) -> dict[str, str]:
        """Open to our groups alone."""
        return {"state": WHOLE, "connections": ACCEPTED, "the public": "shut out", "readers": "let in"}

    def read(self, session: LocalSession) -> Observed | None:
        """Its owner, who carries our proof, says whose it is."""
        rows = session.on_server(f"read database {self.name}", _READ_DATABASE, [self.readers, self.name])
        if not rows:
            return None
        owner, comment, is_accepting, is_whole, is_public, are_readers_in = rows[0]
        return Observed(
            is_ours=owner == self.owner and comment == session.names.proof,
            owner=owner,
            properties={
                "state": WHOLE if is_whole else "half dropped",
                "connections": ACCEPTED if is_accepting else "refused",
                "the public": "let in" if is_public else "shut out",
                "readers": "let in" if are_readers_in else "shut out",
            },
        )

    def create(self, session: LocalSession) -> None:
        """It accepts connections only from the moment on that the public is shut out."""
        session.expect_lake()
        session.on_server(
            f"create database {self.name}",
            sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' "
                "ALLOW_CONNECTIONS false"
            ).format(sql.Identifier(self.name), sql.Identifier(self.owner)),
        )
        self._open(session)

    def update(self, session: LocalSession, observed: Observed) -> None:
        """Shut the public out again; make it anew if a drop was cut short, as PostgreSQL allows nothing else."""
        if observed.properties["state"] == WHOLE:
            self._open(session)
            return
        self._drop(session)
        self.create(session)

    def delete(self, session: LocalSession) -> None:
        """Refuse new sessions, end those of our logins, drop it. Somebody else's session makes it a `Conflict`."""
        session.leave_catalog()
        observed = self.read(session)
        if observed is None:
            return
        with contextlib.suppress(NotFound):
            if observed.properties["state"] == WHOLE:
                self._close(session)
            self._drop(session)

    def _close(self, session: LocalSession) -> None:
        session.on_server(
            f"close database {self.name}",
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(self.name)),
        )
        session.on_server(
            f"end the sessions in {self.name}",
            sql.SQL("""
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = %s AND backend_type = 'client backend' AND pg_has_role(usesysid, 'USAGE')
            """),
            [self.name],
        )

    def _drop(self, session: LocalSession) -> None:
        drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(self.name))
        session.on_server(f"drop database {self.name}", drop)

    def _open(self, session: LocalSession) -> None:
        name = sql.Identifier(self.name)
        statements = [
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(self.readers)),
            # Nothing that somebody puts into "public" is ever found by accident.
            sql.SQL("ALTER DATABASE {} SET search_path = {}").format(name, sql.Identifier(METADATA_SCHEMA)),
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name),
        ]
        session.on_server(f"open database {self.name}", sql.SQL("; ").join(statements))


def _can_look_into(database: Observed) -> bool:
    return (database.properties["state"], database.properties["connections"]) == (WHOLE, ACCEPTED)


_READ_LAKE = sql.SQL("""
    SELECT o.rolname,
           has_schema_privilege(%(readers)s, n.oid, 'USAGE')
           AND EXISTS (SELECT 1 FROM pg_default_acl a, aclexplode(a.defaclacl) e
                       WHERE a.defaclrole = n.nspowner AND a.defaclnamespace = n.oid AND a.defaclobjtype = 'r'
                       AND e.privilege_type = 'SELECT' AND e.grantee = %(readers)s::regrole)
           AND (SELECT bool_and(has_table_privilege(%(readers)s, c.oid, 'SELECT')) FROM pg_class c
                WHERE c.relnamespace = n.oid AND c.relkind = 'r'),
           (SELECT bool_or(has_table_privilege(%(readers)s, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) FROM pg_class c
            WHERE c.relnamespace = n.oid AND c.relkind = 'r'),
           (SELECT bool_and(c.relowner = n.nspowner) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r')
    FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner WHERE n.nspname = %(schema)s
""")


class Lake(Resource[LocalSession]):
    """The DuckLake itself: its catalog tables, its schemas, and what the readers may see of them."""

    kind = "lake"
    proof = Proof.CHILD

    def __init__(self, name: str, *, database: CatalogDatabase, folder: LakeFolder) -> None:
        super().__init__(name, depends_on=(database, folder))
        self.database = database
        self.data: Path = folder.data

    def wanted(self) -> dict[str, str]:
        """Encrypted, with our schemas, readable by the readers and writable by the owner alone."""
        return {
            "files": "encrypted",
            "schemas": " ".join(LAKE_SCHEMAS),
            "readers": "read all",
            "catalog tables": "the owner's",
        }

    def read(self, session: LocalSession) -> Observed | None:
        """None as well while the database is missing or closed, as then there is nothing to look into."""
        parent = self.database.read(session)
        if parent is None or not parent.is_ours or not _can_look_into(parent):
            return None
        try:
            return self._look_inside(session)
        except NotFound:
            # Another worker, which takes it away, was faster.
            return None

    def _look_inside(self, session: LocalSession) -> Observed | None:
        schema = f"{METADATA_SCHEMA}.ducklake_metadata"
        if session.in_catalog("look for the lake", sql.SQL("SELECT to_regclass(%s)"), [schema]) == [(None,)]:
            return None
        rows = session.in_catalog(
            "read the lake",
            _READ_LAKE,
            {"readers": self.database.readers, "schema": METADATA_SCHEMA},
        )
        if not rows:
            return None
        owner, can_read, can_write, is_owned = rows[0]
        files, schemas = _content(session)
        return Observed(
            is_ours=owner == self.database.owner,
            owner=owner,
            properties={
                "files": files,
                "schemas": schemas,
                "readers": "write too" if can_write else "read all" if can_read else "miss something",
                "catalog tables": "the owner's" if is_owned else "partly somebody else's",
            },
        )

    def create(self, session: LocalSession) -> None:
        """Rights first, so that every table is born with them; then DuckLake makes its tables in one transaction."""
        self._grant(session)
        self._make_schemas(session, LAKE_SCHEMAS)

    def update(self, session: LocalSession, observed: Observed) -> None:
        """Give back rights and schemas. A lake that was made without encryption can't be changed."""
        if observed.properties["files"] != "encrypted":
            super().update(session, observed)
        self._grant(session)
        self._repair(session)
        present = observed.properties["schemas"].split()
        self._make_schemas(session, tuple(schema for schema in LAKE_SCHEMAS if schema not in present))

    def delete(self, session: LocalSession) -> None:
        """Its tables go at once; the files go with the folder."""
        statement = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(METADATA_SCHEMA))
        with contextlib.suppress(NotFound):
            session.in_catalog("drop the lake", statement)

    def _grant(self, session: LocalSession) -> None:
        parts = {
            "schema": sql.Identifier(METADATA_SCHEMA),
            "owner": sql.Identifier(self.database.owner),
            "readers": sql.Identifier(self.database.readers),
        }
        session.in_catalog(
            "grant the readers the lake",
            sql.SQL(
                "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner};"
                "GRANT USAGE ON SCHEMA {schema} TO {readers};"
                "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {readers}"
            ).format(**parts),
        )

    def _repair(self, session: LocalSession) -> None:
        """What somebody changed on single tables."""
        strays = session.in_catalog(
            "look for stray tables",
            sql.SQL("""
                SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = %s AND c.relkind = 'r' AND c.relowner <> n.nspowner
            """),
            [METADATA_SCHEMA],
        )
        owner, readers = sql.Identifier(self.database.owner), sql.Identifier(self.database.readers)
        schema = sql.Identifier(METADATA_SCHEMA)
        statements = [
            sql.SQL("ALTER TABLE {} OWNER TO {}").format(sql.Identifier(METADATA_SCHEMA, name), owner)
            for (name,) in strays
        ]
        statements += [
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}").format(schema, readers),
            sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, readers),
        ]
        session.in_catalog("give the lake's tables back", sql.SQL("; ").join(statements))

    def _make_schemas(self, session: LocalSession, missing: tuple[str, ...]) -> None:
        if missing:
            making = "; ".join(f'CREATE SCHEMA IF NOT EXISTS {CATALOG}."{schema}"' for schema in missing)
            session.in_lake("make the lake's schemas", [f"BEGIN; {making}; COMMIT"], data=self.data)


def _content(session: LocalSession) -> tuple[str, str]:
    """Whether the files are encrypted, and which of our schemas there are, as the lake's own tables say.

    Somebody who may load can have put anything in their place: then they say nothing.
    """
    try:
        settings = session.copied("read the lake's settings", "ducklake_metadata", ("key", "value", "scope"))
        known = session.copied("read the lake's schemas", "ducklake_schema", ("schema_name", "end_snapshot"))
    except NotFound:
        raise
    except TerminalError:
        return "unreadable", ""
    is_encrypted = ("encrypted", "true", None) in settings
    present = {name for name, end in known if end is None}
    return "encrypted" if is_encrypted else "plain", " ".join(name for name in LAKE_SCHEMAS if name in present)
