"""Identifiers: UUIDv7, so that keys made in Python sort by the time they were made (RFC 9562)."""

import uuid

import uuid_utils.compat


def new_id() -> uuid.UUID:
    """A fresh UUIDv7."""
    return uuid_utils.compat.uuid7()
