"""Rights to images end with what they rest on, also while something that Rise needs is away."""

import shutil
from http import HTTPStatus
from uuid import uuid4

import jwt
import oci
import operators
import pytest
from away import away
from fixtures.people import Shell, project
from shop import Shop
from token_door import Door, Login, access, person, robot_of, scope
from token_registry import BELOW
from web import Answer, TokenOf, Web

from rise_local.platform import Platform

pytestmark = pytest.mark.e2e
ALICE, BOB = ({"user": f"{name}@example.com"} for name in ("alice", "bob"))
IMAGE = oci.Image(b"a layer of the tests of rights")


@pytest.fixture(scope="module")
def door(platform: Platform, web: Web) -> Door:
    return Door(web, platform.address("registry"))


@pytest.fixture
def shop(administrator: Shell, door: Door, token_of: TokenOf, prefix: str) -> Shop:
    """A project of alice's that bob develops; both may push to it."""
    developer = BOB | {"role": "developer"}
    administrator.apply(project(prefix, owner=ALICE, members=[developer]))
    administrator.kubectl("wait", "--for=condition=Ready", f"project/{prefix}", "--timeout=120s")
    shop = Shop(administrator, prefix)
    known = [person("alice", token_of), person("bob", token_of), robot_of(shop)]
    operators.until(
        lambda: all(door.opened(each, _both(prefix)) for each in known), "the backend knows it"
    )
    return shop


def _both(name: str) -> str:
    return scope(f"{name}/web", "pull,push")


def _everybody(shop: Shop, door: Door, token_of: TokenOf) -> dict[str, Login]:
    """Return whatever opens shop's images now, by a name for it."""
    return {
        "the project": robot_of(shop),
        **{f"the session of {name}": person(name, token_of) for name in ("alice", "bob")},
        **{
            f"a login of {name}": door.login(shop.name, token_of(name)) for name in ("alice", "bob")
        },
    }


def _is_open(answer: Answer) -> bool:
    return answer.code == HTTPStatus.OK and bool(access(answer))


def _open(everybody: dict[str, Login], door: Door, shop: Shop) -> set[str]:
    return {name for name, each in everybody.items() if door.opened(each, _both(shop.name))}


def test_a_change_counts_while_the_operator_is_stopped(
    platform: Platform, door: Door, shop: Shop, token_of: TokenOf
) -> None:
    everybody = _everybody(shop, door, token_of)
    assert _open(everybody, door, shop) == set(everybody)
    with away(platform, "operator"):
        shop.change(members=[])
        operators.until(
            lambda: not any("bob" in name for name in _open(everybody, door, shop)),
            "whoever was taken out gets nothing",
        )
        assert _open(everybody, door, shop) == {name for name in everybody if "bob" not in name}
        shop.change(suspend=True)
        operators.until(
            lambda: not _open(everybody, door, shop), "nobody gets anything of what is suspended"
        )
        answer = door.web.send(
            "POST", f"/projects/{shop.name}/registry/login", {}, token_of("alice")
        )
        assert answer.code == HTTPStatus.CONFLICT, answer.body
        assert f"rise project edit {shop.name} --resume" in answer.json["detail"]
    operators.until(lambda: shop.valid()["reason"] == "Suspended", "the operator is back")
    shop.change(suspend=False)
    operators.until(shop.agrees, "it has a credential again")
    operators.until(
        lambda: door.opened(person("alice", token_of), _both(shop.name)), "alice pushes again"
    )
    assert door.opened(everybody["the project"], _both(shop.name)) == {}
    assert door.opened(robot_of(shop), _both(shop.name)) == {f"{shop.name}/web": ["pull"]}


def test_nobody_gets_what_an_orphan_left(
    platform: Platform, administrator: Shell, door: Door, shop: Shop, token_of: TokenOf
) -> None:
    pushed = door.registry(person("alice", token_of)).push(f"{shop.name}/web", "v1", IMAGE)
    assert pushed.status == HTTPStatus.CREATED
    everybody = _everybody(shop, door, token_of)
    shop.change(deletionPolicy="Orphan")
    administrator.kubectl("delete", "project", shop.name, "--timeout=120s")
    operators.until(lambda: not _open(everybody, door, shop), "the old project's people have none")
    administrator.apply(project(shop.name, owner=BOB))
    operators.until(lambda: shop.ready().get("reason") == "NamespaceConflict", "the name is taken")
    assert _open(everybody, door, shop) == set()
    asked = f"/projects/{shop.name}/registry/login"
    operators.until(
        lambda: door.web.send("POST", asked, {}, token_of("bob")).code == HTTPStatus.CONFLICT,
        "its new owner is told that there is no place for images",
    )
    administrator.kubectl("delete", "namespace", shop.namespace, "--timeout=120s")
    operators.until(
        lambda: shop.registry_ready().get("reason") == "RepositoryConflict",
        "the images are looked at next",
    )
    assert f"{shop.name} has images of an earlier project" in shop.registry_ready()["message"]
    assert _open(everybody, door, shop) == set()

    shutil.rmtree(platform.home.data_of("registry") / BELOW / shop.name)
    shop.annotate("rise.dev/touched=1")
    operators.until(shop.agrees, "without them the name is the new project's")
    owner, robot = person("bob", token_of), robot_of(shop)
    operators.until(lambda: door.opened(owner, _both(shop.name)), "its owner is let in")
    assert _open(everybody, door, shop) == {"the session of bob"}, "no login of before opens it"
    web = f"{shop.name}/web"
    assert door.opened(robot, _both(shop.name)) == {web: ["pull"]}
    assert door.registry(owner).pull_manifest(web, "v1").status == HTTPStatus.NOT_FOUND
    assert door.registry(owner).push(web, "v2", IMAGE).status == HTTPStatus.CREATED
    assert door.registry(robot).pull_manifest(web, "v2").body == IMAGE.manifest


def _asked(door: Door, login: Login, *scopes: str) -> Answer | None:
    """Return what the token server says; None: nobody listens."""
    try:
        return door.get(login, *scopes)
    except OSError:
        return None


def _is_unavailable(answer: Answer | None) -> bool:
    if answer is None or answer.code != HTTPStatus.SERVICE_UNAVAILABLE:
        return False
    assert answer.json["errors"][0]["code"] == "UNAVAILABLE"
    assert int(answer.headers["Retry-After"]) >= 1
    return True


def _started_again(platform: Platform, name: str) -> None:
    """End a process without a word, and wait until the supervisor has another one."""

    def pid() -> int:
        return next(each.pid for each in platform.states() if each.name == name and each.running)

    before = pid()
    platform.kill(name)
    operators.until(
        lambda: before not in {each.pid for each in platform.states()}, f"{name} has ended"
    )


def test_dex_may_be_away_and_without_the_api_server_nobody_gets_anything(
    platform: Platform, door: Door, shop: Shop, token_of: TokenOf
) -> None:
    everybody = _everybody(shop, door, token_of)
    robot = everybody["the project"]

    def nobody_gets_anything(why: str) -> None:
        for name, each in everybody.items():
            operators.until(
                lambda each=each: _is_unavailable(_asked(door, each, _both(shop.name))),
                f"{why}: there is no token for {name}",
            )

    with away(platform, "dex"):
        assert _open(everybody, door, shop) == set(everybody)
    with away(platform, "kube-apiserver"):
        nobody_gets_anything("the API server is away")
        _started_again(platform, "backend")
        nobody_gets_anything("the backend, started again, knows of no project")
        assert door.get(Login(robot.username, "wrong")).code == HTTPStatus.UNAUTHORIZED
    answers: list[Answer] = []

    def opens_again(login: Login) -> bool:
        answers.append(door.get(login, _both(shop.name)))
        return _is_open(answers[-1])

    operators.until(lambda: opens_again(robot), "the API server is followed again")
    assert all(map(_is_unavailable, answers[:-1])), "nothing was refused meanwhile"
    platform.wait_ready()
    operators.until(
        lambda: all(map(opens_again, everybody.values())), "whoever had a login needs no other"
    )
    assert {answer.code for answer in answers} <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
    _is_counted_and_written_down(platform, door, robot)


def _is_counted_and_written_down(platform: Platform, door: Door, robot: Login) -> None:
    """See that a backend limits who guesses, that alone, and says whom it gave what."""
    guess = Login(f"guesser-{uuid4().hex}", "a.b.c")
    operators.until(
        lambda: door.get(guess).code == HTTPStatus.TOO_MANY_REQUESTS, "somebody guesses too often"
    )
    assert int(door.get(guess).headers["Retry-After"]) >= 1
    answer = door.get(robot)
    assert answer.code == HTTPStatus.OK
    jti = jwt.decode(answer.json["token"], options={"verify_signature": False})["jti"]
    operators.until(lambda: jti in platform.logs("backend"), "the grant is written down")
