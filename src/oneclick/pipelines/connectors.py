"""Airbyte's connectors on this machine: which there are, and asking for one, which a worker then installs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from oneclick.accounts.roles import Permission, Principal
from oneclick.audit.services import record
from oneclick.core.errors import OneClickError
from oneclick.job_queue.wake import wake
from oneclick.pipelines.models import ConnectorInstallation, DataFlow, InstallationState
from oneclick.pipelines.templates.airbyte import installing
from oneclick.pipelines.templates.airbyte.errors import ConnectorInUse, ConnectorNotFound
from oneclick.pipelines.templates.airbyte.installing import Installed
from oneclick.pipelines.templates.airbyte.known import Connector, checked_version, connector, known
from oneclick.pipelines.templates.airbyte.template import AirbyteConnector

INSTALL = "pipelines.install_connector"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """One connector, with what is on this machine of it, and the wish for it that is open or failed."""

    connector: Connector
    installed: Installed | None
    wish: ConnectorInstallation | None

    @property
    def is_running(self) -> bool:
        """Whether it is being installed."""
        return self.installed is None and self.wish is not None and self.wish.state == InstallationState.RUNNING


@dataclass(frozen=True, kw_only=True)
class Used:
    """One connector on this machine, and how many data flows of all organisations need it."""

    installed: Installed
    flows: int

    @property
    def title(self) -> str:
        """What people call its service."""
        return connector(self.installed.name).title


def offered(principal: Principal, words: str = "") -> Sequence[Offered]:
    """The connectors that have all these words in their names: what is here first, then what was tried."""
    principal.demand(Permission.VIEW_WAREHOUSES)
    here = _here()
    wishes = {
        each.name: each for each in ConnectorInstallation.objects.filter(organisation_id=principal.organisation_id)
    }
    found = [
        Offered(connector=each, installed=here.get(each.name), wish=wishes.get(each.name)) for each in known(words)
    ]
    return sorted(found, key=lambda each: (each.installed is None, not each.is_running))


def ask(principal: Principal, name: str, version: str = "") -> ConnectorInstallation:
    """Ask for a connector. One that is being installed isn't asked for twice. Raises `BadFlow`."""
    principal.demand(Permission.LOAD_DATA)
    kind = connector(name)
    wanted = checked_version(version or kind.version)
    with transaction.atomic():
        wish, is_new = ConnectorInstallation.objects.select_for_update().get_or_create(
            organisation_id=principal.organisation_id, name=kind.name,
            defaults={"version": wanted, "asked_by": principal.label},
        )  # fmt: skip
        if not is_new and (wish.state, wish.version) == (InstallationState.RUNNING, wanted):
            return wish
        wish.version, wish.state, wish.asked_by = wanted, InstallationState.RUNNING, principal.label
        wish.said = wish.error_message = wish.error_hint = ""
        wish.save()
        wake(INSTALL, installation_id=str(wish.id))
        _record_asked(principal, kind.name, wanted)
    return wish


def install(installation_id: UUID) -> None:
    """What a worker does for a wish: it can be done twice, and at once."""
    wish = ConnectorInstallation.objects.filter(id=installation_id, state=InstallationState.RUNNING).first()
    if wish is None:
        return
    row = ConnectorInstallation.objects.filter(id=wish.id, version=wish.version)
    try:
        installing.install(Path(settings.HOME), wish.name, wish.version, on_step=lambda what: _tell(row, what))
    except OneClickError as error:
        log.warning("connector not installed", connector=wish.name, code=error.code, message=error.message)
        row.update(state=InstallationState.FAILED, error_message=error.message, error_hint=error.hint)
    else:
        row.update(state=InstallationState.DONE, said="")


def install_now(principal: Principal, name: str, version: str = "", *, on_step: installing.OnStep) -> Installed:
    """Install a connector at once, in this process, which takes minutes; raises what `installing.install` does."""
    principal.demand(Permission.LOAD_DATA)
    kind = connector(name)
    wanted = checked_version(version or kind.version)
    _record_asked(principal, kind.name, wanted)
    return installing.install(Path(settings.HOME), kind.name, wanted, on_step=on_step)


def installed() -> Sequence[Used]:
    """Every connector on this machine, in each of its versions: for operators."""
    here = installing.installed(Path(settings.HOME))
    return [Used(installed=each, flows=_using(each.name, each.version).count()) for each in here]


def remove(name: str, version: str, *, actor: str) -> None:
    """Remove a connector from this machine, for all organisations: for operators. One that isn't there is fine.

    Raises `ConnectorNotFound` for what is no connector, and `ConnectorInUse`, also for one that a data flow of any
    organisation needs.
    """
    if all(each.name != name for each in known()):
        raise ConnectorNotFound(f"There is no connector {name!r}.")
    if flows := _using(name, version).count():
        needed = f"{flows:,} data flow{'' if flows == 1 else 's'} of this installation"
        raise ConnectorInUse(
            f"{connector(name).title} {version} is used by {needed}.", hint="Remove those or give them another version."
        )
    with transaction.atomic():
        record(
            organisation_id=None, actor=actor, action="connector.removed", target_kind="connector", target_id=name,
            detail={"version": version},
        )  # fmt: skip
        installing.remove(Path(settings.HOME), name, version)


def _using(name: str, version: str) -> QuerySet[DataFlow]:
    return DataFlow.objects.filter(template=AirbyteConnector.key, config__connector=name, config__version=version)


def _here() -> Mapping[str, Installed]:
    return {each.name: each for each in installing.installed(Path(settings.HOME))}


def _record_asked(principal: Principal, name: str, version: str) -> None:
    record(
        organisation_id=principal.organisation_id, actor=principal.label, action="connector.asked",
        target_kind="connector", target_id=name, detail={"version": version},
    )  # fmt: skip


def _tell(row: QuerySet[ConnectorInstallation], what: str) -> None:
    row.update(said=what[:200])
