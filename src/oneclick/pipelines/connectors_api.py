"""`/api/connectors`: Airbyte's connectors, to search and to install; for operators, to remove."""

from http import HTTPStatus
from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from oneclick.accounts.bearer import OperatorAuth, fresh_operator_of, operator_of, principal_of
from oneclick.pipelines import connectors
from oneclick.pipelines.connectors import Offered, Used
from oneclick.pipelines.models import ConnectorInstallation
from oneclick.web.rest import Input, errors

MOST = 500

router = Router(tags=["Data flows"])
operator_router = Router(tags=["Installation"], auth=OperatorAuth())


class ConnectorRequest(Input):
    """A connector to install."""

    name: Annotated[str, Field(max_length=100, description="As in the list.")]
    version: Annotated[str, Field(max_length=50, description="Empty: the one that was tried.")] = ""


class ConnectorAnswer(Schema):
    """One connector."""

    name: str
    title: str
    version: Annotated[str, Field(description="The one that is installed, else the one to install.")]
    is_tried: Annotated[bool, Field(description="Whether our tests run it in some version.")]
    is_installed: bool
    size_bytes: int | None
    state: Annotated[str, Field(description="Of its installation: running, done, failed; empty: nobody asked here.")]
    error: str

    @classmethod
    def of(cls, each: Offered) -> "ConnectorAnswer":
        """The answer for one."""
        here, wish = each.installed, each.wish
        return cls(
            name=each.connector.name, title=each.connector.title, is_tried=bool(each.connector.tried),
            version=here.version if here else each.connector.version, is_installed=here is not None,
            size_bytes=here.size_bytes if here else None, state=wish.state if wish else "",
            error=f"{wish.error_message} {wish.error_hint}".strip() if wish else "",
        )  # fmt: skip


class InstallationAnswer(Schema):
    """What was asked for. A worker installs it, which takes minutes: look at the list."""

    name: str
    version: str
    state: str

    @classmethod
    def of(cls, wish: ConnectorInstallation) -> "InstallationAnswer":
        """The answer for one row."""
        return cls(name=wish.name, version=wish.version, state=wish.state)


class InstalledAnswer(Schema):
    """One connector on this machine."""

    name: str
    title: str
    version: str
    size_bytes: int
    seconds: Annotated[float, Field(description="What its installation took.")]
    flows: Annotated[int, Field(description="How many data flows of all organisations need it.")]

    @classmethod
    def of(cls, each: Used) -> "InstalledAnswer":
        """The answer for one."""
        here = each.installed
        return cls(
            name=here.name, title=each.title, version=here.version, size_bytes=here.size_bytes, seconds=here.seconds,
            flows=each.flows,
        )  # fmt: skip


@router.get("", response={200: list[ConnectorAnswer], **errors()}, operation_id="listConnectors")
def list_connectors(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=100, description="Words that its name has all.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> list[ConnectorAnswer]:
    """Those that are installed first, then those that were tried."""
    return [ConnectorAnswer.of(each) for each in connectors.offered(principal_of(request), q)[:limit]]


@router.post("", response={202: InstallationAnswer, **errors(409)}, operation_id="installConnector")
def install_connector(request: HttpRequest, wanted: ConnectorRequest) -> Status[InstallationAnswer]:
    """Ask for one. It is installed once for all organisations; one that is being installed isn't asked for twice."""
    wish = connectors.ask(principal_of(request), wanted.name, wanted.version)
    return Status(HTTPStatus.ACCEPTED, InstallationAnswer.of(wish))


@operator_router.get("", response={200: list[InstalledAnswer], **errors()}, operation_id="listInstalledConnectors")
def list_installed(request: HttpRequest) -> list[InstalledAnswer]:
    """Every connector on this machine, in each of its versions."""
    operator_of(request)
    return [InstalledAnswer.of(each) for each in connectors.installed()]


@operator_router.delete(
    "/{connector}/{version}", response={204: None, **errors(404, 409)}, operation_id="removeConnector"
)
def remove_connector(
    request: HttpRequest,
    connector: Annotated[str, Path(description="Its name, as in the list.")],
    version: Annotated[str, Path(description="Its version, as in the list.")],
) -> Status[None]:
    """Remove one from this machine. Refused while a data flow needs it; one that isn't there is fine."""
    connectors.remove(connector, version, actor=fresh_operator_of(request).label)
    return Status(HTTPStatus.NO_CONTENT, None)
