"""A project's repositories in ECR: made by policy, known by a tag, removed as a whole.

    <prefix><project>              made with the first `ensure`; tagged with the Project's UID
    <prefix><project>/<component>  made beforehand (`components`), or by ECR with the first push
                                   where a repository creation template covers the prefix

These functions block; `Account.run` calls them in a thread.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from rise_registry.contract import Project, RepositoryConflictError
from rise_registry.ecr.options import ECROptions

PAGE = 1000
UID_TAG = "rise.dev/project-uid"
PROJECT_TAG = "rise.dev/project"


def ensure(ecr: Any, options: ECROptions, project: Project) -> None:
    """Make what is missing of the project's repositories, the project's own one first.

    Raises:
        RepositoryConflictError: they are somebody else's.
    """
    root = options.repository(project.name)
    arn = _arn(ecr, options, root)
    if arn is None:
        _refuse_remains(ecr, options, project)
        _make(ecr, options, project, root)
        arn = _arn(ecr, options, root)
    if arn is not None and _uid(ecr, arn) != project.uid:
        raise RepositoryConflictError(
            f"the ECR repository {root} is not this project's: delete it, or tag it "
            f"{UID_TAG}={project.uid} to let the project have its images"
        )
    _apply_lifecycle(ecr, options, root)
    for component in options.components:
        name = f"{root}/{component}"
        _make(ecr, options, project, name)
        _apply_lifecycle(ecr, options, name)


def every_name(ecr: Any, options: ECROptions) -> list[str]:
    """Return every repository of the registry: ECR lists by no prefix."""
    pages = ecr.get_paginator("describe_repositories").paginate(
        registryId=options.account, PaginationConfig={"PageSize": PAGE}
    )
    return [str(each["repositoryName"]) for page in pages for each in page["repositories"]]


def of_project(listed: Iterable[str], root: str) -> list[str]:
    """Return the project's own repository and all below, and of no other project's."""
    return [name for name in listed if name == root or name.startswith(f"{root}/")]


def delete(ecr: Any, options: ECROptions, project: Project) -> None:
    """Remove the project's repositories with their images, the one with the tag as the last.

    Those of another Project of that name stay.
    """
    root = options.repository(project.name)
    arn = _arn(ecr, options, root)
    if arn is None or _uid(ecr, arn) != project.uid:
        return
    found = of_project(every_name(ecr, options), root)
    for name in sorted(found, reverse=True):  # the own one is the shortest
        with suppress(ecr.exceptions.RepositoryNotFoundException):
            ecr.delete_repository(registryId=options.account, repositoryName=name, force=True)


def _refuse_remains(ecr: Any, options: ECROptions, project: Project) -> None:
    root = options.repository(project.name)
    remains = of_project(every_name(ecr, options), root)
    if remains and _arn(ecr, options, root) is None:  # not made by a twin of this call just now
        raise RepositoryConflictError(
            f"the ECR repository {remains[0]} is there and the project's own is not: an earlier "
            f"project's images; delete what lies below {root}"
        )


def _make(ecr: Any, options: ECROptions, project: Project, name: str) -> None:
    encryption: dict[str, str] = {"encryptionType": options.encryption.type}
    if options.encryption.kms_key:
        encryption["kmsKey"] = options.encryption.kms_key
    with suppress(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(
            registryId=options.account,
            repositoryName=name,
            tags=[
                {"Key": UID_TAG, "Value": project.uid},
                {"Key": PROJECT_TAG, "Value": project.name},
            ],
            imageTagMutability="IMMUTABLE" if options.immutable_tags else "MUTABLE",
            imageScanningConfiguration={"scanOnPush": options.scan_on_push},
            encryptionConfiguration=encryption,
        )


def _apply_lifecycle(ecr: Any, options: ECROptions, name: str) -> None:
    if options.lifecycle_policy:
        ecr.put_lifecycle_policy(
            registryId=options.account,
            repositoryName=name,
            lifecyclePolicyText=json.dumps(options.lifecycle_policy),
        )


def _arn(ecr: Any, options: ECROptions, name: str) -> str | None:
    try:
        found = ecr.describe_repositories(registryId=options.account, repositoryNames=[name])
    except ecr.exceptions.RepositoryNotFoundException:
        return None
    return str(found["repositories"][0]["repositoryArn"])


def _uid(ecr: Any, arn: str) -> str:
    tags = ecr.list_tags_for_resource(resourceArn=arn)["tags"]
    return next((str(tag["Value"]) for tag in tags if tag["Key"] == UID_TAG), "")
