"""The outbox, and who wants what of it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from oneclick.core.ids import new_id


class NotificationSetting(models.Model):
    """Whether somebody wants to be told of one kind. Without a row: yes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=50)
    by_email = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind"], name="notification_setting_user_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.by_email}"


class Notification(models.Model):
    """One mail to one person: written with what it tells of, in one transaction, and sent afterwards.

    `facts` are those of `messages.Message`. While `next_attempt_at` is set it is still to be sent; taking it up moves
    that into the future and counts, so that who was killed while sending is followed by another. `problem` is why it
    wasn't sent, or not yet.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=50)
    facts: "models.JSONField[dict[str, str], Any]" = models.JSONField()
    correlation_id = models.CharField(max_length=64)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], name="notification_due", condition=models.Q(next_attempt_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user_id}"
