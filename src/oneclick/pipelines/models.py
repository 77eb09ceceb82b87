"""What was loaded, what is on its way, and the data flows that bring more."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper

from oneclick.core.ids import new_id


class LoadedTable(models.Model):
    """A table that exists because we loaded it: what tells it from tables that people made themselves."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="loaded_tables")
    warehouse = models.ForeignKey("warehouses.Warehouse", on_delete=models.CASCADE, related_name="loaded_tables")
    schema = models.CharField(max_length=63)
    name = models.CharField(max_length=63)
    flow = models.ForeignKey(
        "pipelines.DataFlow", on_delete=models.SET_NULL, related_name="loaded_tables", null=True, blank=True
    )
    rows = models.BigIntegerField(default=0)
    last_load_id = models.CharField(max_length=100, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["warehouse", "schema", "name"], name="loaded_table_warehouse_schema_name")
        ]

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


class LoadState(models.TextChoices):
    """How a load of a file stands."""

    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    SUPERSEDED = "superseded", "Given up for a newer one"


class FileLoad(models.Model):
    """One load of one file into one table. `id` names it for ever: the warehouse takes each load once.

    A load that is still RUNNING when the same file comes again was cut off, and is taken up under its old id.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="file_loads")
    warehouse = models.ForeignKey("warehouses.Warehouse", on_delete=models.CASCADE, related_name="file_loads")
    schema = models.CharField(max_length=63)
    name = models.CharField(max_length=63)
    mode = models.CharField(max_length=20)
    file_name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=20, choices=LoadState, default=LoadState.RUNNING)
    rows = models.BigIntegerField(null=True, blank=True)
    rejected = models.BigIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    asked_by = models.CharField(max_length=200)
    correlation_id = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["warehouse", "schema", "name", "mode", "digest"],
                name="file_load_running_once",
                condition=models.Q(state=LoadState.RUNNING),
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} → {self.schema}.{self.name}: {self.state}"


class ScheduleKind(models.TextChoices):
    """When a data flow brings what is new."""

    MANUAL = "manual", "When somebody asks"
    EVERY = "every", "Every so many minutes"
    CRON = "cron", "At fixed times"
    AFTER = "after", "After another data flow"


class OnDrift(models.TextChoices):
    """What happens when a stream has other columns than before."""

    FOLLOW = "follow", "Bring new columns, too"
    FREEZE = "freeze", "Keep to the columns of now"
    ASK = "ask", "Stop and ask"


class DataFlow(models.Model):
    """A template with its settings, what it brings, and when; with the lease that keeps two workers apart.

    A draft is one that isn't described to the end: nothing starts it.

    `config` holds no secret; `secret_refs` maps a form field's name to its reference in the secret store. `streams` is
    a list of `Wanted` as JSON. The fence counts over all data flows, so that two that load one table see who is newer.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="data_flows", db_index=False
    )
    warehouse = models.ForeignKey("warehouses.Warehouse", on_delete=models.CASCADE, related_name="data_flows")
    template = models.CharField(max_length=50)
    name = models.CharField(max_length=63)
    schema = models.CharField(max_length=63, default="raw")
    config = models.JSONField(default=dict)
    secret_refs = models.JSONField(default=dict)
    streams = models.JSONField(default=list)
    on_drift = models.CharField(max_length=20, choices=OnDrift, default=OnDrift.FOLLOW)
    schedule_kind = models.CharField(max_length=20, choices=ScheduleKind, default=ScheduleKind.MANUAL)
    every_minutes = models.PositiveIntegerField(null=True, blank=True)
    cron = models.CharField(max_length=100, blank=True)
    after = models.ForeignKey("self", on_delete=models.SET_NULL, related_name="followers", null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_draft = models.BooleanField(default=True)
    is_paused = models.BooleanField(default=False)
    next_due_at = models.DateTimeField(null=True, blank=True)
    quiet_after_hours = models.PositiveIntegerField(null=True, blank=True)
    last_rows_at = models.DateTimeField(null=True, blank=True)
    told_quiet_at = models.DateTimeField(null=True, blank=True)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    lease_holder = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", Upper("name"), name="data_flow_organisation_name")
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-id"], name="data_flow_newest"),
            models.Index(
                fields=["next_due_at"],
                name="data_flow_due",
                condition=models.Q(is_paused=False, next_due_at__isnull=False),
            ),
            models.Index(
                fields=["organisation"],
                name="data_flow_watched",
                condition=models.Q(quiet_after_hours__isnull=False, is_paused=False, is_draft=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StreamState(models.Model):
    """How far one stream of a data flow was read, and what it looked like then."""

    id = models.BigAutoField(primary_key=True)
    flow = models.ForeignKey(DataFlow, on_delete=models.CASCADE, related_name="states", db_index=False)
    stream = models.CharField(max_length=300)
    position = models.JSONField(default=dict)
    columns = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["flow", "stream"], name="stream_state_flow_stream")]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.stream}"


class RunState(models.TextChoices):
    """Where an update stands; `runs.py` owns the transitions."""

    PENDING = "pending", "Waiting to start"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waiting to try again"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    STOPPED = "stopped", "Stopped"


UNFINISHED_RUNS = (RunState.PENDING, RunState.RUNNING, RunState.WAITING)


class FlowRun(models.Model):
    """One update of a data flow. `phase` is what it does now, `progress` what it says about it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="flow_runs", db_index=False
    )
    flow = models.ForeignKey(DataFlow, on_delete=models.CASCADE, related_name="runs", db_index=False)
    state = models.CharField(max_length=20, choices=RunState, default=RunState.PENDING)
    phase = models.CharField(max_length=20, blank=True)
    progress = models.JSONField(default=dict)
    allow_fewer = models.BooleanField(default=False)
    asked_by = models.CharField(max_length=200)
    trigger = models.CharField(max_length=20)
    correlation_id = models.CharField(max_length=64, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    wake_at = models.DateTimeField(null=True, blank=True)
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    rows = models.BigIntegerField(null=True, blank=True)
    rejected = models.BigIntegerField(null=True, blank=True)
    written_bytes = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["flow"],
                name="flow_run_unfinished_once",
                condition=models.Q(state__in=["pending", "running", "waiting"]),
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["flow", "-id"], name="flow_run_newest"),
            models.Index(fields=["organisation", "-id"], name="flow_run_of_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id}: {self.state}"


class StreamRun(models.Model):
    """One stream in one update: its bound, fixed before it is read, and what came."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(FlowRun, on_delete=models.CASCADE, related_name="streams", db_index=False)
    stream = models.CharField(max_length=300)
    table = models.CharField(max_length=200)
    bound = models.JSONField(default=dict)
    rows = models.BigIntegerField(null=True, blank=True)
    deleted = models.BigIntegerField(null=True, blank=True)
    rejected = models.BigIntegerField(null=True, blank=True)
    changes = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "stream"], name="stream_run_run_stream")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.stream}"


class UploadState(models.TextChoices):
    """How an uploaded file stands."""

    LOOKING = "looking", "Being looked at"
    READY = "ready", "Ready to load"
    LOADING = "loading", "Being loaded"
    DONE = "done", "Loaded"
    FAILED = "failed", "Needs a look"


class Upload(models.Model):
    """A file that somebody sent by a page: kept on the disk until it is loaded, for a day at most.

    `answers` are what the person says about it (`uploads.Answers`). Each order, to look or to load, has a number: one
    that came late, or whose work was given to another, changes nothing. `load_id` names the `FileLoad` of this order.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="uploads")
    warehouse = models.ForeignKey("warehouses.Warehouse", on_delete=models.CASCADE, related_name="uploads")
    file_name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=UploadState, default=UploadState.LOOKING)
    answers = models.JSONField(default=dict)
    order = models.PositiveIntegerField(default=1)
    load_id = models.UUIDField(null=True, blank=True)
    stage = models.CharField(max_length=100, blank=True)
    share = models.FloatField(null=True, blank=True)
    result = models.JSONField(default=dict)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    asked_by = models.CharField(max_length=200)
    correlation_id = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["made_at"], name="upload_made_at")]

    def __str__(self) -> str:
        return f"{self.file_name}: {self.state}"


class InstallationState(models.TextChoices):
    """How the installation of a connector stands."""

    RUNNING = "running", "Being installed"
    DONE = "done", "Installed"
    FAILED = "failed", "Failed"


class ConnectorInstallation(models.Model):
    """Somebody's wish for a connector; what is installed then serves all organisations of the installation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="connector_installations", db_index=False
    )
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=50)
    state = models.CharField(max_length=20, choices=InstallationState, default=InstallationState.RUNNING)
    said = models.CharField(max_length=200, blank=True)
    error_message = models.TextField(blank=True)
    error_hint = models.TextField(blank=True)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="connector_installation_newest")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}: {self.state}"
