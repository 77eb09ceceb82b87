"""What can be said about an installation from outside its services: each check with a sentence and a cure."""

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from oneclick.core.secrets import SecretText
from oneclick.stack.account import require_reachable, server_account
from oneclick.stack.database import Need, look
from oneclick.stack.errors import StackError
from oneclick.stack.files import last_words
from oneclick.stack.ports import is_free
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.stack.state import Condition, Phase, Presence, StackState

LOW_DISK_BYTES = 1 << 30
FULL_DISK_BYTES = 64 << 20
RESTARTS_WORTH_A_WORD = 3


class Verdict(StrEnum):
    """What a check found."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at; `cure` says what to do where it isn't as it should be."""

    name: str
    verdict: Verdict
    found: str
    cure: str = ""


def check_home(home: Path) -> Iterator[Check]:
    """Whether the folder of all state can be used, and has room."""
    name = "Folder"
    if not home.exists():
        yield Check(name=name, verdict=Verdict.SKIPPED, found=f"{home} isn't made yet.", cure="Run: oneclick up")
        return
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield Check(
            name=name, verdict=Verdict.FAILED, found=f"{home} can't be written by this user.",
            cure="Run as the user that it belongs to, or set ONECLICK_HOME to a folder of your own.",
        )  # fmt: skip
        return
    yield Check(name=name, verdict=Verdict.PASSED, found=f"{home} can be written.")
    yield _disk(home)


def check_keys(home: Path) -> Check:
    """Whether the keys are there and nobody else can read them."""
    name = "Keys"
    files = sorted((home / "keys").glob("*")) if (home / "keys").exists() else []
    if not files:
        return Check(name=name, verdict=Verdict.SKIPPED, found="No keys are made yet.", cure="Run: oneclick up")
    for path in (home / "keys", *files):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return Check(
                name=name, verdict=Verdict.FAILED, found=f"Others can read {path}.",
                cure=f"chmod {700 if path.is_dir() else 600} {path}, and change what it protects if others were here.",
            )  # fmt: skip
    return Check(name=name, verdict=Verdict.PASSED, found=f"{len(files)} files that only this user can read.")


def check_embedded(postgres: EmbeddedPostgres) -> Iterator[Check]:
    """Whether our own server can run here, runs and answers."""
    name = "PostgreSQL"
    existing = next(folder for folder in (postgres.home, *postgres.home.parents) if folder.exists())
    try:
        require_reachable(existing, server_account())
    except StackError as exc:
        yield Check(name=name, verdict=Verdict.FAILED, found=exc.message, cure=exc.hint)
        return
    if not postgres.is_running():
        said = f" It last said: {last_words(postgres.log)}" if postgres.log.exists() else ""
        yield Check(
            name=name, verdict=Verdict.WARNING, found=f"The embedded server doesn't run.{said}", cure="Run: oneclick up"
        )
        return
    yield from check_server(name, SecretText(postgres.url()), (Need.REACHABLE, Need.VERSION))


def check_server(name: str, url: SecretText, needs: tuple[Need, ...]) -> Iterator[Check]:
    """Whether a server offers what we need of it."""
    looked = look(url, needs=needs)
    for lack in looked.lacks:
        yield Check(name=name, verdict=Verdict.FAILED, found=_sentence(lack.what), cure=lack.cure)
    if not looked.lacks:
        offers = ", ".join(need.value for need in needs[2:])
        yield Check(
            name=name, verdict=Verdict.PASSED,
            found=f"PostgreSQL {looked.version} answers{'; ' + offers if offers else ''}.",
        )  # fmt: skip


def check_services(home: Path) -> Iterator[Check]:
    """Whether the stack is up and nothing in it falls over again and again."""
    name = "Services"
    presence = Presence(home)
    state = presence.read()
    if state is None:
        is_taken = presence.is_taken()
        yield Check(
            name=name, verdict=Verdict.WARNING,
            found="The stack is just starting." if is_taken else "The stack isn't running.",
            cure="Watch it with: oneclick status" if is_taken else "Run: oneclick up",
        )  # fmt: skip
        return
    yield from _service_checks(home, state)


def check_port(home: Path, port: int) -> Check | None:
    """Whether the wanted port is there for the taking; None while we run, when it is ours."""
    if Presence(home).is_taken():
        return None
    if is_free(port):
        return Check(name="Port", verdict=Verdict.PASSED, found=f"{port} is free.")
    return Check(
        name="Port", verdict=Verdict.WARNING, found=f"{port} is taken by another program.",
        cure="Another one is chosen and printed at start; name one with ONECLICK_PORT.",
    )  # fmt: skip


def _disk(home: Path) -> Check:
    free = shutil.disk_usage(home).free
    found = f"{free / (1 << 30):.1f} GB are free."
    if free < FULL_DISK_BYTES:
        return Check(
            name="Disk", verdict=Verdict.FAILED, found=found, cure="Make room: nothing can be written any more."
        )
    if free < LOW_DISK_BYTES:
        return Check(name="Disk", verdict=Verdict.WARNING, found=found, cure="Make room before it is full.")
    return Check(name="Disk", verdict=Verdict.PASSED, found=found)


def _service_checks(home: Path, state: StackState) -> Iterator[Check]:
    for service in state.services:
        log = home / "logs" / f"{service.name}.log"
        if service.condition is not Condition.RUNNING:
            yield Check(
                name=service.name, verdict=Verdict.FAILED,
                found=f"It is {service.condition}: it {service.cause}. It last said: {last_words(log)}",
                cure=f"Look at: oneclick logs {service.name}",
            )  # fmt: skip
        elif service.restarts >= RESTARTS_WORTH_A_WORD:
            yield Check(
                name=service.name, verdict=Verdict.WARNING,
                found=f"It was started again {service.restarts} times; it last {service.cause}.",
                cure=f"Look at: oneclick logs {service.name}",
            )  # fmt: skip
        else:
            yield Check(name=service.name, verdict=Verdict.PASSED, found="It runs.")
    if state.phase is not Phase.READY:
        yield Check(
            name="Stack", verdict=Verdict.WARNING, found=f"It is {state.phase}.", cure="Watch it with: oneclick status"
        )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
