"""Whatever happens, a watcher's view is what the person may see: random lives against a model.

The real catalogue, lists and watches read a scripted API server. Projects and Teams come, change,
go and come back under the same name; watches of the gateway end, break off, or expire with changes
missed; clients go away and come back with the version they had, and so does the gateway, which
knows nothing of them then.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from urllib.parse import quote

from apiserver_script import RESOURCES, Ending, Manifest, Script, Scripted
from clockwork import ClockworkLoop
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rise_backend.gateway.catalogue import KINDS, Catalogue
from rise_backend.gateway.exchange import Exchange, Message, Scope
from rise_backend.gateway.lists import Lists, RefusedError
from rise_backend.gateway.visibility import Visibility
from rise_backend.identity.identity import Identity

PEOPLE: dict[str, tuple[str, ...]] = {"ada": (), "bea": ("eng",), "cleo": ()}
TEAMS, PROJECTS = ("t0", "t1"), ("p0", "p1", "p2")
# Each person asks the first with two clients: what one was told, the other may not have been.
QUESTIONS = (("projects", ""), ("projects", ""), ("projects", "tier=web"), ("teams", ""))
CALM_S = 10.0  # longer than any pause of the gateway's; the clock jumps
HISTORIES = 80

Objects = dict[str, dict[str, Manifest]]


# ---- what may happen ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PutTeam:
    """A Team is made or changed."""

    name: str
    owners: tuple[str, ...]
    group: str

    def __call__(self, world: "World") -> None:
        spec = {"owners": list(self.owners), "idpGroup": self.group or None}
        world.script.put("teams", self.name, {"spec": spec}, {})


@dataclass(frozen=True)
class PutProject:
    """A Project is made or changed; the operator has recorded its teams, or has not."""

    name: str
    owner: str
    member: str
    recorded: bool
    labels: tuple[tuple[str, str], ...]

    def __call__(self, world: "World") -> None:
        owner = {"team" if self.owner in TEAMS else "user": self.owner}
        spec: Manifest = {"owner": owner, "members": [], "n": world.script.version}
        status: Manifest = {"members": []}
        if self.member:
            kind = "team" if self.member in TEAMS else "user"
            spec["members"] = [{kind: self.member, "role": "viewer"}]
        if self.recorded and self.owner in TEAMS:
            uid = world.script.uid(self.owner)
            status |= {"owner": f"team:{self.owner}", "ownerTeamUid": uid}
        if self.recorded and self.member in TEAMS:
            status["members"] = [{"team": self.member, "uid": world.script.uid(self.member)}]
        content = {"spec": spec, "status": status}
        world.script.put("projects", self.name, content, dict(self.labels))


@dataclass(frozen=True)
class Remove:
    """An object goes."""

    resource: str
    name: str

    def __call__(self, world: "World") -> None:
        world.script.remove(self.resource, self.name)


@dataclass(frozen=True)
class Bookmark:
    """The API server says how far it is."""

    resource: str

    def __call__(self, world: "World") -> None:
        world.script.bookmark(self.resource)


@dataclass(frozen=True)
class Miss:
    """What comes from now on is not told, until the watch ends."""

    resource: str

    def __call__(self, world: "World") -> None:
        world.script.forget(self.resource)
        world.missing.add(self.resource)


@dataclass(frozen=True)
class End:
    """The gateway's watch ends."""

    resource: str
    ending: Ending

    def __call__(self, world: "World") -> None:
        world.script.end(self.resource, self.ending)
        world.missing.discard(self.resource)


@dataclass(frozen=True)
class Leave:
    """A client goes away, or comes back."""

    who: int

    def __call__(self, world: "World") -> None:
        client = world.clients[self.who % len(world.clients)]
        client.leave() if client.following else client.follow()


@dataclass(frozen=True)
class Restart:
    """The gateway dies, and another begins with nothing."""

    def __call__(self, world: "World") -> None:
        world.restart()


@dataclass(frozen=True)
class Calm:
    """Everything that was told has arrived."""


one_of_people, one_of_teams = st.sampled_from(sorted(PEOPLE)), st.sampled_from(TEAMS)
resources = st.sampled_from(RESOURCES)
put_team = st.builds(
    PutTeam,
    one_of_teams,
    st.lists(one_of_people, max_size=2, unique=True).map(tuple),
    st.sampled_from(("", "eng")),
)
put_project = st.builds(
    PutProject,
    st.sampled_from(PROJECTS),
    one_of_teams | one_of_people,
    one_of_teams | one_of_people | st.just(""),
    st.booleans(),
    st.sampled_from(((), (("tier", "web"),))),
)
HAPPENINGS = st.one_of(
    put_team,
    put_project,
    put_project,
    st.builds(Remove, st.just("projects"), st.sampled_from(PROJECTS)),
    st.builds(Remove, st.just("teams"), one_of_teams),
    st.builds(Bookmark, resources),
    st.builds(Miss, resources),
    st.builds(End, resources, st.sampled_from(("in order", "broken off", "expired"))),
    st.builds(Leave, st.integers(0, 11)),
    st.builds(Leave, st.integers(0, 11)),
    st.just(Restart()),
    st.just(Calm()),
    st.just(Calm()),
)
BEGINNING = (
    PutTeam("t0", ("ada",), ""),
    PutTeam("t1", ("cleo",), "eng"),
    PutProject("p0", "ada", "t1", recorded=True, labels=()),
    PutProject("p1", "t0", "bea", recorded=False, labels=(("tier", "web"),)),
    PutProject("p2", "t1", "t0", recorded=True, labels=()),
)
# Found by chance: a watch that was refused as too old left behind that its version is known.
REFUSED = [
    PutTeam("t0", ("cleo",), ""),
    Calm(),
    Leave(8),
    Restart(),
    Calm(),
    Remove("teams", "t0"),
]


# ---- the plain rule ----------------------------------------------------------------------------


def stands_for(teams: Mapping[str, Manifest], name: str, uid: str | None, person: str) -> bool:
    team = teams.get(name)
    if team is None or uid not in {None, team["metadata"]["uid"]}:
        return False
    return person in team["spec"]["owners"] or team["spec"]["idpGroup"] in PEOPLE[person]


def sees(project: Manifest, teams: Mapping[str, Manifest], person: str) -> bool:
    spec, status = project["spec"], project["status"]
    recorded = {member["team"]: member["uid"] for member in status["members"]}
    if person in {spec["owner"].get("user"), *(member.get("user") for member in spec["members"])}:
        return True
    owner = spec["owner"].get("team")
    if owner and stands_for(teams, owner, status.get("ownerTeamUid"), person):
        return True
    return any(
        stands_for(teams, member["team"], recorded[member["team"]], person)
        for member in spec["members"]
        if member.get("team") in recorded
    )


def visible(
    projects: Mapping[str, Manifest], teams: Mapping[str, Manifest], resource: str, person: str
) -> dict[str, Manifest]:
    if resource == "teams":
        return {name: team for name, team in teams.items() if stands_for(teams, name, None, person)}
    return {name: project for name, project in projects.items() if sees(project, teams, person)}


# ---- clients -----------------------------------------------------------------------------------


@dataclass
class Client:
    """Lists, then watches, then watches again from where it was: as client-go does."""

    lists: Lists
    person: str
    resource: str
    selector: str
    view: dict[str, Manifest] = field(default_factory=dict[str, Manifest])
    told: list[Manifest] = field(default_factory=list[Manifest])  # since somebody looked
    version: str = ""
    following: asyncio.Task[None] | None = None
    _rest: bytes = b""

    @property
    def identity(self) -> Identity:
        groups = (*(f"rise:idp:{group}" for group in PEOPLE[self.person]), "rise:users")
        ends = datetime.now(UTC) + timedelta(days=1)
        return Identity(self.person, f"rise:{self.person}", groups, self.person, ends)

    def follow(self) -> None:
        self._gone = asyncio.Event()
        self.following = asyncio.create_task(self._follow(self._gone))

    def leave(self) -> None:
        self._gone.set()
        self.following = None

    async def _follow(self, gone: asyncio.Event) -> None:
        while not gone.is_set():
            with suppress(RefusedError):
                if not self.version:
                    await self._list(gone)
                await self._watch(gone)
            await asyncio.sleep(0.1)

    async def _list(self, gone: asyncio.Event) -> None:
        said: list[bytes] = []
        exchange = self._exchange("", gone, said.append)
        await self.lists.list(exchange, KINDS[self.resource], self.identity)
        found = json.loads(b"".join(said))
        self.view = {each["metadata"]["name"]: each for each in found["items"]}
        self.told += found["items"]
        self.version = found["metadata"]["resourceVersion"]

    async def _watch(self, gone: asyncio.Event) -> None:
        self._rest = b""
        query = f"&watch=true&allowWatchBookmarks=true&resourceVersion={self.version}"
        exchange = self._exchange(query, gone, self._take)
        await self.lists.watch(exchange, KINDS[self.resource], self.identity)

    def _take(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            event = json.loads(line)
            if event["type"] == "ERROR":
                assert event["object"]["code"] == 410
                self.version = ""
                return
            self._apply(event["type"], event["object"])

    def _apply(self, kind: str, found: Manifest) -> None:
        name = found["metadata"].get("name")
        if kind == "DELETED":
            known = self.view.pop(name, found)  # told twice is harmless
            assert found["spec"] == known["spec"], "who sees no longer is shown what they knew"
            assert found["metadata"]["uid"] == known["metadata"]["uid"]
        elif kind != "BOOKMARK":
            known = self.view.get(name, found)
            assert found["metadata"]["uid"] == known["metadata"]["uid"], "another, without DELETED"
            self.view[name] = found
            self.told.append(found)
        if kind != "ADDED" or int(found["metadata"]["resourceVersion"]) > int(self.version):
            self.version = found["metadata"]["resourceVersion"]

    def _exchange(self, query: str, gone: asyncio.Event, take: Any) -> Exchange:
        async def receive() -> Message:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message.get("body") and not gone.is_set():  # what was under way is lost
                take(message["body"])

        path = f"/apis/rise.dev/v1alpha1/{self.resource}"
        asked = f"labelSelector={quote(self.selector)}{query}".encode()
        scope: Scope = {"path": path, "query_string": asked, "method": "GET", "headers": []}
        return Exchange(scope, receive, send, asyncio.Event())


class World:
    """Everything that runs, and what was true since everybody was calm."""

    def __init__(self) -> None:
        self.script = Script()
        self.missing: set[str] = set()
        self.catalogue = Catalogue(Visibility(), Scripted(self.script))
        self.running: asyncio.Task[None] | None = None
        lists = Lists(self.catalogue)
        self.clients = [
            Client(lists, person, resource, selector)
            for person, (resource, selector) in product(sorted(PEOPLE), QUESTIONS)
        ]
        self._since: dict[str, list[dict[str, Manifest]]] = {name: [{}] for name in RESOURCES}

    def restart(self) -> None:
        """Let another gateway begin; whoever was connected comes back to it at once."""
        self.end()
        self.catalogue = Catalogue(Visibility(), Scripted(self.script))
        self.running = asyncio.create_task(self.catalogue.run())
        lists = Lists(self.catalogue)
        for client in self.clients:
            client.lists = lists
            if client.following:
                client.leave()
                client.follow()

    def end(self) -> None:
        """Let the gateway die."""
        assert self.running
        self.running.cancel()

    async def live(self, happenings: list[Any]) -> None:
        self.running = asyncio.create_task(self.catalogue.run())
        for client in self.clients:
            client.follow()
        await self._calm()
        for happening in (*BEGINNING, Calm(), *happenings):
            await self._happen(happening)
        for resource in list(self.missing):
            End(resource, "expired")(self)
        for client in self.clients:
            if not client.following:
                client.follow()
        await self._calm()
        self.check_views()
        self.end()
        for client in self.clients:
            client.leave()
        await asyncio.sleep(CALM_S)

    async def _happen(self, happening: Any) -> None:
        if isinstance(happening, Calm):
            await self._calm()
            return
        happening(self)
        for resource in RESOURCES:
            self._since[resource].append(dict(self.script.objects[resource]))

    async def _calm(self) -> None:
        await asyncio.sleep(CALM_S)
        self._check_told()
        if not self.missing:
            self.check_views()
            self._since = {name: [dict(self.script.objects[name])] for name in RESOURCES}

    def _check_told(self) -> None:
        """Nobody was shown a state that was never theirs to see, in whatever order it was heard."""
        for client in self.clients:
            if client.following and client.following.done():
                client.following.result()  # what it found wrong
            for found in client.told:
                assert self._was_for(client, found), (client.person, found)
            client.told.clear()

    def _was_for(self, client: Client, found: Manifest) -> bool:
        name, states = found["metadata"]["name"], self._since[client.resource]
        if client.resource == "teams":
            holding = [state for state in states if state.get(name) == found]
            return any(stands_for(state, name, None, client.person) for state in holding)
        seen = any(sees(found, teams, client.person) for teams in self._since["teams"])
        return seen and any(state.get(name) == found for state in states)

    def check_views(self) -> None:
        """Who is there sees what they may see now, no less and no more."""
        now = self.script.objects
        for client in self.clients:
            if client.following:
                expected = visible(now["projects"], now["teams"], client.resource, client.person)
                if client.selector:
                    expected = {
                        name: each
                        for name, each in expected.items()
                        if each["metadata"]["labels"].get("tier") == "web"
                    }
                assert client.view == expected, client.person


@settings(max_examples=HISTORIES)
@example(REFUSED)
@given(st.lists(HAPPENINGS, min_size=8, max_size=30))
def test_a_watchers_view_is_what_the_person_may_see(happenings: list[Any]) -> None:
    with asyncio.Runner(loop_factory=ClockworkLoop) as runner:
        runner.run(World().live(happenings))


async def test_everybody_else_goes_on_while_watchers_are_flooded() -> None:
    """A loop that turns without awaiting would stop the whole process, /livez included."""
    world = World()
    lists = Lists(world.catalogue)
    world.clients += [Client(lists, "ada", resource, "") for resource in RESOURCES * 20]
    running = asyncio.create_task(world.catalogue.run())
    for client in world.clients:
        client.follow()
    busy_s = 0.0  # this process, between two turns: other programs of the machine do not count
    for change in range(100):
        PutProject("p0", "ada", "t0", recorded=True, labels=())(world)
        PutTeam("t0", ("ada",) if change % 2 else ("cleo",), "eng")(world)
        began = time.process_time()
        await asyncio.sleep(0.001)
        busy_s = max(busy_s, time.process_time() - began)
    assert busy_s < 1
    await _views_come_right(world)
    following = [client.following for client in world.clients if client.following]
    for client in world.clients:
        client.leave()
    running.cancel()
    await asyncio.wait({running, *following})


async def _views_come_right(world: World) -> None:
    """Wait until everybody has been told everything; fail with what is wrong when nobody is."""
    for _ in range(600):
        with suppress(AssertionError):
            world.check_views()
            return
        await asyncio.sleep(0.1)
    world.check_views()
