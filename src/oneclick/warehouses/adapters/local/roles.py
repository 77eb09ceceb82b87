"""The roles of one warehouse on the catalog's server: two groups, and the logins that belong to them.

Logins own nothing: a loader acts as the owner group from its first moment on, so that readers see what it makes and
so that it can be dropped. Their comment is the proof of ownership, set in the transaction that makes the role.
"""

import contextlib
import secrets
from dataclasses import replace

from psycopg import sql

from oneclick.core.secrets import SecretText
from oneclick.warehouses.adapters.local.session import LocalSession, Statement
from oneclick.warehouses.contract.errors import NotFound
from oneclick.warehouses.contract.instance import AccessLevel, Login
from oneclick.warehouses.contract.resources import Observed, Proof, Resource

CONNECTIONS_PER_LOGIN = 60

SIGN_IN = "signing in with our password"
WORKS, REFUSED = "works", "is refused"

_READ_ROLE = sql.SQL("""
    SELECT coalesce(shobj_description(r.oid, 'pg_authid'), ''), r.rolcanlogin, pg_has_role(r.oid, 'MEMBER'),
           r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls,
           coalesce((SELECT string_agg(g.rolname, ' ' ORDER BY g.rolname)
                     FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid), ''),
           coalesce((SELECT array_to_string(s.setconfig, ' ') FROM pg_db_role_setting s
                     JOIN pg_database d ON d.oid = s.setdatabase WHERE s.setrole = r.oid AND d.datname = %s), '')
    FROM pg_roles r WHERE r.rolname = %s
""")


class Role(Resource[LocalSession]):
    """What groups and logins have in common."""

    kind = "role"
    proof = Proof.TAG

    def read(self, session: LocalSession) -> Observed | None:
        """Its comment says whose it is."""
        rows = session.on_server(f"read role {self.name}", _READ_ROLE, [session.names.database, self.name])
        if not rows:
            return None
        comment, can_login, is_ours_to_manage, is_powerful, groups, settings = rows[0]
        return Observed(
            is_ours=comment == session.names.proof,
            owner=comment or "a role without our comment",
            properties={
                "may sign in": _yes(can_login),
                "managed by us": _yes(is_ours_to_manage),
                "server-wide rights": "some" if is_powerful else "none",
                "groups": groups,
                "settings": settings,
            },
        )

    def make(self, session: LocalSession, options: Statement, *further: Statement) -> None:
        """Create the role with its proof, in one transaction."""
        name = sql.Identifier(self.name)
        statements = [
            sql.SQL("CREATE ROLE {} {}").format(name, options),
            sql.SQL("COMMENT ON ROLE {} IS {}").format(name, sql.Literal(session.names.proof)),
            self.take_charge(session),
            *further,
        ]
        session.on_server(f"create role {self.name}", sql.SQL("; ").join(statements))

    def take_charge(self, session: LocalSession) -> Statement:
        """Make the operator's role a member: who owns a database or ends a session must be."""
        return session.membership_in(self.name)

    def restrain(self, options: Statement) -> Statement:
        """Take back what somebody gave it."""
        return sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(self.name), options)


class Group(Role):
    """A role that nobody signs in as: the owner of the catalog, or those who read it."""

    def wanted(self) -> dict[str, str]:
        """No sign-in, no rights beyond the warehouse."""
        return {"may sign in": "no", "managed by us": "yes", "server-wide rights": "none", "groups": ""}

    def create(self, session: LocalSession) -> None:
        """One transaction."""
        self.make(session, sql.SQL("NOLOGIN"))

    def update(self, session: LocalSession, observed: Observed) -> None:
        """Bring it back to what it was made as."""
        options = sql.SQL("NOLOGIN NOCREATEDB NOCREATEROLE")
        statements = [self.restrain(options), self.take_charge(session), *_leave(self.name, observed, stay=())]
        session.on_server(f"alter role {self.name}", sql.SQL("; ").join(statements))

    def delete(self, session: LocalSession) -> None:
        """It owns nothing any more once the catalog database is gone."""
        session.drop_passing_logins()
        session.on_server(f"drop role {self.name}", sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(self.name)))


class LoginRole(Role):
    """A role that a loader or a reader signs in as."""

    def __init__(
        self, name: str, *, login: Login, group: Group, database: str, depends_on: tuple[Resource[LocalSession], ...]
    ) -> None:
        super().__init__(name, depends_on=depends_on)
        self.login = login
        self.group = group.name
        self.database = database

    def read(self, session: LocalSession) -> Observed | None:
        """Whether it gets in with our password, too: PostgreSQL lets every role change its own."""
        observed = super().read(session)
        if observed is None or not observed.is_ours or observed.properties["may sign in"] == "no":
            return observed
        signs_in = {SIGN_IN: REFUSED if self._is_locked_out(session) else WORKS}
        return replace(observed, properties={**observed.properties, **signs_in})

    def wanted(self) -> dict[str, str]:
        """A member of one group alone; a loader acts as that group, so that it owns nothing itself."""
        settings = f"role={self.group}" if self.login.level is AccessLevel.WRITE else ""
        return {
            "may sign in": "yes",
            SIGN_IN: WORKS,
            "managed by us": "yes",
            "server-wide rights": "none",
            "groups": self.group,
            "settings": settings,
        }

    def create(self, session: LocalSession) -> None:
        """The password is in the vault before the role is there, and the server only sees its verifier."""
        options = sql.SQL("LOGIN PASSWORD {} CONNECTION LIMIT {} IN ROLE {}").format(
            self._verifier(session), sql.Literal(CONNECTIONS_PER_LOGIN), sql.Identifier(self.group)
        )
        self.make(session, options, *self._settings())

    def update(self, session: LocalSession, observed: Observed) -> None:
        """Bring it back to what it was made as, its password too."""
        options = sql.SQL("LOGIN NOCREATEDB NOCREATEROLE PASSWORD {}").format(self._verifier(session))
        statements = [
            self.restrain(options),
            self.take_charge(session),
            *_leave(self.name, observed, stay=(self.group,)),
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(self.group), sql.Identifier(self.name)),
            sql.SQL("ALTER ROLE {} IN DATABASE {} RESET ALL").format(*self._in_database()),
            *self._settings(),
        ]
        session.on_server(f"alter role {self.name}", sql.SQL("; ").join(statements))

    def delete(self, session: LocalSession) -> None:
        """Lock it out, end its sessions, hand over what it may own after all, drop it."""
        name = sql.Identifier(self.name)
        session.proved.add(self.name)
        with contextlib.suppress(NotFound):
            session.on_server(f"lock role {self.name}", sql.SQL("ALTER ROLE {} NOLOGIN").format(name))
            session.on_server(
                f"end the sessions of {self.name}",
                sql.SQL("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s"),
                [self.name],
            )
            if self._owns_something(session):
                self._hand_over(session)
            session.on_server(f"drop role {self.name}", sql.SQL("DROP ROLE IF EXISTS {}").format(name))

    def _hand_over(self, session: LocalSession) -> None:
        statement = sql.SQL("REASSIGN OWNED BY {} TO {}; DROP OWNED BY {}")
        names = sql.Identifier(self.name), sql.Identifier(session.names.owner), sql.Identifier(self.name)
        session.in_catalog(f"hand over what {self.name} owns", statement.format(*names))

    def _owns_something(self, session: LocalSession) -> bool:
        return bool(
            session.on_server(
                f"look for objects of {self.name}",
                sql.SQL("""
                    SELECT 1 FROM pg_shdepend s
                    JOIN pg_roles r ON r.oid = s.refobjid JOIN pg_database d ON d.oid = s.dbid
                    WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = %s AND d.datname = %s LIMIT 1
                """),
                [self.name, self.database],
            )
        )

    def _is_locked_out(self, session: LocalSession) -> bool:
        if self.name in session.proved:
            return False
        try:
            password = session.vault.get(self.login.secret_name)
        except NotFound:
            return True
        with session.vendor_call(f"sign in as {self.name}"):
            return not session.server.lets_in(self.name, password, database=self.database)

    def _verifier(self, session: LocalSession) -> sql.Literal:
        session.proved.add(self.name)
        password = session.vault.get_or_create(self.login.secret_name, _new_password)
        verifier = session.admin.pgconn.encrypt_password(
            password.reveal().encode(), self.name.encode(), b"scram-sha-256"
        )
        return sql.Literal(verifier.decode())

    def _settings(self) -> list[Statement]:
        if self.login.level is not AccessLevel.WRITE:
            return []
        act = sql.SQL("ALTER ROLE {} IN DATABASE {} SET role = {}")
        return [act.format(*self._in_database(), sql.Identifier(self.group))]

    def _in_database(self) -> tuple[sql.Identifier, sql.Identifier]:
        return sql.Identifier(self.name), sql.Identifier(self.database)


def _new_password() -> SecretText:
    return SecretText(secrets.token_urlsafe(24))


def _leave(name: str, observed: Observed, *, stay: tuple[str, ...]) -> list[Statement]:
    """Take the role out of the groups that it doesn't belong to."""
    surplus = [group for group in observed.properties.get("groups", "").split() if group not in stay]
    return [sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(group), sql.Identifier(name)) for group in surplus]


def _yes(value: object) -> str:
    return "yes" if value else "no"
