"""Data flows from which nothing comes, although somebody said that something usually does: told once each time."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from oneclick.pipelines import queries
from oneclick.pipelines.models import DataFlow
from oneclick.pipelines.signals import FlowQuiet, flow_quiet

_NOT_TOLD = Q(told_quiet_at__isnull=True) | Q(told_quiet_at__lt=F("last_rows_at"))


def tell(now: datetime) -> int:
    """Tell of each data flow that went quiet since rows came last; how many were told of."""
    return sum(_tell(flow, now) for flow in queries.quiet(now).filter(_NOT_TOLD).order_by("id"))


def _tell(flow: DataFlow, now: datetime) -> bool:
    with transaction.atomic():
        is_first = DataFlow.objects.filter(_NOT_TOLD, id=flow.id).update(told_quiet_at=now) == 1
        if is_first:
            flow_quiet.send(FlowQuiet(flow_id=flow.id, organisation_id=flow.organisation_id))
    return is_first
