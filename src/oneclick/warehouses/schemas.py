"""What the REST API and the command line say about warehouses."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field, SecretStr

from oneclick.warehouses.contract.descriptions import Check, CheckResult, FactSheet, SetupStep
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import AccountLink, Warehouse, WarehouseState
from oneclick.warehouses.services import RevealedCredentials
from oneclick.web.rest import Identified, Input


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


class FieldAnswer(Schema):
    """One thing that must be known to act in an account."""

    name: str
    label: str
    help: str
    is_secret: Annotated[bool, Field(description="It belongs into `secrets`, the others into `config`.")]
    is_required: bool
    pattern: Annotated[str, Field(description="A regular expression for the whole value; empty: any.")]
    choices: list[str]


class ProviderFacts(Schema):
    """Where a warehouse can live."""

    provider: str
    title: str
    tagline: str
    needs: str
    takes: str
    price_idea: str
    needs_account: bool
    fields: list[FieldAnswer]

    @classmethod
    def of(cls, facts: FactSheet) -> "ProviderFacts":
        """The answer for one fact sheet."""
        fields = [
            FieldAnswer(
                name=each.name, label=each.label, help=each.help, is_secret=each.is_secret,
                is_required=each.is_required, pattern=each.pattern, choices=list(each.choices),
            )
            for each in facts.fields
        ]  # fmt: skip
        return cls(
            provider=facts.provider, title=facts.title, tagline=facts.tagline, needs=facts.needs, takes=facts.takes,
            price_idea=facts.price_idea, needs_account=facts.needs_account, fields=fields,
        )  # fmt: skip


class SetupStepAnswer(Schema):
    """Something to do once in the account."""

    title: str
    explanation: str
    language: str
    statement: str
    revoke: Annotated[str, Field(description="What takes it back.")]

    @classmethod
    def of(cls, step: SetupStep) -> "SetupStepAnswer":
        """The answer for one step."""
        return cls(
            title=step.title, explanation=step.explanation, language=step.language, statement=step.statement,
            revoke=step.revoke,
        )  # fmt: skip


class AccountLinkRequest(Input):
    """A connection to an account."""

    provider: str
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    config: Annotated[dict[str, str], Field(description="Its fields that are no secret.", default_factory=dict)]
    secrets: Annotated[dict[str, SecretStr], Field(description="Its secret fields.", default_factory=dict)]


class AccountLinkAnswer(Identified):
    """A connection to an account, without its secrets."""

    provider: str
    name: str
    config: dict[str, str]
    is_connected: bool
    created_at: datetime

    @classmethod
    def of(cls, link: AccountLink) -> "AccountLinkAnswer":
        """The answer for one row."""
        return cls(
            id=link.id, provider=link.provider, name=link.name, config=link.config, is_connected=link.is_connected,
            created_at=link.created_at,
        )  # fmt: skip


class CheckAnswer(Schema):
    """One thing that must be so in the account."""

    title: str
    result: CheckResult
    detail: str
    missing: Annotated[str, Field(description="The privilege, in the vendor's spelling.")]
    remedy: Annotated[str, Field(description="The exact statement that cures it.")]

    @classmethod
    def of(cls, check: Check) -> "CheckAnswer":
        """The answer for one check."""
        return cls(
            title=check.title, result=check.result, detail=check.detail, missing=check.missing, remedy=check.remedy
        )
