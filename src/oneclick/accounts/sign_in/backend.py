"""Whom a session belongs to, asked by Django at each request."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from oneclick.accounts.users.models import User


class SignedInUsers(BaseBackend):
    """Finds the user of a session, and checks no password: `sign_in` alone makes sessions."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:  # noqa: D102 - Django's
        return None

    def get_user(self, user_id: Any) -> User | None:
        """The user, unless switched off since."""
        return User.objects.filter(pk=user_id, is_active=True).first()
