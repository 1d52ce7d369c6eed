"""What an ECR registry needs: whose account, which names, and how repositories are made."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_COMPONENT = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_ROLE = r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$"


class Encryption(BaseModel):
    """How a repository's layers are encrypted at rest; it cannot be changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["AES256", "KMS", "KMS_DSSE"] = "AES256"
    kms_key: Annotated[str, Field(description="ARN of the key; AWS's own when empty")] = ""


class ECROptions(BaseModel):
    """Account, region, role and the policy of new repositories."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="Like eu-west-1")]
    account: Annotated[
        str, Field(pattern=r"^\d{12}$", description="Number of the account that has the registry")
    ]
    partition: Annotated[Literal["aws", "aws-cn", "aws-us-gov"], Field(description="Of ARNs")] = (
        "aws"
    )
    pull_role: Annotated[
        str,
        Field(
            pattern=_ROLE,
            description="ARN of the role that pull credentials are sessions of: it may pull below "
            "the prefix, and the operator may assume it",
        ),
    ]
    push_role: Annotated[
        str,
        Field(
            pattern=rf"{_ROLE}|^$",
            description="ARN of the role that push credentials are sessions of; none are offered "
            "when empty",
        ),
    ] = ""
    prefix: Annotated[
        str,
        Field(
            pattern=rf"^({_COMPONENT}/)*$",
            max_length=128,
            description="Stands before a project's name in those of its repositories; with a "
            "slash at its end",
        ),
    ] = "rise/"
    components: Annotated[
        tuple[Annotated[str, Field(pattern=rf"^{_COMPONENT}(/{_COMPONENT})*$")], ...],
        Field(
            max_length=20,
            description="Repositories below each project's own to make beforehand, like `web`; "
            "others come with the first push where a repository creation template covers the "
            "prefix",
        ),
    ] = ()
    keys: Annotated[
        Path | None,
        Field(
            description="Folder with the files aws_access_key_id and aws_secret_access_key; "
            "without it the SDK finds an account itself (IRSA, Pod Identity, the node's role)"
        ),
    ] = None
    endpoint: Annotated[
        str, Field(pattern=r"^(https?://\S+)?$", description="Of ECR and STS, where not AWS's own")
    ] = ""
    immutable_tags: Annotated[bool, Field(description="Refuse to move a tag")] = False
    scan_on_push: Annotated[bool, Field(description="Look for known vulnerabilities")] = True
    encryption: Encryption = Encryption()
    lifecycle_policy: Annotated[
        dict[str, Any],
        Field(description="Lifecycle policy of every repository that Rise makes; none when empty"),
    ] = Field(default_factory=dict[str, Any])
    push_seconds: Annotated[
        int, Field(ge=60, le=3600, description="How long a push credential works")
    ] = 1800
    attempts: Annotated[
        int,
        Field(
            ge=1,
            le=10,
            description="How often a call is tried, the first time included; the SDK slows down "
            "by itself when AWS throttles",
        ),
    ] = 3
    source_identity: Annotated[
        bool,
        Field(
            description="Name the person in CloudTrail as source identity of push sessions; the "
            "push role's trust policy has to allow sts:SetSourceIdentity"
        ),
    ] = False

    def repository(self, project: str) -> str:
        """Return the name of the project's own repository."""
        return f"{self.prefix}{project}"

    def arns(self, project: str) -> list[str]:
        """Return what a credential of the project is for: its repository, and all below."""
        own = (
            f"arn:{self.partition}:ecr:{self.region}:{self.account}:"
            f"repository/{self.repository(project)}"
        )
        return [own, f"{own}/*"]


def source_identity(person: str) -> str:
    """Return an e-mail address as AWS takes one: 2 to 64 characters of a few kinds."""
    return re.sub(r"[^\w+=,.@-]", "_", person, flags=re.ASCII)[:64].ljust(2, "_")
