"""A caller's own key for a request: sent twice, it leads to one job."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from oneclick.accounts.roles import Principal
from oneclick.core.clock import utcnow
from oneclick.provisioning.errors import KeyReused
from oneclick.provisioning.models import IdempotencyKey, ProvisioningJob

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Idempotency:
    """A key, the route it was sent to, and the body without its secrets."""

    key: str
    route: str
    body: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of the body in a canonical spelling."""
        return hashlib.sha256(json.dumps(self.body, sort_keys=True, default=str).encode()).hexdigest()


def once(principal: Principal, idempotency: Idempotency | None, make: Callable[[], ProvisioningJob]) -> ProvisioningJob:
    """The job that `make` makes, or the one that the same key made before. Raises `KeyReused` for another body."""
    if idempotency is None:
        with transaction.atomic():
            return make()
    if known := already(principal, idempotency):
        return known
    try:
        with transaction.atomic():
            return _make_and_note(principal, idempotency, make)
    except IntegrityError:
        if known := already(principal, idempotency):
            return known
        raise


def already(principal: Principal, idempotency: Idempotency | None) -> ProvisioningJob | None:
    """The job that the key led to before. Ask before any check that the first request may have made fail since.

    Raises `KeyReused` for another body.
    """
    if idempotency is None:
        return None
    row = IdempotencyKey.objects.filter(**_scope(principal, idempotency)).select_related("job").first()
    if row is None:
        return None
    if row.expires_at < utcnow():
        row.delete()
        return None
    if row.body_digest != idempotency.digest:
        raise KeyReused
    return row.job


def forget_expired() -> int:
    """Remove keys that no longer answer; how many."""
    removed, _ = IdempotencyKey.objects.filter(expires_at__lt=utcnow()).delete()
    return removed


def _make_and_note(
    principal: Principal, idempotency: Idempotency, make: Callable[[], ProvisioningJob]
) -> ProvisioningJob:
    job = make()
    IdempotencyKey.objects.create(
        **_scope(principal, idempotency),
        body_digest=idempotency.digest,
        job=job,
        expires_at=utcnow() + KEPT_FOR,
    )
    return job


def _scope(principal: Principal, idempotency: Idempotency) -> dict[str, Any]:
    return {
        "organisation_id": principal.organisation_id,
        "asked_by": principal.label,
        "route": idempotency.route,
        "key": idempotency.key,
    }
