"""Data flows from which nothing comes, although somebody said that something usually does: told once each time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Coalesce

from oneclick.pipelines.models import DataFlow
from oneclick.pipelines.signals import FlowQuiet, flow_quiet

_NOT_TOLD = Q(told_quiet_at__isnull=True) | Q(told_quiet_at__lt=F("last_rows_at"))


def quiet_flows(organisation_id: UUID, now: datetime) -> Sequence[DataFlow]:
    """Those of one organisation, newest first."""
    return list(_quiet(now).filter(organisation_id=organisation_id).order_by("-id"))


def tell(now: datetime) -> int:
    """Tell of each data flow, of any organisation, that went quiet since rows came last; how many were told of."""
    return sum(_tell(flow, now) for flow in _quiet(now).filter(_NOT_TOLD).order_by("id"))


def _quiet(now: datetime) -> QuerySet[DataFlow]:
    usual = ExpressionWrapper(F("quiet_after_hours") * timedelta(hours=1), output_field=DurationField())
    watched = DataFlow.objects.filter(quiet_after_hours__isnull=False, is_paused=False, is_draft=False)
    return watched.annotate(since=Coalesce("last_rows_at", "created_at")).filter(since__lt=now - usual)


def _tell(flow: DataFlow, now: datetime) -> bool:
    with transaction.atomic():
        is_first = DataFlow.objects.filter(_NOT_TOLD, id=flow.id).update(told_quiet_at=now) == 1
        if is_first:
            flow_quiet.send(FlowQuiet(flow_id=flow.id, organisation_id=flow.organisation_id))
    return is_first
