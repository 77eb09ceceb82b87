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


class Removal(models.Model):
    """Somebody was taken out, or left: an identity provider alone doesn't bring them back.

    A new invitation does, and an admin who lets them in again; either way the row goes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="removals", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="removals")
    removed_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "user"], name="removal_once")]

    def __str__(self) -> str:
        return f"{self.user_id} was removed from {self.organisation_id}"


class Invitation(models.Model):
    """Asks one person to join with a role. The link carries the secret, of which only the hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations", db_index=False)
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organisation",
                Upper("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "-id"], name="invitation_newest")]

    def __str__(self) -> str:
        return f"invitation {self.id}"

    def state(self, clock: Clock = utcnow) -> str:
        """What became of it: `open`, `accepted`, `revoked` or `expired`."""
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "open" if self.expires_at > clock() else "expired"


class ServiceAccount(models.Model):
    """A program that acts for an organisation: it has a role and tokens, and can't sign in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="service_accounts", db_index=False
    )
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organisation", Upper("name"), condition=models.Q(removed_at=None), name="service_account_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A token for the REST API: only its hash is kept, and its first characters, to tell it from others.

    It belongs to a user, to a service account, or to neither: then an operator made it on the command line. `role` and
    `scopes` are what it was given; what it may do is at most what its owner may at that moment. `scopes` NULL means
    all that the role may.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="tokens", db_index=False)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role)
    prefix = models.CharField(max_length=16)
    scopes = models.JSONField(null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="api_tokens"
    )
    service_account = models.ForeignKey(
        ServiceAccount, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens"
    )
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organisation", "-id"], name="token_organisation_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user=None) | models.Q(service_account=None), name="token_has_one_owner"
            )
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    def state(self, clock: Clock = utcnow) -> str:
        """Whether it works: `valid`, `expired` or `revoked`."""
        if self.revoked_at:
            return "revoked"
        return "valid" if self.expires_at > clock() else "expired"


class OperatorGrant(models.Model):
    """Makes a user an operator of the installation, which no role of an organisation does."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="operator_grant")
    granted_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.user_id} is an operator"


class InstallId(models.Model):
    """One row: which installation this is, so that two of them in one cloud account tell their objects apart."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    is_only = models.BooleanField(default=True, unique=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(is_only=True), name="install_id_is_one_row")]

    def __str__(self) -> str:
        return str(self.id)
