"""Saying who we are: what each request carries. Secrets leave their wrapper here, and nowhere else."""

import base64
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from oneclick.core.secrets import SecretText
from oneclick.pipelines.contract.errors import BadFlow, SourceDamaged, SourceRefused, SourceUnavailable
from oneclick.pipelines.templates.api_ingestion.api import Api, Auth, with_parameters

if TYPE_CHECKING:
    import requests

SPARE_S = 30
USUAL_LIFE_S = 300
_SECRET_OF = {
    Auth.HEADER: "key", Auth.QUERY: "key", Auth.BASIC: "password", Auth.BEARER: "token", Auth.OAUTH2: "client_secret",
}  # fmt: skip


class Signer:
    """Puts onto each request what the API knows us by. For several threads at once."""

    def __init__(self, api: Api, secret: SecretText | None) -> None:
        self.api, self._secret = api, secret
        self._token: SecretText | None = None
        self._token_ends_at = 0.0
        self._lock = threading.Lock()

    @classmethod
    def of(cls, api: Api, secrets: Mapping[str, SecretText]) -> "Signer":
        """From a flow's secrets."""
        return cls(api, secrets.get(_SECRET_OF.get(api.auth, "")))

    def url(self, url: str) -> str:
        """The URL, with the key where it goes into the query."""
        if self.api.auth is not Auth.QUERY or self._secret is None:
            return url
        return with_parameters(url, {self.api.key_name: self._secret.reveal()})

    def headers(self, session: "requests.Session") -> Mapping[str, str]:
        """What says who we are; fetches a token where one is needed."""
        if self.api.auth is Auth.NONE or self._secret is None:
            return {}
        if self.api.auth is Auth.HEADER:
            return {self.api.key_name: self._secret.reveal()}
        if self.api.auth is Auth.BASIC:
            pair = f"{self.api.user}:{self._secret.reveal()}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        if self.api.auth is Auth.BEARER:
            return {"Authorization": f"Bearer {self._secret.reveal()}"}
        if self.api.auth is Auth.OAUTH2:
            return {"Authorization": f"Bearer {self._fresh_token(session, self._secret).reveal()}"}
        return {}

    def renew(self) -> bool:
        """Whether another try with a new token makes sense; forgets the one that was refused."""
        with self._lock:
            had, self._token = self._token, None
        return self.api.auth is Auth.OAUTH2 and had is not None

    def _fresh_token(self, session: "requests.Session", secret: SecretText) -> SecretText:
        with self._lock:
            if self._token is None or time.monotonic() >= self._token_ends_at:
                self._token, life_s = _token(self.api, session, secret)
                self._token_ends_at = time.monotonic() + max(life_s - SPARE_S, life_s / 2)
            return self._token


def _token(api: Api, session: "requests.Session", secret: SecretText) -> tuple[SecretText, float]:
    """A token and its life in seconds (RFC 6749, 4.4). Some servers want the client's secret in the body (2.3.1)."""
    if not api.token_url or not api.client_id:
        raise BadFlow("OAuth2 needs a token URL and a client id.")
    form = {"grant_type": "client_credentials", **({"scope": api.scope} if api.scope else {})}
    answer = session.post(api.token_url, data=form, auth=(api.client_id, secret.reveal()))
    if answer.status_code in (400, 401):
        form |= {"client_id": api.client_id, "client_secret": secret.reveal()}
        answer = session.post(api.token_url, data=form)
    if answer.status_code >= 500:  # noqa: PLR2004 - HTTP's own
        raise SourceUnavailable(f"The token server answers with an error of its own ({answer.status_code}).")
    if answer.status_code != 200:  # noqa: PLR2004 - HTTP's own
        raise SourceRefused(
            f"The token server doesn't give us a token ({answer.status_code}).",
            hint="Check the client's id, its secret and its scope.",
        )
    try:
        said = answer.json()
        return SecretText(str(said["access_token"])), float(said.get("expires_in") or USUAL_LIFE_S)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SourceDamaged("The token server's answer holds no access token.", hint="Check the token URL.") from None
