"""What one warehouse consists of: two groups, a database, its schemas, a table for our notes, and logins.

Each resource's `create()` is one statement or one transaction, so its ownership proof is there from the first moment.
"""

import secrets
from typing import ClassVar

from psycopg import sql

from adapter_postgresql.session import PostgresqlSession, ignore_missing
from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.resources import Observed, Proof, Resource

I = sql.Identifier  # noqa: E741 - short, because every statement below is full of it
END_SESSIONS = sql.SQL("""
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = {} AND backend_type = 'client backend' AND pg_has_role(usesysid, 'MEMBER')
""")


class Role(Resource[PostgresqlSession]):
    """A role of ours: its comment, set in the transaction that makes it, is the proof."""

    kind = "role"
    proof = Proof.TAG

    def __init__(self, name: str, *, comment: str, depends_on: tuple[Resource[PostgresqlSession], ...] = ()) -> None:
        super().__init__(name, depends_on=depends_on)
        self.comment = comment

    def read(self, session: PostgresqlSession) -> Observed | None:
        """Whether the role exists and carries our comment."""
        query = sql.SQL("SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = %s")
        found = session.row(f"read {self.address}", query, [self.name])
        if found is None:
            return None
        return Observed(is_ours=found.comment == self.comment, owner=found.comment or "")

    def create(self, session: PostgresqlSession) -> None:
        """Make the group, and make ourselves a member, so that we may give it a database."""
        session.run_together(
            f"create {self.address}",
            sql.SQL("CREATE ROLE {} NOLOGIN").format(I(self.name)),
            sql.SQL("COMMENT ON ROLE {} IS {}").format(I(self.name), sql.Literal(self.comment)),
            sql.SQL("GRANT {} TO CURRENT_USER").format(I(self.name)),
        )

    def delete(self, session: PostgresqlSession) -> None:
        """Drop the role."""
        session.run(f"delete {self.address}", sql.SQL("DROP ROLE IF EXISTS {}").format(I(self.name)))


class Database(Resource[PostgresqlSession]):
    """The database. Its owner is the proof: a role that carries our comment."""

    kind = "database"
    proof = Proof.OWNER

    def __init__(self, name: str, *, owner: Role, reader: Role) -> None:
        super().__init__(name, depends_on=(owner, reader))
        self.owner = owner
        self.reader = reader

    def wanted(self) -> dict[str, str]:
        """PostgreSQL lets everybody connect to a new database; we let the readers and nobody else."""
        return {"may connect": "owner and readers"}

    def read(self, session: PostgresqlSession) -> Observed | None:
        """Whose it is, and who may connect."""
        query = sql.SQL("""
            SELECT o.rolname AS owner, shobj_description(o.oid, 'pg_authid') AS comment,
                   bool_or(a.grantee = 0) AS everybody,
                   bool_or(g.rolname = %s AND a.privilege_type = 'CONNECT') AS readers
            FROM pg_database d JOIN pg_roles o ON o.oid = d.datdba
                CROSS JOIN aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                LEFT JOIN pg_roles g ON g.oid = a.grantee
            WHERE d.datname = %s GROUP BY 1, 2""")
        found = session.row(f"read {self.address}", query, [self.reader.name, self.name])
        if found is None:
            return None
        who = "everybody" if found.everybody else "owner and readers" if found.readers else "owner"
        is_ours = found.owner == self.owner.name and found.comment == self.owner.comment
        return Observed(is_ours=is_ours, owner=found.owner, properties={"may connect": who})

    def create(self, session: PostgresqlSession) -> None:
        """Make it; killed before the rights are set, the next run sees the difference and sets them."""
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'")
        session.run(f"create {self.address}", statement.format(I(self.name), I(self.owner.name)))
        self._set_rights(session)

    def update(self, session: PostgresqlSession, observed: Observed) -> None:
        """Set the rights again."""
        self._set_rights(session)

    def delete(self, session: PostgresqlSession) -> None:
        """End the sessions of its roles, then drop it. Somebody else's session makes it a `Conflict`.

        Not WITH (FORCE): without superuser's rights that is refused while autovacuum happens to work in the database.
        """
        session.leave(self.name)
        session.run(f"end the sessions in {self.address}", END_SESSIONS.format(sql.Literal(self.name)))
        session.run(f"delete {self.address}", sql.SQL("DROP DATABASE IF EXISTS {}").format(I(self.name)))

    def _set_rights(self, session: PostgresqlSession) -> None:
        session.run_together(
            f"set rights of {self.address}",
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(I(self.name)),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(I(self.name), I(self.reader.name)),
        )


class Child(Resource[PostgresqlSession]):
    """Something inside our database, and ours because of that."""

    proof = Proof.CHILD
    query: ClassVar[sql.SQL]

    def __init__(
        self, database: Database, name: str, *, depends_on: tuple[Resource[PostgresqlSession], ...] = ()
    ) -> None:
        super().__init__(f"{database.name}.{name}", depends_on=(database, *depends_on))
        self.database = database
        self.own_name = name

    def read(self, session: PostgresqlSession) -> Observed | None:
        """What is there; nothing, as long as the database isn't there or isn't ours."""
        parent = self.database.read(session)
        if parent is None or not parent.is_ours:
            return None
        words, found = {"name": self.own_name, "reader": self.database.reader.name}, None
        with ignore_missing():
            found = session.row(f"read {self.address}", self.query, words, database=self.database.name)
        if found is None:
            return None
        return Observed(is_ours=True, owner=found.owner, properties=found._asdict())


class Schema(Child):
    """A schema; with readers, whatever is ever put into it can be read by them."""

    kind = "schema"
    query = sql.SQL("""
        SELECT o.rolname AS owner,
            CASE WHEN EXISTS (SELECT FROM aclexplode(n.nspacl) a JOIN pg_roles g ON g.oid = a.grantee
                              WHERE g.rolname = %(reader)s AND a.privilege_type = 'USAGE')
                  AND EXISTS (SELECT FROM pg_default_acl d CROSS JOIN aclexplode(d.defaclacl) a
                                  JOIN pg_roles g ON g.oid = a.grantee
                              WHERE d.defaclnamespace = n.oid AND d.defaclrole = n.nspowner AND d.defaclobjtype = 'r'
                                AND g.rolname = %(reader)s AND a.privilege_type = 'SELECT')
                 THEN 'yes' ELSE 'no' END AS readable
        FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner WHERE n.nspname = %(name)s""")

    def __init__(self, database: Database, name: str, *, is_readable: bool) -> None:
        super().__init__(database, name)
        self.is_readable = is_readable

    def wanted(self) -> dict[str, str]:
        """Its owner, and whether readers see into it."""
        return {"owner": self.database.owner.name, "readable": "yes" if self.is_readable else "no"}

    def create(self, session: PostgresqlSession) -> None:
        """Make it with its rights."""
        statement = sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}")
        made = statement.format(I(self.own_name), I(self.database.owner.name))
        session.run_together(f"create {self.address}", made, *self._rights(), database=self.database.name)

    def update(self, session: PostgresqlSession, observed: Observed) -> None:
        """Set owner and rights again."""
        statement = sql.SQL("ALTER SCHEMA {} OWNER TO {}")
        owned = statement.format(I(self.own_name), I(self.database.owner.name))
        session.run_together(f"update {self.address}", owned, *self._rights(), database=self.database.name)

    def delete(self, session: PostgresqlSession) -> None:
        """Drop it with all that is in it."""
        statement = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(I(self.own_name))
        with ignore_missing():
            session.run_together(f"delete {self.address}", statement, database=self.database.name)

    def _rights(self) -> list[sql.Composed]:
        words = {
            "schema": I(self.own_name),
            "owner": I(self.database.owner.name),
            "reader": I(self.database.reader.name),
        }
        grants = (
            "GRANT USAGE ON SCHEMA {schema} TO {reader}",
            "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader}",
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {reader}",
        )
        return [sql.SQL(grant).format(**words) for grant in grants] if self.is_readable else []


class LoadLog(Child):
    """The table in which each load is noted, in the transaction that loads."""

    kind = "table"
    query = sql.SQL("""
        SELECT pg_get_userbyid(c.relowner) AS owner FROM pg_class c
        WHERE c.oid = to_regclass(%(name)s)""")

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema.database, f"{schema.own_name}.load", depends_on=(schema,))
        self.schema = schema

    def create(self, session: PostgresqlSession) -> None:
        """Make it, as its owner."""
        session.run_together(
            f"create {self.address}",
            sql.SQL("SET LOCAL ROLE {}").format(I(self.database.owner.name)),
            sql.SQL("""
                CREATE TABLE {}.load (
                    load_id text PRIMARY KEY, table_name text NOT NULL, fence bigint NOT NULL,
                    rows bigint NOT NULL, note text NOT NULL, loaded_at timestamptz NOT NULL DEFAULT now())""").format(
                I(self.schema.own_name)
            ),
            database=self.database.name,
        )

    def delete(self, session: PostgresqlSession) -> None:
        """Drop it."""
        statement = sql.SQL("DROP TABLE IF EXISTS {}.load").format(I(self.schema.own_name))
        with ignore_missing():
            session.run_together(f"delete {self.address}", statement, database=self.database.name)


class LoginRole(Role):
    """A role that clients sign in as. It acts as its group, so that all logins of a level own things together."""

    def __init__(self, name: str, *, group: Role, database: Database, secret_name: str) -> None:
        super().__init__(name, comment=group.comment, depends_on=(group, database))
        self.group = group
        self.database = database
        self.secret_name = secret_name

    def wanted(self) -> dict[str, str]:
        """That it may sign in and belongs to its group."""
        return {"login": "yes", "member": "yes"}

    def read(self, session: PostgresqlSession) -> Observed | None:
        """Whether it exists, carries our comment, and can do what it should."""
        query = sql.SQL("""
            SELECT shobj_description(r.oid, 'pg_authid') AS comment, r.rolcanlogin AS login,
                EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                        WHERE m.member = r.oid AND g.rolname = %s) AS member
            FROM pg_roles r WHERE r.rolname = %s""")
        found = session.row(f"read {self.address}", query, [self.group.name, self.name])
        if found is None:
            return None
        properties = {"login": "yes" if found.login else "no", "member": "yes" if found.member else "no"}
        return Observed(is_ours=found.comment == self.comment, owner=found.comment or "", properties=properties)

    def create(self, session: PostgresqlSession) -> None:
        """Make it. The server gets the password's SCRAM verifier only, so no log of its can show the password."""
        password = session.vault.get_or_create(self.secret_name, new_password)
        encrypt = session.server.pgconn.encrypt_password
        verifier = encrypt(password.reveal().encode(), self.name.encode(), b"scram-sha-256").decode()
        made = sql.SQL("CREATE ROLE {} PASSWORD {}").format(I(self.name), sql.Literal(verifier))
        comment = sql.SQL("COMMENT ON ROLE {} IS {}").format(I(self.name), sql.Literal(self.comment))
        # Membership lets us clean up after the login before we drop it.
        member = sql.SQL("GRANT {} TO CURRENT_USER").format(I(self.name))
        session.run_together(f"create {self.address}", made, comment, member, *self._rights())

    def update(self, session: PostgresqlSession, observed: Observed) -> None:
        """Give it its rights again."""
        session.run_together(f"update {self.address}", *self._rights())

    def delete(self, session: PostgresqlSession) -> None:
        """End its sessions, hand what it owns itself to the owner, and drop it."""
        with ignore_missing():
            self._retire(session)
        super().delete(session)

    def _retire(self, session: PostgresqlSession) -> None:
        session.run_together(
            f"close {self.address}",
            sql.SQL("ALTER ROLE {} NOLOGIN").format(I(self.name)),
            sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {}").format(
                sql.Literal(self.name)
            ),
        )
        parent = self.database.read(session)
        if parent is not None and parent.is_ours:
            session.run_together(
                f"empty {self.address}",
                sql.SQL("REASSIGN OWNED BY {} TO {}").format(I(self.name), I(self.database.owner.name)),
                sql.SQL("DROP OWNED BY {}").format(I(self.name)),
                database=self.database.name,
            )

    def _rights(self) -> list[sql.Composed]:
        words = {"login": I(self.name), "group": I(self.group.name), "database": I(self.database.name)}
        return [
            sql.SQL(statement).format(**words)
            for statement in (
                "ALTER ROLE {login} LOGIN",
                "GRANT {group} TO {login}",
                "ALTER ROLE {login} IN DATABASE {database} SET role = {group}",
            )
        ]


def new_password() -> SecretText:
    """A fresh password."""
    return SecretText(secrets.token_urlsafe(24))
