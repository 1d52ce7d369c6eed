"""Where the API server does not trust the issuer, the backend impersonates people: no more.

A second backend beside the platform's: the same account, the same database, the other setting.
"""

import json
from http import HTTPStatus
from typing import Any

import pytest
from fixtures.foreign import secret
from fixtures.people import Shell, project, team
from web import TokenOf, Web

pytestmark = pytest.mark.e2e
ALL = "/apis/rise.dev/v1alpha1"
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
ALICE = {"user": "alice@example.com"}
PEOPLE = ("alice", "bob", "carol", "mallory")


def _whoami(web: Web, token: str) -> Any:
    answer = web.send("POST", REVIEWS, REVIEW, token)
    assert answer.code == HTTPStatus.CREATED, answer.body
    user = answer.json["status"]["userInfo"]
    user["extra"].pop("authentication.kubernetes.io/credential-id", None)
    return user


def _foreign_groups(user: Any) -> list[str]:
    return [group for group in user["groups"] if group.startswith("rise:idp:")]


def test_everybody_is_who_they_are(impersonating: Web, api: Web, token_of: TokenOf) -> None:
    for person in PEOPLE:
        direct, through = (_whoami(web, token_of(person)) for web in (api, impersonating))
        assert through["username"] == direct["username"] == f"rise:{person}@example.com"
        assert {**through, "groups": None} == {**direct, "groups": None}
        named = [group for group in direct["groups"] if group not in _foreign_groups(direct)]
        assert [group for group in through["groups"] if group in named] == named
        assert set(through["groups"]) <= set(direct["groups"])


def test_a_group_counts_from_when_a_team_names_it(
    impersonating: Web, administrator: Shell, token_of: TokenOf, prefix: str
) -> None:
    administrator.apply(team(prefix, owners=["carol@example.com"], idpGroup="eng"))
    administrator.until(
        lambda: (
            impersonating.send("POST", REVIEWS, REVIEW, token_of("alice")).code
            == HTTPStatus.CREATED
            and _foreign_groups(_whoami(impersonating, token_of("alice"))) == ["rise:idp:eng"]
        ),
        "alice comes with her group",
    )
    assert _foreign_groups(_whoami(impersonating, token_of("mallory"))) == []
    administrator.until(
        lambda: impersonating.get(f"{ALL}/teams/{prefix}", token_of("alice")).code == HTTPStatus.OK,
        "the group reads the team",
    )


def test_the_main_job(impersonating: Web, alice: Shell, prefix: str) -> None:
    def kubectl(*arguments: str, stdin: str = "", exit_code: int = 0) -> str:
        server = ("--server", impersonating.url)
        return alice.kubectl(*server, *arguments, stdin=stdin, exit_code=exit_code)

    manifest = json.dumps(project(prefix, owner=ALICE))
    assert "created" in kubectl("apply", "-f", "-", stdin=manifest)
    kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=60s")
    assert "unchanged" in kubectl("apply", "-f", "-", stdin=manifest)
    assert prefix in kubectl("get", "projects")
    assert "rise:alice@example.com" in kubectl("auth", "whoami")
    patch = '{"spec":{"description":"bread"}}'
    assert "patched" in kubectl("patch", "project", prefix, "--type=merge", "-p", patch)
    assert "description: bread" in kubectl("get", "project", prefix, "-o", "yaml")
    assert "No resources found" in kubectl("get", "pods", "-n", f"rise-{prefix}")
    assert "FIELD: owner" in kubectl("explain", "project.spec.owner")
    kubectl("delete", "project", prefix, "--timeout=60s")
    assert "NotFound" in kubectl("get", "project", prefix, exit_code=1)


def test_rest_lists_the_same(
    *, impersonating: Web, web: Web, administrator: Shell, token_of: TokenOf, foreign: str
) -> None:
    def same(path: str, person: str) -> bool:
        here, there = (each.get(path, token_of(person)) for each in (impersonating, web))
        return here.code == there.code and (here.code != HTTPStatus.OK or here.json == there.json)

    for person in PEOPLE:
        for path in ("/projects?limit=500", "/teams", f"/projects/{foreign}", f"/teams/{foreign}"):
            administrator.until(  # what earlier tests have left may go in between
                lambda path=path, person=person: same(path, person), f"{path} for {person}"
            )


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nodes",
        "/api/v1/secrets",
        "/api/v1/namespaces",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        "/api/v1/namespaces/default/events",
        "/api/v1/namespaces/rise-system/serviceaccounts/rise-backend",
        "/metrics/cadvisor",
    ],
)
def test_nobody_gets_what_is_the_backends_own(
    impersonating: Web, token_of: TokenOf, path: str
) -> None:
    """Without its headers an impersonated request would run as the backend."""
    answer = impersonating.get(path, token_of("mallory"))
    assert answer.code in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}, answer.body


def test_the_backends_own_right_to_list_is_nobodys(
    impersonating: Web, token_of: TokenOf, foreign: str
) -> None:
    for path in (
        f"{ALL}/projects",
        f"{ALL}/projects?limit=500",
        f"{ALL}/projects?fieldSelector=metadata.name%3D{foreign}",
        f"{ALL}/projects/",
        f"{ALL}/%70rojects",
        f"{ALL}/projects/{foreign}",
    ):
        assert secret(foreign) not in impersonating.get(path, token_of("mallory")).body.decode()
