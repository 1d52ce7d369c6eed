"""Kubeconfigs of the ServiceAccounts that the operator and the backend run as."""

import base64
import json
import ssl
import time
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import urllib3

from rise_crds.api import SYSTEM_NAMESPACE
from rise_local.home import Home
from rise_local.kubeconfig import token_kubeconfig, token_of
from rise_local.kubectl import Kubectl

ASKED_FOR = timedelta(days=365)
RENEWED_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Endpoint:
    """Where an API server is, and how to trust it (base64 of PEM; empty: as the system does)."""

    url: str
    ca_data: str


def ensure(home: Home, kubectl: Kubectl, endpoint: Endpoint, name: str, account: str) -> bool:
    """Write the kubeconfig called `name` for `account` unless its token works and lasts.

    Returns:
        Whether it changed: the program that reads it must be started again.
    """
    path = home.kubeconfig_of(name)
    token = token_of(path)
    if not (token and lasts(token, time.time()) and _works(token, endpoint)):
        duration = f"--duration={int(ASKED_FOR.total_seconds())}s"
        token = kubectl.run("create", "token", account, "-n", SYSTEM_NAMESPACE, duration).strip()
    return token_kubeconfig(path, endpoint.url, endpoint.ca_data, token)


def lasts(token: str, now: float) -> bool:
    """Return whether a token has a week left; of one that a cluster keeps short, half its life."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    left = float(claims["exp"]) - now
    life = float(claims["exp"]) - float(claims["iat"])
    return left > min(RENEWED_BEFORE.total_seconds(), life / 2)


def _works(token: str, endpoint: Endpoint) -> bool:
    context = ssl.create_default_context(
        cadata=base64.b64decode(endpoint.ca_data).decode() if endpoint.ca_data else None
    )
    with urllib3.PoolManager(ssl_context=context, retries=False, timeout=10) as http:
        answer = http.request(
            "GET", f"{endpoint.url}/apis", headers={"Authorization": f"Bearer {token}"}
        )
    return answer.status != HTTPStatus.UNAUTHORIZED
