"""Clone an application database: what to ask for, and what its administrator does once."""

from collections.abc import Mapping, Sequence

from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.sources import Settings, Source
from oneclick.pipelines.contract.templates import Template
from oneclick.pipelines.templates.database_clone import setup
from oneclick.warehouses.contract.descriptions import FormField, SetupStep

POSTGRESQL = "PostgreSQL"
ENGINES = (POSTGRESQL,)


class DatabaseClone(Template):
    """Tables of an application's database."""

    key = "database_clone"
    title = "Database"
    tagline = "Copy the tables of your application, and then only what changes."
    needs = "Its address, and a user that can read."
    icon = "database"

    def fields(self, config: Mapping[str, str]) -> Sequence[FormField]:
        """Where it is and who we are there."""
        return (
            FormField(name="host", label="Host", help="Such as db.example.com, or an IP address."),
            FormField(name="port", label="Port", help="Usually 5432.", is_required=False, pattern=r"\d{1,5}"),
            FormField(name="database", label="Database"),
            FormField(name="user", label="User", help="One that can only read: the steps show how to make it."),
            FormField(name="password", label="Password", is_secret=True),
            FormField(
                name="tls", label="TLS", choices=("prefer", "require", "verify-full", "disable"),
                help="verify-full also checks who answers.",
            ),
        )  # fmt: skip

    def steps(self, config: Mapping[str, str]) -> Sequence[SetupStep]:
        """Make a user that can read and nothing else."""
        return setup.postgresql(config)

    def source(self, settings: Settings) -> Source:
        """The database; raises `BadFlow`."""
        engine = settings.config.get("engine", POSTGRESQL)
        if engine == POSTGRESQL:
            from oneclick.pipelines.templates.database_clone.postgresql import PostgresqlSource

            return PostgresqlSource(settings)
        raise BadFlow(f"There is no engine {engine!r}.", hint=f"Choose one of: {', '.join(ENGINES)}.")
