"""What was answered so far on the way to a warehouse."""

from typing import Any, ClassVar

from django.db import models

from oneclick.core.ids import new_id


class Setup(models.Model):
    """One warehouse being asked for. Any admin of the organisation may go on with it, on any day.

    `answers` maps a step to what was typed there, as it was typed and without secrets: those go from the form into the
    account link. `job` is set by the last click; from then on nothing changes. `handover_digest` opens the page for
    whoever runs the customer's account, until `handover_until`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    started_by = models.CharField(max_length=200)
    answers: "models.JSONField[dict[str, dict[str, str]], Any]" = models.JSONField(default=dict)
    account_link = models.ForeignKey(
        "warehouses.AccountLink", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    job = models.ForeignKey(
        "provisioning.ProvisioningJob", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    handover_digest = models.CharField(max_length=64, unique=True, null=True, blank=True)
    handover_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-id"], name="setup_open", condition=models.Q(job=None))
        ]

    def __str__(self) -> str:
        return f"setup {self.id}"

    def answer(self, step: str) -> dict[str, str]:
        """What was typed at a step; empty before that."""
        typed: dict[str, str] = self.answers.get(step, {})
        return typed
