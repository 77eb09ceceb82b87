"""One asked-for change, what happened in it, and what exists outside because of it."""

from typing import ClassVar

from django.db import models

from oneclick.core.ids import new_id


class JobKind(models.TextChoices):
    """What is asked for."""

    CREATE = "create", "Set up"
    UPDATE = "update", "Change"
    ROTATE = "rotate", "Rotate credentials"
    DESTROY = "destroy", "Delete"
    CHECK = "check", "Check"


class JobState(models.TextChoices):
    """Where a job stands; `states.py` owns the transitions."""

    PENDING = "pending", "Waiting to start"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waiting for the provider"
    SUCCESS = "success", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


UNFINISHED = (JobState.PENDING, JobState.RUNNING, JobState.WAITING)
ENDED = (JobState.SUCCESS, JobState.FAILED, JobState.CANCELLED)


class ProvisioningJob(models.Model):
    """One asked-for change of one warehouse."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="jobs", db_index=False
    )
    warehouse = models.ForeignKey("warehouses.Warehouse", on_delete=models.PROTECT, related_name="jobs", db_index=False)
    kind = models.CharField(max_length=20, choices=JobKind)
    state = models.CharField(max_length=20, choices=JobState, default=JobState.PENDING)
    asked_by = models.CharField(max_length=200)
    asked_role = models.CharField(max_length=20)
    correlation_id = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    total_steps = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    last_sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "state"], name="job_organisation_state"),
            models.Index(fields=["organisation", "-id"], name="job_organisation_newest"),
            models.Index(fields=["warehouse", "-id"], name="job_warehouse_newest"),
            models.Index(
                fields=["wake_at"],
                name="job_unfinished_wake_at",
                condition=models.Q(state__in=["pending", "running", "waiting"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.warehouse_id}: {self.state}"


class JobEvent(models.Model):
    """One thing that happened in a job; `sequence` counts from 1 per job, so that a stream can be replayed."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(ProvisioningJob, on_delete=models.CASCADE, related_name="events", db_index=False)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    state = models.CharField(max_length=20, blank=True)
    resource_kind = models.CharField(max_length=100, blank=True)
    resource_name = models.CharField(max_length=255, blank=True)
    action = models.CharField(max_length=20, blank=True)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "sequence"], name="job_event_sequence")]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.sequence} {self.kind}"


class Measure(models.TextChoices):
    """What a tally counts."""

    ENDED = "ended", "Jobs that stand at this end now"
    DURATION = "duration", "Successes that took at most so many seconds and longer than the bound before"
    FAILURE = "failure", "Failures with this error code"
    RETRY = "retry", "Further attempts after this error code"


class JobTally(models.Model):
    """Jobs in numbers, kept as they change, so that reading them costs the same however many jobs there were.

    One number is the sum of its rows: it is spread over a few (`stripe`), so that jobs that end at once seldom wait
    for each other.
    """

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=JobKind)
    measure = models.CharField(max_length=20, choices=Measure)
    label = models.CharField(max_length=50)
    stripe = models.PositiveSmallIntegerField()
    count = models.BigIntegerField()
    seconds = models.FloatField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["measure", "provider", "kind", "label", "stripe"], name="job_tally_number")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.measure} {self.label}: {self.count}"


class ResourceState(models.TextChoices):
    """What we know of one resource outside: written before each call and after it."""

    CREATING = "creating", "Being made"
    PRESENT = "present", "There"
    UPDATING = "updating", "Being changed"
    DELETING = "deleting", "Being removed"
    GONE = "gone", "Removed"
    FOREIGN = "foreign", "Not ours"


class ResourceRecord(models.Model):
    """The inventory of one warehouse: every resource that may exist outside because of us."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    warehouse = models.ForeignKey(
        "warehouses.Warehouse", on_delete=models.PROTECT, related_name="resources", db_index=False
    )
    job = models.ForeignKey(ProvisioningJob, on_delete=models.PROTECT, related_name="touched_resources")
    kind = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=20, choices=ResourceState)
    fence = models.BigIntegerField()
    intent_at = models.DateTimeField()
    outcome_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["warehouse", "kind", "name"], name="resource_warehouse_kind_name")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.state}"


class IdempotencyKey(models.Model):
    """A caller's own key for a request: the same key and body lead to the same job, another body to a refusal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    asked_by = models.CharField(max_length=200)
    route = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    job = models.ForeignKey(ProvisioningJob, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "asked_by", "route", "key"], name="idempotency_key_scope")
        ]

    def __str__(self) -> str:
        return self.key
