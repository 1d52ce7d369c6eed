"""What a client of a registry asks for, and what may be granted at all.

https://distribution.github.io/distribution/spec/auth/scope/

Nothing is folded, unescaped or completed: what is not exactly the name of a repository below a
project is granted nothing. Whose repository it is, is the first component of its path.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rise_registry.contract import Action

NAME_MAX_LENGTH = 255  # OCI distribution specification, "Pulling manifests"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_BELOW_A_PROJECT = re.compile(f"({_COMPONENT})(?:/{_COMPONENT})+")

Repositories = Mapping[str, frozenset[Action]]  # by the whole name, in the order of asking


@dataclass(frozen=True)
class Access:
    """What a token opens of one repository."""

    repository: str
    actions: frozenset[Action]

    def claim(self) -> dict[str, object]:
        """Return it as an entry of the claim `access`."""
        actions = [action.value for action in Action if action in self.actions]
        return {"type": "repository", "name": self.repository, "actions": actions}

    def __str__(self) -> str:
        """Return it as a scope."""
        return f"repository:{self.repository}:{','.join(sorted(self.actions))}"


def project_of(repository: str) -> str:
    """Return the project that a repository is below of; empty: it is below of none."""
    if len(repository) > NAME_MAX_LENGTH:
        return ""
    found = _BELOW_A_PROJECT.fullmatch(repository)
    return found[1] if found else ""


def repositories(scopes: Iterable[str]) -> Repositories:
    """Return what of `scopes` can be granted to somebody: repositories of projects, pull and push.

    Each scope is read from the right: `repository:NAME:ACTION,ACTION`. What cannot be granted is
    left out: the registry refuses it with its own words.
    """
    found: dict[str, frozenset[Action]] = {}
    for scope in scopes:
        head, _, asked = scope.rpartition(":")
        kind, _, name = head.partition(":")
        actions = frozenset(action for action in Action if action in asked.split(","))
        if kind == "repository" and actions and project_of(name):
            found[name] = found.get(name, frozenset()) | actions
    return found
