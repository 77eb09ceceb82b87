"""Clone an application database: what to ask for, and what its administrator does once."""

from collections.abc import Mapping, Sequence

from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.sources import Settings, Source
from oneclick.pipelines.contract.templates import Template
from oneclick.pipelines.templates.database_clone import setup
from oneclick.warehouses.contract.descriptions import FormField, SetupStep

POSTGRESQL, MYSQL, SQLITE = "PostgreSQL", "MySQL or MariaDB", "SQLite"
ENGINES = (POSTGRESQL, MYSQL, SQLITE)
_TLS = {
    POSTGRESQL: ("prefer", "require", "verify-full", "disable"),
    MYSQL: ("prefer", "require", "verify-ca", "disable"),
}
_PORTS = {POSTGRESQL: "5432", MYSQL: "3306"}


class DatabaseClone(Template):
    """Tables of an application's database."""

    key = "database_clone"
    title = "Database"
    tagline = "Copy the tables of your application, and then only what changes."
    needs = "Its address, and a user that can read."
    icon = "database"

    def fields(self, config: Mapping[str, str]) -> Sequence[FormField]:
        """Which database it is, where, and who we are there."""
        engine = _engine(config)
        kind = FormField(name="engine", label="Kind of database", choices=ENGINES)
        if engine not in _TLS:
            return (
                kind,
                FormField(
                    name="file", label="File", help="Its name in the folder for databases on the machine, as shop.db.",
                    pattern=r"[\w. \-]+",
                ),
            )  # fmt: skip
        return (
            kind,
            FormField(name="host", label="Host", help="Such as db.example.com, or an IP address."),
            FormField(
                name="port", label="Port", help=f"Usually {_PORTS[engine]}.", is_required=False, pattern=r"\d{1,5}"
            ),
            FormField(name="database", label="Database"),
            FormField(name="user", label="User", help="One that can only read: the steps show how to make it."),
            FormField(name="password", label="Password", is_secret=True),
            FormField(name="tls", label="TLS", choices=_TLS[engine], help="verify also checks who answers."),
        )  # fmt: skip

    def steps(self, config: Mapping[str, str]) -> Sequence[SetupStep]:
        """Make a user that can read and nothing else."""
        engine = _engine(config)
        if engine not in _TLS:
            return setup.sqlite()
        return setup.postgresql(config) if engine == POSTGRESQL else setup.mysql(config)

    def source(self, settings: Settings) -> Source:
        """The database; raises `BadFlow`."""
        engine = _engine(settings.config)
        if engine == POSTGRESQL:
            from oneclick.pipelines.templates.database_clone.postgresql import PostgresqlSource

            return PostgresqlSource(settings)
        if engine == MYSQL:
            from oneclick.pipelines.templates.database_clone.mysql import MysqlSource

            return MysqlSource(settings)
        if engine == SQLITE:
            from oneclick.pipelines.templates.database_clone.sqlite import SqliteSource

            return SqliteSource(settings)
        raise BadFlow(f"There is no kind of database {engine!r}.", hint=f"Choose one of: {', '.join(ENGINES)}.")


def _engine(config: Mapping[str, str]) -> str:
    return config.get("engine") or POSTGRESQL
