"""What a person or a tool needs to use a lake by itself. Every text has `{secret}` where the password belongs."""

from pathlib import Path
from typing import TYPE_CHECKING

from oneclick.core.secrets import SecretText
from oneclick.warehouses.adapters.local.names import CATALOG, METADATA_SCHEMA, Names
from oneclick.warehouses.contract.descriptions import Bindings, Credentials
from oneclick.warehouses.contract.instance import AccessLevel, Installation, Instance, Login

if TYPE_CHECKING:
    from oneclick.warehouses.adapters.local.server import CatalogServer


def credentials(server: "CatalogServer", installation: Installation, instance: Instance, login: Login) -> Credentials:
    """The catalog's address, the login, the folder."""
    names = Names.of(installation, instance)
    return Credentials(
        parameters={
            "host": server.host,
            "port": str(server.port),
            "database": names.database,
            "user": names.login(login),
            "metadata_schema": METADATA_SCHEMA,
            "data_path": f"{_data(installation, instance)}/",
        },
        secret_name=login.secret_name,
    )


def bindings(server: "CatalogServer", installation: Installation, instance: Instance, login: Login) -> Bindings:
    """Python, the DuckDB command line, SQLAlchemy (through duckdb-engine)."""
    names = Names.of(installation, instance)
    attachment = server.attachment_as(
        names.login(login), SecretText("{secret}"), database=names.database, data=_data(installation, instance)
    )
    statements = attachment.statements(catalog=CATALOG, read_only=login.level is AccessLevel.READ)
    loading = [f"INSTALL {name}; LOAD {name}" for name in ("ducklake", "postgres", "httpfs")]
    script = ";\n".join([*loading, *statements, f"USE {CATALOG}"]) + ";"
    return Bindings(
        sqlalchemy_url="duckdb:///:memory:",
        snippets={
            "SQL (DuckDB 1.5)": script,
            "Python": f'import duckdb\n\nconnection = duckdb.connect()\nconnection.execute("""\n{script}\n""")\n'
            'print(connection.sql("SHOW ALL TABLES"))',
            "SQLAlchemy": "from sqlalchemy import create_engine, event\n\n"
            'engine = create_engine("duckdb:///:memory:")\n\n\n'
            '@event.listens_for(engine, "connect")\ndef attach(connection, record):\n'
            f'    connection.execute("""\n{script}\n""")',
        },
    )


def _data(installation: Installation, instance: Instance) -> Path:
    from oneclick.warehouses.adapters.local.resources import lake_folder

    return lake_folder(installation.home, instance) / "data"
