"""Requests that no honest client sends: nobody becomes somebody else, and no path leads around."""

import json
from http import HTTPStatus

import pytest
from fixtures.foreign import secret
from fixtures.people import Shell
from web import TokenOf, Web

pytestmark = pytest.mark.e2e
ALL = "/apis/rise.dev/v1alpha1"
REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
REVIEW = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
JSON = ("Content-Type", "application/json")


def _whoami(web: Web, token: str, *headers: tuple[str, str]) -> tuple[int, str]:
    answer = web.ask("POST", REVIEWS, token=token, headers=[JSON, *headers], body=REVIEW.encode())
    if answer.code != HTTPStatus.CREATED:
        return answer.code, answer.json["message"]
    return answer.code, answer.json["status"]["userInfo"]["username"]


@pytest.mark.row(101)
@pytest.mark.parametrize(
    "name",
    [
        "Impersonate-User",
        "impersonate-user",
        "Impersonate-Group",
        "Impersonate-Uid",
        "Impersonate-Extra-Scopes",
        "Impersonate_User",
        "IMPERSONATE-USER",
        "X-Remote-User",
        "X-Remote-Group",
        "X_Remote_User",
        "X-Remote-Extra-Scopes",
    ],
)
def test_nobody_asks_for_another_name(web: Web, token_of: TokenOf, name: str) -> None:
    code, said = _whoami(web, token_of("mallory"), (name, "system:admin"))
    assert code == HTTPStatus.BAD_REQUEST
    assert name.lower() in said
    listed = web.get(f"{ALL}/projects", token_of("mallory"), (name, "system:admin"))
    assert listed.code == HTTPStatus.BAD_REQUEST


@pytest.mark.row(101)
@pytest.mark.parametrize(
    "header",
    [
        ("Connection", "Authorization"),
        ("Connection", "keep-alive, Authorization"),
        ("Cookie", "user=system:admin"),
        ("X-Forwarded-User", "system:admin"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("Forwarded", "for=127.0.0.1"),
        ("Proxy-Authorization", "Bearer x"),
        ("X-Original-URL", "/api/v1/secrets"),
        ("X-HTTP-Method-Override", "DELETE"),
    ],
    ids=lambda header: header[0],
)
def test_a_header_that_means_nothing_changes_nothing(
    web: Web, token_of: TokenOf, header: tuple[str, str]
) -> None:
    assert _whoami(web, token_of("mallory"), header) == (201, "rise:mallory@example.com")


def test_a_token_in_the_query_is_none(web: Web, token_of: TokenOf) -> None:
    token = token_of("alice")
    for query in (f"access_token={token}", f"token={token}", f"authorization=Bearer%20{token}"):
        assert web.get(f"/version?{query}").code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/rise-NAME/../../nodes",
        "/apis/rise.dev/v1alpha1/projects/../projects/NAME",
        "/apis/rise.dev/v1alpha1/projects/%2e%2e/projects/NAME",
        "/apis/rise.dev/v1alpha1/projects/..%2fprojects%2fNAME",
        "/apis/rise.dev/v1alpha1/projects//NAME",
        "/apis/rise.dev/v1alpha1//projects/NAME",
        "/apis/rise.dev/v1alpha1/projects/NAME/",
        "/apis/rise.dev/v1alpha1/%70rojects/NAME",
        "/apis/rise.dev/v1alpha1/projects/%4eAME",
        "/apis/rise.dev/v1alpha1/projects/NAME%00",
        "/apis/rise.dev/v1alpha1/projects/NAME%2fstatus",
        "/apis/rise.dev/v1alpha1/projects/NAME/status",
        "/apis/rise.dev/v1alpha1/projects/NAME;x",
        "/apis/rise.dev/v1alpha1/projects/",
        "/apis/rise.dev/v1alpha1/projects%2f",
        "/apis/rise.dev/v1alpha1/namespaces/default/projects",
        "/apis/rise.dev/v1alpha1/watch/projects",
        "/apis/rise.dev/v1alpha1/watch/projects/NAME",
        "/apis/rise.dev/v1alpha1/projects?watch=1&fieldSelector=metadata.name%3DNAME&timeoutSeconds=1",
        "/apis/rise.dev/v1alpha1/projects?fieldSelector=metadata.name%3DNAME",
        "/apis/rise.dev/v1alpha1/projects?fieldSelector=metadata.name=NAME,metadata.name=NAME",
        "/apis/rise.dev/v1alpha1/projects?resourceVersion=0&resourceVersionMatch=NotOlderThan",
        "/apis/rise.dev/v1alpha1/./projects/NAME",
        "//apis/rise.dev/v1alpha1/projects/NAME",
        "/../apis/rise.dev/v1alpha1/projects/NAME",
        "/api/v1/projects/../../../apis/rise.dev/v1alpha1/projects/NAME",
        "/projects/../projects/NAME",
        "/projects//NAME",
        "https://kubernetes.default.svc/apis/rise.dev/v1alpha1/projects/NAME",
        "/version/../apis/rise.dev/v1alpha1/projects/NAME",
        "/openapi/v2/../../apis/rise.dev/v1alpha1/projects/NAME",
        "/livez/../api/v1/secrets",
        "/metrics/../api/v1/secrets",
        "/APIS/rise.dev/v1alpha1/projects/NAME",
        "/logs/",
        "/debug/pprof/",
        "/healthz/../apis/rise.dev/v1alpha1/projects/NAME",
        "/.well-known/openid-configuration",
        "/openid/v1/jwks",
    ],
)
def test_no_path_leads_to_what_is_not_theirs(
    web: Web, token_of: TokenOf, foreign: str, path: str
) -> None:
    answer = web.get(path.replace("NAME", foreign), token_of("mallory"))
    assert secret(foreign).encode() not in answer.body
    assert answer.code < HTTPStatus.INTERNAL_SERVER_ERROR, answer.body
    if answer.code == HTTPStatus.OK:
        assert foreign.encode() not in answer.body


@pytest.mark.parametrize("path", ["//api", "//apis/rise.dev", "/Api/v1", "/apix", "/openapix"])
def test_what_is_not_the_gateways_is_not_forwarded(web: Web, token_of: TokenOf, path: str) -> None:
    answer = web.get(path, token_of("alice"))
    assert answer.code == HTTPStatus.NOT_FOUND
    assert "audit-id" not in answer.headers


def test_paths_and_queries_arrive_byte_for_byte(
    web: Web, api: Web, token_of: TokenOf, foreign: str
) -> None:
    token = token_of("bob")
    for path in (
        f"{ALL}/%70rojects/{foreign}",
        f"{ALL}/projects/{foreign}?pretty=true&x=%2B+%20é".replace("é", "%C3%A9"),
        "/openapi/v3/apis/rise.dev/v1alpha1?hash=%41",
        "/api/v1/namespaces/%2e%2e/pods",
    ):
        through, direct = web.get(path, token), api.get(path, token)
        assert (through.code, through.body) == (direct.code, direct.body), path


def test_documents_arrive_as_they_were_sent(web: Web, api: Web, token_of: TokenOf) -> None:
    token = token_of("alice")
    for path, accept in (
        ("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"),
        ("/openapi/v3", "application/json"),
        ("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
        ("/api", "application/json"),
        ("/version", "application/json"),
    ):
        headers = [("Accept", accept), ("Accept-Encoding", "gzip")]
        through, direct = web.get(path, token, *headers), api.get(path, token, *headers)
        assert through.body == direct.body, path
        for name in ("content-type", "content-encoding", "etag", "vary"):
            assert through.headers[name] == direct.headers[name], (path, name)
    etag = str(api.get("/openapi/v2", token).headers["etag"])
    unchanged = web.get("/openapi/v2", token, ("If-None-Match", etag))
    assert (unchanged.code, unchanged.body) == (HTTPStatus.NOT_MODIFIED, b"")


def test_an_account_of_the_cluster_is_no_person(web: Web, api: Web, administrator: Shell) -> None:
    token = administrator.kubectl("create", "token", "default", "-n", "default").strip()
    assert api.get("/version", token).code == HTTPStatus.OK
    for path in ("/version", f"{ALL}/projects", "/me", "/projects"):
        assert web.get(path, token).code == HTTPStatus.UNAUTHORIZED


def test_not_found_is_worded_as_the_api_server_words_it(
    web: Web, token_of: TokenOf, administrator: Shell, foreign: str
) -> None:
    unknown = f"{foreign}-none"
    message = f'projects.rise.dev "{unknown}" not found'
    assert message in administrator.kubectl("get", "project", unknown, exit_code=1)
    absent = web.get(f"{ALL}/projects/{unknown}", token_of("mallory"))
    assert absent.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": "NotFound",
        "details": {"name": unknown, "group": "rise.dev", "kind": "projects"},
        "code": 404,
    }
    seen = web.get(f"{ALL}/projects/{foreign}", token_of("mallory"))
    assert seen.code == absent.code == HTTPStatus.NOT_FOUND
    assert seen.body.replace(foreign.encode(), unknown.encode()) == absent.body
