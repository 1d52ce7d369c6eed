"""Nothing new is granted while the rules of ownership are not in force; taking away goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rise_operator import children, rbac
from rise_operator.engine.cache import name_of
from rise_operator.engine.resource import PROJECTS
from rise_operator.errors import PolicyMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from rise_operator.children import Child
    from rise_operator.engine.client import Client
    from rise_operator.engine.resource import Resource
    from rise_operator.manifest import Manifest
    from rise_operator.policies import Policies

Parent = tuple[str, str]  # kind and name


class Grants:
    """What stands before each write of a child, and remembers whom it held back."""

    def __init__(
        self, client: Client, policies: Policies, wake: Callable[[Parent | None], None]
    ) -> None:
        """Ask `policies`; `wake` has a parent reconciled again (None: that of no object)."""
        self._client = client
        self._policies = policies
        self._wake = wake
        self._held_back: set[Parent | None] = set()

    async def check(self, resource: Resource, manifest: Manifest, known: Child | None) -> None:
        """Return when `manifest` may be written: with the rules in force, or if it adds nothing.

        Raises:
            PolicyMissing: neither.
            ApiError: the API server refused, or did not answer.
        """
        problems = self._policies.problems()
        if not problems:
            return
        name = name_of(manifest)
        if known is not None:
            there = await self._client.get(resource, name.name, name.namespace)
            if rbac.grants_nothing_new(manifest, there):
                return
        self._held_back.add(children.parent_of(name))
        raise PolicyMissing("; ".join(problems))

    def require(self, project: str) -> None:
        """Return when the rules are in force; otherwise `project` is woken once they are.

        Raises:
            PolicyMissing: they are not.
        """
        problems = self._policies.problems()
        if problems:
            self._held_back.add((PROJECTS.kind, project))
            raise PolicyMissing("; ".join(problems))

    def go_on(self) -> None:
        """Have everything reconciled that was held back: the rules are in force again."""
        held_back, self._held_back = self._held_back, set()
        for parent in held_back:
            self._wake(parent)
