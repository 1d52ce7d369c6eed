"""What all kinds have in common: metadata, conditions, what stands beside spec and status.

Models parse objects as the API server returns them. In `spec` an unknown field is an error, as it
is for the API server under `fieldValidation=Strict`; in `metadata` and `status` it is ignored, so
that an older program reads what a newer one wrote.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from rise_crds.names import EMAIL_MAX_LENGTH, EMAIL_PATTERN, NAME_MAX_LENGTH, NAME_PATTERN
from rise_crds.rules import Model, Ruled

Email = Annotated[str, StringConstraints(max_length=EMAIL_MAX_LENGTH, pattern=EMAIL_PATTERN)]
ObjectName = Annotated[
    str, StringConstraints(min_length=1, max_length=NAME_MAX_LENGTH, pattern=NAME_PATTERN)
]


class Metadata(Model):
    """The part of ObjectMeta that Rise looks at."""

    name: str
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    finalizers: list[str] = Field(default_factory=list)
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    managed_fields: list[dict[str, Any]] = Field(default_factory=list)


class Condition(Model):
    """One aspect of an object's state (metav1.Condition)."""

    model_config = ConfigDict(populate_by_name=True)

    type: Annotated[
        str, Field(max_length=64, description="What the condition is about, in CamelCase.")
    ]
    status: Annotated[Literal["True", "False", "Unknown"], Field(description="Whether it holds.")]
    reason: Annotated[
        str, Field(max_length=64, description="Why, as one word of the closed list of reasons.")
    ]
    message: Annotated[
        str, Field(max_length=32768, description="Why, for people, and what to do next.")
    ] = ""
    last_transition_time: Annotated[
        datetime | None, Field(description="When `status` last changed (RFC 3339).")
    ] = None
    observed_generation: Annotated[
        int | None, Field(description="The metadata.generation that this speaks of.")
    ] = None


class Resource(Ruled):
    """Base of the kinds: what stands beside `kind`, spec and status."""

    api_version: Literal["rise.dev/v1alpha1"]
    metadata: Metadata
