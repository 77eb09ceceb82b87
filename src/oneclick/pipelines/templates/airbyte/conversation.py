"""Asking a connector for something, by the verbs of the Airbyte protocol: spec, check, discover, read.

Settings with their secrets are in a file that only we can read, in a folder of this conversation alone, for as long as
it lasts; they are never part of a command line or of an environment.
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

import structlog

from oneclick.core.secrets import SecretText
from oneclick.pipelines.contract.errors import SourceError, SourceRefused, SourceUnavailable
from oneclick.pipelines.templates.airbyte import bounds
from oneclick.pipelines.templates.airbyte.errors import ConnectorFailed
from oneclick.pipelines.templates.airbyte.messages import Message, message
from oneclick.pipelines.templates.airbyte.process import ConnectorProcess, Limits
from oneclick.pipelines.templates.airbyte.proxy import Proxy, checking_proxy

LIMITS = Limits()
PREFIX = "talk-"
LONGEST_SAID = 1000
SHORTEST_SECRET = 4
_READABLE_BY_US = 0o600

log = structlog.get_logger(__name__)


class Startable(Protocol):
    """A connector as far as a conversation needs it."""

    @property
    def name(self) -> str:
        """Its short name."""

    @property
    def folder(self) -> Path:
        """Where it is installed."""

    @property
    def command(self) -> Sequence[str]:
        """What starts it."""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """One connector with its settings. `on_pulse` is called at least every second and may raise to end it.

    `folder` is where the conversation's own folder is made.
    """

    connector: Startable
    folder: Path
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: Sequence[SecretText] = ()
    on_pulse: Callable[[], None] = lambda: None

    def spec(self) -> dict[str, Any]:
        """The JSON schema of its settings."""
        for each in self.ask("spec"):
            if each.spec is not None:
                return dict(each.spec.get("connectionSpecification", {}))
        raise ConnectorFailed(f"The connector {self.connector.name} doesn't tell its settings.")

    def check(self) -> str:
        """What stands in the way of reading with these settings; empty: nothing."""
        for each in self.ask("check", config=self.config):
            if each.connectionStatus is not None:
                is_fine = each.connectionStatus.get("status") == "SUCCEEDED"
                return "" if is_fine else self._masked(each.connectionStatus.get("message")) or "It says no."
        raise ConnectorFailed(f"The connector {self.connector.name} doesn't tell whether it can connect.")

    def discover(self) -> Sequence[Mapping[str, Any]]:
        """Its streams as the protocol has them."""
        for each in self.ask("discover", config=self.config):
            if each.catalog is not None:
                return list(each.catalog.get("streams", []))
        raise ConnectorFailed(f"The connector {self.connector.name} doesn't tell what there is.")

    def read(self, catalog: Mapping[str, Any], state: Any) -> Iterator[Message]:
        """Records and states of the configured `catalog`, from `state` on; None: from the start."""
        files = {"config": self.config, "catalog": catalog, **({} if state is None else {"state": state})}
        return self.ask("read", **files)

    def ask(self, verb: str, **files: Any) -> Iterator[Message]:
        """What the connector says. Raises `SourceError`, and what the guard said of where it wanted to connect to."""
        ended: list[Mapping[str, Any]] = []
        with _private_folder(self.folder) as folder, checking_proxy() as proxy:
            arguments = [part for name, content in files.items() for part in _file(folder, name, content)]
            reach = bounds.of_connector(self.connector.folder, folder, proxy=proxy.url, port=proxy.port)
            command = [*self.connector.command, verb, *arguments]
            with ConnectorProcess(command, folder=folder, bounds=reach, limits=LIMITS) as process:
                for lines in process.lines(self.on_pulse):
                    for line in lines:
                        said = message(line) if line else None
                        if said is None:
                            continue
                        if said.trace is not None and said.trace.get("type") == "ERROR":
                            ended.append(said.trace.get("error") or {})
                        yield said
                if process.exit_code:
                    raise self._failure(process, ended, proxy)

    def _failure(self, process: ConnectorProcess, said: Sequence[Mapping[str, Any]], proxy: Proxy) -> Exception:
        # The last of several only sums them up.
        first = next((each for each in said if each.get("message")), None)
        log.warning(
            "connector failed", connector=self.connector.name, exit_code=process.exit_code,
            said=self._masked(process.last_words), inside=self._masked((first or {}).get("internal_message")),
        )  # fmt: skip
        if proxy.refused:
            return proxy.refused[0]
        if first is None:
            return ConnectorFailed(
                f"The connector {self.connector.name} ended with exit code {process.exit_code} and didn't say why."
            )
        kind = _KINDS.get(str(first.get("failure_type")), ConnectorFailed)
        return kind(f"The connector {self.connector.name} says: {self._masked(first['message'])}")

    def _masked(self, text: object) -> str:
        """What a connector said, without the secrets that it was given."""
        masked = " ".join(str(text or "").split())
        for secret in _spellings(self.secrets):
            masked = masked.replace(secret, "•••")
        return masked[:LONGEST_SAID]


def _spellings(secrets: Sequence[SecretText]) -> Iterator[str]:
    """How secrets may stand in a message: as they are, in a URL, and the values of one that is a JSON object."""
    for secret in secrets:
        values = [secret.reveal()]
        with contextlib.suppress(ValueError):
            found = json.loads(values[0])
            values += [each for each in found.values() if isinstance(each, str)] if isinstance(found, dict) else []
        for value in values:
            if len(value) >= SHORTEST_SECRET:
                yield from dict.fromkeys((" ".join(value.split()), quote(value), quote_plus(value)))


_KINDS: Mapping[str, type[SourceError]] = {"config_error": SourceRefused, "transient_error": SourceUnavailable}


@contextlib.contextmanager
def _private_folder(within: Path) -> Iterator[Path]:
    """A folder that only we can read, which is gone afterwards; what a killed conversation left goes first."""
    for left in within.glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=within))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _file(folder: Path, name: str, content: Any) -> Sequence[str]:
    path = folder / f"{name}.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _READABLE_BY_US)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    return [f"--{name}", str(path)]
