from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from signing import signing_keys

from rise_registry.contract import RegistryError
from rise_registry.signing import Authority, ForeignSignatureError, Signer
from rise_registry.statements import Kind, Statement, read, stated

NOW = datetime.now(UTC)
PULL = Statement(
    kind=Kind.PULL,
    registry="local",
    id="0011223344556677",
    expires_at=NOW.replace(microsecond=0) + timedelta(hours=1),
    project="shop",
    project_uid="uid-1",
)
PUSH = Statement(
    kind=Kind.PUSH,
    registry="local",
    id="8899aabbccddeeff",
    expires_at=NOW.replace(microsecond=0) + timedelta(hours=1),
    person="alice@example.com",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for program in ("operator", "backend"):
        signing_keys(folder, program)
    return folder


def _signer(folder: Path, program: str) -> Signer:
    return Signer(folder / f"{program}.crt", folder / f"{program}.key")


def _authority(folder: Path) -> Authority:
    return Authority(folder / "ca.crt")


@pytest.mark.parametrize(("statement", "program"), [(PULL, "operator"), (PUSH, "backend")])
def test_what_is_stated_is_read(folder: Path, statement: Statement, program: str) -> None:
    password = stated(statement, _signer(folder, program), NOW)
    assert read(password, _authority(folder)) == statement


@pytest.mark.parametrize(("statement", "program"), [(PULL, "backend"), (PUSH, "operator")])
def test_the_other_program_may_not_state_it(
    folder: Path, statement: Statement, program: str
) -> None:
    password = stated(statement, _signer(folder, program), NOW)
    with pytest.raises(ForeignSignatureError):
        read(password, _authority(folder))


def test_one_that_has_ended_is_none(folder: Path) -> None:
    ended = Statement(
        kind=Kind.PULL, registry="local", id="1", expires_at=NOW - timedelta(seconds=1)
    )
    with pytest.raises(ForeignSignatureError):
        read(stated(ended, _signer(folder, "operator"), NOW), _authority(folder))


def test_another_ca_is_not_believed(folder: Path, tmp_path: Path) -> None:
    signing_keys(tmp_path, "operator")
    password = stated(PULL, _signer(tmp_path, "operator"), NOW)
    with pytest.raises(ForeignSignatureError):
        read(password, _authority(folder))


@pytest.mark.parametrize("password", ["", "x", "a.b.c", "rrt_secret", "é" * 40, "." * 5000])
def test_any_other_text_is_none(folder: Path, password: str) -> None:
    with pytest.raises(ForeignSignatureError):
        read(password, _authority(folder))


def test_a_new_key_is_used_without_a_restart(tmp_path: Path) -> None:
    signing_keys(tmp_path, "operator")
    signer = _signer(tmp_path, "operator")
    first = stated(PULL, signer, NOW)
    (tmp_path / "operator.crt").unlink()
    signing_keys(tmp_path, "operator")
    second = stated(PULL, signer, NOW)
    assert first.split(".")[0] != second.split(".")[0]
    authority = _authority(tmp_path)
    assert read(first, authority) == read(second, authority) == PULL


def test_a_missing_key_says_which(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"operator\.key.*PEM"):
        stated(PULL, _signer(tmp_path, "operator"), NOW)


def test_a_missing_ca_says_which(folder: Path, tmp_path: Path) -> None:
    password = stated(PULL, _signer(folder, "operator"), NOW)
    with pytest.raises(RegistryError, match=r"ca\.crt"):
        read(password, _authority(tmp_path))
