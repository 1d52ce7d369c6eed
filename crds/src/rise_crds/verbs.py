"""What somebody can be asked about: Kubernetes' verbs, Rise's own, and words for what people do.

The words for people stand for a change that is tried out: roles alone do not decide about it.
Nothing here imports anything heavy.
"""

from collections.abc import Mapping

_BOTH = {
    "get": "read it",
    "list": "see it in lists",
    "watch": "see it change",
    "create": "make one of this name, as one's own",
    "update": "replace it, tried with another description",
    "patch": "change it, tried with another description",
    "delete": "delete it",
    "set-owner": "decide over everybody's, as a delegated account does",
    "edit": "change what it says: description, source, suspend",
    "share": "change who takes part: members",
}
PROJECT_VERBS: Mapping[str, str] = {
    **_BOTH,
    "push": "get credentials to push images, and deploy",
    "transfer": "offer it to somebody",
    "accept": "take it over, when it is offered",
}
TEAM_VERBS: Mapping[str, str] = {
    **_BOTH,
    "assign": "give projects to the team, and change them",
    "own": "decide over the team's projects: their members, their end",
    "bind-group": "let a group of the identity provider be members",
}
VERBS: Mapping[str, Mapping[str, str]] = {"projects": PROJECT_VERBS, "teams": TEAM_VERBS}
