"""The ECR provider against moto's server; its policies judged by an evaluator of IAM's rules."""

import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aws as aws_server
import pytest
from contracts import ALICE, CALLS, REBORN, SHOP, SHOP2, A, Allows, B, RegistryContract
from trouble import answering

from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import (
    Action,
    Project,
    RegistryError,
    RegistryProvider,
    RegistryUnavailableError,
    RepositoryConflictError,
)

HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ROLES = {
    "pull_role": "arn:aws:iam::123456789012:role/rise-pull",
    "push_role": "arn:aws:iam::123456789012:role/rise-push",
}


@pytest.fixture(scope="module")
def server() -> Iterator[aws_server.AWS]:
    with aws_server.running() as running:
        yield running


@pytest.fixture
def aws(server: aws_server.AWS) -> aws_server.AWS:
    server.forget()
    return server


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-nobody")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def _provider(endpoint: str, **options: Any) -> RegistryProvider:
    fixed = {"region": "eu-west-1", "account": "123456789012", "attempts": 1, **ROLES}
    configuration = RegistryConfiguration(
        name="aws",
        provider="ecr",
        url=f"https://{HOST}",
        options=fixed | {"endpoint": endpoint} | options,
    )
    return load([configuration])["aws"]


@pytest.fixture
async def provider(aws: aws_server.AWS) -> AsyncIterator[RegistryProvider]:
    made = _provider(aws.url)
    yield made
    await made.close()


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class TestECR(RegistryContract):
    lists_credentials = False
    silent = frozenset({"inventory"})

    @pytest.fixture
    def provider(self, aws: aws_server.AWS) -> RegistryProvider:
        return _provider(aws.url)

    @pytest.fixture
    def unreachable(self) -> RegistryProvider:
        return _provider(f"http://127.0.0.1:{_closed_port()}")

    @pytest.fixture
    def allows(self, aws: aws_server.AWS) -> Allows:
        return aws.allows


@pytest.mark.row(117)
@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        pytest.param(Action.PULL, {"rise/shop", "rise/shop/web", "rise/shop/a/b"}, id="pull"),
        pytest.param(Action.PUSH, set[str](), id="push"),
    ],
)
async def test_what_the_namespaces_token_opens(
    aws: aws_server.AWS, provider: RegistryProvider, action: Action, allowed: set[str]
) -> None:
    credential = await provider.mint_pull(SHOP, A)
    everywhere = [
        *("rise/shop", "rise/shop/web", "rise/shop/a/b", "rise/shop2", "rise/shop2/web"),
        *("rise/shop-2", "rise/sho", "rise", "shop", "shop/web", "rise/shopx/web", "x/rise/shop"),
    ]
    assert {path for path in everywhere if aws.allows(credential, action, path)} == allowed


@pytest.mark.parametrize(
    "action",
    [
        "ecr:DeleteRepository",
        "ecr:BatchDeleteImage",
        "ecr:SetRepositoryPolicy",
        "ecr:TagResource",
        "ecr:DescribeRepositories",
        "sts:AssumeRole",
        "s3:GetObject",
    ],
)
async def test_no_token_opens_anything_besides(
    aws: aws_server.AWS, provider: RegistryProvider, action: str
) -> None:
    pull, push = await provider.mint_pull(SHOP, A), await provider.mint_push(SHOP, ALICE)
    arn = "arn:aws:ecr:eu-west-1:123456789012:repository/rise/shop"
    now = {"aws:CurrentTime": datetime.now(UTC).isoformat()}
    for each in (pull, push):
        assert not aws_server.iam.permitted(aws.session(each).policy, None, action, arn, now)


async def test_a_push_token_is_of_no_use_when_its_minutes_are_over(
    aws: aws_server.AWS, provider: RegistryProvider
) -> None:
    push = await provider.mint_push(SHOP, ALICE)
    assert push.expires_at is not None
    before, after = push.expires_at - timedelta(seconds=5), push.expires_at
    for action in Action:
        assert aws.allows(push, action, "rise/shop/web", at=before)
        assert not aws.allows(push, action, "rise/shop/web", at=after)


async def test_a_pull_token_is_renewed_at_six_of_twelve_hours(provider: RegistryProvider) -> None:
    credential = await provider.mint_pull(SHOP, A)
    assert credential.expires_at is not None
    half = (credential.expires_at - credential.issued_at) / 2
    assert abs(half - timedelta(hours=6)) < timedelta(minutes=1)


async def test_the_longest_name_fits(aws: aws_server.AWS) -> None:
    project = Project("p" * 40, SHOP.uid)
    provider = _provider(aws.url, prefix="a" * 127 + "/", source_identity=True)
    try:
        pull = await provider.mint_pull(project, A)
        push = await provider.mint_push(project, f"{'a' * 80}@example.com")
    finally:
        await provider.close()
    for each in (pull, push):
        session = aws.session(each)
        assert len(session.policy) <= 2048
        assert re.fullmatch(r"[\w+=,.@-]{2,64}", session.session_name)


async def test_the_session_is_named_after_project_and_credential(
    aws: aws_server.AWS, provider: RegistryProvider
) -> None:
    session = aws.session(await provider.mint_pull(SHOP, A))
    assert session.session_name == f"rise-shop-{A[:6]}"
    assert session.role_arn == ROLES["pull_role"]
    pushing = aws.session(await provider.mint_push(SHOP, ALICE))
    assert re.fullmatch(r"rise-shop-p[0-9a-f]{6}", pushing.session_name)
    assert pushing.role_arn == ROLES["push_role"]


async def test_repositories_are_made_by_policy(aws: aws_server.AWS) -> None:
    rule = {
        "rulePriority": 1,
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": 14,
        },
        "action": {"type": "expire"},
    }
    provider = _provider(
        aws.url,
        components=["web", "jobs/nightly"],
        immutable_tags=True,
        scan_on_push=False,
        encryption={"type": "KMS", "kms_key": "arn:aws:kms:eu-west-1:123456789012:key/k"},
        lifecycle_policy={"rules": [rule]},
    )
    try:
        await provider.ensure_repository(SHOP)
    finally:
        await provider.close()
    made = aws.repositories()
    assert set(made) == {"rise/shop", "rise/shop/web", "rise/shop/jobs/nightly"}
    for each in made.values():
        assert each.image_tag_mutability == "IMMUTABLE"
        assert each.image_scanning_configuration == {"scanOnPush": False}
        assert each.encryption_configuration["encryptionType"] == "KMS"
        assert json.loads(each.lifecycle_policy) == {"rules": [rule]}


async def test_a_repository_that_was_half_made_is_finished(
    aws: aws_server.AWS, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    whole = _provider(aws.url, components=["web"], lifecycle_policy={"rules": [{"x" * 100: 1}]})
    try:
        with pytest.raises(RegistryError, match="AWS says InvalidParameter"):
            await whole.ensure_repository(SHOP)  # the policy is refused after the repository
    finally:
        await whole.close()
    mended = _provider(aws.url, components=["web"])
    try:
        await mended.ensure_repository(SHOP)
    finally:
        await mended.close()
    assert set(aws.repositories()) == {"rise/shop", "rise/shop/web"}


async def test_what_lies_below_a_name_without_owner_is_not_given_away(
    aws: aws_server.AWS, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    left = aws.repositories()["rise/shop"]
    aws.repositories()["rise/shop/web"] = left
    left.name = "rise/shop/web"
    del aws.repositories()["rise/shop"]
    with pytest.raises(RepositoryConflictError, match="rise/shop/web"):
        await provider.ensure_repository(REBORN)


async def test_deletion_pages_through_everything_below_and_leaves_neighbours(
    aws: aws_server.AWS, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [f"c{number}" for number in range(20)]
    provider = _provider(aws.url, components=many)
    try:
        await provider.ensure_repository(SHOP)
        await provider.ensure_repository(SHOP2)
        monkeypatch.setattr("rise_registry.ecr.repositories.PAGE", 7)
        await provider.delete_repository(SHOP)
    finally:
        await provider.close()
    assert set(aws.repositories()) == {"rise/shop2", *(f"rise/shop2/{each}" for each in many)}


async def test_statements_of_others_in_a_repositorys_policy_stay(
    aws: aws_server.AWS, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    repository = aws.repositories()["rise/shop"]
    theirs = {"Sid": "Audit", "Effect": "Deny", "Principal": "*", "Action": "ecr:PutImage"}
    repository.policy = json.dumps({"Version": "2012-10-17", "Statement": theirs})
    await provider.revoke(SHOP, [A])
    await provider.revoke(SHOP, [A, B])
    statements = json.loads(repository.policy)["Statement"]
    assert statements[0] == theirs
    assert [each["Sid"] for each in statements] == ["Audit", "RiseEnded"]


async def test_a_repository_made_a_moment_ago_is_denied_to_what_has_ended(
    aws: aws_server.AWS, provider: RegistryProvider
) -> None:
    await provider.ensure_repository(SHOP)
    await provider.revoke(SHOP, [A, B])
    whole = _provider(aws.url, components=["web"])
    try:
        await whole.ensure_repository(SHOP)
    finally:
        await whole.close()
    await provider.revoke(SHOP, [A, B])
    statements = json.loads(aws.repositories()["rise/shop/web"].policy)["Statement"]
    assert [each["Sid"] for each in statements] == ["RiseEnded"]


async def test_keys_come_from_files_and_are_read_again_when_they_change(
    aws: aws_server.AWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    provider = _provider(aws.url, keys=str(tmp_path))
    try:
        with pytest.raises(RegistryError, match="mount the Secret"):
            await provider.check()
        (tmp_path / "aws_access_key_id").write_text("AKIAIOSFODNN7EXAMPLE\n")
        (tmp_path / "aws_secret_access_key").write_text("secret\n")
        await provider.check()
    finally:
        await provider.close()


async def test_a_program_without_an_account_is_told(
    aws: aws_server.AWS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    provider = _provider(aws.url)
    try:
        with pytest.raises(RegistryUnavailableError, match="has an account"):
            await provider.check()
    finally:
        await provider.close()


@pytest.mark.parametrize(
    ("status", "code", "raised", "says"),
    [
        pytest.param(400, "ThrottlingException", RegistryUnavailableError, "again", id="throttled"),
        pytest.param(500, "ServerException", RegistryUnavailableError, "again", id="broken"),
        pytest.param(503, "Unavailable", RegistryUnavailableError, "again", id="away"),
        pytest.param(400, "AccessDeniedException", RegistryError, "the right", id="refused"),
        pytest.param(400, "InvalidParameterException", RegistryError, "Invalid", id="wrong"),
    ],
)
@pytest.mark.parametrize("call", ["ensure_repository", "delete_repository"])
async def test_what_ecr_says(
    call: str, status: int, code: str, raised: type[RegistryError], says: str
) -> None:
    body = json.dumps({"__type": code, "message": "no"}).encode()
    with answering(status, {"Retry-After": "17"}, body) as url:
        await _refused(url, call, raised, says)


@pytest.mark.parametrize(
    ("status", "code", "raised", "says"),
    [
        pytest.param(400, "Throttling", RegistryUnavailableError, "again", id="throttled"),
        pytest.param(503, "InternalFailure", RegistryUnavailableError, "again", id="broken"),
        pytest.param(403, "AccessDenied", RegistryError, "the right", id="refused"),
    ],
)
@pytest.mark.parametrize("call", ["mint_pull", "mint_push", "revoke", "check"])
async def test_what_sts_says(
    call: str, status: int, code: str, raised: type[RegistryError], says: str
) -> None:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>"
    body = f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode()
    with answering(status, {"Retry-After": "17", "Content-Type": "text/xml"}, body) as url:
        await _refused(url, call, raised, says)


async def _refused(url: str, call: str, raised: type[RegistryError], says: str) -> None:
    provider = _provider(url)
    try:
        with pytest.raises(RegistryError, match=says) as failure:
            await CALLS[call](provider)
    finally:
        await provider.close()
    assert type(failure.value) is raised
    if isinstance(failure.value, RegistryUnavailableError):
        assert failure.value.retry_after_s == 17


@pytest.mark.parametrize("call", [name for name in CALLS if name != "inventory"])
async def test_an_answer_that_is_not_of_aws(call: str) -> None:
    with answering(200, {"Content-Type": "text/html"}, b"<h1>It works!</h1>") as url:
        provider = _provider(url)
        try:
            with pytest.raises(RegistryUnavailableError):
                await CALLS[call](provider)
        finally:
            await provider.close()


async def test_boto_runs_outside_of_the_event_loop(provider: RegistryProvider) -> None:
    before = set(threading.enumerate())
    await provider.check()
    started = {each.name for each in set(threading.enumerate()) - before}
    assert any(name.startswith("registry-aws") for name in started)
