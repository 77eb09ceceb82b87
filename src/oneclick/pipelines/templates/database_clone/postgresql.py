"""PostgreSQL 12 and newer, and what speaks like it.

We look around with psycopg, whose errors tell what is wrong, and read with DuckDB's scanner, which is as fast as COPY.
Rows that are new since are read by `postgres_query`: the scanner would look through the whole table by ctid and leave
the cursor's index alone.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg.rows import dict_row

from oneclick import outbound
from oneclick.duck.quoting import identifier, literal
from oneclick.outbound.errors import OutboundError
from oneclick.pipelines import hashing
from oneclick.pipelines.concerns import concern
from oneclick.pipelines.contract.errors import (
    BadFlow,
    FlowError,
    SourceChanged,
    SourceDamaged,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from oneclick.pipelines.contract.sources import Column, Mode, OnProgress, Settings, Source, Stream, Wanted
from oneclick.pipelines.templates.database_clone.cursors import Candidate, best_first
from oneclick.pipelines.templates.database_clone.reading import (
    ALIAS,
    Expression,
    TableReading,
    joined,
    of_kind,
    split,
)
from oneclick.warehouses.contract.data_plane import DuckDBConnection
from oneclick.warehouses.contract.descriptions import Check, CheckResult

CONNECT_TIMEOUT_S = 10
OLDEST_VERSION = 12
WIDEST = 38
"""The most digits of DuckDB's DECIMAL (https://duckdb.org/docs/stable/sql/data_types/numeric)."""
FREE = f"DECIMAL({WIDEST},10)"
"""The type of a `numeric` without bounds. What has more decimals, or doesn't fit otherwise, is refused, not rounded."""

PLAIN = {
    "bool": "BOOLEAN", "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "float4": "FLOAT", "float8": "DOUBLE",
    "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "uuid": "UUID", "bytea": "BLOB", "text": "VARCHAR", "varchar": "VARCHAR", "bpchar": "VARCHAR",
    "interval": "INTERVAL",
}  # fmt: skip
"""Types that the scanner and `postgres_query` bring alike, by their names in pg_type."""
CURSOR_TYPES = ("timestamptz", "timestamp", "int8", "int4", "date", "int2")

_BROKEN = (
    r"server closed the connection|terminating connection|SSL connection|[Cc]onnection reset|no connection to"
    r'|Failed to \w+ COPY ".*":\s*(\n|$)'
)
"""How the scanner says that the connection broke; it says nothing behind the colon where libpq doesn't know more."""

_COLUMNS = """
SELECT n.nspname AS schema, c.relname AS "table", nullif(c.reltuples, -1)::bigint AS estimate, c.relkind,
    a.attname AS name, a.atttypmod AS typmod, a.attndims AS dimensions,
    format_type(a.atttypid, a.atttypmod) AS source_type, t.typname AS type, t.typtype AS kind,
    coalesce(e.typname, '') AS element, coalesce(e.typtype, '') AS element_kind, t.typcategory AS category,
    array_position(coalesce(p.conkey::int2[], u.columns), a.attnum) AS key_position,
    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)
        AS is_indexed
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_constraint p ON p.conrelid = c.oid AND p.contype = 'p'
LEFT JOIN LATERAL (
    SELECT i.indkey::int2[] AS columns FROM pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (
        SELECT FROM pg_attribute k
        WHERE k.attrelid = c.oid AND k.attnum = ANY(i.indkey::int2[]) AND NOT k.attnotnull)
    ORDER BY i.indnatts LIMIT 1
) u ON true
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2, a.attnum
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where the database is and who we are there; `tls` is libpq's sslmode."""

    host: str
    port: int
    database: str
    user: str
    tls: str

    @classmethod
    def of(cls, config: Mapping[str, str]) -> "Server":
        """From a flow's settings; raises `BadFlow`."""
        for name in ("host", "database", "user"):
            if not of_kind(config, name):
                raise BadFlow(f"The {name} is missing.")
        port = of_kind(config, "port", "5432")
        if not port.isdigit() or not 0 < int(port) < 65536:  # noqa: PLR2004 - TCP's ports
            raise BadFlow(f"{port!r} isn't a port.", hint="It is a number up to 65535, usually 5432.")
        return cls(
            host=of_kind(config, "host"), port=int(port), database=of_kind(config, "database"),
            user=of_kind(config, "user"), tls=of_kind(config, "tls", "prefer"),
        )  # fmt: skip

    def parameters(self) -> dict[str, Any]:
        """What libpq is told but for the password; each address was checked, and nothing is looked up again."""
        addresses = outbound.check(self.host, self.port, timeout_s=CONNECT_TIMEOUT_S)
        return {
            "host": ",".join([self.host] * len(addresses)),
            "hostaddr": ",".join(map(str, addresses)),
            "port": str(self.port),
            "dbname": self.database,
            "user": self.user,
            "sslmode": self.tls,
            "connect_timeout": str(CONNECT_TIMEOUT_S),
            "application_name": "One-Click DWH",
            # No file of ours is to be read: neither certificates, nor a password file, nor a service file.
            "sslcert": "", "passfile": "/dev/null", "gssencmode": "disable", "channel_binding": "prefer",
            **({"sslrootcert": "system"} if self.tls == "verify-full" else {}),
        }  # fmt: skip


class PostgresqlSource(Source):
    """One database of one server."""

    duckdb_extensions = ("postgres_scanner",)

    def __init__(self, settings: Settings) -> None:
        self._server = Server.of(settings.config)
        self._settings = settings

    def check(self) -> Sequence[Check]:
        """Address, sign-in, version, rights; stops where the next makes no sense."""
        server, done = self._server, []
        try:
            outbound.check(server.host, server.port, timeout_s=CONNECT_TIMEOUT_S)
            done.append(_passed(f"We may connect to {server.host}:{server.port}"))
            with self._connection() as connection:
                done.append(_passed(f"{server.user} can sign in to {server.database}"))
                done += _looked_at(connection, server)
        except (OutboundError, SourceError) as error:
            done.append(
                Check(title=error.message, result=CheckResult.FAILED, detail=error.hint, remedy=_remedy(error, server))
            )
        return done

    def discover(self) -> Sequence[Stream]:
        """Every table and view that we may read."""
        with self._connection() as connection:
            return streams(connection)

    @contextlib.contextmanager
    def reading(self, duck: DuckDBConnection, folder: Path, on_progress: OnProgress) -> Iterator["PostgresqlReading"]:
        """Attach the database, for reading alone; all reads of one transaction see one snapshot."""
        on_progress("Connecting", None)
        found = self.discover()
        parameters = self._server.parameters()
        duck.execute(_secret(self._settings))
        try:
            duck.execute(
                f"ATTACH {literal(psycopg.conninfo.make_conninfo('', **parameters))} AS {ALIAS} "
                "(TYPE postgres, SECRET oneclick_source, READ_ONLY)"
            )
        except duckdb.Error as exc:
            raise self.explain(exc) or SourceUnavailable(_unreachable(self._server)) from exc
        hashing.prepare(duck, self._settings.secrets)
        yield PostgresqlReading(duck, found)

    def explain(self, error: BaseException) -> FlowError | None:
        """The source's part in an error of the load, if it had one."""
        text = "\n".join(str(each) for each in _chain(error))
        if "ducklake" in text.lower():
            return None
        if re.search(_BROKEN, text):
            return SourceUnavailable(f"The connection to {self._server.host} broke while rows were read.")
        if (said := _said(text)) is not None:
            return said
        try:
            with self._connection():
                return None
        except FlowError as exc:
            return exc

    @contextlib.contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        password = self._settings.secrets.get("password")
        parameters = self._server.parameters()
        try:
            with psycopg.connect(
                **parameters, password=password.reveal() if password else "", row_factory=dict_row,
                autocommit=True, options="-c statement_timeout=60000 -c default_transaction_read_only=on",
            ) as connection:  # fmt: skip
                yield connection
        except psycopg.Error as exc:
            raise _translated(exc, self._server) from exc


class PostgresqlReading(TableReading):
    """Tables of the attached database."""

    def newest(self, stream: str, cursor: str) -> str | None:
        """As PostgreSQL prints it. A moment in the future is left out: what comes until then would be missed."""
        schema, table = split(stream)
        column, name = identifier(cursor), f"{identifier(schema)}.{identifier(table)}"
        kind = _pg_type(self.column(stream, cursor))
        limit = {"timestamptz": "now()", "timestamp": "localtimestamp", "date": "current_date"}.get(kind)
        highest = f"least(max({column}), {limit})" if limit else f"max({column})"
        found = f"SELECT {highest}::text AS newest FROM {name}"
        finite = f" WHERE isfinite({column})" if limit else ""
        row = self._duck.execute(f"FROM postgres_query({literal(ALIAS)}, {literal(found + finite)})").fetchone()
        return str(row[0]) if row and row[0] is not None else None

    def since(self, wanted: Wanted, low: str) -> str:
        """Back from `low` by the look-back. Rows without a cursor come every time: nobody knows when they changed."""
        column, kind = identifier(wanted.cursor), _pg_type(self.column(wanted.stream, wanted.cursor))
        back = {
            "timestamptz": f"{literal(low)}::timestamptz - interval '{int(wanted.look_back)} s'",
            "timestamp": f"{literal(low)}::timestamp - interval '{int(wanted.look_back)} s'",
            "date": f"{literal(low)}::date - {-(-int(wanted.look_back) // 86400)}",
        }.get(kind, f"{literal(low)}::numeric::{kind} - {int(wanted.look_back)}")
        if wanted.mode is Mode.APPEND:
            return f"{column} > {back}"
        return f"({column} >= {back} OR {column} IS NULL)"

    def until(self, wanted: Wanted, high: str) -> str:
        """Up to `high`, that moment included."""
        kind = _pg_type(self.column(wanted.stream, wanted.cursor))
        return f"{identifier(wanted.cursor)} <= {literal(high)}::{kind}"

    def expression(self, column: Column) -> Expression:
        """How a column of that type is brought without a loss."""
        return expression(column)

    def relation(self, stream: str, expressions: Sequence[Expression], where: str) -> str:
        """PostgreSQL's own SELECT, where the scanner would lose something or read more than it needs to."""
        if not where and not any(each.only_remote for each in expressions):
            return super().relation(stream, expressions, where)
        schema, table = split(stream)
        listed = ", ".join(f"{each.remote} AS {identifier(each.column.name)}" for each in expressions)
        select = f"SELECT {listed} FROM {identifier(schema)}.{identifier(table)}"
        return f"postgres_query({literal(ALIAS)}, {literal(f'{select} WHERE {where}' if where else select)})"


def streams(connection: psycopg.Connection[dict[str, Any]]) -> Sequence[Stream]:
    """Every table and view that we may read, with key and cursors."""
    tables: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in connection.execute(_COLUMNS):
        tables.setdefault((row["schema"], row["table"]), []).append(row)
    return [_stream(schema, table, rows) for (schema, table), rows in tables.items()]


def _stream(schema: str, table: str, rows: Sequence[dict[str, Any]]) -> Stream:
    keys = sorted((row for row in rows if row["key_position"]), key=lambda row: int(row["key_position"]))
    return Stream(
        name=joined(schema, table),
        columns=tuple(_column(row) for row in rows),
        key=tuple(row["name"] for row in keys),
        cursors=tuple(best_first(_candidate(row) for row in rows if row["type"] in CURSOR_TYPES)),
        rows=None if rows[0]["relkind"] in ("v", "f") else rows[0]["estimate"],
    )


def _candidate(row: dict[str, Any]) -> Candidate:
    return Candidate(
        name=row["name"], is_time=row["type"] in ("timestamptz", "timestamp", "date"), is_key=bool(row["key_position"]),
        is_indexed=row["is_indexed"],
    )  # fmt: skip


def _column(row: dict[str, Any]) -> Column:
    source_type = str(row["source_type"])
    return Column(
        name=row["name"], type=_kind(row), source_type=f"{_base(row)}|{source_type}", concern=concern(row["name"])
    )


def _base(row: dict[str, Any]) -> str:
    """What `expression` needs to know: an enum, a list, a number without bounds, or the type's own name."""
    if row["category"] == "A":
        inner = "enum" if row["element_kind"] == "e" else row["element"]
        return f"list of {inner}" if row["dimensions"] <= 1 else "lists"
    return "enum" if row["kind"] == "e" else "other" if row["kind"] in ("d", "c") else str(row["type"])


def _kind(row: dict[str, Any]) -> str:
    base = _base(row)
    if base == "numeric":
        return _numeric(row["typmod"])
    if base in ("json", "jsonb", "lists"):
        return "JSON"
    if base.startswith("list of "):
        return f"{PLAIN.get(base.removeprefix('list of '), 'VARCHAR')}[]"
    return PLAIN.get(base, "VARCHAR")


def _numeric(typmod: int) -> str:
    """DECIMAL with the same digits; one of our own for a number without bounds, or with stranger ones."""
    if typmod >= 0:
        precision, scale = ((typmod - 4) >> 16) & 0xFFFF, (typmod - 4) & 0x7FF
        if scale <= precision <= WIDEST:
            return f"DECIMAL({precision},{scale})"
    return FREE


def expression(column: Column) -> Expression:
    """How a column is selected, by the type that `streams` noted."""
    quoted = identifier(column.name)
    base = column.source_type.partition("|")[0]
    if base == "numeric":
        is_free = column.type == FREE
        # As text, because a cast to numeric(38,10) would round; DuckDB's cast below is checked against it.
        return Expression(
            column=column, remote=f"{quoted}::text" if is_free else quoted,
            local=_exact(quoted, column.type) if is_free else quoted, only_remote=is_free,
        )  # fmt: skip
    if base in ("json", "jsonb"):
        return Expression(column=column, remote=quoted, local=f"{quoted}::JSON")
    if base == "lists":
        return Expression(column=column, remote=f"to_json({quoted})::text", local=f"{quoted}::JSON", only_remote=True)
    if base.startswith("list of "):
        is_plain = base.removeprefix("list of ") in PLAIN
        remote = quoted if is_plain else f"{quoted}::text[]"
        return Expression(column=column, remote=remote, local=quoted, only_remote=not is_plain)
    if base == "enum":
        return Expression(column=column, remote=f"{quoted}::text", local=f"{quoted}::VARCHAR")
    is_plain = base in PLAIN
    return Expression(
        column=column, remote=quoted if is_plain else f"{quoted}::text", local=quoted, only_remote=not is_plain
    )


def _exact(quoted: str, kind: str) -> str:
    """The number of a text, or an error where the type would round it."""
    number = f"{quoted}::{kind}"
    is_same = f"{_trimmed(quoted)} = {_trimmed(f'({number})::VARCHAR')}"
    refusal = literal(f"a value of {quoted} has more digits than {kind} keeps")
    return f"CASE WHEN {quoted} IS NULL THEN NULL WHEN {is_same} THEN {number} ELSE error({refusal}) END"


def _trimmed(text: str) -> str:
    """A number's text without the zeros behind its point that mean nothing."""
    return f"CASE WHEN contains({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"


def _said(text: str) -> SourceError | None:
    """What server or scanner had to say of the rows, if that is what went wrong."""
    if found := re.search(r"ERROR:\s+(.+?)(\n|$)", text):
        return _of_sentence(found.group(1).strip())
    if re.search(r"dimension|array stored in Postgres", text):
        return SourceDamaged("A list holds lists, which its column doesn't say.", hint="Leave the column out.")
    if found := re.search(r"a value of .* has more digits than DECIMAL.* keeps", text):
        return SourceDamaged(f"There is {found.group()}.", hint="Leave the column out, or round it at the source.")
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what caused it: our own errors keep the first line of a driver's."""
    while error is not None:
        yield error
        error = error.__cause__


def _of_sentence(sentence: str) -> SourceError:
    """What the server said of a statement that failed."""
    kind: type[SourceError] = SourceDamaged
    if "does not exist" in sentence:
        kind = SourceChanged
    elif "permission denied" in sentence:
        kind = SourceRefused
    elif re.search(r"terminating connection|shutting down|starting up|recovery", sentence):
        kind = SourceUnavailable
    return kind(f"The database says: {sentence}.")


def _pg_type(column: Column) -> str:
    return column.source_type.partition("|")[0]


def _secret(settings: Settings) -> str:
    password = settings.secrets.get("password")
    return (
        "CREATE OR REPLACE TEMPORARY SECRET oneclick_source "
        f"(TYPE postgres, PASSWORD {literal(password.reveal() if password else '')})"
    )


def _looked_at(connection: psycopg.Connection[dict[str, Any]], server: Server) -> Iterator[Check]:
    version = connection.info.server_version // 10_000
    if version < OLDEST_VERSION:
        yield Check(
            title=f"PostgreSQL {version} is too old", result=CheckResult.FAILED,
            detail=f"We read PostgreSQL {OLDEST_VERSION} and newer.",
        )  # fmt: skip
        return
    yield _passed(f"PostgreSQL {version} is new enough")
    found = streams(connection)
    if not found:
        grant = f"GRANT USAGE ON SCHEMA public TO {identifier(server.user)};\n" + _grant(server.user)
        yield Check(
            title=f"{server.user} can read no table", result=CheckResult.FAILED, missing="SELECT", remedy=grant,
            detail="The user can sign in, and may see nothing.",
        )  # fmt: skip
        return
    yield _passed(f"{server.user} can read {len(found):,} {'table' if len(found) == 1 else 'tables'}")
    row = connection.execute(
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb AS is_mighty FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row and row["is_mighty"]:
        yield Check(
            title=f"{server.user} may do more than read", result=CheckResult.NOT_CHECKABLE,
            detail="It works, and a user that can only read would be safer: see the steps above.",
        )  # fmt: skip
    if not connection.info.pgconn.ssl_in_use and server.tls == "prefer":
        yield Check(
            title="The connection isn't encrypted", result=CheckResult.NOT_CHECKABLE,
            detail="The server offers no TLS. Within one machine or a private network that may be fine.",
        )  # fmt: skip


def _grant(user: str) -> str:
    return f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {identifier(user)};"


def _passed(title: str) -> Check:
    return Check(title=title, result=CheckResult.PASSED)


def _remedy(error: FlowError | OutboundError, server: Server) -> str:
    if error.code == "destination_refused":
        return f"oneclick outbound allow {server.host}:{server.port}"
    return ""


def _unreachable(server: Server) -> str:
    return f"{server.host}:{server.port} doesn't answer."


_BY_WORDS: tuple[tuple[str, type[SourceError], str, str], ...] = (
    (
        r"password authentication failed|no password supplied|fe_sendauth", SourceRefused,
        "{user} or the password isn't right.", "Type both again, and check that the user may sign in.",
    ),
    (
        r"no encryption|SSL off|requires? SSL|require.*TLS", SourceRefused,
        "The server takes encrypted connections only.", "Choose require or verify-full for TLS.",
    ),
    (
        r"does not support SSL", SourceRefused, "The server offers no TLS, which was asked for.",
        "Turn TLS on at the server, or choose prefer.",
    ),
    (
        r"certificate verify failed|certificate.*(expired|self.signed|does not match)", SourceRefused,
        "The server's certificate can't be trusted.", "Check its name and its authority, or choose require for TLS.",
    ),
    (r"no pg_hba\.conf entry", SourceRefused, "The server doesn't let {user} in from here.",
     "Add a line to its pg_hba.conf for this user, database and address."),
    (r'database "[^"]*" does not exist', SourceRefused, "There is no database {database} on the server.",
     "Check its spelling; upper and lower case count."),
    (r'role "[^"]*" (does not exist|is not permitted to log in)', SourceRefused,
     "There is no user {user} who may sign in.", "Make one with the steps above."),
    (r"too many (clients|connections)|remaining connection slots", SourceUnavailable,
     "The server has no connection left.", "Raise its max_connections, or update at a quieter hour."),
)  # fmt: skip


def _translated(exc: psycopg.Error, server: Server) -> SourceError:
    """Our error for psycopg's; never its own words where they may hold the connection's parameters."""
    said = exc.diag.message_primary or str(exc)
    for pattern, kind, message, hint in _BY_WORDS:
        if re.search(pattern, said):
            return kind(message.format(user=server.user, database=server.database), hint=hint)
    if isinstance(exc, psycopg.errors.InsufficientPrivilege):
        return SourceRefused(f"The database says: {exc.diag.message_primary}.")
    if exc.sqlstate is None or exc.sqlstate[:2] in ("08", "57", "53"):
        return SourceUnavailable(_unreachable(server))
    return SourceDamaged(f"The database says: {exc.diag.message_primary or exc.sqlstate}.")
