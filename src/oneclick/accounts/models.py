"""The tenant and who belongs to it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper

from oneclick.accounts.roles import Role
from oneclick.core.clock import Clock, utcnow
from oneclick.core.ids import new_id


class Organisation(models.Model):
    """The tenant: everything else belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    domain = models.CharField(max_length=253, null=True, blank=True)  # noqa: DJ001 - NULL keeps UNIQUE off where there is none
    tier = models.CharField(max_length=20, default="basic")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Upper("name"), name="organisation_name"),
            models.UniqueConstraint(Upper("domain"), name="organisation_domain"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in an organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "user"], name="membership_organisation_user")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.organisation_id}"


class ApiToken(models.Model):
    """A token for the REST API: only its hash is kept, and its first characters, to tell it from others."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tokens", db_index=False)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-id"], name="token_organisation_newest")]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    def state(self, clock: Clock = utcnow) -> str:
        """Whether it works: `valid`, `expired` or `revoked`."""
        if self.revoked_at:
            return "revoked"
        return "valid" if self.expires_at > clock() else "expired"


class InstallId(models.Model):
    """One row: which installation this is, so that two of them in one cloud account tell their objects apart."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    is_only = models.BooleanField(default=True, unique=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(is_only=True), name="install_id_is_one_row")]

    def __str__(self) -> str:
        return str(self.id)
