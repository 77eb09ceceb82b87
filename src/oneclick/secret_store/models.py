"""Where the default backend keeps ciphertext."""

from typing import ClassVar

from django.db import models

from oneclick.core.ids import new_id


class Secret(models.Model):
    """One secret, readable only with the master key whose id it carries.

    `wrapped_key` is the secret's own data key under the master key; `ciphertext` is the value under the data key.
    Both start with their 12-byte nonce. An empty `name` means: known by its reference alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    owner = models.CharField(max_length=100)
    name = models.CharField(max_length=100, blank=True)
    ciphertext = models.BinaryField()
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=16)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="secret_owner_name", condition=~models.Q(name=""))
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.name}".strip()
