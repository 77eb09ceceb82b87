"""The PostgreSQL server that holds the catalogs of all lakes, and how DuckDB reaches one of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from oneclick.core.secrets import SecretText
from oneclick.duck.quoting import identifier, literal
from oneclick.warehouses.adapters.local.errors import translated
from oneclick.warehouses.adapters.local.names import METADATA_SCHEMA
from oneclick.warehouses.contract.errors import ContractError, InvalidConfig, InvalidCredentials

CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_MS = 5_000
LONGEST_APPLICATION_NAME = 63
POOL_SIZE = 2
"""Catalog connections that one attached lake keeps open."""

MEMBERSHIPS_WITH_OPTIONS = 160_000
"""The first version (as libpq spells it) where a membership says what it is good for."""

SETS_SCRAM_ITERATIONS = 160_000
"""The first version (as libpq spells it) that lets a session choose how far it stretches a password."""
SCRAM_ITERATIONS = 256
"""Stretching makes a password dear to guess. Ours carry 192 random bits: each sign-in would only take 4 ms longer."""

_IN_SECRET = ("host", "port", "user", "password", "dbname")

Connection = psycopg.Connection[TupleRow]


class CatalogServer:
    """Where the catalogs are, as the operator's `catalog_url` says: a role with CREATEDB and CREATEROLE, no more."""

    def __init__(self, url: SecretText, *, correlation_id: str = "") -> None:
        try:
            conninfo_to_dict(url.reveal())
        except psycopg.ProgrammingError:
            # libpq repeats the text that it can't read, password and all.
            raise InvalidConfig(
                "The address of the lakes' catalog server can't be read.",
                hint="Write it as postgresql://user:password@host:5432/database.",
            ) from None
        self._url = url
        self._application = f"one-click {correlation_id}".strip()[:LONGEST_APPLICATION_NAME]

    def connect(self, database: str = "") -> Connection:
        """Connect as the operator's role, to its own database or to one of the catalogs."""
        parameters = {**self._defaults, **self._parameters}
        if database:
            parameters["dbname"] = database
        parameters["options"] = f"{parameters.get('options', '')} -c lock_timeout={LOCK_TIMEOUT_MS}".strip()
        with translated():
            connection = psycopg.connect(make_conninfo("", **parameters), autocommit=True)
            if connection.info.server_version >= SETS_SCRAM_ITERATIONS:
                connection.execute(f"SET scram_iterations = {SCRAM_ITERATIONS:d}")
            return connection

    def lets_in(self, user: str, password: SecretText, *, database: str) -> bool:
        """Whether that login gets in with that password. No other obstacle is taken for a wrong one."""
        try:
            with translated():
                psycopg.connect(self._conninfo_as(user, password, database)).close()
        except InvalidCredentials:
            return False
        except ContractError:
            return True
        return True

    def _conninfo_as(self, user: str, password: SecretText, database: str) -> str:
        return make_conninfo(
            self._further_parameters(),
            host=self.host, port=self.port, user=user, password=password.reveal(), dbname=database,
        )  # fmt: skip

    @property
    def host(self) -> str:
        """Where clients connect to."""
        return str(self._parameters.get("host") or self._parameters.get("hostaddr") or "localhost")

    @property
    def port(self) -> int:
        """The port that clients connect to."""
        return int(self._parameters.get("port") or 5432)

    def attachment_as(self, user: str, password: SecretText, *, database: str, data: Path) -> "LakeAttachment":
        """How DuckDB attaches a lake with one of its logins."""
        return LakeAttachment(
            host=self.host,
            port=self.port,
            user=user,
            password=password,
            database=database,
            data=data,
            conninfo=self._further_parameters(),
        )

    def _further_parameters(self) -> str:
        """What the connection needs beyond the secret's fields, as for TLS; contains no secret."""
        kept = {
            name: value
            for name, value in self._parameters.items()
            if name not in (*_IN_SECRET, "options", "passfile", "sslpassword")
        }
        return make_conninfo("", **{**self._defaults, **kept})

    @property
    def _parameters(self) -> dict[str, Any]:
        return dict(conninfo_to_dict(self._url.reveal()))

    @property
    def _defaults(self) -> dict[str, Any]:
        return {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": self._application}


@dataclass(frozen=True, kw_only=True)
class LakeAttachment:
    """All that DuckDB needs to attach one lake with one login."""

    host: str
    port: int
    user: str
    password: SecretText
    database: str
    data: Path
    conninfo: str

    def statements(self, *, catalog: str, read_only: bool = False, create: bool = False) -> list[str]:
        """SQL that attaches the lake under the name `catalog`. The statements contain the password.

        It travels in a secret, because `duckdb_databases()` would show it in the path of an ATTACH. `create` makes a
        lake where there is none. The data folder overrides the one in the catalog, so that a moved home works.
        """
        parts = [f"HOST {literal(self.host)}", f"PORT {self.port}", f"DATABASE {literal(self.database)}"]
        if self.user:
            parts.append(f"USER {literal(self.user)}")
        if self.password:
            parts.append(f"PASSWORD {literal(self.password.reveal())}")
        how = [f"METADATA_SCHEMA {literal(METADATA_SCHEMA)}", "OVERRIDE_DATA_PATH true"]
        how += ["ENCRYPTED"] if create else ["CREATE_IF_NOT_EXISTS false"]
        how += ["READ_ONLY"] if read_only else []
        place = [
            f"METADATA_PATH {literal(self.conninfo)}",
            f"METADATA_PARAMETERS MAP {{'TYPE': 'postgres', 'SECRET': {literal(f'{catalog}_server')}}}",
            f"DATA_PATH {literal(f'{self.data}/')}",
        ]
        server, lake = identifier(f"{catalog}_server"), identifier(f"{catalog}_lake")
        return [
            f"SET pg_pool_max_connections = {POOL_SIZE}",
            f"CREATE OR REPLACE SECRET {server} (TYPE postgres, {', '.join(parts)})",
            f"CREATE OR REPLACE SECRET {lake} (TYPE ducklake, {', '.join(place)})",
            f"ATTACH IF NOT EXISTS {literal(f'ducklake:{catalog}_lake')} AS {identifier(catalog)} ({', '.join(how)})",
        ]
