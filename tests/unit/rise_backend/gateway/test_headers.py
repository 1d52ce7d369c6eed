"""Which headers pass."""

from datetime import UTC, datetime

import pytest

from rise_backend.errors import ForbiddenHeaderError
from rise_backend.gateway import headers
from rise_backend.identity.identity import Identity

ALICE = Identity(
    user="alice@example.com",
    username="rise:alice@example.com",
    groups=("rise:idp:eng", "rise:idp:ops", "rise:users"),
    uid="u-alice",
    expires_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    "name",
    [
        b"impersonate-user",
        b"impersonate-group",
        b"impersonate-extra-scopes",
        b"impersonate_user",
        b"x-remote-user",
        b"x-remote-group",
        b"x-remote-extra-a",
        b"x_remote_user",
    ],
)
def test_nobody_passes_for_somebody_else(name: bytes) -> None:
    with pytest.raises(ForbiddenHeaderError):
        headers.check([(name, b"system:admin")])


def test_only_what_is_listed_is_passed_on() -> None:
    sent = [
        (b"accept", b"application/json"),
        (b"kubectl-command", b"kubectl get"),
        (b"if-none-match", b'"x"'),
        (b"user-agent", b"kubectl"),
        (b"authorization", b"Bearer a.b.c"),
        (b"connection", b"Impersonate-User"),
        (b"cookie", b"a=b"),
        (b"forwarded", b"for=1.2.3.4"),
        (b"host", b"x"),
        (b"proxy-authorization", b"x"),
        (b"te", b"trailers"),
        (b"transfer-encoding", b"chunked"),
        (b"x-forwarded-for", b"1.2.3.4"),
        (b"accept-language", "dé".encode()),
    ]
    assert [name for name, _ in headers.passed(sent)] == [
        "accept",
        "kubectl-command",
        "if-none-match",
        "user-agent",
    ]


def test_an_impersonated_person() -> None:
    assert headers.impersonation(ALICE, lambda group: group == "eng") == [
        ("Impersonate-User", "rise:alice@example.com"),
        ("Impersonate-Uid", "u-alice"),
        ("Impersonate-Group", "rise:idp:eng"),
        ("Impersonate-Group", "rise:users"),
        ("Impersonate-Extra-rise.dev%2fidp-sub", "u-alice"),
    ]


def test_a_group_with_space_around_it_is_not_taken_for_another() -> None:
    groups = ("rise:idp:eng ", "rise:idp:eng\t", "rise:users")
    carol = Identity("c@example.com", "rise:c@example.com", groups, "u-carol", ALICE.expires_at)
    sent = headers.impersonation(carol, lambda _: True)
    assert [value for name, value in sent if name == "Impersonate-Group"] == ["rise:users"]


def test_somebody_who_is_only_asked_about_has_no_uid() -> None:
    about = Identity(
        "bob@example.com", "rise:bob@example.com", ("rise:users",), "", ALICE.expires_at
    )
    assert headers.impersonation(about, lambda _: False) == [
        ("Impersonate-User", "rise:bob@example.com"),
        ("Impersonate-Group", "rise:users"),
    ]


@pytest.mark.parametrize("username", ["", "rise:", "alice@example.com", "system:admin"])
def test_nobody_is_impersonated_without_a_name(username: str) -> None:
    nobody = Identity("", username, ("rise:users",), "", ALICE.expires_at)
    with pytest.raises(ForbiddenHeaderError):
        headers.impersonation(nobody, lambda _: True)


def test_an_answer_keeps_its_headers_but_for_those_of_the_connection() -> None:
    answered = [
        (b"Content-Type", b"application/json"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Connection", b"close, X-Of-This-Connection"),
        (b"X-Of-This-Connection", b"1"),
        (b"X-Kubernetes-Pf-Flowschema-Uid", b"u"),
        (b"Content-Encoding", b"gzip"),
    ]
    assert headers.returned(answered) == [
        (b"content-type", b"application/json"),
        (b"x-kubernetes-pf-flowschema-uid", b"u"),
        (b"content-encoding", b"gzip"),
    ]
