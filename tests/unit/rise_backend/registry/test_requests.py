"""Requests for a token as clients send them, and as nobody should."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest

from rise_backend.registry import asked as asking
from rise_backend.registry.asked import Asked, Presented, from_form, from_query
from rise_backend.registry.refusals import RefusedError

ALICE = Presented("alice@example.com", "secret:with:colons")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
PASSWORD = {"grant_type": "password", "username": "alice@example.com", "password": "p"}


def _basic(text: str | bytes, scheme: str = "Basic") -> tuple[bytes, bytes]:
    raw = text.encode() if isinstance(text, str) else text
    return b"authorization", f"{scheme} {base64.b64encode(raw).decode()}".encode()


@pytest.mark.parametrize(
    ("query", "comes_to"),
    [
        ("service=r", {}),
        ("service=r&scope=a:b:c", {"scopes": ("a:b:c",)}),
        ("service=r&scope=a:b:c&scope=d:e:f", {"scopes": ("a:b:c", "d:e:f")}),
        ("service=r&scope=a:b:c%20d:e:f", {"scopes": ("a:b:c", "d:e:f")}),
        ("service=r&scope=a:b:c+d:e:f+a:b:c", {"scopes": ("a:b:c", "d:e:f")}),
        ("service=r&scope=", {}),
        ("service=r&offline_token=true", {"refreshes": True}),
        ("service=r&offline_token=false", {}),
        ("service=r&offline_token=TRUE", {}),
        ("service=r&account=x&client_id=docker&whatever=1&whatever=2", {}),
        ("", {"service": ""}),
        ("service=r%3A5000", {"service": "r:5000"}),
    ],
)
def test_what_a_get_asks(query: str, comes_to: Mapping[str, Any]) -> None:
    expected = replace(Asked("r", (), ALICE), **comes_to)
    assert from_query(query.encode(), [_basic("alice@example.com:secret:with:colons")]) == expected


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", b"Bearer eyJ")],
        [(b"authorization", b"Negotiate eyJ")],
        [_basic("alice@example.com:")],
        [_basic(":")],
        [_basic("alice@example.com")],
        [_basic("")],
    ],
)
def test_who_presents_nothing(headers: list[tuple[bytes, bytes]]) -> None:
    assert from_query(b"service=r", headers).presented is None


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    given = from_query(b"service=r", [_basic("alice@example.com:p", scheme)]).presented
    assert given == Presented("alice@example.com", "p")


@pytest.mark.parametrize(
    ("fields", "comes_to"),
    [
        (PASSWORD, {}),
        (PASSWORD | {"scope": "a:b:c d:e:f"}, {"scopes": ("a:b:c", "d:e:f")}),
        (PASSWORD | {"access_type": "offline"}, {"refreshes": True}),
        (PASSWORD | {"access_type": "online", "client_id": "containerd"}, {}),
        (
            {"grant_type": "refresh_token", "refresh_token": "p"},
            {"presented": Presented("", "p")},
        ),
        ({"grant_type": "refresh_token"}, {"presented": None}),
        ({"grant_type": "password", "username": "alice@example.com"}, {"presented": None}),
    ],
)
def test_what_a_post_asks(fields: Mapping[str, str], comes_to: Mapping[str, Any]) -> None:
    usual = Asked("r", (), Presented("alice@example.com", "p"), form=True)
    expected = replace(usual, **comes_to)
    assert from_form(urlencode({"service": "r", **fields}).encode(), [FORM]) == expected


def _many(name: str, number: int) -> bytes:
    return "&".join(f"{name}=a:b:{count}" for count in range(number)).encode()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (b"service=r&service=s", "service: send it once"),
        (b"service=r&service=r", "service: send it once"),
        (b"service=r&service=", "service: send it once"),
        (b"service=r&offline_token=true&offline_token=true", "offline_token: send it once"),
        (b"service=r&account=a&account=b&client_id=a&client_id=b", "account, client_id"),
        (b"service=%ff", "cannot be read"),
        (b"service=%C0%AE", "cannot be read"),
        (b"service=r&scope=\xff", "cannot be read"),
        (b"service=" + "é".encode(), "cannot be read"),
        (_many("scope", asking.MAX_SCOPES + 1), "more than 16 scopes"),
        (_many("x", asking.MAX_FIELDS + 1), "at most 64"),
        (b"scope=" + b"+".join(b"a:b:%d" % n for n in range(17)), "more than 16 scopes"),
    ],
)
def test_a_query_that_is_refused(query: bytes, says: str) -> None:
    with pytest.raises(RefusedError, match=says) as refused:
        from_query(query, [])
    assert refused.value.code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize(
    ("query", "scopes"),
    [(_many("scope", asking.MAX_SCOPES), 16), (_many("x", asking.MAX_FIELDS), 0)],
)
def test_as_much_as_is_allowed(query: bytes, scopes: int) -> None:
    assert len(from_query(query, []).scopes) == scopes


def test_a_query_that_is_too_long() -> None:
    just = b"service=" + b"r" * (asking.MAX_QUERY_BYTES - len(b"service="))
    assert from_query(just, []).service.startswith("rr")
    with pytest.raises(RefusedError, match="longer than") as refused:
        from_query(just + b"r", [])
    assert refused.value.code == HTTPStatus.REQUEST_URI_TOO_LONG


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ([_basic("a:b"), _basic("a:b")], "one Authorization"),
        ([_basic("a:b"), (b"authorization", b"Bearer x")], "one Authorization"),
        ([(b"authorization", b"Basic !!!")], "cannot be read"),
        ([(b"authorization", b"Basic YTpi YTpi")], "cannot be read"),
        ([(b"authorization", "Basic é".encode())], "cannot be read"),
        ([_basic(b"a:\xff")], "cannot be read"),
        ([_basic("a\n:b")], "control character"),
        ([_basic("a\x00:b")], "control character"),
        ([_basic("a\x85:b")], "control character"),
        ([_basic("a" * 321 + ":b")], "too long"),
        ([_basic("a:" + "b" * (16 * 1024 + 1))], "too long"),
    ],
)
def test_an_authorization_that_is_refused(headers: list[tuple[bytes, bytes]], says: str) -> None:
    with pytest.raises(RefusedError, match=says) as refused:
        from_query(b"service=r", headers)
    assert refused.value.code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"service=r", "grant_type"),
        (b"grant_type=", "grant_type"),
        (b"grant_type=client_credentials&username=a&password=b", "grant_type"),
        (b"grant_type=authorization_code&code=x", "grant_type"),
        (b"grant_type=PASSWORD&username=a&password=b", "grant_type"),
        (b"grant_type=password&username=a&password=b&password=c", "password: send it once"),
        (b"grant_type=password&username=a&username=b&password=c", "username: send it once"),
        (b"grant_type=password&grant_type=refresh_token", "grant_type: send it once"),
        (b"grant_type=refresh_token&refresh_token=a&refresh_token=b", "refresh_token: send"),
        (b"grant_type=password&username=a%0a&password=b", "control character"),
        (b'{"grant_type": "password"}', "grant_type"),
    ],
)
def test_a_form_that_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(RefusedError, match=says) as refused:
        from_form(body, [FORM])
    assert refused.value.code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-type", b"application/json")],
        [(b"content-type", b"multipart/form-data; boundary=x")],
        [(b"content-type", b"text/plain")],
        [FORM, FORM],
    ],
)
def test_what_is_no_form(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(RefusedError) as refused:
        from_form(urlencode(PASSWORD).encode(), headers)
    assert refused.value.code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_a_form_may_name_its_letters() -> None:
    named = (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")
    assert from_form(urlencode(PASSWORD).encode(), [named]).presented


def test_a_form_is_not_believed_for_its_header() -> None:
    """A password in the header beside a form counts for nothing."""
    asked = from_form(b"grant_type=password&service=r", [FORM, _basic("a:b")])
    assert asked.presented is None


def test_passwords_are_not_shown() -> None:
    asked = from_query(b"service=r", [_basic("alice@example.com:hidden-thing")])
    assert "hidden-thing" not in repr(asked)
