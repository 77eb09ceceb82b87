"""Looks over an installation: everything that could be wrong, in plain words, with the cure."""

from collections.abc import Callable, Iterator

from oneclick.core.errors import OneClickError
from oneclick.project.environment import Environment
from oneclick.project.migration import missing
from oneclick.stack.checks import (
    Check,
    Verdict,
    check_embedded,
    check_home,
    check_keys,
    check_port,
    check_server,
    check_services,
)
from oneclick.stack.database import LAKE_NEEDS, METADATA_NEEDS
from oneclick.stack.postgres import EmbeddedPostgres

MAIL_PATIENCE_S = 10.0


def examine(environment: Environment, *, prepare_django: Callable[[], None]) -> Iterator[Check]:
    """All checks, in the order in which one depends on another; later ones are skipped where earlier ones failed."""
    yield from check_home(environment.home)
    yield check_keys(environment.home)
    if port := check_port(environment.home, environment.port):
        yield port
    databases = list(_databases(environment))
    yield from databases
    yield from check_services(environment.home)
    yield _extensions(environment)
    yield _mail(environment)
    if any(check.verdict is not Verdict.PASSED for check in databases):
        for name in ("Migrations", "Master key"):
            yield Check(name=name, verdict=Verdict.SKIPPED, found="Not looked at, because PostgreSQL isn't all right.")
        return
    try:
        prepare_django()
    except OneClickError as exc:
        yield Check(name="Settings", verdict=Verdict.FAILED, found=exc.message, cure=exc.hint)
        return
    migrations = _migrations()
    yield migrations
    yield (
        _master_key()
        if migrations.verdict is Verdict.PASSED
        else Check(
            name="Master key", verdict=Verdict.SKIPPED, found="Not looked at, because the database isn't up to date."
        )
    )


def _databases(environment: Environment) -> Iterator[Check]:
    if environment.is_embedded:
        yield from check_embedded(EmbeddedPostgres(environment.home))
    else:
        yield from check_server("PostgreSQL", environment.database_url, METADATA_NEEDS)
    if lakes := environment.lake_database_url or environment.database_url:
        yield from check_server("Lakes' server", lakes, LAKE_NEEDS)


def _extensions(environment: Environment) -> Check:
    from oneclick.duck import LAKE_EXTENSIONS
    from oneclick.duck.extensions import link_extensions

    name = "DuckDB"
    if not environment.home.exists():
        return Check(name=name, verdict=Verdict.SKIPPED, found="Its extensions aren't linked yet.")
    try:
        is_compared = link_extensions(environment.home, LAKE_EXTENSIONS)
    except OneClickError as exc:
        return Check(name=name, verdict=Verdict.FAILED, found=exc.message, cure=exc.hint)
    how = "have the hashes that they were published with" if is_compared else "are checked by their signatures"
    return Check(name=name, verdict=Verdict.PASSED, found=f"Its extensions {how}.")


def _mail(environment: Environment) -> Check:
    from oneclick.notifications.smtp import probe

    name, server = "E-mail", environment.mail_server
    if server is None:
        return Check(
            name=name, verdict=Verdict.SKIPPED, found="No mail server is set up: notifications are sent to nobody.",
            cure="Set ONECLICK_SMTP_HOST and ONECLICK_SMTP_SENDER.",
        )  # fmt: skip
    try:
        probe(server, silence_s=MAIL_PATIENCE_S)
    except OneClickError as exc:
        return Check(name=name, verdict=Verdict.FAILED, found=exc.message, cure=exc.hint)
    login = f"takes the user {server.user}" if server.user else "wants no login"
    return Check(name=name, verdict=Verdict.PASSED, found=f"{server} answers and {login}.")


def _migrations() -> Check:
    if count := missing():
        return Check(
            name="Migrations", verdict=Verdict.FAILED, found=f"{count} are missing in the database.",
            cure="Run: oneclick down, then oneclick up",
        )  # fmt: skip
    return Check(name="Migrations", verdict=Verdict.PASSED, found="The database is up to date.")


def _master_key() -> Check:
    from oneclick.secret_store import services as secret_store

    try:
        secret_store.check()
    except OneClickError as exc:
        return Check(name="Master key", verdict=Verdict.FAILED, found=exc.message, cure=exc.hint)
    return Check(name="Master key", verdict=Verdict.PASSED, found="It opens the stored secrets.")
