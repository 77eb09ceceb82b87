"""The tiers, once: website, wizard, console, REST API and command line all show these.

A feature is there when the room that holds it says so in `BUILT`, and a tier can be chosen when all that it adds is.
"""

from dataclasses import dataclass

from oneclick.core.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Feature:
    """Something that a tier holds, in the customer's words."""

    key: str
    name: str
    says: str

    @property
    def is_there(self) -> bool:
        """Whether this installation has it; the others are in preparation."""
        return BUILT.get(self.key) is not None


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One plan. `adds` comes on top of what `includes` holds."""

    key: str
    name: str
    says: str
    adds: tuple[Feature, ...]
    includes: "Tier | None" = None

    @property
    def features(self) -> tuple[Feature, ...]:
        """All that it holds."""
        return (*(self.includes.features if self.includes else ()), *self.adds)

    @property
    def can_be_chosen(self) -> bool:
        """Whether there is something to be had for it beyond the tier that it includes."""
        return all(feature.is_there for feature in self.adds) if self.includes else True


BUILT: Registry[Feature] = Registry("Feature")

WAREHOUSE = Feature(
    key="warehouse", name="Your own warehouse", says="Set up, repaired and taken away by one job that shows each step."
)
FILES = Feature(
    key="files", name="Files", says="Excel, CSV, Parquet and JSON become tables; what doesn't fit is set aside."
)
SQL = Feature(key="sql", name="Questions in SQL", says="Read-only, with limits, as a table or a file.")
DATABASES = Feature(key="databases", name="Copies of your databases", says="On a schedule, only what is new.")
APIS = Feature(key="apis", name="Web APIs and connectors", says="From an address, or any of Airbyte's connectors.")
DASHBOARDS = Feature(key="dashboards", name="Dashboards", says="The numbers that every business asks for, at once.")
CATALOG = Feature(key="catalog", name="Catalog with lineage", says="Which number comes from where.")
GATEWAY = Feature(key="gateway", name="Data APIs", says="Your tables for other programs, with limits.")
FEDERATION = Feature(key="federation", name="Queries across sources", says="One question to several places.")

BASIC = Tier(
    key="basic",
    name="Basic",
    says="A warehouse, the ways into it, and the first answers.",
    adds=(WAREHOUSE, FILES, SQL, DATABASES, APIS, DASHBOARDS),
)
PREMIUM = Tier(
    key="premium",
    name="Premium",
    says="For those who share their numbers with other teams and programs.",
    adds=(CATALOG, GATEWAY, FEDERATION),
    includes=BASIC,
)
TIERS = (BASIC, PREMIUM)


def tier(key: str) -> Tier | None:
    """The tier of that key, if there is one."""
    return next((each for each in TIERS if each.key == key), None)


def offer(feature: Feature) -> None:
    """Say that this installation has the feature; call it in `AppConfig.ready()`."""
    BUILT.register(feature.key, feature)
