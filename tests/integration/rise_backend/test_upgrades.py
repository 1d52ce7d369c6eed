"""Who asks to leave HTTP is refused by the gateway alone: the API server is not asked."""

import base64
from http import HTTPStatus
from uuid import uuid4

import pytest
from fixtures.realm import Realm
from fuzz.audit import Audit
from tokens import claims, signed
from web import Web

from rise_local.supervisor import until

WRITTEN_S = 60.0


@pytest.mark.row(104)
@pytest.mark.parametrize("protocol", ["SPDY/3.1", "websocket"])
@pytest.mark.parametrize("door", ["backend", "impersonating"])
def test_neither_request_nor_token_is_forwarded(realm: Realm, door: str, protocol: str) -> None:
    web: Web = getattr(realm, door)
    audit, uris = Audit(realm.audit), list[str]()
    path = f"/api/v1/namespaces/default/pods/{uuid4().hex}/exec"
    token = signed(claims(issuer=realm.issuer))
    written = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", protocol),
        ("Sec-WebSocket-Protocol", f"base64url.bearer.authorization.k8s.io.{written}"),
    ]

    def asked() -> list[str]:
        uris.extend(each.uri for each in audit.entries() if path in each.uri)
        return uris

    for method in ("GET", "POST"):
        answer = web.ask(method, f"{path}?command=sh", token=token, headers=upgrade)
        assert answer.code == HTTPStatus.NOT_IMPLEMENTED
    # the same without the upgrade is asked, and written down behind all that was asked before
    assert web.get(f"{path}?after=1", token).code == HTTPStatus.FORBIDDEN
    until(lambda: bool(asked()), timeout_s=WRITTEN_S)
    assert uris == [f"{path}?after=1"]
