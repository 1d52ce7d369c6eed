"""What may be granted of what somebody asks for: exact names below a project, pull and push."""

import pytest

from rise_backend.registry.scopes import NAME_MAX_LENGTH, Access, project_of, repositories
from rise_registry.contract import Action

PULL, PUSH = Action.PULL, Action.PUSH
LONGEST = "shop/" + "a" * (NAME_MAX_LENGTH - len("shop/"))


@pytest.mark.parametrize(
    ("scope", "name", "actions"),
    [
        ("repository:shop/web:pull", "shop/web", {PULL}),
        ("repository:shop/web:push", "shop/web", {PUSH}),
        ("repository:shop/web:pull,push", "shop/web", {PULL, PUSH}),
        ("repository:shop/web:push,pull", "shop/web", {PULL, PUSH}),
        ("repository:shop/web:pull,pull", "shop/web", {PULL}),
        ("repository:shop/web:pull,delete", "shop/web", {PULL}),
        ("repository:shop/web:pull,*", "shop/web", {PULL}),
        ("repository:shop/web/api:pull", "shop/web/api", {PULL}),
        ("repository:shop/a.b_c__d---e:pull", "shop/a.b_c__d---e", {PULL}),
        ("repository:a/0:pull", "a/0", {PULL}),
        pytest.param(f"repository:{LONGEST}:pull", LONGEST, {PULL}, id="the longest name"),
    ],
)
def test_what_can_be_granted(scope: str, name: str, actions: set[Action]) -> None:
    assert repositories([scope]) == {name: frozenset(actions)}


NEVER = [
    # other resources
    "registry:catalog:*",
    "registry:catalog:pull",
    "repository(plugin):shop/web:pull",
    "repository(*):shop/web:pull",
    "Repository:shop/web:pull",
    " repository:shop/web:pull",
    "repositories:shop/web:pull",
    "artifact:shop/web:pull",
    ":shop/web:pull",
    "",
    "repository",
    "repository:",
    "repository::pull",
    "repository:shop/web",
    "shop/web:pull",
    # other actions
    "repository:shop/web:",
    "repository:shop/web:*",
    "repository:shop/web:delete",
    "repository:shop/web:PULL",
    "repository:shop/web:Pull,Push",
    "repository:shop/web: pull",
    "repository:shop/web:pull ",
    "repository:shop/web:pull;push",
    "repository:shop/web:pull\n",
    "repository:shop/web:pull\x00",
    "repository:shop/web:admin,read,write",
    "repository:shop/web:pull:",
    # not below a project
    "repository:shop:pull",
    "repository:shop/:pull",
    "repository:/shop/web:pull",
    "repository:/web:pull",
    "repository://:pull",
    "repository:shop//web:pull",
    "repository:shop/web/:pull",
    # ways up, around and back
    "repository:shop/../other/web:pull",
    "repository:../other/web:pull",
    "repository:shop/..:pull",
    "repository:shop/.:pull",
    "repository:./shop/web:pull",
    "repository:shop/web/..:pull",
    "repository:shop/...:pull",
    "repository:shop\\web:pull",
    "repository:shop/web\\..\\x:pull",
    # encodings, letters and lookalikes
    "repository:shop%2fweb:pull",
    "repository:shop/%2e%2e/web:pull",
    "repository:shop/web%00:pull",
    "repository:shop/web\x00:pull",
    "repository:shop/web\n:pull",
    "repository:shop/web\r\n:pull",
    "repository:shop/web\t:pull",
    "repository:shop/we b:pull",
    "repository:Shop/web:pull",
    "repository:shop/Web:pull",
    "repository:SHOP/WEB:pull",
    "repository:shоp/web:pull",  # noqa: RUF001 - a Cyrillic letter
    "repository:shop/wéb:pull",
    "repository:shop／web:pull",  # noqa: RUF001 - a full-width slash
    "repository:ｓｈｏｐ/web:pull",  # noqa: RUF001 - full-width letters
    "repository:shop/web\u200b:pull",
    "repository:shop/web\u0661:pull",
    # wildcards and patterns
    "repository:*:pull",
    "repository:*/web:pull",
    "repository:shop/*:pull",
    "repository:shop/**:pull",
    "repository:shop/?eb:pull",
    "repository:shop/[a-z]*:pull",
    "repository:.*/web:pull",
    "repository:shop/{web,api}:pull",
    # hosts, tags and digests
    "repository:registry.test:5000/shop/web:pull",
    "repository:https://registry.test/shop/web:pull",
    "repository:shop/web@sha256:pull",
    "repository:shop/web:v1:pull",
    "repository:localhost:5000/shop/web:pull,push",
    # separators that the registry's grammar does not have
    "repository:shop/-web:pull",
    "repository:shop/web-:pull",
    "repository:shop/.web:pull",
    "repository:shop/web.:pull",
    "repository:shop/_web:pull",
    "repository:shop/web_:pull",
    "repository:shop/w..eb:pull",
    "repository:shop/w___eb:pull",
    "repository:shop/w._eb:pull",
    "repository:shop/w+eb:pull",
    "repository:shop/w~eb:pull",
    "repository:-shop/web:pull",
    "repository:.shop/web:pull",
    "repository:shop/web,other/web:pull",
    "repository:shop/web?x=1:pull",
    "repository:shop/web#x:pull",
    "repository:shop/web;other:pull",
    "repository:shop/$(id):pull",
    "repository:shop/web'--:pull",
]


@pytest.mark.parametrize("scope", NEVER)
def test_what_can_never_be_granted(scope: str) -> None:
    assert repositories([scope]) == {}


def test_what_can_never_be_granted_takes_nothing_from_the_rest() -> None:
    assert repositories([*NEVER, "repository:shop/web:pull"]) == {"shop/web": frozenset({PULL})}


def test_a_name_that_is_too_long_is_nobodys() -> None:
    assert repositories([f"repository:{LONGEST}a:pull"]) == {}


def test_scopes_of_one_repository_are_one() -> None:
    asked = ["repository:shop/web:pull", "repository:shop/api:pull", "repository:shop/web:push"]
    assert repositories(asked) == {
        "shop/web": frozenset({PULL, PUSH}),
        "shop/api": frozenset({PULL}),
    }


@pytest.mark.parametrize(
    ("repository", "project"),
    [
        ("shop/web", "shop"),
        ("shop2/web", "shop2"),
        ("shop-2/web", "shop-2"),
        ("shop/shop2/web", "shop"),
        ("shop.x/web", "shop.x"),  # no project is called that: compared for equality
        ("shop", ""),
        ("shop/", ""),
        ("shop/web\n", ""),
    ],
)
def test_whose_a_repository_is(repository: str, project: str) -> None:
    assert project_of(repository) == project


@pytest.mark.timeout(60)
def test_a_name_made_to_be_slow_is_judged() -> None:
    """A pattern that goes back and forth would not end within a day."""
    for name in ("a-" * 120 + "!", "a/" * 120 + "A", "a__" * 80 + "_", "a" * 254 + "/"):
        assert project_of(name) == ""


def test_an_access_is_a_claim_and_a_scope() -> None:
    access = Access("shop/web", frozenset({PUSH, PULL}))
    assert access.claim() == {
        "type": "repository",
        "name": "shop/web",
        "actions": ["pull", "push"],
    }
    assert repositories([str(access)]) == {"shop/web": access.actions}
