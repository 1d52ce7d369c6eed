"""Who leaves a team leaves its projects at once, also while the operator is stopped."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
import yaml
from security import world
from security.asking import (
    ApiServer,
    Person,
    Request,
    apply,
    change,
    create,
    delete,
    get,
    really,
)
from security.gateway import Gateway, opened
from security.people import ADMIN
from security.world import until

from rise_crds.patches import JSON_PATCH
from rise_local.kubectl import Kubectl
from rise_local.platform import Platform

# What anybody in a project reads in its namespace, also as a client may spell it.
READS = (
    "/api/v1/namespaces/{}/services",
    "/api/v1/namespaces/{}/services/none",
    "/api/v1/%6eamespaces/{}/pods",
    "/api/v1/namespaces/{}/pods/none/log",
    "/apis/apps/v1/namespaces/{}/deployments",
)
# The project itself, spelt so that the API server reads its name, and another reader may not.
ALL = "/apis/rise.dev/v1alpha1"
SPELT = (
    f"{ALL}/projects/{{}}/",
    f"{ALL}/%70rojects/{{}}",
    f"{ALL}%2Fprojects%2F{{}}",
    f"{ALL}/projects/?fieldSelector=metadata.name%3D{{}}",
    f"{ALL}/projects/?fieldSelector=spec.owner.user!%3Da%5C%5C,metadata.name%3D{{}}",
    f"{ALL}/watch/projects/{{}}?timeoutSeconds=1",
)
# What a patch would have the API server quote before it asks whether it may be made.
PLANS = "what nobody else may know"
COPIED = {"op": "copy", "from": "/spec/description", "path": "/spec/sourceUrl"}
GUESSED = {"op": "test", "path": "/spec/description", "value": "no"}


@dataclass(frozen=True)
class Team:
    """A team with a project, both Ready; then the operator was stopped."""

    server: ApiServer
    name: str

    def person(self, name: str) -> Person:
        return Person(f"rise:{name}@{self.name}.example.com", ("rise:users",))

    def emails(self, *names: str) -> list[str]:
        return [self.person(name).email for name in names]

    def becomes(self, owners: list[str], members: list[str]) -> None:
        spec = {"owners": self.emails(*owners), "members": self.emails(*members)}
        self.server.must(self.person("olga"), really(change("teams", self.name, **spec)))

    def may(self, name: str, does: Request) -> bool:
        return self.server.ask(self.person(name), does).accepted

    def may_soon_not(self, name: str, does: Request) -> None:
        """Wait until the API server's own watch has seen the team change."""
        until(lambda: not self.may(name, does), f"{name} is refused")


def _ready(server: ApiServer, kind: str, name: str) -> bool:
    answer = server.ask(ADMIN, get(kind, name))
    status: Mapping[str, Any] = answer.body.get("status") or {}
    conditions = {each["type"]: each["status"] for each in status.get("conditions", ())}
    return conditions.get("Ready") == "True"


@pytest.fixture
def team(platform: Platform, server: ApiServer) -> Generator[Team]:
    it = Team(server, f"w{uuid4().hex[:6]}")
    people = {"owners": it.emails("olga", "otto"), "members": it.emails("mia", "max")}
    server.must(it.person("olga"), really(create("teams", it.name, people)))
    until(lambda: _ready(server, "teams", it.name), "the team is Ready")
    project = create("projects", it.name, {"owner": {"team": it.name}})
    until(lambda: it.may("mia", project), "members hold their role")
    server.must(it.person("mia"), really(project))
    until(lambda: _ready(server, "projects", it.name), "the project is Ready")
    until(lambda: it.may("max", change("projects", it.name, suspend=True)), "members may edit")
    platform.stop("operator")
    yield it
    platform.start("operator")
    for kind in ("projects", "teams"):
        server.ask(ADMIN, really(delete(kind, it.name)))


def _is_told_as_a_stranger(gateway: Gateway, team: Team, name: str, reads: list[Request]) -> None:
    """See that somebody hears what a stranger hears, though their role still stands."""
    assert team.may(name, reads[0])
    for does in reads:
        stranger = team.server.ask(team.person("eve"), does)
        refusal = gateway.ask(team.person(name), does)
        said = stranger.message.replace("rise:eve@", f"rise:{name}@")
        assert refusal.body == stranger.body | {"message": said}


@pytest.mark.row(36, 38)
def test_leaving_a_team_counts_at_once(platform: Platform, team: Team) -> None:
    edit = change("projects", team.name, description="x")
    anew = create("projects", f"{team.name}-b", {"owner": {"team": team.name}})
    end = delete("projects", team.name)
    assert team.may("max", edit)
    assert team.may("otto", end)

    team.becomes(["olga"], ["mia", "otto"])  # max leaves, otto is a member from now on

    team.may_soon_not("max", edit)
    assert not team.may("max", anew)
    team.may_soon_not("otto", end)
    assert not team.may("otto", change("projects", team.name, deletionProtection=True))
    assert not team.may("otto", change("teams", team.name, description="x"))
    # nobody else loses anything
    assert team.may("mia", edit)
    assert team.may("otto", edit)
    assert team.may("olga", end)
    # what only the operator takes away: reading
    assert team.may("max", get("projects", team.name))

    platform.start("operator")
    until(
        lambda: (
            team.server.ask(team.person("max"), get("projects", team.name)).code
            == HTTPStatus.FORBIDDEN
        ),
        "the operator takes the right to read away",
    )


@pytest.mark.row(38)
def test_leaving_a_team_closes_its_namespaces_at_the_gateway(
    platform: Platform, team: Team, admin_kubectl: Kubectl
) -> None:
    """Roles inside the namespace stand until the operator returns; the gateway knows better."""
    reads = [Request("GET", path.format(f"rise-{team.name}")) for path in READS]
    auditor = world.granted(
        f"auditor-{team.name}",
        world.user(team.person("rita")),
        world.rule(["", "apps"], ["services", "deployments", "pods", "pods/log"], "get", "list"),
    )
    admin_kubectl.run("apply", "-f", "-", stdin=yaml.safe_dump_all(auditor))
    with opened(platform, team.server.tokens["rise-backend"]) as gateway:

        def served(name: str) -> list[bool]:
            answers = [gateway.ask(team.person(name), does) for does in reads]
            return [answer.code != HTTPStatus.FORBIDDEN for answer in answers]

        everything, nothing = [True] * len(reads), [False] * len(reads)
        for name in ("max", "mia", "rita"):
            until(lambda name=name: served(name) == everything, f"{name} is served")

        team.becomes(["olga", "otto"], ["mia"])

        until(lambda: served("max") == nothing, "max is served no more")
        assert served("mia") == everything
        assert served("rita") == everything  # may look into every namespace
        _is_told_as_a_stranger(gateway, team, "max", reads)
        edit = Request("DELETE", f"{reads[0].path}/x")
        assert gateway.ask(team.person("max"), edit).code == HTTPStatus.FORBIDDEN
    admin_kubectl.run("delete", "clusterroles,clusterrolebindings", "-l", world.LABEL)


@pytest.mark.row(38)
def test_leaving_a_team_hides_its_projects_at_the_gateway(platform: Platform, team: Team) -> None:
    """The role by name stands, too; the gateway reads a name as the API server does."""
    reads = [Request("GET", path.format(team.name)) for path in SPELT]
    exact = get("projects", team.name)
    assert [team.server.ask(team.person("max"), does).code for does in reads] == [200] * len(reads)
    with opened(platform, team.server.tokens["rise-backend"]) as gateway:

        def served(name: str) -> list[int]:
            return [gateway.ask(team.person(name), does).code for does in reads]

        until(lambda: served("max") == [200] * len(reads), "a member is served")

        team.becomes(["olga", "otto"], ["mia"])

        until(
            lambda: gateway.ask(team.person("max"), exact).code == HTTPStatus.NOT_FOUND,
            "the project is hidden",
        )
        assert served("max") == [403] * len(reads)
        assert served("mia") == [200] * len(reads)
        _is_told_as_a_stranger(gateway, team, "max", reads)


def _probes(name: str) -> list[Request]:
    """Return changes that come to nothing, and of which the answer tells what is there."""
    path = f"{ALL}/projects/{name}"
    patches = [Request("PATCH", path, [one], JSON_PATCH) for one in (COPIED, GUESSED)]
    return [*patches, apply("projects", name, {"description": "mine"}, force=False)]


@pytest.mark.row(38)
def test_leaving_a_team_leaves_no_other_way_to_read_its_projects(
    platform: Platform, team: Team
) -> None:
    """No change that comes to nothing, and no list of the mirror, which stands still, too."""
    team.server.must(team.person("olga"), really(change("projects", team.name, description=PLANS)))
    probes = _probes(team.name)
    listing = [Request("GET", f"/api/v1/{kind}") for kind in ("projects", "teams")]
    with opened(platform, team.server.tokens["rise-backend"]) as gateway:

        def listed(name: str) -> list[list[str]]:
            answers = [gateway.ask(team.person(name), does).body["items"] for does in listing]
            return [[each["name"] for each in items] for items in answers]

        until(lambda: listed("max") == [[team.name]] * 2, "a member is served")
        quoted, differs, conflicts = (gateway.ask(team.person("max"), does) for does in probes)
        assert PLANS in quoted.message
        assert differs.code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "conflict" in conflicts.message

        team.becomes(["olga", "otto"], ["mia"])

        until(lambda: listed("max") == [[], []], "the lists are empty")
        strangers = [gateway.ask(team.person("eve"), does) for does in probes]
        assert [answer.code for answer in strangers] == [404, 404, 409]
        assert [gateway.ask(team.person("max"), does) for does in probes] == strangers
        assert listed("mia") == [[team.name]] * 2
        assert PLANS in gateway.ask(team.person("mia"), probes[0]).message


def test_joining_a_team_counts_when_the_operator_returns(platform: Platform, team: Team) -> None:
    edit = change("projects", team.name, description="x")
    team.becomes(["olga", "otto"], ["mia", "max", "nina"])
    assert not team.may("nina", edit)
    platform.start("operator")
    until(lambda: team.may("nina", edit), "the new member may edit")
