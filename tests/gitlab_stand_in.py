"""A stand-in for GitLab: one group, its projects and their deploy tokens."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from stand_in import Answer, Call, StandIn

from rise_registry.contract import Action, Credential

TOKEN = "glpat-of-the-account"
GROUP = {"id": 7, "full_path": "acme/rise"}


@dataclass
class Place:
    """A project of GitLab's."""

    id: int
    name: str
    description: str
    full_path: str
    leaving: bool = False
    tokens: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])

    def said(self) -> dict[str, Any]:
        """Return it as the API says it."""
        return {
            "id": self.id,
            "name": self.name,
            "path": self.full_path.rpartition("/")[2],
            "path_with_namespace": self.full_path,
            "description": self.description,
            "visibility": "private",
            "marked_for_deletion_on": "2026-12-01" if self.leaving else None,
        }


class GitLab(StandIn):
    """Its state is there for tests to look at and to change."""

    def __init__(self, *, keeps_deleted: bool = False, at_once: bool = True) -> None:
        """Keep deleted projects for some days, and remove them at once when asked to, or not."""
        super().__init__(
            "gitlab.json",
            {
                "GET /api/v4/groups/{id}": self._group,
                "GET /api/v4/groups/{id}/projects": self._projects,
                "POST /api/v4/projects": self._create,
                "GET /api/v4/projects/{id}": self._project,
                "DELETE /api/v4/projects/{id}": self._delete,
                "GET /api/v4/projects/{id}/deploy_tokens": self._tokens,
                "POST /api/v4/projects/{id}/deploy_tokens": self._mint,
                "DELETE /api/v4/projects/{id}/deploy_tokens/{token_id}": self._end,
            },
        )
        self.places: dict[int, Place] = {}
        self.keeps_deleted = keeps_deleted
        self.at_once = at_once
        self._last = 100

    def allows(self, credential: Credential, action: Action, path: str) -> bool:
        """Judge as GitLab's registry does."""
        for place in self.places.values():
            for each in place.tokens.values():
                named = (each["username"], each["token"])
                if named != (credential.username, credential.password) or place.leaving:
                    continue
                ends = each["expires_at"]
                if each["revoked"] or (ends and datetime.fromisoformat(ends) <= datetime.now(UTC)):
                    continue
                scope = "read_registry" if action is Action.PULL else "write_registry"
                inside = f"{path}/".startswith(f"{place.full_path}/")
                return inside and scope in each["scopes"]
        return False

    def place(self, name: str) -> Place:
        """Return the project of that path in the group."""
        return next(p for p in self.places.values() if p.full_path == f"acme/rise/{name}")

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _found(self, call: Call) -> Place | None:
        if call.headers.get("PRIVATE-TOKEN") != TOKEN:
            self.problems.append("no account")
        wanted = call.path["id"]
        for each in self.places.values():
            if wanted in {str(each.id), each.full_path}:
                return each
        return None

    def _group(self, call: Call) -> Answer:
        return (200, GROUP) if call.path["id"] == GROUP["full_path"] else _missing("Group")

    def _projects(self, call: Call) -> Answer:
        return 200, _page([each.said() for each in self.places.values()], call)

    def _project(self, call: Call) -> Answer:
        found = self._found(call)
        return (200, found.said()) if found else _missing("Project")

    def _create(self, call: Call) -> Answer:
        said = call.body
        full = f"{GROUP['full_path']}/{said['path']}"
        if said["namespace_id"] != GROUP["id"] or said["visibility"] != "private":
            self.problems.append(f"not in the group, or not private: {said}")
        if any(each.full_path == full for each in self.places.values()):
            return 400, {"message": {"path": ["has already been taken"]}}
        place = Place(self._next(), said["name"], said["description"], full)
        self.places[place.id] = place
        return 201, place.said()

    def _delete(self, call: Call) -> Answer:
        found = self._found(call)
        if found is None:
            return _missing("Project")
        if self.keeps_deleted and not found.leaving:
            found.leaving = True
            found.full_path += f"-deletion_scheduled-{found.id}"
        elif found.leaving and not (
            self.at_once
            and call.query.get("permanently_remove")
            and call.query.get("full_path") == found.full_path
        ):
            return 400, {"message": "Project already marked for deletion"}
        else:
            del self.places[found.id]
        return 202, {"message": "202 Accepted"}

    def _tokens(self, call: Call) -> Answer:
        found = self._found(call)
        if found is None:
            return _missing("Project")
        living = [each for each in found.tokens.values() if not each["revoked"]]
        hidden = [{k: v for k, v in each.items() if k != "token"} for each in living]
        return 200, _page(hidden, call)

    def _mint(self, call: Call) -> Answer:
        found = self._found(call)
        if found is None:
            return _missing("Project")
        number = self._next()
        found.tokens[number] = {
            "id": number,
            "name": call.body["name"],
            "username": f"gitlab+deploy-token-{number}",
            "expires_at": call.body.get("expires_at", "").replace("Z", ".000Z") or None,
            "revoked": False,
            "expired": False,
            "scopes": call.body["scopes"],
            "token": f"gldt-{secrets.token_hex(10)}",
        }
        return 201, found.tokens[number]

    def _end(self, call: Call) -> Answer:
        found = self._found(call)
        each = found.tokens.get(int(call.path["token_id"])) if found else None
        if each is None or each["revoked"]:
            return _missing("Deploy token")
        each["revoked"] = True
        return 204, None


def _missing(what: str) -> Answer:
    return 404, {"message": f"404 {what} Not Found"}


def _page(listed: list[Any], call: Call) -> list[Any]:
    size, number = call.query.get("per_page", 20), call.query.get("page", 1)
    return listed[(number - 1) * size : number * size]
