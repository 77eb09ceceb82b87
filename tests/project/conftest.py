"""The REST API with a token for each of the cast, and a provider that needs no server."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from oneclick.accounts.roles import Principal, PrincipalKind, Role
from oneclick.accounts.services import issue_token
from oneclick.provisioning import engine, services
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.warehouses.contract.instance import Spec
from oneclick.warehouses.models import Warehouse
from tests.cast import Cast


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A form with a file, in place of a body in JSON."""

    content: bytes

    @property
    def encoded(self) -> bytes:
        return encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("sales.csv", self.content)})


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A client of the API with a token."""

    token: str

    def __call__(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        return Client(raise_request_exception=False).generic(
            method,
            path,
            data=_encoded(body),
            content_type=MULTIPART_CONTENT if isinstance(body, Upload) else "application/json",
            headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
        )


def _encoded(body: object) -> str | bytes:
    if isinstance(body, Upload):
        return body.encoded
    return "" if body is None else json.dumps(body)


@pytest.fixture
def caller_for(cast: Cast) -> Callable[[Role], Caller]:
    def make(role: Role, *, of: Principal = cast.admin) -> Caller:
        _, token = issue_token(of, name=f"{role} token", role=role, days=1)
        return Caller(token=token.reveal())

    return make


@pytest.fixture
def as_admin(caller_for: Callable[..., Caller]) -> Caller:
    return caller_for(Role.ADMIN)


@pytest.fixture
def as_member(caller_for: Callable[..., Caller]) -> Caller:
    return caller_for(Role.MEMBER)


@pytest.fixture
def as_reader(caller_for: Callable[..., Caller]) -> Caller:
    return caller_for(Role.READER)


@pytest.fixture
def as_outsider(caller_for: Callable[..., Caller], cast: Cast) -> Caller:
    return caller_for(Role.ADMIN, of=cast.outsider)


@pytest.fixture
def job(cast: Cast, folders: Path) -> ProvisioningJob:
    """A job that set up the warehouse "sales"."""
    asked = services.request_create(operator_of(cast), provider="folders", spec=Spec(name="sales"))
    engine.drive(asked.id)
    asked.refresh_from_db()
    assert asked.state == JobState.SUCCESS
    return asked


@pytest.fixture
def warehouse(job: ProvisioningJob) -> Warehouse:
    return job.warehouse


def operator_of(cast: Cast) -> Principal:
    return Principal(kind=PrincipalKind.OPERATOR, id="tester", organisation_id=cast.organisation.id, role=Role.ADMIN)
