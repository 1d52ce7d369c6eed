"""Reads through REST, writes through the Kubernetes API: as the person, both at the server."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from rise_cli import oidc
from rise_cli.credential import MARGIN_S
from rise_cli.errors import ConflictError, NotFoundError, NotSignedInError
from rise_cli.kinds import PROJECT, Kind
from rise_cli.registries.login import Login, login
from rise_cli.session import SIGN_IN
from rise_cli.web import Answer, Web, raised
from rise_crds.names import API_VERSION
from rise_crds.patches import JSON_PATCH, overtaken, patch, pauses

FIELD_MANAGER = "rise"
MERGE = "application/merge-patch+json"
_OPTIONS = "?" + urlencode({"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"})

Resource = dict[str, Any]
Spec = dict[str, Any]
Rows = list[dict[str, Any]]


class Client:
    """The signed-in person's view of the server."""

    def __init__(self) -> None:
        """Speak for the current session, renewed if need be.

        Raises:
            NotSignedInError: nobody is signed in.
        """
        self.session = oidc.current()
        self._web = Web(self.session.caFile)

    def me(self) -> dict[str, Any]:
        """Return who the server says the person is."""
        return self._send("GET", "/api/v1/me").body

    def list(self, kind: Kind, **filters: str) -> Rows:
        """Return every visible object, page by page."""
        return self._pages(f"/api/v1/{kind.plural}", filters)

    def history(self, kind: Kind, name: str) -> Rows:
        """Return every recorded state of the spec, newest first, page by page."""
        return self._pages(f"{_rest(kind, name)}/history", {})

    def _pages(self, path: str, filters: dict[str, str]) -> Rows:
        rows: Rows = []
        after: str | None = ""
        while after is not None:
            query = {key: value for key, value in {**filters, "after": after}.items() if value}
            page = self._send("GET", f"{path}?{urlencode(query)}").body
            rows += page["items"]
            after = page["next"]
        return rows

    def show(self, kind: Kind, name: str) -> dict[str, Any]:
        """Return one object with everything."""
        return self._send("GET", _rest(kind, name)).body

    def get(self, kind: Kind, name: str) -> Resource:
        """Return the Kubernetes object.

        Raises:
            NotFoundError: there is none, or the person may not see it.
        """
        try:
            return self._send("GET", _path(kind, name)).body
        except NotFoundError as error:
            raise NotFoundError(
                f"there is no {kind.singular} called {name} that you may see: look at the "
                "spelling, or ask its owner to add you"
            ) from error

    def access(self, kind: Kind, name: str, verb: str, user: str | None) -> dict[str, Any]:
        """Return whether `user` (e-mail), or the person, may do `verb`, and why."""
        query = urlencode({"verb": verb, **({"user": user} if user else {})})
        return self._send("GET", f"{_rest(kind, name)}/access?{query}").body

    def able(self, kind: Kind, name: str, verb: str) -> dict[str, Any]:
        """Return who of those whom the object and its teams name may do `verb`."""
        query = urlencode({"verb": verb})
        return self._send("GET", f"{_rest(kind, name)}/access/people?{query}").body

    def create(self, kind: Kind, name: str, spec: Spec) -> Resource:
        """Create an object.

        Raises:
            ConflictError: the name is taken, perhaps by an object that the person may not see.
        """
        try:
            return self._send("POST", _path(kind) + _OPTIONS, kind.manifest(name, spec)).body
        except ConflictError as error:
            raise ConflictError(
                f"{kind.singular} {name} exists already: choose another name, or change it with: "
                f"rise {kind.singular} edit {name}"
            ) from error

    def edit(self, kind: Kind, name: str, change: Callable[[Spec], Spec]) -> Resource:
        """Patch what `change` makes of the spec; begin again when somebody was quicker.

        `change` takes the present spec and returns a merge patch of it (RFC 7396).

        Raises:
            ConflictError: somebody was quicker each time.
        """
        for pause_s in pauses():
            time.sleep(pause_s)
            present = self.get(kind, name)
            sent = patch(present, change(present["spec"]))
            answer = self._answer("PATCH", _path(kind, name) + _OPTIONS, sent, JSON_PATCH)
            if not overtaken(answer.status, answer.body):
                return raised(answer).body
        raise ConflictError(f"{kind.singular} {name} changes all the time: try again")

    def delete(self, kind: Kind, name: str, uid: str) -> None:
        """Delete exactly the object with `uid`, not one that has its name by now."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        self._send("DELETE", _path(kind, name), options)

    def annotate(self, kind: Kind, name: str, uid: str, annotations: dict[str, str]) -> Resource:
        """Set annotations of exactly the object with `uid`."""
        sent = {"metadata": {"uid": uid, "annotations": annotations}}
        return self._send("PATCH", _path(kind, name) + _OPTIONS, sent, MERGE).body

    def registries(self) -> Rows:
        """Return every registry that the server knows."""
        return self._send("GET", "/api/v1/registries").body["items"]

    def login_to(self, project: str, actions: Sequence[str]) -> Login:
        """Return a new login of some minutes for the images of `project` alone."""
        sent = {"actions": list(actions)}
        return login(self._send("POST", f"{_rest(PROJECT, project)}/registry/login", sent).body)

    def login_for(self, host: str) -> Login:
        """Return a new login of some minutes for everything of the person's in a registry."""
        return login(self._send("POST", "/api/v1/registry/login", {"registry": host}).body)

    def _send(
        self,
        method: str,
        path: str,
        content: Any = None,
        content_type: str = "application/json",
    ) -> Answer:
        return raised(self._answer(method, path, content, content_type))

    def _answer(
        self,
        method: str,
        path: str,
        content: Any,
        content_type: str,
    ) -> Answer:
        body = None if content is None else json.dumps(content).encode()
        url = self.session.server + path
        token = self._token()
        return self._web.send(method, url, token=token, content=body, content_type=content_type)

    def _token(self) -> str:
        """Return a token that lasts: somebody may wait longer than one does."""
        if self.session.expiresAt - time.time() < MARGIN_S:
            present = oidc.current()
            if (present.server, present.user) != (self.session.server, self.session.user):
                raise NotSignedInError(f"{present.user} has signed in meanwhile; {SIGN_IN}")
            self.session = present
        return self.session.token


def _rest(kind: Kind, name: str) -> str:
    return f"/api/v1/{kind.plural}/{quote(name, safe='')}"


def _path(kind: Kind, name: str | None = None) -> str:
    path = f"/apis/{API_VERSION}/{kind.plural}"
    return path if name is None else f"{path}/{quote(name, safe='')}"
