"""What an event stream sees of its job at each look, and whether who watches may still see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db import connection

from oneclick.accounts.bearer import principal_from_header
from oneclick.accounts.membership import principal_of_session
from oneclick.accounts.roles import Permission, Principal
from oneclick.core.secrets import SecretText
from oneclick.provisioning import queries
from oneclick.provisioning.errors import JobNotFound
from oneclick.provisioning.models import ENDED, ProvisioningJob
from oneclick.provisioning.schemas import EventAnswer
from oneclick.web.rest import InvalidRequest

MAX_SEQUENCE = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Glimpse:
    """What a look into the database showed: the events after the last one seen, and whether the job has ended."""

    events: Sequence[EventAnswer]
    state: str
    is_ended: bool
    organisation: str = ""


@dataclass(kw_only=True)
class Watch:
    """Who watches which job, and the last event that was sent."""

    authorization: SecretText
    session: SecretText
    job_id: UUID
    after: int

    @classmethod
    def asked_for(cls, *, job: str, after: str, authorization: SecretText, session: SecretText) -> Self:
        """From the parts of a request; raises `JobNotFound` and `InvalidRequest`."""
        return cls(authorization=authorization, session=session, job_id=_job_id(job), after=_after(after))

    def principal(self) -> Principal:
        """Who watches, as of now. A request with a token, good or bad, is never taken for a session."""
        if header := self.authorization.reveal():
            return principal_from_header(header)
        return principal_of_session(self.session)


def look(watch: Watch) -> Glimpse:
    """One look into the database, with the right checked anew."""
    try:
        job = _watched(watch)
        events = [EventAnswer.of(event) for event in queries.events(job, after=watch.after)]
        if events:
            # Again: what was written after the right was lost may have been read by now.
            _watched(watch)
        organisation = str(job.organisation_id)
        return Glimpse(events=events, state=job.state, is_ended=job.state in ENDED, organisation=organisation)
    finally:
        connection.close()  # back into the pool: a thread of ours must not hold one while nothing happens


def _watched(watch: Watch) -> ProvisioningJob:
    """The job, if whoever watches may see it at this moment."""
    principal = watch.principal()
    principal.demand(Permission.VIEW_WAREHOUSES)
    return queries.job(principal.organisation_id, watch.job_id)


def _job_id(raw: str) -> UUID:
    try:
        return UUID(raw)
    except ValueError:
        raise JobNotFound from None


def _after(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit() or int(raw) > MAX_SEQUENCE:
        raise InvalidRequest("Last-Event-ID must be the number of an event.", hint="Leave it out to see all events.")
    return int(raw)
