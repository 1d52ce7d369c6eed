"""An identity provider for people who exist only while something is measured."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from rise_crds.api import AUDIENCE, CLI_CLIENT_ID
from rise_local.certificates import Pair
from rise_local.ports import LOOPBACK

KEY_ID = "bench"
LASTS_S = 3000


def subject(email: str) -> str:
    """Return what tokens name their holder by."""
    return f"bench-{email}"


class Issuer:
    """Signs for whomever it is told to."""

    def __init__(self, url: str) -> None:
        """Be known as `url`."""
        self.url = url
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def documents(self) -> dict[str, object]:
        """What is published."""
        key = json.loads(ECAlgorithm.to_jwk(self._key.public_key()))
        published = {**key, "kid": KEY_ID, "use": "sig", "alg": "ES256"}
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint": f"{self.url}/token",
                "authorization_endpoint": f"{self.url}/auth",
                "id_token_signing_alg_values_supported": ["ES256"],
            },
            "/keys": {"keys": [published]},
        }

    def token(self, email: str) -> str:
        """Return a token that says who its holder is."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "azp": CLI_CLIENT_ID,
            "sub": subject(email),
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + LASTS_S,
        }
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": KEY_ID})


@contextmanager
def issuer(certificate: Pair) -> Generator[Issuer]:
    """Publish the keys of a new issuer."""
    served: dict[str, object] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in served else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(served.get(self.path)).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            del format, args

    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.certificate, certificate.key)
    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        made = Issuer(f"https://{LOOPBACK}:{server.server_port}")
        served |= made.documents
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
