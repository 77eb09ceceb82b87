"""What the REST API and the command line say about warehouses."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field

from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse, WarehouseState
from oneclick.warehouses.services import RevealedCredentials
from oneclick.web.rest import Identified


class WarehouseAnswer(Identified):
    """One warehouse."""

    name: str
    provider: str
    state: Annotated[WarehouseState, Field(description="As we know it; `/status` looks into the account.")]
    region: str
    size: str
    monthly_spend_cap: Annotated[int | None, Field(description="In whole units of `currency`; null: no cap.")]
    currency: str
    created_at: datetime
    ready_at: datetime | None
    deleted_at: datetime | None

    @classmethod
    def of(cls, warehouse: Warehouse) -> "WarehouseAnswer":
        """The answer for one row."""
        spec = warehouse.instance.spec
        return cls(
            id=warehouse.id,
            name=warehouse.name,
            provider=warehouse.provider,
            state=WarehouseState(warehouse.state),
            region=spec.region,
            size=spec.size,
            monthly_spend_cap=spec.monthly_spend_cap,
            currency=spec.currency,
            created_at=warehouse.created_at,
            ready_at=warehouse.ready_at,
            deleted_at=warehouse.deleted_at,
        )


class CredentialsAnswer(Schema):
    """How to connect, with the secret itself. Keep it out of logs and files that others read."""

    level: AccessLevel
    parameters: Annotated[dict[str, str], Field(description="Host, port, database, user and the like.")]
    secret_label: Annotated[str, Field(description="What the secret is, such as `password`.")]
    secret: str
    sqlalchemy_url: Annotated[str, Field(description="`{secret}` stands where the secret belongs.")]
    snippets: Annotated[dict[str, str], Field(description="How clients connect; `{secret}` as above.")]

    @classmethod
    def of(cls, revealed: RevealedCredentials, level: AccessLevel) -> "CredentialsAnswer":
        """The answer, where the secret leaves us."""
        return cls(
            level=level,
            parameters=dict(revealed.credentials.parameters),
            secret_label=revealed.credentials.secret_label,
            secret=revealed.secret.reveal(),
            sqlalchemy_url=revealed.bindings.sqlalchemy_url,
            snippets=dict(revealed.bindings.snippets),
        )
