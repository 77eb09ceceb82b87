"""All files of the schema's reference, from the models and from the database that the migrations made."""

from collections.abc import Mapping

from oneclick.project.schema.diagram import DARK, LIGHT, diagram
from oneclick.project.schema.dump import dump
from oneclick.project.schema.page import page
from oneclick.project.schema.tables import tables


def schema_files() -> Mapping[str, str]:
    """File under `docs/` → its text. Needs Django and a freshly migrated database."""
    found = tables()
    return {
        "reference/schema.sql": dump(),
        "reference/data-model.md": page(found),
        "images/data-model-light.svg": diagram(found, LIGHT),
        "images/data-model-dark.svg": diagram(found, DARK),
    }
