"""What somebody gets of what they ask for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
import tokens
from token_server import HOST, ID, OTHER, Known, callers, later, login, project, pull

from rise_backend.access.access import somebody
from rise_backend.access.standing import Person
from rise_backend.errors import UnavailableError
from rise_backend.registry.asked import Presented
from rise_backend.registry.callers import Holder
from rise_backend.registry.grants import Grants
from rise_backend.registry.offered import Offer, Offers, Place
from rise_registry.statements import Statement

ALICE = "alice@example.com"
BOTH = [(ALICE, action, "shop") for action in ("pull", "push")]
WEB = ["repository:shop/web:pull,push"]


def _machine(statement: Statement) -> Holder:
    return Holder(statement.username, "robot", statement=statement)


def _person(statement: Statement | None = None) -> Holder:
    return Holder(f"rise:{ALICE}", "login", somebody(Person(ALICE)), statement)


async def _granted(
    holder: Holder, offers: Offers, offer: Offer, rights: Known, scopes: Sequence[str] = WEB
) -> list[str]:
    return [str(each) for each in await Grants(offers, rights).granted(holder, offer, scopes)]


@pytest.mark.row(109, 110, via="unit")
@pytest.mark.parametrize(
    ("scopes", "granted"),
    [
        (["repository:shop/web:pull"], ["repository:shop/web:pull"]),
        (["repository:shop/web:pull,push"], ["repository:shop/web:pull"]),
        (["repository:shop/web:push"], []),
        (["repository:shop/a:pull", "repository:shop/b/c:pull"],) * 2,
        (["repository:shop2/web:pull"], []),
        (["repository:other/web:pull"], []),
        (["repository:other/shop/web:pull"], []),
        (["repository:shop/other/web:pull"],) * 2,
        (["repository:shop/web:pull,push", "repository:other/web:pull"],
         ["repository:shop/web:pull"]),  # a mount from there
        (["registry:catalog:*"], []),
        ([], []),
    ],
)  # fmt: skip
async def test_a_projects_own_credential(
    registries: Offers, local: Offer, scopes: list[str], granted: list[str]
) -> None:
    rights = Known([project(), project("shop2"), project("other")])
    assert await _granted(_machine(pull()), registries, local, rights, scopes) == granted
    assert rights.asked == []


@pytest.mark.parametrize(
    ("statement", "ids"),
    [
        (pull(id="8899aabbccddeeff"), None),
        (pull(id=""), None),
        (pull(id=ID.upper()), None),
        (pull(project_uid="uid-before"), None),
        (pull(project_uid=""), None),
        (pull(project=""), None),
        (pull(project="shop2", project_uid="uid-shop2"), None),
        (pull(actions=frozenset()), None),
        (pull(), {}),
        (pull(), {ID: later(-1)}),
        (pull(), {"8899aabbccddeeff": later()}),
    ],
)
async def test_a_credential_that_does_not_count(
    registries: Offers, local: Offer, statement: Statement, ids: Mapping[str, datetime] | None
) -> None:
    rights = Known([project(ids=ids)])
    assert await _granted(_machine(statement), registries, local, rights) == []


async def test_the_previous_credential_counts_too(registries: Offers, local: Offer) -> None:
    rights = Known([project(ids={"8899aabbccddeeff": later(), ID: later(60)})])
    assert await _granted(_machine(pull()), registries, local, rights) == [
        "repository:shop/web:pull"
    ]


CLOSED = {
    "suspended": project(spec={"suspend": True}),
    "being deleted": project(deletionTimestamp="2026-11-25T00:00:00Z"),
    "no place": project(status={}),
    "a place without a repository": project(repository=""),
    "another project's repository": project(repository=f"{HOST}/other"),
    "a repository elsewhere": project(repository="registry.test:5001/shop"),
    "its place is the other registry's": project(
        spec={"registry": "second"}, repository=f"{OTHER}/shop"
    ),
    "it asks for the other, and is still here": project(spec={"registry": "second"}),
    "it asks for one that there is not": project(spec={"registry": "third"}),
}


@pytest.mark.parametrize("place", CLOSED.values(), ids=CLOSED)
@pytest.mark.parametrize("holder", [_machine(pull()), _person(), _person(login())])
async def test_nobody_gets_anything_of(
    registries: Offers, local: Offer, place: Place, holder: Holder
) -> None:
    rights = Known([place], BOTH)
    assert await _granted(holder, registries, local, rights) == []
    rights = Known([project()], BOTH)
    assert await _granted(holder, registries, local, rights) != []


async def test_a_place_at_the_other_registry_is_one_there(registries: Offers) -> None:
    there = registries.serving(OTHER)
    assert there is not None
    rights = Known([CLOSED["its place is the other registry's"]], BOTH)
    assert await _granted(_person(), registries, there, rights) != []


@pytest.mark.parametrize(
    ("owners", "opens"),
    [(None, True), ((f"user:{ALICE}",), True), (("team:shop",), False), ((), False)],
)
async def test_a_registry_that_is_not_everybodys(
    registries: Offers, local: Offer, owners: tuple[str, ...] | None, *, opens: bool
) -> None:
    kept = local.configuration.model_copy(update={"owners": owners})
    offers = Offers([kept], "local")
    offer = offers.serving(HOST)
    assert offer is not None
    granted = await _granted(_person(), offers, offer, Known([project()], BOTH))
    assert bool(granted) is opens
    assert registries.default == "local"


@pytest.mark.row(112, via="unit")
@pytest.mark.parametrize(
    ("allowed", "scopes", "granted"),
    [
        (BOTH, WEB, ["repository:shop/web:pull,push"]),
        (BOTH[:1], WEB, ["repository:shop/web:pull"]),
        (BOTH[1:], WEB, ["repository:shop/web:push"]),
        ([], WEB, []),
        (BOTH, ["repository:shop/web:delete"], []),
        (BOTH, ["repository:shop/web:*"], []),
        (BOTH, ["registry:catalog:*"], []),
        (BOTH, ["repository:shop:pull,push"], []),
        (BOTH, ["repository:other/web:pull"], []),
        (BOTH, ["repository:nobody/web:pull"], []),
        (BOTH, ["repository:shop/../other/web:pull"], []),
        (
            [*BOTH, (ALICE, "pull", "other")],
            ["repository:shop/web:pull,push", "repository:other/base:pull,push"],
            ["repository:shop/web:pull,push", "repository:other/base:pull"],
        ),
    ],
)
async def test_a_person(
    registries: Offers,
    local: Offer,
    allowed: list[tuple[str, str, str]],
    scopes: list[str],
    granted: list[str],
) -> None:
    rights = Known([project(), project("other")], allowed)
    assert await _granted(_person(), registries, local, rights, scopes) == granted
    assert await _granted(_person(login()), registries, local, rights, scopes) == granted


@pytest.mark.parametrize(
    ("differs", "granted"),
    [
        ({}, "pull,push"),
        ({"project": "shop", "project_uid": "uid-shop"}, "pull,push"),
        ({"project": "shop", "project_uid": "uid-before"}, ""),
        ({"project": "shop"}, ""),
        ({"project": "other", "project_uid": "uid-other"}, ""),
        ({"project": "shop2", "project_uid": "uid-shop"}, ""),
        ({"actions": frozenset({"pull"})}, "pull"),
        ({"actions": frozenset({"push"})}, "push"),
        ({"actions": frozenset()}, ""),
    ],
)
async def test_a_login_opens_no_more_than_it_says(
    registries: Offers, local: Offer, differs: Mapping[str, Any], granted: str
) -> None:
    rights = Known([project()], BOTH)
    found = await _granted(_person(login(**differs)), registries, local, rights)
    assert found == ([f"repository:shop/web:{granted}"] if granted else [])


async def test_each_question_is_put_once_a_request(registries: Offers, local: Offer) -> None:
    rights = Known([project()], BOTH)
    scopes = [f"repository:shop/part-{number}:pull,push" for number in range(16)]
    assert len(await _granted(_person(), registries, local, rights, scopes)) == 16
    assert sorted(rights.asked) == sorted(BOTH)
    await _granted(_person(), registries, local, rights, scopes)
    assert sorted(rights.asked) == sorted(BOTH * 2)  # and nothing is remembered


@pytest.mark.parametrize("holder", [_machine(pull()), _person(), _person(login())])
async def test_what_cannot_be_decided_is_not_granted(
    registries: Offers, local: Offer, holder: Holder
) -> None:
    rights = Known([project()], BOTH)
    rights.away = "the API server does not answer"
    with pytest.raises(UnavailableError):
        await _granted(holder, registries, local, rights)


async def test_who_asks_for_nothing_gets_nothing_while_all_is_away(
    registries: Offers, local: Offer
) -> None:
    rights = Known([])
    rights.away = "the API server does not answer"
    assert await _granted(_person(), registries, local, rights, []) == []


async def test_a_person_may_be_anybody_whom_the_provider_names(
    registries: Offers, local: Offer
) -> None:
    assert local.hosted is not None
    presented = Presented("", tokens.signed(tokens.claims(email="Alice@Example.com")))
    holder = await callers().holder(presented, local, local.hosted)
    assert await _granted(holder, registries, local, Known([project()], BOTH)) == [
        "repository:shop/web:pull,push"
    ]
