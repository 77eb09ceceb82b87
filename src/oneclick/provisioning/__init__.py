"""Provisioning: one asked-for change at a time, from click to resources, resumable from any point."""
