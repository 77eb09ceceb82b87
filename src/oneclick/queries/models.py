"""What was asked of the warehouses."""

from typing import ClassVar

from django.db import models

from oneclick.core.ids import new_id


class QueryState(models.TextChoices):
    """How a query stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Stopped"
    LOST = "lost", "Its process ended"


class QueryPurpose(models.TextChoices):
    """Why a query was run."""

    ASKED = "asked", "Somebody wrote it"
    LOOKED = "looked", "Somebody looked at a table"


class QueryHistory(models.Model):
    """One query that somebody ran; never its rows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="query_history")
    warehouse = models.ForeignKey("warehouses.Warehouse", on_delete=models.CASCADE, related_name="query_history")
    asked_by = models.CharField(max_length=200)
    sql = models.TextField()
    purpose = models.CharField(max_length=20, choices=QueryPurpose, default=QueryPurpose.ASKED)
    state = models.CharField(max_length=20, choices=QueryState, default=QueryState.RUNNING)
    rows = models.BigIntegerField(null=True, blank=True)
    is_truncated = models.BooleanField(default=False)
    elapsed_ms = models.PositiveIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    must_end_by = models.DateTimeField()
    cancel_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-id"], name="query_organisation_newest"),
            models.Index(
                fields=["organisation", "must_end_by"],
                name="query_running",
                condition=models.Q(state=QueryState.RUNNING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sql[:40]}: {self.state}"
