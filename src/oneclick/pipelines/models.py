"""What was loaded, and what is on its way."""

from typing import ClassVar

from django.db import models

from oneclick.core.ids import new_id


class LoadedTable(models.Model):
    """A table that exists because we loaded it: what tells it from tables that people made themselves."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="loaded_tables")
    warehouse = models.ForeignKey("warehouses.Warehouse", on_delete=models.CASCADE, related_name="loaded_tables")
    schema = models.CharField(max_length=63)
    name = models.CharField(max_length=63)
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
