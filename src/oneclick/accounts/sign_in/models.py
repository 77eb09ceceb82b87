"""Identity providers, attempts to sign in, sessions, and the accounts that need no provider."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Role
from oneclick.core.ids import new_id


class ProviderKind(models.TextChoices):
    """Which preset a provider was set up with."""

    ENTRA = "entra", "Microsoft Entra ID"
    GOOGLE = "google", "Google Workspace"
    OKTA = "okta", "Okta"
    KEYCLOAK = "keycloak", "Keycloak"
    GENERIC = "generic", "OpenID Connect"
    STUB = "stub", "Demo accounts"


class IdentityProvider(models.Model):
    """Who vouches for an organisation's people. Its client secret lies in the secret store.

    `tenant` is what its tokens are pinned to: Entra's tenant id, Google's Workspace domain. `roles_by_group` maps
    values of the claim `group_claim` to roles; `default_role` is for those who are in none, empty: they stay outside.
    `is_operators` says that whoever runs the installation set it up, who answers for it. `proved_at` is when somebody
    last signed in through it as it is now.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="identity_providers")
    slug = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20, choices=ProviderKind)
    issuer = models.CharField(max_length=255)
    client_id = models.CharField(max_length=255)
    secret_reference = models.CharField(max_length=100)
    tenant = models.CharField(max_length=253, blank=True)
    group_claim = models.CharField(max_length=100, default="groups")
    roles_by_group = models.JSONField(default=dict, blank=True)
    default_role = models.CharField(max_length=20, choices=Role, blank=True)
    is_operators = models.BooleanField(default=False)
    is_enforced = models.BooleanField(default=False)
    proved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "issuer"], name="provider_organisation_issuer"),
            models.CheckConstraint(
                condition=models.Q(is_enforced=False) | models.Q(proved_at__isnull=False),
                name="provider_enforced_proved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.issuer})"

    @property
    def kind_of(self) -> ProviderKind:
        """The kind as the enum's member."""
        return ProviderKind(self.kind)


class Attempt(models.Model):
    """A sign-in under way: made when somebody leaves for the provider, deleted when they come back.

    Of `state` and of the browser's cookie only hashes are kept; nonce and PKCE verifier follow from the cookie.
    """

    state_digest = models.CharField(primary_key=True, max_length=64)
    browser_digest = models.CharField(max_length=64)
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    next_path = models.CharField(max_length=500)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.purpose} through {self.provider_id}"


class Session(models.Model):
    """A browser that is signed in. Of its key only a hash is kept, so that a copy of the database opens nothing."""

    id = models.UUIDField(unique=True, default=new_id, editable=False)
    key_digest = models.CharField(primary_key=True, max_length=64)
    session_data = models.TextField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions")
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, null=True, related_name="+")
    address = models.GenericIPAddressField(null=True, blank=True)
    device = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    fresh_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id} on {self.device}"


class LocalAccount(models.Model):
    """A user who needs no identity provider: password and one-time codes. It keeps working when SSO is enforced.

    `last_step` is the time step of the last code that was accepted: a code works once.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="local_account"
    )
    totp_reference = models.CharField(max_length=100)
    last_step = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"local account of {self.user_id}"


class AdminLink(models.Model):
    """A one-time link that makes its opener an admin with a local account. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    totp_reference = models.CharField(max_length=100)
    made_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link for {self.email}"


class Tries(models.Model):
    """How often something was tried since `since`; its key is a hash of what is counted."""

    key_digest = models.CharField(primary_key=True, max_length=64)
    since = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.count} since {self.since}"
