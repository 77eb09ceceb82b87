"""The warehouse and the link to the account it lives in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from oneclick.core.ids import new_id
from oneclick.warehouses.contract.instance import AccessLevel, Instance, Login, Spec


class AccountLink(models.Model):
    """How we may act in a customer's account. Holds no plain secret.

    `secret_refs` maps a form field's name to its reference in the secret store.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="account_links", db_index=False
    )
    provider = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    config = models.JSONField(default=dict)
    secret_refs = models.JSONField(default=dict)
    is_connected = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organisation", "provider", Upper("name"), name="account_link_organisation_provider_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.name}"


class WarehouseState(models.TextChoices):
    """The life of a warehouse, as the product knows it (`status()` tells what the account says).

    SUSPENDED is for providers that pause a warehouse to save money: its data stays readable to whoever wakes it, so
    `access()` takes it like ACTIVE. No provider here does so yet, and nothing sets it.
    """

    CREATING = "creating", "Setting up"
    ACTIVE = "active", "Ready"
    SUSPENDED = "suspended", "Suspended"
    FAILED = "failed", "Needs attention"
    DELETED = "deleted", "Deleted"


class Warehouse(models.Model):
    """What the customer gets, with the lease that keeps two workers apart.

    `logins` lists [level, generation] of every login that may exist outside: written before it is made, removed
    after it is gone. `current_logins` maps a level to the proved generation that clients use.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="warehouses", db_index=False
    )
    account_link = models.ForeignKey(
        AccountLink, on_delete=models.PROTECT, related_name="warehouses", null=True, blank=True
    )
    provider = models.CharField(max_length=50)
    name = models.CharField(max_length=63)
    state = models.CharField(max_length=20, choices=WarehouseState, default=WarehouseState.CREATING)
    spec = models.JSONField(default=dict)
    logins = models.JSONField(default=list)
    current_logins = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    lease_holder = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organisation",
                Upper("name"),
                name="warehouse_organisation_name",
                condition=~Q(state=WarehouseState.DELETED),
            )
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "state"], name="warehouse_organisation_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def instance(self) -> Instance:
        """The warehouse as its adapter sees it."""
        config = self.account_link.config if self.account_link else {}
        return Instance(id=self.id, spec=Spec(**self.spec), logins=self.known_logins, config=config)

    @property
    def known_logins(self) -> tuple[Login, ...]:
        """Every login that may exist outside."""
        return tuple(Login(level=AccessLevel(level), generation=generation) for level, generation in self.logins)

    def current_login(self, level: AccessLevel) -> Login:
        """The proved login of that level."""
        return Login(level=level, generation=self.current_logins.get(level.value, 1))
