"""AWS for tests: moto's server, with authorization tokens that end and that belong to a session.

moto answers every GetAuthorizationToken with the same password and a time in 2015. Here the
password is the access key of the session that asked, so that a test can find out what whoever
holds the token may do: as AWS would, from the session's policy and the repository's.
"""

import base64
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import iam
from moto.backends import get_backend
from moto.core.responses import ActionResult
from moto.ecr.models import ecr_backends
from moto.ecr.responses import ECRResponse
from moto.server import ThreadedMotoServer
from moto.sts.models import sts_backends

from rise_registry.contract import Action, Credential

ACCOUNT, REGION = "123456789012", "eu-west-1"
TOKEN_LIFE = timedelta(hours=12)
ACTIONS = {
    Action.PULL: ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
    Action.PUSH: (
        "ecr:BatchCheckLayerAvailability",
        "ecr:InitiateLayerUpload",
        "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload",
        "ecr:PutImage",
    ),
}


@dataclass
class AWS:
    """The server's address, and what it has handed out."""

    url: str
    tokens: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def session(self, credential: Credential) -> Any:
        """Return the role session that a token is of."""
        found = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(credential.password)
        assert found is not None
        return found

    def allows(
        self, credential: Credential, action: Action, path: str, at: datetime | None = None
    ) -> bool:
        """Tell whether ECR would let whoever holds the token do it in the repository `path`."""
        session = self.session(credential)
        repository = ecr_backends[ACCOUNT][REGION].repositories.get(path)
        context = {
            "aws:userid": session.user_id,
            "aws:TokenIssueTime": _time(self.tokens[credential.password]),
            "aws:CurrentTime": _time(at or datetime.now(UTC)),
        }
        return all(
            iam.permitted(
                session.policy,
                repository.policy if repository else None,
                each,
                f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{path}",
                context,
            )
            for each in ACTIONS[action]
        )

    def repositories(self) -> dict[str, Any]:
        """Return moto's repositories by name."""
        return ecr_backends[ACCOUNT][REGION].repositories

    def forget(self) -> None:
        """Begin anew."""
        for service in ("ecr", "sts", "iam"):
            get_backend(service).reset()
        self.tokens.clear()


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def running() -> Generator[AWS]:
    """Run the server on a free port."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    aws = AWS(f"http://{host}:{port}")

    def authorize(asked: ECRResponse) -> ActionResult:
        password = asked.access_key
        now = datetime.now(UTC)
        aws.tokens[password] = now
        data = {
            "authorizationToken": base64.b64encode(f"AWS:{password}".encode()).decode(),
            "expiresAt": now + TOKEN_LIFE,
            "proxyEndpoint": f"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com",
        }
        return ActionResult({"authorizationData": [data]})

    with mock.patch.object(ECRResponse, "get_authorization_token", authorize):
        try:
            yield aws
        finally:
            server.stop()
