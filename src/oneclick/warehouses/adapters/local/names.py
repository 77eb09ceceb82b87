"""What the objects of one warehouse are called: opaque, as every login of the server can read such names."""

from dataclasses import dataclass

from oneclick.warehouses.contract.instance import Installation, Instance, Login

CATALOG = "lake"
"""What a lake is called in a DuckDB that has it attached."""

METADATA_SCHEMA = "lake"
"""The schema of the catalog database that DuckLake's own tables are in."""

LAKE_SCHEMAS = ("analytics", "raw", "staging")
"""The schemas that every lake has: data as it came, in between, ready for use."""

BOOKS = "_oneclick"
"""The lake's schema for our book-keeping."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of one warehouse's objects, and the proof that roles carry as their comment."""

    tag: str
    installation_id: str

    @classmethod
    def of(cls, installation: Installation, instance: Instance) -> "Names":
        """Those of that warehouse."""
        return cls(tag=instance.tag, installation_id=installation.id)

    @property
    def proof(self) -> str:
        """The comment on our roles."""
        return f"One-Click DWH installation={self.installation_id} warehouse={self.tag}"

    @property
    def database(self) -> str:
        """The catalog database."""
        return f"oc_{self.tag}"

    @property
    def owner(self) -> str:
        """The group that owns everything in the catalog; loaders act as it."""
        return f"oc_{self.tag}_owner"

    @property
    def readers(self) -> str:
        """The group that may read everything in the catalog."""
        return f"oc_{self.tag}_readers"

    @property
    def passing(self) -> str:
        """How logins for one piece of work begin; see `LocalSession.in_lake`."""
        return f"oc_{self.tag}_passing_"

    def login(self, login: Login) -> str:
        """The role of one login."""
        return f"oc_{self.tag}_{login.level.value}_{login.generation}"
