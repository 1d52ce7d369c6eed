"""What one attempt alone does not show: several for real, one after the other."""

import re
from http import HTTPStatus

import audited
import pytest
from security.asking import (
    ApiServer,
    Person,
    Request,
    change,
    create,
    delete,
    get,
    listed,
    mark,
    really,
)
from security.people import (
    ADMIN,
    ALICE,
    BOB,
    GIFT,
    MALLORY,
    NEW,
    OPERATOR,
    PREFIX,
    SHOP,
    SITE,
    YOUNG,
    leaked,
)
from security.told import AUDITED, TOLD, Told
from security.world import until

from rise_local.platform import Platform

FINALIZER = "rise.dev/operator"


def _refused(server: ApiServer, who: Person, does: Request) -> str:
    answer = server.ask(who, does)
    assert not answer.accepted, answer.text
    return answer.message


@pytest.mark.row(28)
def test_a_project_changes_hands(stage: ApiServer) -> None:
    accept = change("projects", GIFT, owner={"user": BOB.email}, transferTo=None)
    accepted = stage.must(BOB, really(accept))
    assert accepted["spec"]["owner"] == {"user": BOB.email}
    assert "transferTo" not in accepted["spec"]
    edit = change("projects", GIFT, description="x")
    # alice's role is still there: nobody has replaced its subjects yet
    assert "no longer" in _refused(stage, ALICE, edit)
    taken_back = change("projects", GIFT, owner={"user": ALICE.email})
    assert "no longer" in _refused(stage, ALICE, taken_back)
    stage.must(leaked(BOB), really(edit))


@pytest.mark.row(45)
def test_a_status_that_comes_with_a_new_project_is_left_out(stage: ApiServer) -> None:
    asked = create("projects", NEW, {"owner": {"user": ALICE.email}})
    forged = {"observedGeneration": 1, "owner": "user:forged", "namespace": "kube-system"}
    body = {**asked.body, "status": forged}
    created = stage.must(ALICE, Request(asked.method, asked.path, body))
    assert created["status"] == {"observedGeneration": -1}


@pytest.mark.row(45)
def test_a_status_that_comes_with_an_edit_is_left_out(stage: ApiServer) -> None:
    before = stage.must(ALICE, get("projects", SHOP))
    forged = {**before, "status": {**before["status"], "namespace": "kube-system"}}
    put = Request("PUT", f"/apis/rise.dev/v1alpha1/projects/{SHOP}", forged)
    assert stage.must(ALICE, put)["status"] == before["status"]


@pytest.mark.row(42)
def test_a_project_is_deleted_once_the_operator_has_seen_it(stage: ApiServer) -> None:
    end = really(delete("projects", YOUNG))
    assert "retry in a moment" in _refused(stage, leaked(ALICE), end)
    stage.must(OPERATOR, really(mark("projects", YOUNG, finalizers=[FINALIZER])))
    stage.must(leaked(ALICE), end)
    left = stage.must(leaked(ALICE), get("projects", YOUNG))
    assert left["metadata"]["finalizers"] == [FINALIZER], "it waits for the operator"
    assert left["metadata"]["deletionTimestamp"]


@pytest.mark.row(49)
def test_a_list_by_name_holds_that_one(stage: ApiServer) -> None:
    items = stage.must(ALICE, listed("projects", only=SHOP))["items"]
    assert [each["metadata"]["name"] for each in items] == [SHOP]


@pytest.mark.row(51)
def test_a_foreign_name_and_one_that_is_free_look_the_same(stage: ApiServer) -> None:
    foreign = stage.ask(MALLORY, get("projects", SITE))
    free = stage.ask(MALLORY, get("projects", NEW))
    assert foreign.code == free.code == HTTPStatus.FORBIDDEN
    assert foreign.text.replace(SITE, NEW) == free.text


@pytest.mark.row(64)
@pytest.mark.parametrize("told", AUDITED, ids=[told.it for told in AUDITED])
def test_the_audit_log_says_how_somebody_was_entitled(
    stage: ApiServer, control_plane: Platform, told: Told
) -> None:
    stage.must(told.who, told.does)
    key = f"{told.by}/ownership"
    log = control_plane.home.logs / "audit.log"

    def said() -> list[str]:
        return [
            entry["annotations"][key]
            for entry in audited.events(log, TOLD, PREFIX)
            if entry["impersonatedUser"]["username"] == told.who.user
            and key in entry["annotations"]
        ]

    until(said, "the audit log has the request")
    assert said() == [told.kind]


def test_the_audit_log_says_which_rule_refused(stage: ApiServer, control_plane: Platform) -> None:
    does = change("projects", SITE, description="an attempt")
    _refused(stage, leaked(MALLORY), does)
    log = control_plane.home.logs / "audit.log"
    rule = re.compile(r"projects\.ownership\.rise\.dev.*no longer")

    def told() -> bool:
        return any(
            rule.search(line) and "an attempt" in line for line in log.read_text().splitlines()
        )

    until(told, "the audit log names the policy")


@pytest.mark.row(132)
def test_an_administrator_may_everything_but_what_nobody_may(stage: ApiServer) -> None:
    stage.must(ADMIN, change("projects", SITE, owner={"user": MALLORY.email, "team": None}))
    assert "finalizers" in _refused(stage, ADMIN, mark("projects", SITE, finalizers=None))


@pytest.mark.row(41)
def test_garbage_collection_ends_a_deletion_in_the_foreground(stage: ApiServer) -> None:
    stage.must(ALICE, really(delete("projects", SHOP, propagationPolicy="Foreground")))

    def finalizers() -> list[str]:
        # not as alice: her role depends on the project, and goes first
        return stage.must(ADMIN, get("projects", SHOP))["metadata"]["finalizers"]

    until(lambda: finalizers() == [FINALIZER], "foregroundDeletion is taken off")
