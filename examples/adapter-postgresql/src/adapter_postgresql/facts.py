"""What is known about the provider without connecting to anything: cheap to import."""

from oneclick.warehouses.contract.capabilities import Capability, Limits, Support
from oneclick.warehouses.contract.descriptions import FactSheet, FormField

FACTS = FactSheet(
    provider="postgresql",
    title="PostgreSQL",
    tagline="A warehouse on a PostgreSQL server that you run already.",
    needs="A PostgreSQL server, version 15 or newer, and a role on it that may create databases and roles.",
    takes="About a second.",
    price_idea="Nothing beyond your server.",
    capabilities={
        Capability.ROTATE_CREDENTIALS: Support.NATIVE,
        Capability.READ_ONLY_ACCESS: Support.NATIVE,
        Capability.SPEND_CAP: Support.IMPOSSIBLE,
        Capability.RESIZE: Support.IMPOSSIBLE,
        Capability.CANCEL_QUERY: Support.NATIVE,
        Capability.MERGE: Support.NATIVE,
        Capability.EXACTLY_ONCE_LOAD: Support.NATIVE,
        Capability.DUCKDB_ATTACH: Support.NOT_YET,
        Capability.DROP_DETECTION: Support.NATIVE,
    },
    limits=Limits(
        # An identifier has 63 bytes: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
        name_max_length=63,
        name_pattern=r"[a-z][a-z0-9_-]*",
        reserved_names=frozenset({"postgres", "template0", "template1"}),
    ),
    fields=(
        FormField(
            name="host",
            label="Server",
            help="The server's host name or address, as seen from this installation.",
            pattern=r"[A-Za-z0-9_.:-]+",
        ),
        FormField(name="port", label="Port", help="Usually 5432.", is_required=False, pattern=r"[0-9]{1,5}"),
        FormField(
            name="user",
            label="Role",
            help="The role from the set-up script; it needs CREATEDB and CREATEROLE and nothing else.",
        ),
        FormField(name="password", label="Password", help="The password of that role.", is_secret=True),
        FormField(
            name="sslmode",
            label="Encryption",
            help="verify-full checks the server's certificate; prefer encrypts where the server can.",
            is_required=False,
            choices=("verify-full", "verify-ca", "require", "prefer", "disable"),
        ),
    ),
    logo_svg=(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" role="img">'
        "<title>PostgreSQL</title>"
        '<g fill="none" stroke="currentColor" stroke-width="1.5">'
        '<ellipse cx="12" cy="5" rx="8" ry="3"/><path d="M4 5v14c0 1.7 3.6 3 8 3s8-1.3 8-3V5"/>'
        '<path d="M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"/></g></svg>'
    ),
)
