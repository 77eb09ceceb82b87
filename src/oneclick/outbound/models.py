"""What may be reached although it isn't public."""

from typing import ClassVar

from django.db import models

from oneclick.core.ids import new_id


class AllowedDestination(models.Model):
    """One host with its port, or one network, that connections may go to although it isn't public.

    It holds for the whole installation. `destination` is in the one spelling that `destinations.parse` reads.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    destination = models.CharField(max_length=300)
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["destination"], name="allowed_destination_unique")]

    def __str__(self) -> str:
        return self.destination
