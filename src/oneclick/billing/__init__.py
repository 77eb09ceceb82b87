"""Tiers: what an organisation has chosen, and what is in it. Money comes later."""
