"""Who presents what: sessions, logins and pull credentials, and what only looks like one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import token_server
import tokens
from signing import signing_keys
from token_server import HOST, callers, later, login, password, pull

from rise_backend.registry.asked import Presented
from rise_backend.registry.callers import Holder, WrongPasswordError
from rise_backend.registry.offered import Offer, Offers
from rise_backend.registry.tokens import token
from rise_registry.signing import ALGORITHM, Signer
from rise_registry.statements import AUDIENCE, Kind, Statement, stated


async def _holder(presented: Presented, offer: Offer) -> Holder:
    assert offer.hosted is not None
    return await callers().holder(presented, offer, offer.hosted)


@pytest.mark.parametrize("username", ["", "alice@example.com", "<token>", "mallory", "robot+shop"])
async def test_a_session_says_itself_whose_it_is(local: Offer, username: str) -> None:
    session = tokens.signed(tokens.claims())
    holder = await _holder(Presented(username, session), local)
    assert (holder.name, holder.kind) == ("rise:alice@example.com", "session")
    assert holder.person is not None
    assert holder.person.token == session


@pytest.mark.parametrize("username", ["alice@example.com", ""])
async def test_a_login_stands_for_its_person(keys: Path, local: Offer, username: str) -> None:
    holder = await _holder(Presented(username, password(login(), keys)), local)
    assert (holder.name, holder.kind) == ("rise:alice@example.com", "login")
    assert holder.person is not None
    assert holder.person.token == ""
    assert holder.person.identity.groups == ("rise:users",)


@pytest.mark.parametrize("username", ["robot+shop", ""])
async def test_a_pull_credential_stands_for_nobody(keys: Path, local: Offer, username: str) -> None:
    holder = await _holder(Presented(username, password(pull(), keys)), local)
    assert (holder.name, holder.kind, holder.person) == ("robot+shop", "robot", None)


@pytest.mark.parametrize(
    ("username", "statement"),
    [
        ("robot+shop2", pull()),
        ("robot+Shop", pull()),
        ("alice@example.com", pull()),
        ("robot+shop\N{ZERO WIDTH SPACE}", pull()),
        ("bob@example.com", login()),
        ("Alice@example.com", login()),
        ("robot+shop", login()),
        ("robot+shop", pull(registry="second")),
        ("robot+shop", pull(registry="")),
        ("robot+shop", pull(registry="LOCAL")),
        ("alice@example.com", login(registry="second")),
        ("robot+shop", pull(expires_at=later(-1))),
        ("alice@example.com", login(expires_at=later(-1))),
    ],
)
async def test_what_belongs_to_another(
    keys: Path, local: Offer, username: str, statement: Statement
) -> None:
    with pytest.raises(WrongPasswordError):
        await _holder(Presented(username, password(statement, keys)), local)


def _claims(**differs: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    said = {
        "iss": "rise-operator",
        "aud": AUDIENCE,
        "sub": "robot+shop",
        "iat": now,
        "exp": now + 3600,
        "jti": token_server.ID,
        "registry": "local",
        "project": "shop",
        "uid": "uid-shop",
        "actions": ["pull"],
    } | differs
    return {name: value for name, value in said.items() if value is not tokens.REMOVED}


def _signed(keys: Path, program: str = "operator", kind: str = Kind.PULL, **differs: Any) -> str:
    signer = Signer(keys / f"{program}.crt", keys / f"{program}.key")
    return signer.sign(_claims(**differs), kind)


async def test_the_claims_of_the_table_below_are_good(keys: Path, local: Offer) -> None:
    assert (await _holder(Presented("robot+shop", _signed(keys)), local)).kind == "robot"


def _by_another_ca(_keys: Path, other: Path) -> str:
    signing_keys(other, "operator")
    return _signed(other)


def _our_chain_and_another_key(keys: Path, _other: Path) -> str:
    header = jwt.get_unverified_header(_signed(keys))
    return jwt.encode(
        _claims(), tokens.ec_key("foreign"), ALGORITHM, {"typ": header["typ"], "x5c": header["x5c"]}
    )


def _the_ca_as_leaf(keys: Path, other: Path) -> str:
    signing_keys(other, "operator")
    certificates = other / "operator.crt"
    certificates.write_bytes((keys / "ca.crt").read_bytes())
    header = {"typ": str(Kind.PULL), "x5c": [_der(keys / "ca.crt")]}
    return jwt.encode(_claims(), tokens.ec_key("foreign"), ALGORITHM, header)


def _der(path: Path) -> str:
    lines = path.read_text().splitlines()
    return "".join(line for line in lines if not line.startswith("-"))


def _unsigned(keys: Path, _other: Path) -> str:
    header = jwt.get_unverified_header(_signed(keys))
    return jwt.encode(_claims(), "", "none", {"typ": header["typ"], "x5c": header["x5c"]})


def _with_a_secret_for_a_key(keys: Path, _other: Path) -> str:
    header = jwt.get_unverified_header(_signed(keys))
    more = {"typ": header["typ"], "x5c": header["x5c"]}
    return jwt.encode(_claims(), "x" * 64, "HS256", more)


def _cut(keys: Path, _other: Path) -> str:
    return _signed(keys)[:-8]


def _another_payload(keys: Path, _other: Path) -> str:
    head, _, seal = _signed(keys).split(".")
    return f"{head}.{_signed(keys, project='other').split('.')[1]}.{seal}"


def _chain(*chain: Any) -> Callable[[Path, Path], str]:
    def made(keys: Path, _other: Path) -> str:
        signer = keys / "operator.key"
        header = {"typ": str(Kind.PULL), "x5c": list(chain)}
        return jwt.encode(_claims(), signer.read_text(), ALGORITHM, header)

    return made


def _said(
    program: str = "operator", kind: str = Kind.PULL, **differs: Any
) -> Callable[[Path, Path], str]:
    def made(keys: Path, _other: Path) -> str:
        return _signed(keys, program, kind, **differs)

    return made


NOW = int(datetime.now(UTC).timestamp())
FOREIGN = {
    "another CA signed it": _by_another_ca,
    "our chain, another key": _our_chain_and_another_key,
    "the CA itself for a leaf": _the_ca_as_leaf,
    "no signature": _unsigned,
    "HMAC": _with_a_secret_for_a_key,
    "its signature cut": _cut,
    "another payload": _another_payload,
    "an empty chain": _chain(),
    "a chain of no certificates": _chain("eA=="),
    "a chain of no text": _chain(1),
    "a chain too long": _chain(*["eA=="] * 5),
    "the backend signs a pull credential": _said("backend"),
    "the operator signs a login": _said(kind=Kind.PUSH),
    "the operator signs a login in the backend's name": _said(kind=Kind.PUSH, iss="rise-backend"),
    "the kind of a registry's token": _said(kind="JWT"),
    "no kind": _said(kind=""),
    "another issuer": _said(iss="rise"),
    "no issuer": _said(iss=tokens.REMOVED),
    "another audience": _said(aud=HOST),
    "no audience": _said(aud=tokens.REMOVED),
    "no end": _said(exp=tokens.REMOVED),
    "it has ended": _said(exp=NOW - 1),
    "no id": _said(jti=tokens.REMOVED),
    "nobody": _said(sub=tokens.REMOVED),
    "it does not begin yet": _said(nbf=NOW + 10**6),  # however long the session takes
}


@pytest.mark.row(114, via="unit")
@pytest.mark.parametrize("made", FOREIGN.values(), ids=FOREIGN)
async def test_what_nobody_of_ours_has_said(
    keys: Path, local: Offer, tmp_path: Path, made: Callable[[Path, Path], str]
) -> None:
    with pytest.raises(WrongPasswordError):
        await _holder(Presented("", made(keys, tmp_path)), local)


@pytest.mark.parametrize(
    "text",
    ["x", "a.b.c", "a.b", "..", "eyJ.eyJ.", "password", "é.é.é", "a.b.c\n", " a.b.c", "a" * 9],
)
async def test_what_is_no_token_at_all(local: Offer, text: str) -> None:
    with pytest.raises(WrongPasswordError):
        await _holder(Presented("robot+shop", text), local)


@pytest.mark.row(114, via="unit")
async def test_a_token_of_the_registry_is_no_password(local: Offer) -> None:
    assert local.hosted is not None
    made = token(local.hosted, "rise:alice@example.com", [])
    with pytest.raises(WrongPasswordError):
        await _holder(Presented("", made.text), local)


async def test_a_clock_that_is_two_minutes_ahead_is_believed(keys: Path, local: Offer) -> None:
    """What the operator has just signed counts, however late the backend thinks it is."""
    signer = Signer(keys / "operator.crt", keys / "operator.key")
    text = stated(pull(), signer, datetime.now(UTC) + timedelta(minutes=2))
    assert (await _holder(Presented("robot+shop", text), local)).kind == "robot"


async def test_new_keys_count_at_once(tmp_path: Path) -> None:
    registries: Offers = token_server.offers(tmp_path)
    offer = registries.serving(HOST)
    assert offer is not None
    before = password(pull(), tmp_path)
    (tmp_path / "operator.crt").unlink()
    (tmp_path / "operator.key").unlink()
    signing_keys(tmp_path, "operator")
    for text in (before, password(pull(), tmp_path)):
        assert (await _holder(Presented("robot+shop", text), offer)).kind == "robot"
