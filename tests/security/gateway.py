"""The gateway in front of the stage: people come with tokens of an issuer of the tests' own."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

import tokens
import urllib3
from beside import chosen_ports
from issuer import Issuer
from running import running
from security.asking import Answer, Person, Request, decided, sent
from web import Web

from rise_crds.api import IDP_GROUP_PREFIX, USER_PREFIX, USERS_GROUP
from rise_local import assembly, kubeconfig, programs
from rise_local.platform import Platform
from rise_local.supervisor import until

START_S = 120.0


def comes_with_a_token(who: Person) -> bool:
    """Say whether the identity provider could have signed in this very person."""
    groups = [group for group in who.groups if not group.startswith(IDP_GROUP_PREFIX)]
    plain = not who.account and not who.extra and groups == [USERS_GROUP]
    return plain and who.user.startswith(USER_PREFIX)


class Gateway:
    """A backend that names people to the API server, and the tokens they come with."""

    def __init__(self, web: Web, issuer: str) -> None:
        self._url = web.url
        self._issuer = issuer
        self._pool = urllib3.PoolManager(ssl_context=web.trust)
        self._tokens: dict[Person, str] = {}

    def ask(self, who: Person, request: Request) -> Answer:
        headers = {"Content-Type": request.type, "Authorization": f"Bearer {self._token(who)}"}
        return decided(lambda: sent(self._pool, self._url, request, headers), request)

    def close(self) -> None:
        self._pool.clear()

    def _token(self, who: Person) -> str:
        if who not in self._tokens:
            groups = [group.removeprefix(IDP_GROUP_PREFIX) for group in who.groups]
            groups.remove(USERS_GROUP)
            payload = tokens.claims(
                issuer=self._issuer, email=who.email, sub=f"u-{who.email}", groups=groups
            )
            self._tokens[who] = tokens.signed(payload)
        return self._tokens[who]


@contextmanager
def opened(platform: Platform, account: str) -> Generator[Gateway]:
    """Run a backend with `account`, the token of the chart's ServiceAccount for it."""
    site = assembly.described(platform.home, "").site
    certificate = site.authority.ensure_server("backend", datetime.now(UTC))
    server, ca = kubeconfig.endpoint_in(site.home.kubeconfig_of("admin"))
    config = site.home.kubeconfig_of("gateway")
    kubeconfig.token_kubeconfig(config, server, ca, account)
    with ExitStack() as stack:
        chosen = stack.enter_context(chosen_ports("dex", "backend"))
        beside = replace(site, ports={**site.ports, **chosen})
        backend = programs.backend(beside, certificate, "impersonate")
        backend = replace(backend, name="gateway", env={**backend.env, "KUBECONFIG": str(config)})
        web, issuer = Web(beside.backend, str(site.ca)), Issuer(beside.issuer)

        def ready() -> bool:
            try:
                return web.get("/readyz").code == HTTPStatus.OK
            except OSError:
                return False

        stack.enter_context(issuer.serving(certificate))
        log = stack.enter_context(running(beside, backend))
        assert until(ready, timeout_s=START_S), log.read_text()[-4000:]
        gateway = Gateway(web, issuer.url)
        stack.callback(gateway.close)
        yield gateway
