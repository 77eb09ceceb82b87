"""Ingest an HTTP API: what to ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import TypeVar

from oneclick.pipelines.contract.sources import Settings, Source
from oneclick.pipelines.contract.templates import Template
from oneclick.pipelines.templates.api_ingestion import recipes
from oneclick.pipelines.templates.api_ingestion.api import MOST_PAGES, RATE, Auth, Paging
from oneclick.warehouses.contract.descriptions import FormField

K = TypeVar("K", bound=Enum)
_AUTH_FIELDS: Mapping[Auth, Sequence[FormField]] = {
    Auth.NONE: (),
    Auth.HEADER: (
        FormField(name="auth_name", label="Header", help="Usually X-API-Key.", is_required=False, pattern=r"[\w-]+"),
        FormField(name="key", label="API key", is_secret=True),
    ),
    Auth.QUERY: (
        FormField(name="auth_name", label="Parameter", help="Usually api_key.", is_required=False),
        FormField(name="key", label="API key", is_secret=True),
    ),
    Auth.BASIC: (
        FormField(name="user", label="User"),
        FormField(name="password", label="Password", is_secret=True, is_required=False),
    ),
    Auth.BEARER: (FormField(name="token", label="Token", is_secret=True),),
    Auth.OAUTH2: (
        FormField(name="token_url", label="Token URL", help="Where a token is given for the client's id and secret."),
        FormField(name="client_id", label="Client id"),
        FormField(name="client_secret", label="Client secret", is_secret=True),
        FormField(name="scope", label="Scope", help="If the API asks for one.", is_required=False),
    ),
}
_SIZE_FIELDS = (
    FormField(name="page_size", label="Records a page", help="As many as it takes.", is_required=False, pattern=r"\d+"),
    FormField(name="size_param", label="Its parameter", help="Such as per_page or limit.", is_required=False),
)
_MORE = FormField(
    name="more_path", label="More to come", help="Where the answer says whether more follows, such as has_more.",
    is_required=False,
)  # fmt: skip
_PAGING_FIELDS: Mapping[Paging, Sequence[FormField]] = {
    Paging.AUTO: _SIZE_FIELDS,
    Paging.NONE: (),
    Paging.LINK: _SIZE_FIELDS,
    Paging.NEXT_URL: (FormField(name="next_path", label="Next address", help="Such as links.next."), *_SIZE_FIELDS),
    Paging.CURSOR: (
        FormField(
            name="next_path", label="Next cursor",
            help="Such as meta.next_cursor; data.-1.id is the id of the last record.",
        ),
        FormField(name="page_param", label="Its parameter", help="Such as cursor."),
        _MORE,
        *_SIZE_FIELDS,
    ),
    Paging.PAGE: (
        FormField(name="page_param", label="Page parameter", help="Usually page.", is_required=False),
        FormField(name="first_page", label="First page", help="Usually 1.", is_required=False, pattern=r"\d+"),
        _MORE,
        *_SIZE_FIELDS,
    ),
    Paging.OFFSET: (
        FormField(name="page_param", label="Offset parameter", help="Usually offset.", is_required=False),
        _MORE,
        *_SIZE_FIELDS,
    ),
}  # fmt: skip


class ApiIngestion(Template):
    """Records of an HTTP API."""

    key = "api_ingestion"
    title = "HTTP API"
    tagline = "Bring what a web service has, page by page, and then only what is new."
    needs = "Its URL, and a key if it asks for one."
    icon = "cloud-download"

    def fields(self, config: Mapping[str, str]) -> Sequence[FormField]:
        """Where it is, who we are there, and how its pages follow one another; most of it may be left to us."""
        recipe = recipes.named(config.get("recipe", ""))
        defaults = recipe.settings if recipe else {}
        answers = {**defaults, **{name: value for name, value in config.items() if value}}
        auth = _chosen(Auth, answers.get("auth", ""))
        paging = _chosen(Paging, answers.get("pagination", ""))
        asked = [
            FormField(
                name="recipe", label="Recipe", help="Known APIs, for which most is filled in.", is_required=False,
                choices=(recipes.NO_RECIPE, *recipes.names()),
            ),
            *(FormField(name=name, label=label) for name, label in (recipe.asks if recipe else {}).items()),
            FormField(name="url", label="URL", help="Such as https://api.example.com/v1/orders."),
            FormField(name="name", label="Table", help="What the table is called.", is_required=False),
            FormField(name="auth", label="Sign-in", choices=tuple(kind.value for kind in Auth)),
            *_AUTH_FIELDS[auth],
            FormField(
                name="records", label="Where the records are", is_required=False,
                help="Such as data.items, or $ for the answer itself. Empty: we find out.",
            ),
            FormField(name="pagination", label="Pages", choices=tuple(kind.value for kind in Paging)),
            *_PAGING_FIELDS[paging],
            FormField(
                name="primary_key", label="Key", is_required=False,
                help="The field that identifies a record, or several with commas. Empty: we find out.",
            ),
            FormField(
                name="incremental", label="Changed at", is_required=False,
                help="The field that tells when a record changed, such as updated_at.",
            ),
            FormField(
                name="since_param", label="Since parameter", is_required=False,
                help="The parameter that asks for what changed since, such as since.",
            ),
            FormField(
                name="rate_limit", label="Requests a second", help=f"At most. Usually {RATE:g}.", is_required=False,
                pattern=r"\d+(\.\d+)?",
            ),
            FormField(
                name="most_pages", label="Most pages", help=f"Where we give up. Usually {MOST_PAGES:,}.",
                is_required=False, pattern=r"\d+",
            ),
        ]  # fmt: skip
        return [_with_default(each, defaults.get(each.name, "")) for each in asked]

    def source(self, settings: Settings) -> Source:
        """The API; raises `BadFlow`."""
        from oneclick.pipelines.templates.api_ingestion.source import ApiSource

        return ApiSource(settings)


def _chosen(kinds: type[K], text: str) -> K:
    """The kind of that name; the first one where there is none, which `source` then refuses."""
    return next((kind for kind in kinds if kind.value == text), next(iter(kinds)))


def _with_default(field: FormField, default: str) -> FormField:
    if not default:
        return field
    return replace(field, is_required=False, help=f"{field.help} The recipe says: {default}".strip())
