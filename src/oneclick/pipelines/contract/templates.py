"""What a template says about itself. One folder under `templates/` holds one, and registers it here."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from oneclick.core.registry import Registry
from oneclick.pipelines.contract.sources import Settings, Source
from oneclick.warehouses.contract.descriptions import FormField, SetupStep


class Template(ABC):
    """A kind of data flow: what to ask for, what to do beforehand, and the source that the answers make.

    `key` is stable; `title`, `tagline` and `needs` are for people; `icon` is a name of lucide's. `begins_at` names the
    address of a page that comes before the form, where there is one.
    """

    begins_at: str = ""

    key: str
    title: str
    tagline: str
    needs: str
    icon: str

    @abstractmethod
    def fields(self, config: Mapping[str, str]) -> Sequence[FormField]:
        """What to ask for, given what was answered so far."""

    def steps(self, config: Mapping[str, str]) -> Sequence[SetupStep]:
        """What somebody does at the source once, and how to take it back."""
        return ()

    @abstractmethod
    def source(self, settings: Settings) -> Source:
        """The source; raises `BadFlow` for settings that can't be."""


TEMPLATES: Registry[Template] = Registry("Template of data flows")


def template(key: str) -> Template:
    """The template of that key; raises `BadFlow`."""
    from oneclick.pipelines.contract.errors import BadFlow

    found = TEMPLATES.get(key)
    if found is None:
        raise BadFlow(f"There is no template {key!r}.", hint=f"Choose one of: {', '.join(TEMPLATES.names())}.")
    return found
