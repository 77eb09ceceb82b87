"""What a database's administrator does once, so that we can read and nothing else; and how to take it back."""

from collections.abc import Mapping, Sequence

from oneclick.duck.quoting import identifier
from oneclick.warehouses.contract.descriptions import SetupStep

USER = "oneclick_reader"


def postgresql(config: Mapping[str, str]) -> Sequence[SetupStep]:
    """A login that reads the schema public, tables of the future included."""
    user = identifier(config.get("user") or USER)
    database = identifier(config.get("database") or "your_database")
    return (
        SetupStep(
            title="Make a user that can only read",
            explanation="Run it in the database as its owner, with a password of your own.",
            statement=(
                f"CREATE ROLE {user} LOGIN PASSWORD 'choose a long one' CONNECTION LIMIT 10;\n"
                f"ALTER ROLE {user} SET default_transaction_read_only = on;\n"
                f"GRANT CONNECT ON DATABASE {database} TO {user};\n"
                f"GRANT USAGE ON SCHEMA public TO {user};\n"
                f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user};\n"
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {user};"
            ),
            revoke=(
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM {user};\n"
                f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {user};\n"
                f"REVOKE ALL ON SCHEMA public FROM {user};\n"
                f"REVOKE ALL ON DATABASE {database} FROM {user};\n"
                f"DROP ROLE {user};"
            ),
        ),
    )


def mysql(config: Mapping[str, str]) -> Sequence[SetupStep]:
    """A login that reads one database."""
    user = (config.get("user") or USER).replace("'", "")
    database = (config.get("database") or "your_database").replace("`", "")
    return (
        SetupStep(
            title="Make a user that can only read",
            explanation="Run it as the server's administrator, with a password of your own.",
            statement=(
                f"CREATE USER '{user}'@'%' IDENTIFIED BY 'choose a long one' WITH MAX_USER_CONNECTIONS 10;\n"
                f"GRANT SELECT, SHOW VIEW ON `{database}`.* TO '{user}'@'%';"
            ),
            revoke=f"DROP USER '{user}'@'%';",
        ),
    )


def sqlite() -> Sequence[SetupStep]:
    """A file, where we can read it."""
    return (
        SetupStep(
            title="Put the file where we can read it",
            explanation="Whoever runs the machine copies or mounts it into your organisation's folder there; the check "
            "on the next page says which one. We never write to it.",
            language="",
        ),
    )
