"""The API's names, and the models that all kinds share, in one place.

Names cost nothing. The models need pydantic, which takes longer to load than a command of the CLI
may take to answer: it is loaded with the first model that somebody asks for.
"""

import importlib
from typing import TYPE_CHECKING, Any

from rise_crds.names import (
    ANNOTATION_ROTATE,
    API_VERSION,
    APPLY_GROUP,
    AUDIENCE,
    BACKEND_USER,
    CLI_CLIENT_ID,
    EMAIL_PATTERN,
    FIELD_MANAGER,
    FINALIZER,
    GROUP,
    IDP_GROUP_PREFIX,
    IN_FORCE_MANAGER,
    LABEL_PROJECT,
    LABEL_PROJECT_UID,
    LABEL_TEAM,
    LABEL_TEAM_UID,
    NAME_PATTERN,
    OPERATOR_USER,
    POLICIES_STARTING,
    PULL_SECRET,
    RESERVED_NAMES,
    RESERVED_PREFIXES,
    SYSTEM_NAMESPACE,
    USER_PREFIX,
    USERS_GROUP,
    VERSION,
    namespace_name,
)

if TYPE_CHECKING:
    from rise_crds.models import Condition, Metadata, Resource

__all__ = [
    "ANNOTATION_ROTATE",
    "API_VERSION",
    "APPLY_GROUP",
    "AUDIENCE",
    "BACKEND_USER",
    "CLI_CLIENT_ID",
    "EMAIL_PATTERN",
    "FIELD_MANAGER",
    "FINALIZER",
    "GROUP",
    "IDP_GROUP_PREFIX",
    "IN_FORCE_MANAGER",
    "LABEL_PROJECT",
    "LABEL_PROJECT_UID",
    "LABEL_TEAM",
    "LABEL_TEAM_UID",
    "NAME_PATTERN",
    "OPERATOR_USER",
    "POLICIES_STARTING",
    "PULL_SECRET",
    "RESERVED_NAMES",
    "RESERVED_PREFIXES",
    "SYSTEM_NAMESPACE",
    "USERS_GROUP",
    "USER_PREFIX",
    "VERSION",
    "Condition",
    "Metadata",
    "Resource",
    "namespace_name",
]

_MODELS = {"Condition", "Metadata", "Resource"}


def __getattr__(name: str) -> Any:
    """Return a model, loading it now.

    Raises:
        AttributeError: there is no such name.
    """
    if name not in _MODELS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("rise_crds.models"), name)
