"""The customer's side: what the set-up script grants, and whether it was granted."""

from collections.abc import Sequence
from typing import Any

import psycopg

from adapter_postgresql.errors import translate
from adapter_postgresql.session import MAINTENANCE_DATABASE, connect
from oneclick.warehouses.contract.descriptions import Check, CheckResult, SetupStep
from oneclick.warehouses.contract.instance import Account

OLDEST_VERSION = 15

SIGN_IN = "We can sign in"
VERSION = f"The server is PostgreSQL {OLDEST_VERSION} or newer"
ATTRIBUTES = {"CREATEDB": "We may create a database", "CREATEROLE": "We may create roles"}


def setup_steps(account: Account) -> Sequence[SetupStep]:
    """The script that a superuser of the server runs once."""
    user = account.config.get("user") or "oneclick"
    return (
        SetupStep(
            title="Make a role for One-Click",
            explanation=(
                "The role may create databases and roles, and manage those that it created itself. "
                "It sees nothing of your other databases. Choose a password of your own."
            ),
            statement=(
                f"CREATE ROLE \"{user}\" LOGIN CREATEDB CREATEROLE PASSWORD '<choose one>';\n"
                f'GRANT CONNECT ON DATABASE "{MAINTENANCE_DATABASE}" TO "{user}";'
            ),
            revoke=f'REVOKE CONNECT ON DATABASE "{MAINTENANCE_DATABASE}" FROM "{user}";\nDROP ROLE "{user}";',
        ),
    )


def checks(account: Account) -> Sequence[Check]:
    """Sign in and look; makes nothing."""
    password = account.secrets["password"]
    user = account.config["user"]
    try:
        with connect(account.config, user=user, password=password, database=MAINTENANCE_DATABASE) as connection:
            query = (
                "SELECT rolcreatedb OR rolsuper AS createdb, rolcreaterole OR rolsuper AS createrole"
                " FROM pg_roles WHERE rolname = current_user"
            )
            found: Any = connection.execute(query).fetchone()
            version = connection.info.server_version // 10_000
    except psycopg.Error as exc:
        return _not_signed_in(translate(exc, user=user).message, user)
    return (
        Check(title=SIGN_IN, result=CheckResult.PASSED),
        _version_check(version),
        _attribute_check("CREATEDB", user, is_there=found.createdb),
        _attribute_check("CREATEROLE", user, is_there=found.createrole),
    )


def _not_signed_in(detail: str, user: str) -> Sequence[Check]:
    remedy = f'GRANT CONNECT ON DATABASE "{MAINTENANCE_DATABASE}" TO "{user}";'
    failed = Check(title=SIGN_IN, result=CheckResult.FAILED, detail=detail, missing="CONNECT", remedy=remedy)
    others = (VERSION, *ATTRIBUTES.values())
    return (failed, *(Check(title=title, result=CheckResult.NOT_CHECKABLE) for title in others))


def _version_check(version: int) -> Check:
    if version >= OLDEST_VERSION:
        return Check(title=VERSION, result=CheckResult.PASSED, detail=f"It is PostgreSQL {version}.")
    detail = f"It is PostgreSQL {version}: there, everybody may put tables into the schema public."
    return Check(title=VERSION, result=CheckResult.FAILED, detail=detail)


def _attribute_check(attribute: str, user: str, *, is_there: bool) -> Check:
    title = ATTRIBUTES[attribute]
    if is_there:
        return Check(title=title, result=CheckResult.PASSED)
    remedy = f'ALTER ROLE "{user}" {attribute};'
    return Check(title=title, result=CheckResult.FAILED, missing=attribute, remedy=remedy)
