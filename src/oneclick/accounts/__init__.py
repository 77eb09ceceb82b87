"""Organisations, users, memberships, tokens and permissions."""
