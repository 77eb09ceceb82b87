"""Reading from and loading into a local lake, by a DuckDB in this process."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from oneclick.core.secrets import SecretText
from oneclick.duck import LAKE_EXTENSIONS, open_duckdb
from oneclick.duck.quoting import literal
from oneclick.warehouses.adapters.local import loading, maintenance
from oneclick.warehouses.adapters.local.errors import translated
from oneclick.warehouses.adapters.local.names import CATALOG, Names
from oneclick.warehouses.adapters.local.reading import LakeSession
from oneclick.warehouses.adapters.local.resources import lake_folder
from oneclick.warehouses.adapters.local.server import CatalogServer, LakeAttachment
from oneclick.warehouses.adapters.local.tables import list_tables
from oneclick.warehouses.contract.data_plane import (
    Access,
    BulkLoad,
    DataPlane,
    DuckDBAttachment,
    DuckDBConnection,
    LoadResult,
    QueryLoad,
    SessionLimits,
    TableInfo,
)
from oneclick.warehouses.contract.errors import PermissionDenied
from oneclick.warehouses.contract.instance import AccessLevel, Installation

if TYPE_CHECKING:
    import duckdb

DEFAULT_LIMITS = SessionLimits()


class LocalDataPlane(DataPlane):
    """One login of one lake."""

    def __init__(self, server: CatalogServer, installation: Installation, access: Access) -> None:
        self._server = server
        self._installation = installation
        self._access = access

    def connect(self, limits: SessionLimits = DEFAULT_LIMITS) -> LakeSession:
        """A DuckDB of its own, with the lake as its current catalog.

        With the read level it reaches nothing but the lake: no other file, no host, no setting. Scanner functions
        are the exception that DuckDB makes (`postgres_scan`), so a stranger's SQL is to be parsed before.
        """
        connection = self._open(limits)
        connection.execute("SET python_enable_replacements = false")
        if self._access.login.level is AccessLevel.READ:
            self._lock(connection)
        return LakeSession(connection, limits)

    def bulk_load(self, load: BulkLoad) -> LoadResult:
        """Load Parquet files; see `loading`."""
        if self._access.login.level is not AccessLevel.WRITE:
            raise PermissionDenied("The read login can't load.", hint="Use the write login.")
        with contextlib.closing(self._open(DEFAULT_LIMITS)) as connection:
            self._lock(connection, *{file.parent for file in load.every_file})
            return loading.bulk_load(connection, load)

    def list_tables(self) -> Sequence[TableInfo]:
        """All tables with their exact numbers of rows."""
        with contextlib.closing(self._open(DEFAULT_LIMITS)) as connection, translated():
            self._lock(connection)
            return list_tables(connection)

    def maintain(self, *, now: datetime, longest_run: timedelta) -> Mapping[str, int]:
        """Merge small files and remove what nothing needs any more; see `maintenance`. Needs the write login."""
        with contextlib.closing(self._open(DEFAULT_LIMITS)) as connection, translated():
            self._lock(connection)
            oldest_open = self._oldest_open_transaction()
            report = maintenance.maintain(connection, now=now, longest_run=longest_run, oldest_open=oldest_open)
        return {
            "rewritten_files": report.rewritten_files,
            "expired_snapshots": report.expired_snapshots,
            "removed_files": report.removed_files,
            "postponed_tables": len(report.postponed),
        }

    def duckdb_attach(self) -> DuckDBAttachment:
        """The lake under a name of its own, so that several can be attached at once."""
        catalog = f"lake_{self._access.instance.tag}"
        statements = self._attachment().statements(
            catalog=catalog, read_only=self._access.login.level is AccessLevel.READ
        )
        return DuckDBAttachment(
            catalog=catalog,
            statements=tuple(SecretText(statement) for statement in statements),
            extensions=LAKE_EXTENSIONS,
        )

    def load_queries(
        self,
        connection: DuckDBConnection,
        loads: Sequence[QueryLoad],
        *,
        folders: Sequence[Path] = (),
        on_begin: Callable[[QueryLoad], None] = lambda load: None,
    ) -> Sequence[LoadResult]:
        """Attach the lake beside the sources, shut all other doors, and load; see `loading`."""
        if self._access.login.level is not AccessLevel.WRITE:
            raise PermissionDenied("The read login can't load.", hint="Use the write login.")
        duck = cast("duckdb.DuckDBPyConnection", connection)
        with translated():
            for statement in self._attachment().statements(catalog=CATALOG, read_only=False):
                duck.execute(statement)
            duck.execute(f"USE {CATALOG}")
        self._lock(duck, *folders)
        return loading.load_queries(duck, loads, on_begin=on_begin)

    def _oldest_open_transaction(self) -> datetime | None:
        """Loads and queries alike hold a transaction open in the catalog for as long as they run."""
        database = Names.of(self._installation, self._access.instance).database
        with contextlib.closing(self._server.connect()) as connection:
            row = connection.execute("SELECT min(xact_start) FROM pg_stat_activity WHERE datname = %s", [database])
            found: tuple[datetime | None] | None = row.fetchone()
        return found[0] if found else None

    def _attachment(self) -> LakeAttachment:
        instance = self._access.instance
        names = Names.of(self._installation, instance)
        return self._server.attachment_as(
            names.login(self._access.login),
            self._access.secret,
            database=names.database,
            data=lake_folder(self._installation.home, instance) / "data",
        )

    def _open(self, limits: SessionLimits) -> "duckdb.DuckDBPyConnection":
        connection = open_duckdb(home=self._installation.home, memory_bytes=limits.memory_bytes, threads=limits.threads)
        read_only = self._access.login.level is AccessLevel.READ
        try:
            with translated():
                for statement in self._attachment().statements(catalog=CATALOG, read_only=read_only):
                    connection.execute(statement)
                connection.execute(f"USE {CATALOG}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _lock(self, connection: "duckdb.DuckDBPyConnection", *further: Path) -> None:
        """Shut the doors that DuckDB can shut, and throw the key away.

        With our own statements, too: whoever holds the write login chooses the paths in the catalog, and without this
        they could lead to any file of this account, to be read or removed, and to any host.
        """
        folders = ", ".join(literal(f"{folder}/") for folder in (self._attachment().data, *further))
        with translated():
            for setting in (
                f"allowed_directories = [{folders}]",
                "enable_external_access = false",
                "lock_configuration = true",
            ):
                connection.execute(f"SET {setting}")
