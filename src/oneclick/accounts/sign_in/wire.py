"""Talking to an identity provider: JSON over the guarded session, never redirected, small and quick."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from oneclick.accounts.sign_in.errors import ProviderFailed
from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText
from oneclick.outbound import session

TIMEOUT_S = 8.0
MAX_BYTES = 1 << 20


def get_json(url: str, *, bearer: SecretText | None = None) -> dict[str, Any]:
    """A JSON object from there; raises `ProviderFailed`."""
    headers = {"Authorization": f"Bearer {bearer.reveal()}"} if bearer else {}
    return _asked("GET", url, headers=headers)


def post_form(url: str, fields: Mapping[str, str], *, basic: tuple[str, str] | None = None) -> dict[str, Any]:
    """The answer to a form; raises `ProviderFailed`."""
    return _asked("POST", url, data=dict(fields), auth=basic)


def _asked(method: str, url: str, **options: Any) -> dict[str, Any]:
    host = urlsplit(url).hostname or url
    options["headers"] = {"Accept": "application/json", **options.get("headers", {})}
    try:
        with session("sign-in", timeout_s=TIMEOUT_S, max_bytes=MAX_BYTES) as http:
            answer = http.request(method, url, allow_redirects=False, **options)
            status, body = answer.status_code, _body(answer)
    except OneClickError as exc:
        raise ProviderFailed(f"{host} can't be asked. {exc.message}", hint=exc.hint) from exc
    except requests.RequestException as exc:
        raise ProviderFailed(f"{host} can't be reached ({type(exc).__name__}).") from exc
    if status != requests.codes.ok:
        raise ProviderFailed(f"{host} answered {status}{_reason(body)}.")
    if not isinstance(body, dict):
        raise ProviderFailed(f"{host} didn't answer with a JSON object.")
    return body


def _body(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _reason(body: Any) -> str:
    """OAuth's own word for the failure, such as `invalid_client`; nothing else of the answer is repeated."""
    word = body.get("error") if isinstance(body, dict) else None
    is_word = isinstance(word, str) and word.replace("_", "").isalpha() and len(word) <= 40  # noqa: PLR2004 - the longest there is has 30
    return f" ({word})" if is_word else ""
