"""What one Project or Team leaves in the database."""

from datetime import UTC, datetime
from typing import Any

import make
import pytest
from fixtures.objects import project, team, team_record, uid
from fixtures.postgres import Inspection

from rise_operator.mirror import Mirror

ONE = "select * from projects"
READY = {
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Reconciled",
            "message": "all is well",
            "lastTransitionTime": "2026-01-02T03:04:05Z",
            "observedGeneration": 1,
        }
    ]
}
BY_ENG = {"team": "eng"}


async def test_a_project_of_a_person(mirror: Mirror, inspect: Inspection) -> None:
    shop = project(
        version=7,
        description="Sells things",
        sourceUrl="https://example.com/shop",
        registry="local",
        suspend=True,
        deletionPolicy="Orphan",
        deletionProtection=True,
        transferTo={"user": make.DAVE},
        members=[{"user": make.BOB, "role": "viewer"}],
        status={"namespace": "rise-shop", **READY},
    )
    await mirror.upsert_project(shop)
    row = inspect.row(ONE)
    expected = {
        "name": "shop",
        "generation": 1,
        "resource_version": 7,
        "owner_user_id": make.ALICE,
        "owner_team_id": None,
        "transfer_to_user_id": make.DAVE,
        "description": "Sells things",
        "source_url": "https://example.com/shop",
        "registry": "local",
        "suspended": True,
        "deletion_policy": "Orphan",
        "deletion_protection": True,
        "namespace": "rise-shop",
        "ready": True,
        "reason": "Reconciled",
        "message": "all is well",
        "deleting": False,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "deleted_at": None,
    }
    assert {key: row[key] for key in expected} == expected
    assert str(row["uid"]) == shop.metadata.uid
    assert row["conditions"][0]["observedGeneration"] == 1
    assert inspect.rows("select user_id, team_id, role from project_members") == [
        {"user_id": make.BOB, "team_id": None, "role": "viewer"}
    ]


async def test_people_are_recorded_on_first_sight(mirror: Mirror, inspect: Inspection) -> None:
    await mirror.upsert_project(
        project(transferTo={"user": make.DAVE}, members=[{"user": make.BOB, "role": "developer"}])
    )
    await mirror.upsert_team(team(members=[make.CAROL]))
    assert inspect.rows("select email, last_sign_in_at from users order by email") == [
        {"email": email, "last_sign_in_at": None}
        for email in (make.ALICE, make.BOB, make.CAROL, make.DAVE)
    ]


async def test_the_status_about_to_be_published_counts(mirror: Mirror, inspect: Inspection) -> None:
    await mirror.upsert_project(project(), status={"namespace": "rise-shop", **READY})
    row = inspect.row("select ready, namespace from projects")
    assert row == {"ready": True, "namespace": "rise-shop"}


async def test_a_team(mirror: Mirror, inspect: Inspection) -> None:
    await mirror.upsert_team(
        team(
            owners=[make.BOB, make.ALICE],
            members=[make.CAROL],
            idpGroup="eng",
            description="Makes things",
            status=READY,
        )
    )
    row = inspect.row("select name, idp_group, description, ready, deleted_at from teams")
    assert row == {
        "name": "eng",
        "idp_group": "eng",
        "description": "Makes things",
        "ready": True,
        "deleted_at": None,
    }
    assert await people(inspect) == [
        ("member", make.CAROL),
        ("owner", make.BOB),
        ("owner", make.ALICE),
    ]


async def people(inspect: Inspection) -> list[tuple[str, str]]:
    found = inspect.rows("select role, user_id from team_members order by role, position")
    return [(row["role"], row["user_id"]) for row in found]


async def test_who_leaves_a_team_leaves_the_table(mirror: Mirror, inspect: Inspection) -> None:
    await mirror.upsert_team(team(members=[make.BOB, make.CAROL, make.DAVE]))
    await mirror.upsert_team(team(members=[make.CAROL], version=2))
    assert await people(inspect) == [("member", make.CAROL), ("owner", make.ALICE)]


async def test_who_leaves_a_project_leaves_the_table(mirror: Mirror, inspect: Inspection) -> None:
    both = [{"user": make.BOB, "role": "viewer"}, {"user": make.CAROL, "role": "viewer"}]
    await mirror.upsert_project(project(members=both))
    changed = [{"user": make.CAROL, "role": "developer"}]
    await mirror.upsert_project(project(members=changed, version=2, generation=2))
    assert inspect.rows("select user_id, role from project_members") == [
        {"user_id": make.CAROL, "role": "developer"}
    ]


@pytest.mark.parametrize("object_", [project(), team(members=[make.BOB])], ids=["project", "team"])
async def test_what_is_there_is_not_written_again(
    mirror: Mirror, inspect: Inspection, object_: Any
) -> None:
    is_project = object_.kind == "Project"
    write = mirror.upsert_project if is_project else mirror.upsert_team
    await write(object_)
    query = (
        "select xmin::text, ctid::text from projects"
        " union all select xmin::text, ctid::text from teams"
    )
    before = inspect.rows(query)
    await write(object_)
    assert inspect.rows(query) == before


async def test_a_project_whose_team_does_not_exist(mirror: Mirror, inspect: Inspection) -> None:
    await mirror.upsert_project(project(owner=BY_ENG))
    row = inspect.row(
        "select p.owner_user_id, p.owner_team_name, t.name, t.deleted_at is null as alive"
        " from projects p join teams t on t.uid = p.owner_team_id"
    )
    assert row == {
        "owner_user_id": None,
        "owner_team_name": "eng",
        "name": "eng",
        "alive": False,
    }
    assert inspect.teams() == []


async def owning_team(inspect: Inspection) -> str:
    row = inspect.row("select owner_team_id from projects where deleted_at is null")
    return str(row["owner_team_id"])


async def test_the_owning_team_is_found_when_it_appears(
    mirror: Mirror, inspect: Inspection
) -> None:
    shop, eng = project(owner=BY_ENG), team(version=2)
    await mirror.upsert_project(shop)
    await mirror.upsert_team(eng)
    await mirror.upsert_project(shop)
    assert await owning_team(inspect) == eng.metadata.uid


async def test_a_resync_finds_the_owning_team_too(mirror: Mirror, inspect: Inspection) -> None:
    shop, eng = project(owner=BY_ENG), team(version=2)
    await mirror.upsert_project(shop)
    await mirror.upsert_team(eng)
    await mirror.resync([shop], [eng])
    assert await owning_team(inspect) == eng.metadata.uid
    assert inspect.row("select count(*) from teams") == {"count": 1}  # the placeholder is gone


async def test_a_team_under_an_old_name_inherits_nothing(
    mirror: Mirror, inspect: Inspection
) -> None:
    recorded = {"owner": "team:eng", "ownerTeamUid": uid("team eng first")}
    await mirror.upsert_team(team(life="second"))
    await mirror.upsert_project(project(owner=BY_ENG, status=recorded))
    assert await owning_team(inspect) == uid("team eng first")
    assert inspect.teams() == ["eng"]


async def test_a_record_of_the_former_owner_does_not_count(
    mirror: Mirror, inspect: Inspection
) -> None:
    stale = {"owner": "team:ops", "ownerTeamUid": uid("team ops ")}
    eng = team()
    await mirror.upsert_team(team("ops"))
    await mirror.upsert_team(eng)
    await mirror.upsert_project(project(owner=BY_ENG, status=stale))
    assert await owning_team(inspect) == eng.metadata.uid


async def test_a_team_seen_after_its_project_is_alive(mirror: Mirror, inspect: Inspection) -> None:
    eng = team(members=[make.CAROL])
    recorded = {"owner": "team:eng", "ownerTeamUid": eng.metadata.uid}
    await mirror.upsert_project(project(owner=BY_ENG, status=recorded))
    assert inspect.teams() == []
    await mirror.upsert_team(eng)
    assert inspect.teams() == ["eng"]
    assert await people(inspect) == [("member", make.CAROL), ("owner", make.ALICE)]


@pytest.mark.parametrize(
    ("status", "alive"),
    [
        pytest.param({}, False, id="not before the operator recorded it"),
        pytest.param({"members": [team_record("ops")]}, True, id="as recorded"),
        pytest.param({"members": [team_record("ops", "old")]}, False, id="another than recorded"),
        pytest.param({"members": [team_record("eng")]}, False, id="a record of another name"),
    ],
)
async def test_a_team_among_the_members_counts_under_its_recorded_uid(
    mirror: Mirror, inspect: Inspection, *, status: dict[str, Any], alive: bool
) -> None:
    await mirror.upsert_team(team("ops"))
    members = [{"team": "ops", "role": "viewer"}]
    await mirror.upsert_project(project(members=members, status=status))
    row = inspect.row(
        "select m.team_name, t.deleted_at is null as alive"
        " from project_members m join teams t on t.uid = m.team_id"
    )
    assert row == {"team_name": "ops", "alive": alive}


HOSTILE = "a\0b '); drop table projects; -- %(name)s {} \u202e 😀"


async def test_text_that_postgresql_cannot_store(mirror: Mirror, inspect: Inspection) -> None:
    await mirror.upsert_project(project(description=HOSTILE))
    await mirror.upsert_team(team(description=HOSTILE, idpGroup="a\0b"))
    stored = "a\N{REPLACEMENT CHARACTER}b '); drop table projects; -- %(name)s {} \u202e 😀"
    assert inspect.row("select description from projects")["description"] == stored
    assert inspect.row("select description from teams")["description"] == stored


async def test_an_upper_case_address_of_an_older_object(
    mirror: Mirror, inspect: Inspection
) -> None:
    old = project()
    spec = old.spec.model_copy(
        update={"owner": old.spec.owner.model_copy(update={"user": "Bob@Example.com"})}
    )
    await mirror.upsert_project(old.model_copy(update={"spec": spec}))
    assert inspect.row("select owner_user_id from projects") == {"owner_user_id": make.BOB}


async def test_the_largest_project(mirror: Mirror, inspect: Inspection) -> None:
    members = [{"user": f"person{n}@example.com", "role": "viewer"} for n in range(100)]
    await mirror.upsert_project(project(members=members, description="x" * 1024))
    assert inspect.row("select count(*) from project_members") == {"count": 100}


async def revisions(inspect: Inspection) -> list[tuple[int, str]]:
    found = inspect.rows("select generation, spec from project_revisions order by recorded_at")
    return [(row["generation"], row["spec"].get("description", "")) for row in found]


async def test_a_revision_for_each_generation(mirror: Mirror, inspect: Inspection) -> None:
    await mirror.upsert_project(project(description="one"))
    await mirror.upsert_project(project(description="one", version=2, status=READY))
    await mirror.upsert_project(project(description="two", version=3, generation=2))
    await mirror.upsert_project(project(description="one", version=1))
    assert await revisions(inspect) == [(1, "one"), (2, "two")]


async def test_a_revision_says_who_changed_it(mirror: Mirror, inspect: Inspection) -> None:
    shop = project()
    managed = [
        {
            "manager": "kubectl",
            "operation": "Apply",
            "time": "2026-01-02T03:04:05Z",
            "apiVersion": "rise.dev/v1alpha1",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {}},
        }
    ]
    metadata = shop.metadata.model_copy(update={"managed_fields": managed})
    await mirror.upsert_project(shop.model_copy(update={"metadata": metadata}))
    assert inspect.row("select managers from project_revisions")["managers"] == [
        {"manager": "kubectl", "operation": "Apply", "time": "2026-01-02T03:04:05Z"}
    ]


async def test_after_a_restore_a_generation_may_come_twice(
    mirror: Mirror, inspect: Inspection
) -> None:
    await mirror.upsert_project(project(description="lost", version=9, generation=2))
    await mirror.resync([project(description="anew", version=5, generation=2)], [])
    assert await revisions(inspect) == [(2, "lost"), (2, "anew")]
