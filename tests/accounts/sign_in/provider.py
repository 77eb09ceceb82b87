"""An identity provider of the tests' own, at the wire: OpenID Connect, and each wrong of it that is asked for."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from oneclick.core.background import in_background

CLIENT_ID, CLIENT_SECRET = "one-click", "canary+secret/of&a-client-of-tests"
Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class Key:
    """A signing key with its id."""

    kid: str
    private: Any
    algorithm: str = "RS256"

    def public(self) -> dict[str, Any]:
        by_type = {"R": RSAAlgorithm, "P": RSAAlgorithm, "E": ECAlgorithm}
        maker = OKPAlgorithm if self.algorithm == "EdDSA" else by_type[self.algorithm[0]]
        found: dict[str, Any] = maker.to_jwk(self.private.public_key(), as_dict=True)
        return {**found, "kid": self.kid, "use": "sig"}


_RSA = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]


def rsa_key(kid: str = "one", *, algorithm: str = "RS256", number: int = 0) -> Key:
    return Key(kid, _RSA[number], algorithm)


def ec_key(kid: str = "ec") -> Key:
    return Key(kid, ec.generate_private_key(ec.SECP256R1()), "ES256")


def ed_key(kid: str = "ed") -> Key:
    return Key(kid, ed25519.Ed25519PrivateKey.generate(), "EdDSA")


@dataclass
class Provider:
    """What it says can be changed between any two requests. `answers` replaces whole answers, by path."""

    port: int = 0
    key: Key = field(default_factory=rsa_key)
    published: list[dict[str, Any]] | None = None
    described: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    answers: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    delay_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    tokens: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    reuses_codes: bool = False

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def authorise(self, address: str, *, raw: str = "", code: str = "", **claims: Any) -> dict[str, str]:
        """What the browser brings back after somebody signed in: code and state. `raw` replaces the whole token."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = code or f"code-{len(self.tokens)}"
        self.tokens[code] = (raw or self.signed(self.claims(query["nonce"], **claims)), query)
        return {"code": code, "state": query["state"]}

    def claims(self, own_nonce: str, /, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "ada", "iat": now, "exp": now + 300, "nonce": own_nonce,
            "email": "ada@example.com", "email_verified": True, "name": "Ada",
        }  # fmt: skip
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def signed(self, claims: Mapping[str, Any], *, key: Key | None = None, **header: Any) -> str:
        key = key or self.key
        named = {name: value for name, value in {"kid": key.kid, **header}.items() if value is not None}
        return jwt.encode(dict(claims), key.private, key.algorithm, headers=named)

    def answer(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        self.asked.append(path)
        time.sleep(self.delay_s)
        if path in self.answers:
            return self.answers[path]()
        if path == "/.well-known/openid-configuration":
            return _json(self._described())
        if path == "/keys":
            return _json({"keys": self.published if self.published is not None else [self.key.public()]})
        if path == "/token":
            return self._token(form, headers)
        if path == "/userinfo" and self.userinfo is not None:
            return _json(self.userinfo)
        return _json({"error": "not_found"}, 404)

    def _described(self) -> dict[str, Any]:
        at = self.issuer
        return {
            "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys", **({"userinfo_endpoint": f"{at}/userinfo"} if self.userinfo is not None else {}),
            **self.described,
        }  # fmt: skip

    def _token(self, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        given = base64.b64decode(headers.get("Authorization", "").removeprefix("Basic ")).decode()
        client, _, secret = map(unquote_plus, given.partition(":"))
        known = self.tokens.get(form["code"])
        if not self.reuses_codes:
            self.tokens.pop(form["code"], None)
        if (client, secret) != (CLIENT_ID, CLIENT_SECRET):
            return _json({"error": "invalid_client"}, 401)
        if known is None:
            return _json({"error": "invalid_grant"}, 400)
        raw, query = known
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != query["code_challenge"] or form["redirect_uri"] != query["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        return _json({"id_token": raw, "access_token": "access", "token_type": "Bearer"})


def _json(body: Any, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def redirect_to(address: str) -> Callable[[], Answer]:
    return lambda: (302, {"Location": address}, b"")


@contextmanager
def running() -> Iterator[Provider]:
    """The provider, listening on loopback."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._reply({name: values[0] for name, values in parse_qs(body).items()})

        def _reply(self, form: Mapping[str, str]) -> None:
            status, headers, body = provider.answer(urlsplit(self.path).path, form, self.headers)  # type: ignore[arg-type]  # a message is a mapping
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the other side had enough

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_address[1]
    with in_background(server, poll_s=0.02):
        yield provider
