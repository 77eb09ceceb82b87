"""An Airbyte connector as a template: which one, in which version, and then what that one asks for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings as django_settings

from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.sources import Settings, Source
from oneclick.pipelines.contract.templates import Template
from oneclick.pipelines.templates.airbyte.known import connector, known
from oneclick.warehouses.contract.descriptions import FormField


class AirbyteConnector(Template):
    """What one of Airbyte's connectors can read."""

    key = "airbyte"
    title = "Airbyte connector"
    tagline = "Bring data from one of some 290 services by an open-source connector."
    needs = "What the service asks for: usually a key or a token."
    icon = "plug"
    begins_at = "flow-connectors"

    def fields(self, config: Mapping[str, str]) -> Sequence[FormField]:
        """The connector and its version; once that is installed, also what it asks for."""
        from oneclick.pipelines.templates.airbyte import form, installing

        names = tuple(each.name for each in known())
        chosen = config.get("connector", "")
        ours: tuple[FormField, ...] = (
            FormField(name="connector", label="Connector", choices=names),
            FormField(
                name="version", label="Version", is_required=False, pattern=r"\d+(\.\d+)+\S*",
                help=_about_version(chosen) if chosen in names else "The exact version.",
            ),
        )  # fmt: skip
        if chosen not in names:
            return ours
        version = config.get("version") or connector(chosen).version
        try:
            found = installing.find(Path(django_settings.HOME), chosen, version)
        except BadFlow:
            return ours
        return (*ours, *form.fields(found.spec, config)) if found else ours

    def source(self, settings: Settings) -> Source:
        """The connector with its settings; raises `BadFlow`."""
        from oneclick.pipelines.templates.airbyte.source import AirbyteSource

        return AirbyteSource(settings)


def _about_version(name: str) -> str:
    found = connector(name)
    if found.tried:
        return f"Tried here: {found.tried}, which is taken if you leave it empty."
    return f"Untried here. {found.version} is taken if you leave it empty."
