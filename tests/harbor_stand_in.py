"""A stand-in for Harbor: projects with repositories, labels and robot accounts."""

import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from stand_in import Answer, Call, StandIn

from rise_registry.contract import Action, Credential

USERNAME, PASSWORD = "robot$rise", "of-the-account"
BASIC = f"Basic {b64encode(f'{USERNAME}:{PASSWORD}'.encode()).decode()}"
Table = dict[int, dict[str, Any]]


@dataclass
class Place:
    """A project of Harbor's."""

    id: int
    name: str
    public: str
    repositories: list[str] = field(default_factory=list[str])
    labels: Table = field(default_factory=Table)
    robots: Table = field(default_factory=Table)

    def said(self) -> dict[str, Any]:
        """Return it as the API says it."""
        return {
            "project_id": self.id,
            "name": self.name,
            "repo_count": len(self.repositories),
            "metadata": {"public": self.public},
        }


class Harbor(StandIn):
    """Its state is there for tests to look at and to change."""

    def __init__(self) -> None:
        """Start without projects."""
        api, one = "/api/v2.0", "/api/v2.0/projects/{project_name_or_id}"
        below = f"{api}/projects/{{project_name}}/repositories"
        super().__init__(
            "harbor.json",
            {
                f"GET {api}/projects": self._projects,
                f"POST {api}/projects": self._create,
                f"GET {one}": self._project,
                f"DELETE {one}": self._delete,
                f"GET {below}": self._repositories,
                f"DELETE {below}/{{repository_name}}": self._remove,
                f"GET {api}/labels": self._labels,
                f"POST {api}/labels": self._label,
                f"GET {api}/robots": self._robots,
                f"POST {api}/robots": self._mint,
                f"DELETE {api}/robots/{{robot_id}}": self._end,
            },
        )
        self.places: dict[int, Place] = {}
        self._last = 100

    def allows(self, credential: Credential, action: Action, path: str) -> bool:
        """Judge as Harbor's token service does."""
        for each in (robot for place in self.places.values() for robot in place.robots.values()):
            if (each["name"], each["secret"]) != (credential.username, credential.password):
                continue
            permission = each["permissions"][0]
            inside = path.startswith(f"{permission['namespace']}/")
            may = {"resource": "repository", "action": action} in permission["access"]
            return inside and may and each["expires_at"] > datetime.now(UTC).timestamp()
        return False

    def place(self, name: str) -> Place | None:
        """Return the project of that name."""
        return next((each for each in self.places.values() if each.name == name), None)

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _asked(self, call: Call) -> Place | None:
        if call.headers.get("Authorization") != BASIC:
            self.problems.append("no account")
        return self.place(call.path.get("project_name_or_id") or call.path["project_name"])

    def _projects(self, call: Call) -> Answer:
        return 200, _page([each.said() for each in self.places.values()], call)

    def _project(self, call: Call) -> Answer:
        found = self._asked(call)
        return (200, found.said()) if found else _error(404, "NOT_FOUND")

    def _create(self, call: Call) -> Answer:
        name = call.body["project_name"]
        if self.place(name):
            return _error(409, "CONFLICT")
        place = Place(self._next(), name, call.body["metadata"]["public"])
        self.places[place.id] = place
        return 201, None

    def _delete(self, call: Call) -> Answer:
        found = self._asked(call)
        if not found:
            return _error(404, "NOT_FOUND")
        if found.repositories:
            return _error(412, "PROJECTNOTEMPTY")
        del self.places[found.id]
        return 200, None

    def _repositories(self, call: Call) -> Answer:
        found = self._asked(call)
        if not found:
            return _error(404, "NOT_FOUND")
        return 200, _page([{"name": f"{found.name}/{each}"} for each in found.repositories], call)

    def _remove(self, call: Call) -> Answer:
        found, name = self._asked(call), unquote(call.path["repository_name"])
        if not found or name not in found.repositories:
            return _error(404, "NOT_FOUND")
        found.repositories.remove(name)
        return 200, None

    def _labels(self, call: Call) -> Answer:
        place = self.places.get(call.query["project_id"])
        return 200, _page(list(place.labels.values()) if place else [], call)

    def _label(self, call: Call) -> Answer:
        place = self.places[call.body["project_id"]]
        if any(each["name"] == call.body["name"] for each in place.labels.values()):
            return _error(409, "CONFLICT")
        number = self._next()
        place.labels[number] = {"id": number, **call.body}
        return 201, None

    def _robots(self, call: Call) -> Answer:
        place = self.places.get(int(call.query["q"].rpartition("=")[2]))
        robots = list(place.robots.values()) if place else []
        return 200, _page([{k: v for k, v in r.items() if k != "secret"} for r in robots], call)

    def _mint(self, call: Call) -> Answer:
        place = self.place(call.body["permissions"][0]["namespace"])
        if not place:
            return _error(404, "NOT_FOUND")
        name = f"robot${place.name}+{call.body['name']}"
        if any(each["name"] == name for each in place.robots.values()):
            return _error(409, "CONFLICT")
        number = self._next()
        ends = datetime.now(UTC) + timedelta(days=call.body["duration"])
        made = {"id": number, "name": name, "expires_at": int(ends.timestamp())}
        made["secret"] = secrets.token_hex(16)
        place.robots[number] = {**call.body, **made}
        return 201, made

    def _end(self, call: Call) -> Answer:
        number = int(call.path["robot_id"])
        for place in self.places.values():
            if place.robots.pop(number, None):
                return 200, None
        return _error(404, "NOT_FOUND")


def _error(status: int, code: str) -> Answer:
    return status, {"errors": [{"code": code, "message": code.lower()}]}


def _page(listed: list[Any], call: Call) -> list[Any]:
    size, number = call.query.get("page_size", 10), call.query.get("page", 1)
    return listed[(number - 1) * size : number * size]
