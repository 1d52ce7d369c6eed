"""Team: people who own projects together."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from rise_crds.models import Condition, Email, Resource
from rise_crds.rules import Model, SpecModel
from rise_crds.v1alpha1.naming import naming_rules


def _distinct(addresses: list[str]) -> list[str]:
    if len(set(addresses)) != len(addresses):
        raise ValueError("an address stands here twice")
    return addresses


# A set: the API server refuses duplicates by itself, and applies of several people merge.
Addresses = Annotated[
    list[Email],
    AfterValidator(_distinct),
    Field(json_schema_extra={"x-kubernetes-list-type": "set"}),
]


class TeamSpec(SpecModel):
    """Who the team is."""

    owners: Annotated[
        Addresses,
        Field(
            min_length=1,
            max_length=50,
            description="E-mail addresses of those who decide about the team and its projects, in "
            "lower case.",
        ),
    ]
    members: Annotated[
        Addresses,
        Field(
            max_length=500,
            description="E-mail addresses of those who work on the team's projects, in lower case.",
        ),
    ] = Field(default_factory=list[str])
    idp_group: Annotated[
        Annotated[str, StringConstraints(max_length=253)] | None,
        Field(
            description="A group of the identity provider whose people are members too; empty for "
            "none. Setting it needs the verb bind-group."
        ),
    ] = None
    description: Annotated[
        str, Field(max_length=1024, description="What the team does, for people.")
    ] = ""


class TeamStatus(Model):
    """What the operator made of it."""

    observed_generation: Annotated[
        int, Field(description="The metadata.generation that the status speaks of.")
    ] = -1
    conditions: Annotated[
        list[Condition],
        Field(
            max_length=16,
            description="The state, aspect by aspect; `Ready` sums up.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
            },
        ),
    ] = Field(default_factory=list[Condition])


class Team(Resource):
    """People who own projects together."""

    rules: ClassVar = naming_rules("team")

    kind: Literal["Team"]
    spec: Annotated[TeamSpec, Field(description="Who the team is.")]
    status: Annotated[
        TeamStatus, Field(description="What the operator made of it; written by it alone.")
    ] = TeamStatus()
