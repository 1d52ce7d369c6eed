"""How projects and teams may be called."""

import re

from rise_crds.models import Resource
from rise_crds.names import NAME_MAX_LENGTH, NAME_PATTERN
from rise_crds.rules import Rule

_NAME = re.compile(NAME_PATTERN)


def naming_rules(kind: str) -> tuple[Rule, ...]:
    """Return the rules for names of `kind`; they become parts of other names, hence no `--`."""
    return (
        Rule(
            f"self.metadata.name.size() <= {NAME_MAX_LENGTH}",
            f"{kind} names are at most {NAME_MAX_LENGTH} characters",
            _short,
        ),
        Rule(
            f"self.metadata.name.matches('{NAME_PATTERN}') && !self.metadata.name.contains('--')",
            f"{kind} names are DNS labels that start with a letter, without '--'",
            _well_formed,
        ),
    )


def _short(resource: Resource) -> bool:
    return len(resource.metadata.name) <= NAME_MAX_LENGTH


def _well_formed(resource: Resource) -> bool:
    name = resource.metadata.name
    return _NAME.fullmatch(name) is not None and "--" not in name
