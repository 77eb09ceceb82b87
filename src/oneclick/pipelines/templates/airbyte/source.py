"""A connector as a source: checked, asked what it has, and read."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from oneclick.outbound.errors import OutboundError
from oneclick.pipelines import hashing
from oneclick.pipelines.contract.errors import SourceError
from oneclick.pipelines.contract.sources import OnProgress, Settings, Source, Stream
from oneclick.pipelines.templates.airbyte import form, installing
from oneclick.pipelines.templates.airbyte.conversation import Conversation
from oneclick.pipelines.templates.airbyte.installing import Installed
from oneclick.pipelines.templates.airbyte.known import checked_version, connector
from oneclick.pipelines.templates.airbyte.reading import ConnectorReading
from oneclick.pipelines.templates.airbyte.streams import ConnectorStream, connector_streams
from oneclick.pipelines.templates.file_import.scratch import scratch_folder
from oneclick.warehouses.contract.data_plane import DuckDBConnection
from oneclick.warehouses.contract.descriptions import Check, CheckResult


class AirbyteSource(Source):
    """One connector with its settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connector = connector(settings.config.get("connector", ""))
        self._version = checked_version(settings.config.get("version") or self._connector.version)
        if found := installing.find(settings.home, self._connector.name, self._version):
            form.filled_in(found.spec, self._answers())

    def check(self) -> Sequence[Check]:
        """Whether it is installed, and what it says of its settings."""
        title = f"{self._connector.title} {self._version}"
        done = []
        try:
            with self._talking() as conversation:
                done.append(Check(title=f"{title} is installed", result=CheckResult.PASSED))
                said = conversation.check()
        except (OutboundError, SourceError) as error:
            refused = error.code == "destination_refused"
            remedy = (
                f"oneclick outbound allow {getattr(error, 'host', '')}:{getattr(error, 'port', '')}" if refused else ""
            )
            done.append(Check(title=error.message, result=CheckResult.FAILED, detail=error.hint, remedy=remedy))
        else:
            if said:
                done.append(Check(title=f"{title} can't connect", result=CheckResult.FAILED, detail=said))
            else:
                done.append(Check(title=f"{title} can connect", result=CheckResult.PASSED))
        return done

    def discover(self) -> Sequence[Stream]:
        """What the connector can give."""
        with self._talking() as conversation:
            return [each.stream for each in connector_streams(conversation.discover()).values()]

    @contextlib.contextmanager
    def reading(self, duck: DuckDBConnection, folder: Path, on_progress: OnProgress) -> Iterator[ConnectorReading]:
        """Install it where it isn't yet, and ask what it has now."""
        name, version = self._connector.name, self._version
        installing.install(self._settings.home, name, version, on_step=lambda what: on_progress(what, None))
        with installing.using(self._settings.home, name, version) as found:
            on_progress(f"Asking {self._connector.title} what it has", None)
            asking = self._conversation(found, folder, lambda: on_progress("Asking what there is", None))
            streams: Mapping[str, ConnectorStream] = connector_streams(asking.discover())
            hashing.prepare(duck, self._settings.secrets)
            yield ConnectorReading(
                duck, self._conversation(found, folder, lambda: None), streams, folder=folder,
                resumes=self._connector.resumes, on_progress=on_progress,
            )  # fmt: skip

    @contextlib.contextmanager
    def _talking(self) -> Iterator[Conversation]:
        with (
            installing.using(self._settings.home, self._connector.name, self._version) as found,
            scratch_folder(self._settings.home) as folder,
        ):
            yield self._conversation(found, folder, lambda: None)

    def _conversation(self, found: Installed, folder: Path, on_pulse: Callable[[], None]) -> Conversation:
        answers = self._answers()
        names = [name for name in self._settings.secrets if name.startswith(form.PREFIX)]
        return Conversation(
            connector=found, folder=folder, config=form.filled_in(found.spec, answers),
            secrets=[self._settings.secrets[name] for name in names], on_pulse=on_pulse,
        )  # fmt: skip

    def _answers(self) -> Mapping[str, str]:
        secrets = {name: secret.reveal() for name, secret in self._settings.secrets.items()}
        return {**self._settings.config, **secrets}
