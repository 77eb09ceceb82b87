"""What happened, and the seals that make a later change visible.

The tables are made by SQL in the migrations, because they are partitioned by month and guarded by triggers; so
Django doesn't manage them. They hold no foreign keys: the log outlives what it speaks of.
"""

from django.db import models
from django.db.models.functions import Now

from oneclick.core.ids import new_id


class AuditEvent(models.Model):
    """One thing that somebody did. Append-only: the database refuses UPDATE, DELETE and TRUNCATE.

    People appear by reference (`actor` is a principal's label, such as `user:<id>`), so that erasing a person's row
    erases the person here too. `detail` holds neither secrets nor personal data. `address` is the network address that
    the request came from; empty for what no request did.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(db_default=Now(), editable=False)
    organisation_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=100)
    target_kind = models.CharField(max_length=50, blank=True)
    target_id = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    correlation_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        managed = False
        db_table = "audit_event"

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target_kind} {self.target_id}".strip()


class AuditQueueEntry(models.Model):
    """A committed event that waits for its seal. Written by a trigger on `AuditEvent`, removed by the sealer."""

    event_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_unsealed"

    def __str__(self) -> str:
        return str(self.event_id)


class AuditSeal(models.Model):
    """One link of an organisation's chain: an HMAC over the event's digest and the link before. Append-only.

    `chain` is the organisation's id, or the nil UUID for events of the installation itself; `seq` counts from 1.
    """

    pk = models.CompositePrimaryKey("chain", "seq", "sealed_at")
    chain = models.UUIDField()
    seq = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    event_id = models.UUIDField()
    event_at = models.DateTimeField()
    digest = models.BinaryField()
    previous_mac = models.BinaryField()
    mac = models.BinaryField()
    key_id = models.CharField(max_length=16)

    class Meta:
        managed = False
        db_table = "audit_seal"

    def __str__(self) -> str:
        return f"{self.chain} #{self.seq}"


class AuditHead(models.Model):
    """Where each chain ends. Moved by compare-and-swap, so that no two sealers can continue the same link."""

    chain = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField()
    mac = models.BinaryField()
    sealed_at = models.DateTimeField()
    key_id = models.CharField(max_length=16)

    class Meta:
        managed = False
        db_table = "audit_head"

    def __str__(self) -> str:
        return f"{self.chain} #{self.seq}"


class AuditAnchor(models.Model):
    """Where verification starts after retention dropped what came before: signed with the audit key. Append-only.

    Links up to `seq` and events before `events_from` are gone on purpose.
    """

    pk = models.CompositePrimaryKey("chain", "events_from")
    chain = models.UUIDField()
    events_from = models.DateTimeField()
    seq = models.BigIntegerField()
    mac = models.BinaryField()
    signature = models.BinaryField()
    key_id = models.CharField(max_length=16)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        managed = False
        db_table = "audit_anchor"

    def __str__(self) -> str:
        return f"{self.chain} from #{self.seq}"
