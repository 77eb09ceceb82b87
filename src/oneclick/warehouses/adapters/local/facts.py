"""What is known about the local lake without opening it."""

from oneclick.warehouses.contract.capabilities import Capability, Limits, Support
from oneclick.warehouses.contract.descriptions import FactSheet

LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
    'stroke-width="1.6" stroke-linecap="round" aria-hidden="true">'
    '<ellipse cx="12" cy="6" rx="8" ry="3"/><path d="M4 6v4M20 6v4"/>'
    '<path d="M3 14c1.5-1.3 3-1.3 4.5 0s3 1.3 4.5 0 3-1.3 4.5 0 3 1.3 4.5 0"/>'
    '<path d="M3 19c1.5-1.3 3-1.3 4.5 0s3 1.3 4.5 0 3-1.3 4.5 0 3 1.3 4.5 0"/></svg>'
)

FACTS = FactSheet(
    provider="local",
    title="Local lake",
    tagline="A warehouse on this very machine, ready in a second, with no account anywhere.",
    needs="Nothing: it uses the PostgreSQL that One-Click DWH runs with, and a folder on this machine's disk.",
    takes="about a second",
    price_idea="Free: it runs on your own machine and disk.",
    capabilities={
        Capability.ROTATE_CREDENTIALS: Support.NATIVE,
        Capability.READ_ONLY_ACCESS: Support.NATIVE,
        Capability.SPEND_CAP: Support.IMPOSSIBLE,
        Capability.RESIZE: Support.IMPOSSIBLE,
        Capability.CANCEL_QUERY: Support.NATIVE,
        Capability.MERGE: Support.NATIVE,
        Capability.EXACTLY_ONCE_LOAD: Support.NATIVE,
        Capability.DUCKDB_ATTACH: Support.NATIVE,
        Capability.DROP_DETECTION: Support.NATIVE,
    },
    limits=Limits(name_max_length=63),
    needs_account=False,
    logo_svg=LOGO,
)
