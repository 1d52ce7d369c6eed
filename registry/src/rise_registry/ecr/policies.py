"""Policy documents: what a session may do, and whose sessions are over.

Every ARN with a wildcard has a slash before it: `shop*` would be `shop2`, too.

    session policy      of AssumeRole; the registry asks it at every request with the token
    repository policy   one statement of ours, `RiseEnded`: ECR's tokens live for 12 hours and have
                        no end button, so those that were issued before now are denied, by the
                        name of their session

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from rise_registry.contract import Project, RegistryError

SESSION_POLICY_MAX = 2048
ENDED = "RiseEnded"
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = (
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)

Document = dict[str, Any]


def session_name(project: str, credential_id: str) -> str:
    """Return the name of a pull session; it tells the project's sessions from all others."""
    return f"rise-{project}-{credential_id[:6]}"


def push_session_name(project: str, credential_id: str) -> str:
    """Return the name of a push session: `p` is no hexadecimal digit, so it is none of pull's."""
    return f"rise-{project}-p{credential_id[:6]}"


def pull_policy(arns: list[str]) -> str:
    """Return the session policy of a pull credential."""
    return _session([_allowed(PULL, arns)])


def push_policy(arns: list[str], until: datetime) -> str:
    """Return the session policy of a push credential: it allows nothing after `until`.

    The token itself lives for 12 hours.
    """
    allowed = _allowed((*PULL, *PUSH, "ecr:CreateRepository"), arns)
    return _session([allowed | {"Condition": {"DateLessThan": {"aws:CurrentTime": _time(until)}}}])


def _allowed(actions: tuple[str, ...], arns: list[str]) -> Document:
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": arns}


def _session(statements: list[Document]) -> str:
    login = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [login, *statements]}
    text = json.dumps(document, separators=(",", ":"))
    if len(text) > SESSION_POLICY_MAX:
        raise RegistryError(
            f"the session policy has {len(text)} characters, {SESSION_POLICY_MAX} are allowed: "
            "choose a shorter prefix"
        )
    return text


def ended(policy: Mapping[str, Any], project: Project, keep: Collection[str], now: datetime) -> str:
    """Return a repository's `policy` with our statement for the project's sessions as of `now`.

    Sessions of `keep` go on, and so do all that begin later. Without `keep` push sessions end,
    too. The statements of others stay.
    """
    named = [session_name(project.name, "??????")]
    if not keep:
        named.append(push_session_name(project.name, "??????"))
    condition: Document = {
        "StringLike": {"aws:userid": [f"*:{name}" for name in named]},
        "DateLessThanEquals": {"aws:TokenIssueTime": _time(now)},
    }
    if keep:
        kept = sorted(f"*:{session_name(project.name, each)}" for each in keep)
        condition["StringNotLike"] = {"aws:userid": kept}
    statement: Document = {
        "Sid": ENDED,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "ecr:*",
        "Condition": condition,
    }
    others = _statements(policy)
    return json.dumps(
        {"Version": "2012-10-17", **policy, "Statement": [*others, statement]},
        separators=(",", ":"),
        sort_keys=True,
    )


def _statements(policy: Mapping[str, Any]) -> list[Document]:
    """Return the statements that are not ours; a single one may stand without a list."""
    found: Any = policy.get("Statement", [])
    listed: list[Document] = found if isinstance(found, list) else [found]
    return [each for each in listed if each.get("Sid") != ENDED]


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
