"""Telling people by e-mail what they would want to know: an outbox, and what empties it."""
