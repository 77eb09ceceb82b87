"""MySQL 8 and MariaDB, read by DuckDB's scanner, which keeps one snapshot for a whole transaction.

`mysql_query` reads outside of that snapshot, so rows come by the scanner alone; conditions are handed on to the
server, which then uses the cursor's index. A few features of the scanner are off: pushing down aggregates crashed it.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from oneclick import outbound
from oneclick.duck import open_duckdb
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
    back_from,
    joined,
    of_kind,
    split,
)
from oneclick.warehouses.contract.data_plane import DuckDBConnection
from oneclick.warehouses.contract.descriptions import Check, CheckResult

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CONNECT_TIMEOUT_S = 10
TLS = {"prefer": "preferred", "require": "required", "verify-ca": "verify_ca", "disable": "disabled"}
WIDEST = 38
OFF = (
    "mysql_aggregate_pushdown_enabled", "mysql_adaptive_replan_enabled", "mysql_hint_injection_enabled",
    "mysql_enable_predicate_analyzer",
)  # fmt: skip
INTEGERS = {"tinyint": "TINYINT", "smallint": "SMALLINT", "mediumint": "INTEGER", "int": "INTEGER", "bigint": "BIGINT"}
PLAIN = {
    "float": "FLOAT", "double": "DOUBLE", "datetime": "TIMESTAMP", "date": "DATE", "year": "INTEGER",
    "time": "VARCHAR", "bit": "BLOB",
}  # fmt: skip
"""MySQL's `time` is a span of up to 838 hours, which no type for the time of day holds."""
_BYTES = re.compile(r"blob|binary|geometry|point|polygon|linestring|bit")

_COLUMNS = """
SELECT c.TABLE_SCHEMA s, c.TABLE_NAME t, c.COLUMN_NAME n, c.DATA_TYPE k, c.COLUMN_TYPE ct, c.IS_NULLABLE nu,
    c.NUMERIC_PRECISION p, c.NUMERIC_SCALE sc, tb.TABLE_ROWS r, tb.TABLE_TYPE tt,
    (SELECT MIN(i.SEQ_IN_INDEX) FROM information_schema.STATISTICS i WHERE i.TABLE_SCHEMA = c.TABLE_SCHEMA
        AND i.TABLE_NAME = c.TABLE_NAME AND i.COLUMN_NAME = c.COLUMN_NAME AND i.INDEX_NAME = 'PRIMARY') k1,
    EXISTS (SELECT 1 FROM information_schema.STATISTICS i WHERE i.TABLE_SCHEMA = c.TABLE_SCHEMA
        AND i.TABLE_NAME = c.TABLE_NAME AND i.COLUMN_NAME = c.COLUMN_NAME AND i.SEQ_IN_INDEX = 1) ix
FROM information_schema.COLUMNS c JOIN information_schema.TABLES tb USING (TABLE_SCHEMA, TABLE_NAME)
WHERE c.TABLE_SCHEMA = DATABASE() ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where the database is and who we are there."""

    host: str
    port: int
    database: str
    user: str
    tls: str

    @classmethod
    def of(cls, config: Mapping[str, str]) -> "Server":
        """From a flow's settings; raises `BadFlow`."""
        for name in ("host", "database", "user"):
            value = of_kind(config, name)
            if not value or re.search(r"[\s'\"\\]", value):
                raise BadFlow(f"The {name} is missing, or has a space or a quote in it.")
        port = of_kind(config, "port", "3306")
        if not port.isdigit() or not 0 < int(port) < 65536:  # noqa: PLR2004 - TCP's ports
            raise BadFlow(f"{port!r} isn't a port.", hint="It is a number up to 65535, usually 3306.")
        tls = of_kind(config, "tls", "prefer")
        if tls not in TLS:
            raise BadFlow(f"MySQL has no TLS mode {tls!r}.", hint=f"Choose one of: {', '.join(TLS)}.")
        return cls(
            host=of_kind(config, "host"), port=int(port), database=of_kind(config, "database"),
            user=of_kind(config, "user"), tls=TLS[tls],
        )  # fmt: skip

    def parameters(self) -> str:
        """What the scanner is told but for the password: the checked address, as it would look up a name again."""
        address = outbound.check(self.host, self.port, timeout_s=CONNECT_TIMEOUT_S)[0]
        return f"host={address} port={self.port} user={self.user} database={self.database} ssl_mode={self.tls}"


class MysqlSource(Source):
    """One database of one server."""

    duckdb_extensions = ("mysql_scanner",)

    def __init__(self, settings: Settings) -> None:
        self._server = Server.of(settings.config)
        self._settings = settings

    def check(self) -> Sequence[Check]:
        """Address, sign-in, rights; stops where the next makes no sense."""
        server, done = self._server, []
        try:
            outbound.check(server.host, server.port, timeout_s=CONNECT_TIMEOUT_S)
            done.append(_passed(f"We may connect to {server.host}:{server.port}"))
            found = self.discover()
            done.append(_passed(f"{server.user} can sign in to {server.database}"))
        except (OutboundError, SourceError) as error:
            is_refused = error.code == "destination_refused"
            remedy = f"oneclick outbound allow {server.host}:{server.port}" if is_refused else ""
            return [*done, Check(title=error.message, result=CheckResult.FAILED, detail=error.hint, remedy=remedy)]
        if found:
            many = f"{len(found):,} {'table' if len(found) == 1 else 'tables'}"
            return [*done, _passed(f"{server.user} can read {many}")]
        grant = f"GRANT SELECT ON `{server.database}`.* TO '{server.user}'@'%';"
        return [
            *done,
            Check(
                title=f"{server.user} can read no table", result=CheckResult.FAILED, missing="SELECT", remedy=grant,
                detail="The user can sign in, and may see nothing.",
            ),
        ]  # fmt: skip

    def discover(self) -> Sequence[Stream]:
        """Every table and view that we may read."""
        with self._look() as duck:
            return streams(duck)

    @contextlib.contextmanager
    def reading(self, duck: DuckDBConnection, folder: Path, on_progress: OnProgress) -> Iterator["MysqlReading"]:
        """Attach the database, for reading alone; all reads of one transaction see one snapshot."""
        on_progress("Connecting", None)
        self._attach(duck)
        hashing.prepare(duck, self._settings.secrets)
        yield MysqlReading(duck, streams(duck))

    def explain(self, error: BaseException) -> FlowError | None:
        """The source's part in an error of the load, if it had one."""
        text = f"{error}\n{error.__cause__ or ''}"
        if "ducklake" in text.lower():
            return None
        if re.search(r"Lost connection|gone away|Server shutdown|was killed|interrupted", text):
            return SourceUnavailable(f"The connection to {self._server.host} broke while rows were read.")
        if found := re.search(r"Table '[^']*' doesn't exist|Unknown column '[^']*'|Table definition has changed", text):
            return SourceChanged(f"The database says: {found.group()}.")
        try:
            with self._look():
                return None
        except FlowError as exc:
            return exc

    @contextlib.contextmanager
    def _look(self) -> Iterator["DuckDBPyConnection"]:
        home, extensions = self._settings.home, self.duckdb_extensions
        with contextlib.closing(open_duckdb(home=home, extensions=extensions, threads=1)) as duck:
            self._attach(duck)
            yield duck

    def _attach(self, duck: DuckDBConnection) -> None:
        parameters = self._server.parameters()
        password = self._settings.secrets.get("password")
        for name in OFF:
            duck.execute(f"SET {name} = false")
        duck.execute("SET mysql_experimental_filter_pushdown = true; SET mysql_session_time_zone = '+00:00'")
        duck.execute(
            "CREATE OR REPLACE TEMPORARY SECRET oneclick_source "
            f"(TYPE mysql, PASSWORD {literal(password.reveal() if password else '')})"
        )
        try:
            duck.execute(f"ATTACH {literal(parameters)} AS {ALIAS} (TYPE mysql, SECRET oneclick_source, READ_ONLY)")
        except duckdb.Error as exc:
            raise _translated(str(exc), self._server) from exc


class MysqlReading(TableReading):
    """Tables of the attached database."""

    def newest(self, stream: str, cursor: str) -> str | None:
        """As MySQL prints it. A moment in the future is left out: what comes until then would be missed."""
        schema, table = split(stream)
        column = _quoted(cursor)
        limit = {"TIMESTAMP": "NOW(6)", "TIMESTAMP WITH TIME ZONE": "NOW(6)", "DATE": "CURDATE()"}.get(
            self.column(stream, cursor).type
        )
        highest = f"LEAST(MAX({column}), {limit})" if limit else f"MAX({column})"
        found = f"SELECT CAST({highest} AS CHAR) newest FROM {_quoted(schema)}.{_quoted(table)}"
        row = self._duck.execute(f"FROM mysql_query({literal(ALIAS)}, {literal(found)})").fetchone()
        return str(row[0]) if row and row[0] is not None else None

    def since(self, wanted: Wanted, low: str) -> str:
        """Back from `low` by the look-back. Rows without a cursor come every time, where there may be any."""
        column = self.column(wanted.stream, wanted.cursor)
        quoted, back = identifier(column.name), back_from(column, low, wanted.look_back)
        if wanted.mode is Mode.APPEND:
            return f"{quoted} > {back}"
        is_nullable = column.source_type.endswith("|YES")
        return f"({quoted} >= {back} OR {quoted} IS NULL)" if is_nullable else f"{quoted} >= {back}"

    def expression(self, column: Column) -> Expression:
        """How a column of that type is brought without a loss."""
        quoted, kind = identifier(column.name), column.source_type.partition("|")[0]
        if kind == "decimal" and column.type == "DOUBLE":
            raise SourceDamaged(
                f"The numbers of {column.name} have more digits than {WIDEST}.", hint="Leave the column out."
            )
        local = {"json": f"{quoted}::JSON", "uuid": f"{quoted}::UUID", "timestamp": f"{quoted} AT TIME ZONE 'UTC'"}
        return Expression(column=column, remote=quoted, local=local.get(kind, quoted))


def streams(duck: DuckDBConnection) -> Sequence[Stream]:
    """Every table and view of the database that we may read, with key and cursors."""
    rows = duck.execute(f"SELECT * FROM mysql_query({literal(ALIAS)}, {literal(_COLUMNS)})").fetchall()
    names = ("schema", "table", "name", "kind", "type", "nullable", "digits", "scale", "rows", "what", "key", "indexed")
    tables: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for values in rows:
        row = {name: _text(value) for name, value in zip(names, values, strict=True)}
        tables.setdefault((row["schema"], row["table"]), []).append(row)
    return [_stream(schema, table, found) for (schema, table), found in tables.items()]


def _stream(schema: str, table: str, rows: Sequence[dict[str, Any]]) -> Stream:
    keys = sorted((row for row in rows if row["key"]), key=lambda row: int(row["key"]))
    candidates = [
        Candidate(
            name=row["name"], is_time=row["kind"] in ("timestamp", "datetime", "date"), is_key=bool(row["key"]),
            is_indexed=bool(int(row["indexed"])),
        )
        for row in rows
        if row["kind"] in ("timestamp", "datetime", "date", *INTEGERS)
    ]  # fmt: skip
    return Stream(
        name=joined(schema, table), columns=tuple(map(_column, rows)), key=tuple(row["name"] for row in keys),
        cursors=tuple(best_first(candidates)),
        rows=int(rows[0]["rows"]) if rows[0]["rows"] and rows[0]["what"] == "BASE TABLE" else None,
    )  # fmt: skip


def _column(row: dict[str, Any]) -> Column:
    return Column(
        name=row["name"], type=_type(row), concern=concern(row["name"]),
        source_type=f"{row['kind']}|{row['type']}|{row['nullable']}",
    )  # fmt: skip


def _type(row: dict[str, Any]) -> str:
    kind, declared = row["kind"], row["type"]
    if kind in ("json", "uuid", "timestamp"):
        return {"json": "JSON", "uuid": "UUID", "timestamp": "TIMESTAMP WITH TIME ZONE"}[kind]
    if declared.startswith("tinyint(1)") or declared == "bit(1)":
        return "BOOLEAN"
    if kind == "decimal":
        return f"DECIMAL({row['digits']},{row['scale']})" if int(row["digits"]) <= WIDEST else "DOUBLE"
    if kind in INTEGERS:
        return ("U" if "unsigned" in declared else "") + INTEGERS[kind]
    return PLAIN.get(kind, "BLOB" if _BYTES.search(kind) else "VARCHAR")


def _text(value: object) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _passed(title: str) -> Check:
    return Check(title=title, result=CheckResult.PASSED)


_BY_WORDS: tuple[tuple[str, type[SourceError], str, str], ...] = (
    (r"Access denied for user '[^']*'@'[^']*' to database|Unknown database", SourceRefused,
     "There is no database {database} that {user} may read.", "Check its spelling, and grant SELECT on it."),
    (r"Access denied", SourceRefused, "{user} or the password isn't right.",
     "Type both again, and check that the user may sign in from here."),
    (r"SSL is required, but the server does not support it", SourceRefused,
     "The server offers no TLS, which was asked for.", "Turn TLS on at the server, or choose prefer."),
    (r"require_secure_transport|insecure transport", SourceRefused, "The server takes encrypted connections only.",
     "Choose require or verify-ca for TLS."),
    (r"certificate", SourceRefused, "The server's certificate can't be trusted.",
     "Check its authority, or choose require for TLS."),
    (r"Too many connections", SourceUnavailable, "The server has no connection left.",
     "Raise its max_connections, or update at a quieter hour."),
    (r"Host '[^']*' is not allowed", SourceRefused, "The server doesn't let {user} in from here.",
     "Make the user for this machine's address, or for '%'."),
)  # fmt: skip


def _translated(said: str, server: Server) -> SourceError:
    for pattern, kind, message, hint in _BY_WORDS:
        if re.search(pattern, said):
            return kind(message.format(user=server.user, database=server.database), hint=hint)
    return SourceUnavailable(f"{server.host}:{server.port} doesn't answer.")
