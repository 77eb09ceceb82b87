"""What the first message of a worker would have to wait for, in the transaction in which a job ends."""

from django.urls import reverse


def warm_up() -> None:
    """Look an address up: the first time, Django imports every page and the whole REST API for it."""
    reverse("overview")
