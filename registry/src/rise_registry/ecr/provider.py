"""Amazon ECR as a registry of Rise.

A credential is an authorization token of a role session whose inline policy allows one project's
repositories: the token can do what the session can. AWS lets tokens live for 12 hours and has no
button to end one, so the repositories' policies deny the sessions that are over.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

import base64
import json
import math
import secrets
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

from rise_registry.configuration import RegistryConfiguration
from rise_registry.contract import Action, Credential, Issued, NotOfferedError, Project
from rise_registry.ecr import policies, repositories
from rise_registry.ecr.account import Account, Clients
from rise_registry.ecr.options import ECROptions, source_identity

SESSION_S = 900  # the least; a token outlives the session that asked for it


@dataclass(frozen=True)
class Session:
    """What a role session is called, and what it may do at most."""

    role: str
    name: str
    policy: str
    identity: str = ""


class ECR:
    """One account's registry in one region; a project's images live below prefix and name."""

    Options = ECROptions

    def __init__(self, configuration: RegistryConfiguration, options: ECROptions) -> None:
        """Take what there is to know; AWS is asked by the first call."""
        self.name = configuration.name
        self.host = configuration.host
        self.options = options
        self._account = Account(configuration.name, options)
        self._listing = Lock()
        self._listed: tuple[float, list[str]] = (-math.inf, [])  # when it was begun, and what

    def repository(self, project: str) -> str:
        """Return the host, the prefix and the project's name."""
        return f"{self.host}/{self.options.repository(project)}"

    async def check(self) -> None:
        """Ask who the account is, and whether it reads the registry's list.

        Raises:
            RegistryUnavailableError: AWS does not answer.
            RegistryError: it does not take the account.
        """

        def asked(aws: Clients) -> tuple[str, int]:
            account = aws.sts.get_caller_identity()["Account"]
            listed = aws.ecr.describe_repositories(registryId=self.options.account, maxResults=1)
            return account, len(listed["repositories"])

        await self._account.run(asked)

    async def ensure_repository(self, project: Project) -> None:
        """Make the project's own repository, and those of the configured components."""
        await self._account.run(lambda aws: repositories.ensure(aws.ecr, self.options, project))

    async def mint_pull(self, project: Project, credential_id: str) -> Credential:
        """Return the token of a session that pulls; it lives for 12 hours."""
        session = Session(
            role=self.options.pull_role,
            name=policies.session_name(project.name, credential_id),
            policy=policies.pull_policy(self.options.arns(project.name)),
        )
        return await self._minted(project, credential_id, session, {Action.PULL})

    async def mint_push(self, project: Project, person: str) -> Credential:
        """Return the token of a session that may nothing any more once its minutes are over."""
        if not self.options.push_role:
            raise NotOfferedError(
                f"registry {self.name} hands out no push credentials (`push_role` is not "
                "configured): push with an account of AWS of your own"
            )
        credential_id = secrets.token_hex(8)
        until = datetime.now(UTC) + timedelta(seconds=self.options.push_seconds)
        session = Session(
            role=self.options.push_role,
            name=policies.push_session_name(project.name, credential_id),
            policy=policies.push_policy(self.options.arns(project.name), until),
            identity=source_identity(person) if self.options.source_identity else "",
        )
        both = {Action.PULL, Action.PUSH}
        return await self._minted(project, credential_id, session, both, until)

    async def _minted(
        self,
        project: Project,
        credential_id: str,
        session: Session,
        actions: set[Action],
        until: datetime | None = None,
    ) -> Credential:
        now = datetime.now(UTC)
        answer = await self._account.run(lambda aws: self._token(aws, session))
        username, _, password = (
            base64.b64decode(answer["authorizationToken"]).decode().partition(":")
        )
        return Credential(
            id=credential_id,
            registry=self.host,
            username=username,
            password=password,
            repositories=(self.repository(project.name),),
            actions=frozenset(actions),
            issued_at=now,
            expires_at=min(filter(None, (answer["expiresAt"].astimezone(UTC), until))),
        )

    def _token(self, aws: Clients, session: Session) -> dict[str, Any]:
        identity = {"SourceIdentity": session.identity} if session.identity else {}
        answer = aws.sts.assume_role(
            RoleArn=session.role,
            RoleSessionName=session.name,
            DurationSeconds=SESSION_S,
            Policy=session.policy,
            **identity,
        )
        ecr = self._account.session(answer["Credentials"])
        try:
            token: dict[str, Any] = ecr.get_authorization_token()["authorizationData"][0]
        finally:
            ecr.close()
        return token

    async def revoke(self, project: Project, keep: Collection[str] = ()) -> None:
        """Deny the project's sessions as of now, but those of `keep`, in its repositories."""
        await self._account.run(lambda aws: self._end(aws, project, keep))

    def _end(self, aws: Clients, project: Project, keep: Collection[str]) -> None:
        ecr, now = aws.ecr, _time_at_aws(aws)
        for name in self._names(ecr, project.name):
            where = {"registryId": self.options.account, "repositoryName": name}
            with suppress(ecr.exceptions.RepositoryNotFoundException):
                try:
                    found = json.loads(ecr.get_repository_policy(**where)["policyText"])
                except ecr.exceptions.RepositoryPolicyNotFoundException:
                    found = {}
                policy = policies.ended(found, project, keep, now)
                ecr.set_repository_policy(**where, policyText=policy)

    def _names(self, ecr: Any, project: str) -> list[str]:
        """Return the project's repositories, of a list that was begun after this was called.

        Those who ask while another list is under way share the next one.
        """
        asked = time.monotonic()
        with self._listing:
            if self._listed[0] < asked:
                begun = time.monotonic()
                self._listed = begun, repositories.every_name(ecr, self.options)
            return repositories.of_project(self._listed[1], self.options.repository(project))

    async def delete_repository(self, project: Project) -> None:
        """Remove the project's repositories with all images."""
        await self._account.run(lambda aws: repositories.delete(aws.ecr, self.options, project))

    async def inventory(self) -> Sequence[Issued]:
        """Return nothing: AWS keeps no list of tokens; each ends by itself within 12 hours."""
        return ()

    async def close(self) -> None:
        """Give threads and connections back."""
        await self._account.close()


def _time_at_aws(aws: Clients) -> datetime:
    """Return what time it is there: our clock may be two minutes behind a token's."""
    answer = aws.sts.get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    return parsedate_to_datetime(answer["date"])
