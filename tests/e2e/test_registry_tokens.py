"""The token server and the real registry: who pushes and pulls what, and who never does."""

import json
import secrets
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import oci
import operators
import pytest
import tokens
from family import remove
from fixtures.people import Shell, project
from operators import tokens_in
from shop import Shop
from signing import signing_keys
from token_door import Door, Login, access, person, robot_of, scope
from web import TokenOf, Web

from rise_local import assembly
from rise_local.platform import Platform
from rise_local.site import Site
from rise_registry.signing import ALGORITHM, Signer
from rise_registry.statements import AUDIENCE, Kind

pytestmark = pytest.mark.e2e
ALICE, BOB, CAROL = ({"user": f"{name}@example.com"} for name in ("alice", "bob", "carol"))
IMAGE = oci.Image(b"a layer of the tests of tokens")
DENIED = HTTPStatus.UNAUTHORIZED  # what the registry says to a token that does not open enough
READY = "--for=condition=Ready"


@dataclass(frozen=True)
class Stage:
    """shop is alice's, bob develops it, carol looks at it; its neighbour is bob's alone."""

    door: Door
    shop: Shop
    neighbour: str
    robot: Login
    token_of: TokenOf

    @property
    def web(self) -> str:
        return f"{self.shop.name}/web"

    def login(self, name: str) -> Login:
        return self.door.login(self.shop.name, self.token_of(name))


@pytest.fixture(scope="module")
def door(platform: Platform, web: Web) -> Door:
    return Door(web, platform.address("registry"))


@pytest.fixture(scope="module")
def site(platform: Platform) -> Site:
    return assembly.described(platform.home, "").site


@pytest.fixture(scope="module")
def stage(door: Door, administrator: Shell, token_of: TokenOf) -> Generator[Stage]:
    name = f"r{uuid4().hex[:6]}"
    neighbour = f"{name}2"
    members = [BOB | {"role": "developer"}, CAROL | {"role": "viewer"}]
    administrator.apply(project(name, owner=ALICE, members=members))
    administrator.apply(project(neighbour, owner=BOB))
    both = (f"project/{name}", f"project/{neighbour}")
    administrator.kubectl("wait", READY, *both, "--timeout=120s")
    shop = Shop(administrator, name)
    stage = Stage(door, shop, neighbour, robot_of(shop), token_of)
    operators.until(lambda: door.opened(stage.robot, scope(stage.web)), "the backend knows it")
    operators.until(
        lambda: door.opened(person("bob", token_of), scope(f"{neighbour}/web")), "and the other"
    )
    wanted = scope(stage.web, "pull,push")
    for one in ("alice", "bob"):
        operators.until(
            lambda one=one: door.opened(person(one, token_of), wanted), f"{one} may push"
        )
    pushed = door.registry(stage.login("alice"), post=True).push(stage.web, "v1", IMAGE)
    assert pushed.status == HTTPStatus.CREATED, pushed.body
    yield stage
    remove(administrator, [name, neighbour])


def test_nobody_is_sent_to_the_token_server_and_asked_there(stage: Stage) -> None:
    answer = stage.door.bearing(lambda _: "").ask("GET", "/v2/")
    challenge = answer.headers["WWW-Authenticate"]
    assert answer.status == HTTPStatus.UNAUTHORIZED
    assert challenge.startswith('Bearer realm="https://localhost:')
    assert f'/registry/token",service="{stage.door.host}"' in challenge
    asked = stage.door.get(None, scope(stage.web))
    assert asked.code == HTTPStatus.UNAUTHORIZED
    assert asked.headers["WWW-Authenticate"].startswith("Basic ")
    assert asked.json["errors"][0]["code"] == "UNAUTHORIZED"


@pytest.mark.row(109)
def test_a_projects_credential_pulls_its_own_images_alone(stage: Stage) -> None:
    registry = stage.door.registry(stage.robot)
    assert registry.pull_manifest(stage.web, "v1").body == IMAGE.manifest
    assert registry.pull_blob(stage.web, oci.digest(IMAGE.layer)).body == IMAGE.layer
    theirs = f"{stage.neighbour}/web"
    pushed = stage.door.registry(person("bob", stage.token_of)).push(theirs, "v1", IMAGE)
    assert pushed.status == HTTPStatus.CREATED
    for name in (theirs, "other/web", f"{stage.shop.name}x/web", stage.shop.name):
        assert registry.pull_manifest(name, "v1").status == DENIED, name
        assert stage.door.opened(stage.robot, scope(name)) == {}
    mounted = stage.door.registry(stage.login("alice")).mount(
        f"{stage.shop.name}/mounted", theirs, oci.digest(IMAGE.layer)
    )
    assert mounted.status != HTTPStatus.CREATED


@pytest.mark.row(110)
def test_a_projects_credential_never_pushes(stage: Stage) -> None:
    registry = stage.door.registry(stage.robot)
    assert registry.begin_upload(stage.web).status == DENIED
    assert registry.push_manifest(stage.web, "v2", IMAGE.manifest).status == DENIED
    assert stage.door.opened(stage.robot, scope(stage.web, "pull,push")) == {stage.web: ["pull"]}
    viewer = person("carol", stage.token_of)
    assert stage.door.opened(viewer, scope(stage.web, "pull,push")) == {stage.web: ["pull"]}
    assert stage.door.opened(person("mallory", stage.token_of), scope(stage.web)) == {}


@pytest.mark.row(112)
@pytest.mark.parametrize("name", ["alice", "bob"])
def test_whoever_pushes_lists_no_catalogue_and_deletes_nothing(stage: Stage, name: str) -> None:
    login = stage.login(name)

    def token(scopes: Any) -> str:
        wanted = [scope(each, actions) for each, actions in scopes]
        more = [scope(stage.web, "pull,push,delete,*"), "registry:catalog:*"]
        return str(stage.door.get(login, *wanted, *more).json["token"])

    registry = stage.door.bearing(token)
    manifest = f"/v2/{stage.web}/manifests/{oci.digest(IMAGE.manifest)}"
    assert registry.ask("GET", "/v2/_catalog").status == DENIED
    assert registry.ask("DELETE", manifest).status == DENIED
    assert registry.pull_manifest(stage.web, "v1").status == HTTPStatus.OK
    assert registry.push(stage.web, f"of-{name}", IMAGE).status == HTTPStatus.CREATED


@pytest.mark.row(116)
def test_who_posts_and_who_gets_have_tokens_that_work(stage: Stage) -> None:
    for login in (stage.robot, stage.login("bob"), person("bob", stage.token_of)):
        for post in (True, False):
            pulled = stage.door.registry(login, post=post).pull_manifest(stage.web, "v1")
            assert pulled.body == IMAGE.manifest
    first = stage.door.post(stage.robot, access_type="offline")
    again = {"grant_type": "refresh_token", "refresh_token": first.json["refresh_token"]}
    assert access(stage.door.post(Login("", ""), scope(stage.web), **again)) == {
        stage.web: ["pull"]
    }


def test_who_asks_for_nothing_they_may_gets_a_token_for_nothing(stage: Stage) -> None:
    answer = stage.door.get(stage.robot, "registry:catalog:*", scope("other/web"), "x")
    assert (answer.code, access(answer)) == (HTTPStatus.OK, {})
    wrong = stage.door.get(Login(stage.robot.username, "wrong"), scope(stage.web))
    assert wrong.code == HTTPStatus.UNAUTHORIZED


def _claims(stage: Stage, **differs: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {
        "iss": "rise",
        "sub": "rise:alice@example.com",
        "aud": stage.door.host,
        "iat": now,
        "nbf": now - 60,
        "exp": now + 240,
        "jti": secrets.token_hex(16),
        "access": [{"type": "repository", "name": stage.web, "actions": ["pull"]}],
    }
    return said | differs


def _signer(site: Site, program: str = "backend") -> Signer:
    pair = site.tokens.pair(program)
    return Signer(pair.certificate, pair.key)


def _chain(site: Site) -> Any:
    return jwt.get_unverified_header(_signer(site).sign({}, "JWT"))["x5c"]


def _foreign(stage: Stage, header: Mapping[str, Any]) -> str:
    key = tokens.ec_key("foreign")
    return jwt.encode(_claims(stage), key, ALGORITHM, {"typ": "JWT", **header})


def _by_another_ca(stage: Stage, _site: Site, folder: Path) -> str:
    keys = signing_keys(folder, "backend")
    return Signer(Path(keys["certificate"]), Path(keys["key"])).sign(_claims(stage), "JWT")


def _by_the_ca_of_servers(stage: Stage, site: Site, _folder: Path) -> str:
    pair = site.authority.pair("backend")
    return Signer(pair.certificate, pair.key).sign(_claims(stage), "JWT")


def _with_our_kid(stage: Stage, site: Site, _folder: Path) -> str:
    kid = _chain(site)[0][:40]
    return _foreign(stage, {"kid": kid, "jwk": tokens.jwk(tokens.ec_key("foreign"), kid)})


def _with_our_chain(stage: Stage, site: Site, _folder: Path) -> str:
    return _foreign(stage, {"x5c": _chain(site)})


def _unsigned(stage: Stage, site: Site, _folder: Path) -> str:
    return jwt.encode(_claims(stage), "", "none", {"typ": "JWT", "x5c": _chain(site)})


def _saying(**differs: Any) -> Callable[[Stage, Site, Path], str]:
    def made(stage: Stage, site: Site, _folder: Path) -> str:
        return _signer(site).sign(_claims(stage, **differs), "JWT")

    return made


def _a_pull_credential(stage: Stage, _site: Site, _folder: Path) -> str:
    return stage.robot.password


def _a_login(stage: Stage, _site: Site, _folder: Path) -> str:
    return stage.login("alice").password


def _a_session(stage: Stage, _site: Site, _folder: Path) -> str:
    return stage.token_of("alice")


LONG_AGO = int(time.time()) - 3600
NEVER = {
    "it has ended": _saying(iat=LONG_AGO, nbf=LONG_AGO, exp=LONG_AGO + 240),
    "it does not begin yet": _saying(nbf=LONG_AGO + 10**6, exp=LONG_AGO + 10**6 + 240),
    "another audience": _saying(aud="registry.test"),
    "another issuer": _saying(iss="somebody"),
    "a foreign key, our kid": _with_our_kid,
    "a foreign key, our chain": _with_our_chain,
    "another CA": _by_another_ca,
    "the CA of the platform's servers": _by_the_ca_of_servers,
    "no signature": _unsigned,
    "a pull credential": _a_pull_credential,
    "a person's login": _a_login,
    "a person's session": _a_session,
}


@pytest.mark.row(114)
@pytest.mark.parametrize("made", NEVER.values(), ids=NEVER)
def test_a_token_that_opens_nothing(
    stage: Stage, site: Site, tmp_path: Path, made: Callable[[Stage, Site, Path], str]
) -> None:
    text = made(stage, site, tmp_path)
    answer = stage.door.bearing(lambda _: text).pull_manifest(stage.web, "v1")
    assert answer.status == HTTPStatus.UNAUTHORIZED


@pytest.mark.row(114)
def test_the_token_that_those_are_made_from_opens(stage: Stage, site: Site) -> None:
    text = _signer(site).sign(_claims(stage), "JWT")
    answer = stage.door.bearing(lambda _: text).pull_manifest(stage.web, "v1")
    assert answer.status == HTTPStatus.OK


SKEW_S = 120


@pytest.mark.parametrize("ahead_s", [SKEW_S, -SKEW_S], ids=["ahead", "behind"])
def test_the_backends_clock_may_differ_by_two_minutes(
    stage: Stage, site: Site, ahead_s: int
) -> None:
    made = str(stage.door.get(stage.robot, scope(stage.web)).json["token"])
    said = jwt.decode(made, options={"verify_signature": False})
    shifted = said | {name: said[name] + ahead_s for name in ("iat", "nbf", "exp")}
    text = _signer(site).sign(shifted, "JWT")
    assert stage.door.bearing(lambda _: text).pull_manifest(stage.web, "v1").body == IMAGE.manifest


def test_the_operators_clock_may_be_two_minutes_ahead(stage: Stage, site: Site) -> None:
    said = jwt.decode(stage.robot.password, options={"verify_signature": False})
    late = said | {"iat": int(time.time()) + SKEW_S}
    robot = Login(stage.robot.username, _signer(site, "operator").sign(late, Kind.PULL))
    assert stage.door.opened(robot, scope(stage.web)) == {stage.web: ["pull"]}


@pytest.mark.row(114)
@pytest.mark.parametrize("by", ["the CA of servers", "another CA", "the operator"])
def test_a_login_that_somebody_else_signed(
    stage: Stage, site: Site, tmp_path: Path, by: str
) -> None:
    if by == "another CA":
        keys = signing_keys(tmp_path, "backend")
        signer = Signer(Path(keys["certificate"]), Path(keys["key"]))
    elif by == "the operator":
        signer = _signer(site, "operator")
    else:
        pair = site.authority.pair("backend")
        signer = Signer(pair.certificate, pair.key)
    said = jwt.decode(stage.login("alice").password, options={"verify_signature": False})
    assert said["aud"] == AUDIENCE
    good = Login("alice@example.com", _signer(site).sign(said, Kind.PUSH))
    assert stage.door.opened(good, scope(stage.web)) == {stage.web: ["pull"]}
    bad = Login("alice@example.com", signer.sign(said, Kind.PUSH))
    assert stage.door.get(bad, scope(stage.web)).code == HTTPStatus.UNAUTHORIZED


def test_the_signing_key_changes_without_a_restart(stage: Stage, site: Site) -> None:
    registry, before = stage.door.registry(stage.login("alice")), _chain(site)
    held = stage.door.get(stage.robot, scope(stage.web)).json["token"]
    pair = site.tokens.pair("backend")
    common = "rise-backend"
    pair.certificate.unlink()
    site.tokens.ensure_client("backend", common, (), datetime.now(UTC))
    assert _chain(site) != before
    operators.until(
        lambda: (
            jwt.get_unverified_header(stage.door.get(stage.robot).json["token"])["x5c"] != before
        ),
        "tokens are signed with the new key",
    )
    assert registry.pull_manifest(stage.web, "v1").status == HTTPStatus.OK
    assert registry.push(stage.web, "after", IMAGE).status == HTTPStatus.CREATED
    old = stage.door.bearing(lambda _: held)
    assert old.pull_manifest(stage.web, "v1").status == HTTPStatus.OK


def test_what_is_written_down_holds_no_secret(stage: Stage, platform: Platform) -> None:
    login = stage.login("alice")
    token = str(stage.door.get(login, scope(stage.web, "pull,push")).json["token"])
    stage.door.get(Login("alice@example.com", login.password[:-9]), scope("marked/web"))
    jti = jwt.decode(token, options={"verify_signature": False})["jti"]
    operators.until(lambda: jti in platform.logs("backend"), "the grant is written down")
    operators.until(lambda: "marked/web" in platform.logs("backend"), "the refusal, too")
    text = platform.logs("backend")
    (line,) = [json.loads(each) for each in text.splitlines() if jti in each]
    assert line["user"] == "rise:alice@example.com"
    assert line["granted"] == [scope(stage.web, "pull,push")]
    assert tokens_in(text) == []
    assert not any(secret[-40:] in text for secret in (token, login.password, stage.robot.password))
