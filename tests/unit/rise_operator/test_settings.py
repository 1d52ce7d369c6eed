"""What the operator reads from its environment, and what it says about what it cannot read."""

import json

import pytest
from pydantic import ValidationError

from rise_operator import app
from rise_operator.settings import PREFIX, Settings, documentation, load

DATABASE = "postgresql://rise_operator:hunter2@db/rise"
REGISTRY = {"name": "local", "provider": "distribution", "url": "http://127.0.0.1:5000"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with the one variable that must be there."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", DATABASE)


def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)


def test_a_database_is_all_that_must_be_said() -> None:
    settings = load()
    assert settings.database_url.get_secret_value() == DATABASE
    assert settings.leader_election
    assert settings.address == ("127.0.0.1", 8080)
    assert (settings.resync_seconds, settings.workers, settings.log_level) == (600, 32, "INFO")
    assert (settings.registries, settings.default_registry) == ((), "")


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(
        monkeypatch,
        listen="[::1]:9000",
        registries=json.dumps([REGISTRY]),
        default_registry="local",
        resync_seconds="60",
        workers="4",
        leader_election="false",
        log_level="DEBUG",
    )
    settings = load()
    assert settings.address == ("::1", 9000)
    assert [registry.name for registry in settings.registries] == ["local"]
    assert settings.default_registry == "local"
    assert (settings.resync_seconds, settings.workers, settings.log_level) == (60, 4, "DEBUG")
    assert not settings.leader_election


@pytest.mark.parametrize("name", Settings.model_fields)
def test_help_explains_every_variable(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.rstrip().endswith(documentation())
    variable, _, rest = said.partition(f"  {PREFIX}{name.upper()}\n")[2].partition("\n")
    description = Settings.model_fields[name].description
    assert description
    assert variable.strip().startswith(description)
    assert "default: " in variable or "required" in variable, rest


def test_help_does_not_show_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app.main(["--help"])
    assert "hunter2" not in capsys.readouterr().out
    assert "hunter2" not in repr(load())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param({"workers": "0"}, "WORKERS: Input should be greater than", id="too few"),
        pytest.param(
            {"workers": "many"}, "WORKERS: Input should be a valid integer", id="no number"
        ),
        pytest.param({"workers": "1000"}, "WORKERS: Input should be less than", id="too many"),
        pytest.param({"resync_seconds": "1"}, "RESYNC_SECONDS: Input should be", id="too often"),
        pytest.param(
            {"leader_election": "maybe"}, "LEADER_ELECTION: Input", id="neither yes nor no"
        ),
        pytest.param({"log_level": "LOUD"}, "LOG_LEVEL: Input should be 'DEBUG'", id="no level"),
        pytest.param({"listen": "8080"}, "LISTEN: Value error, must be HOST:PORT", id="no host"),
        pytest.param({"listen": "localhost:http"}, "LISTEN: Value error", id="no port"),
        pytest.param({"listen": "localhost:99999"}, "LISTEN: Value error", id="no such port"),
        pytest.param({"database_url": ""}, "DATABASE_URL: ", id="an empty address"),
        pytest.param(
            {"registries": json.dumps([{**REGISTRY, "url": "local:5000"}])},
            "REGISTRIES[0][url]: Value error, the address of a registry starts with http",
            id="a registry without a scheme",
        ),
        pytest.param(
            {"registries": json.dumps([{**REGISTRY, "colour": "red"}])},
            "REGISTRIES[0][colour]: Extra inputs are not permitted",
            id="a field that registries do not have",
        ),
        pytest.param(
            {"registries": "local"}, "REGISTRIES: Value error, must be a JSON list", id="no JSON"
        ),
        pytest.param(
            {"registries": json.dumps([REGISTRY]), "default_registry": "harbour"},
            "DEFAULT_REGISTRY: Value error, is not configured; there are: local",
            id="a default that is not configured",
        ),
        pytest.param(
            {"default_registry": "local"},
            "DEFAULT_REGISTRY: Value error, is not configured; there are: none",
            id="a default where nothing is configured",
        ),
        pytest.param(
            {"registries": json.dumps([REGISTRY, REGISTRY])},
            "REGISTRIES: Value error, registry local is configured more than once",
            id="a registry twice",
        ),
        pytest.param(
            {"registries": json.dumps([{**REGISTRY, "provider": "quay"}]), "default_registry": "x"},
            "REGISTRIES: Value error, registry local: unknown provider 'quay'; installed: ",
            id="a provider that is not installed: the default is not blamed too",
        ),
    ],
)
def test_a_bad_value_is_named_and_the_way_to_help_too(
    values: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _set(monkeypatch, **values)
    with pytest.raises(SystemExit) as ended:
        load()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"error: {PREFIX}{said}")
    assert lines[1:] == ["`rise-operator --help` explains every variable"]


def test_every_bad_value_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _set(monkeypatch, workers="0", listen="nowhere")
    monkeypatch.delenv(f"{PREFIX}DATABASE_URL")
    with pytest.raises(SystemExit):
        load()
    said = capsys.readouterr().err
    assert all(f"{PREFIX}{name}: " in said for name in ("WORKERS", "LISTEN", "DATABASE_URL"))


def test_a_bad_value_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "https://robot:hunter2@registry.example.com"
    _set(monkeypatch, registries=json.dumps([{**REGISTRY, "url": secret}]))
    with pytest.raises(SystemExit):
        load()
    assert "hunter2" not in capsys.readouterr().err


def test_settings_do_not_change() -> None:
    settings = load()
    with pytest.raises(ValidationError, match="frozen"):
        settings.workers = 1  # pyright: ignore[reportAttributeAccessIssue] - that is the point
