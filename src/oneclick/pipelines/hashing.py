"""Columns that are brought as hashes: the same values stay the same, so that they can still be counted and joined."""

import secrets
from collections.abc import Mapping

from oneclick.core.secrets import SecretText
from oneclick.duck.quoting import literal
from oneclick.warehouses.contract.data_plane import DuckDBConnection

SALT = "salt"
"""The secret that makes hashes unguessable; one for each data flow."""
_VARIABLE = "oneclick_salt"


def new_salt() -> SecretText:
    """For a new data flow."""
    return SecretText(secrets.token_hex(16))


def prepare(duck: DuckDBConnection, given: Mapping[str, SecretText]) -> None:
    """Set the salt as a variable, so that it stands in no statement and thus in no error message."""
    salt = given.get(SALT) or new_salt()
    duck.execute(f"SET VARIABLE {_VARIABLE} = {literal(salt.reveal())}")


def hashed(expression: str) -> str:
    """DuckDB's SQL for the hash of an expression, on a connection that is prepared."""
    return f"sha256(getvariable({literal(_VARIABLE)}) || ({expression})::VARCHAR)"
