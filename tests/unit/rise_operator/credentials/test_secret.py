"""What the Secret holds, and what is noticed when somebody has changed it."""

import base64
import copy
import json
from datetime import timedelta
from typing import Any

import make
import pytest

from rise_operator.credentials.secret import held, pull_secret
from rise_registry.contract import Action, Credential

CREDENTIAL = Credential(
    id="0123456789abcdef",
    registry="registry.test:5000",
    username="robot+shop",
    password="pass:word",
    repositories=("registry.test:5000/shop",),
    actions=frozenset({Action.PULL}),
    issued_at=make.NOW,
    expires_at=make.NOW + timedelta(hours=24),
)
SECRET = pull_secret(make.project(), CREDENTIAL)


def _content(secret: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))


def test_clients_find_user_name_and_password_in_both_forms() -> None:
    assert SECRET["type"] == "kubernetes.io/dockerconfigjson"
    assert _content(SECRET) == {
        "auths": {
            "registry.test:5000": {
                "username": "robot+shop",
                "password": "pass:word",
                "auth": base64.b64encode(b"robot+shop:pass:word").decode(),
            }
        }
    }


def test_it_says_which_credential_it_holds_and_until_when() -> None:
    metadata = SECRET["metadata"]
    assert (metadata["namespace"], metadata["name"]) == ("rise-shop", "rise-registry")
    assert metadata["labels"]["internal.rise.dev/project-uid"] == "uid-of-shop"
    assert metadata["annotations"]["internal.rise.dev/credential"] == CREDENTIAL.id
    expires = metadata["annotations"]["internal.rise.dev/credential-expires-at"]
    assert expires == "2026-01-03T03:04:05Z"
    assert CREDENTIAL.password not in str(metadata)


def test_as_it_was_written_it_holds_its_credential() -> None:
    assert held(SECRET, make.project()) == CREDENTIAL.id


def _set(*path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(SECRET)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


OTHER = base64.b64encode(b'{"auths":{}}').decode()


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(_set("data", ".dockerconfigjson", value=OTHER), id="another content"),
        pytest.param(_set("data", value=None), id="no content"),
        pytest.param(_set("type", value="Opaque"), id="another type"),
        pytest.param(_set("metadata", "annotations", value=None), id="no annotations"),
        pytest.param(_set("metadata", "labels", value={}), id="no labels"),
        pytest.param(
            _set("metadata", "labels", "internal.rise.dev/project-uid", value="another"),
            id="an earlier project's",
        ),
        pytest.param(
            _set("metadata", "deletionTimestamp", value="2026-01-02T00:00:00Z"), id="on its way out"
        ),
    ],
)
def test_changed_by_anybody_it_holds_none(secret: dict[str, Any]) -> None:
    assert held(secret, make.project()) == ""


def test_what_others_add_is_theirs() -> None:
    assert held(_set("metadata", "annotations", "note", value="x"), make.project())
