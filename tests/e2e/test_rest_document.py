"""What others make of the OpenAPI document: a client that works, and a search for faults."""

import importlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from web import PASSWORD, TokenOf, Web

pytestmark = pytest.mark.e2e
ALICE = "alice@example.com"
SEED = "20261125"
PACKAGE = "rise_generated_client"


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


@pytest.fixture
def generated(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the package that a generator makes of the document, warnings being errors."""
    document, settings = tmp_path / "document.json", tmp_path / "settings.yaml"
    document.write_bytes(web.get("/api/v1/openapi.json").body)
    settings.write_text("post_hooks: []\n")
    command = [
        _program("openapi-python-client"),
        *("generate", "--path", str(document), "--config", str(settings)),
        *("--meta", "none", "--output-path", str(tmp_path / PACKAGE), "--fail-on-warning"),
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(str(tmp_path))

    def module(name: str) -> Any:
        return importlib.import_module(f"{PACKAGE}.{name}")

    return module


def test_a_generated_client_works(web: Web, generated: Any, prefix: str) -> None:
    models, client = generated("models"), generated("client")
    reach = {"base_url": web.url, "verify_ssl": ssl.create_default_context(cafile=web.ca)}
    with client.Client(**reach) as anonymous:
        given = models.Login(email=ALICE, password=PASSWORD)
        session = generated("api.sign_in.login").sync(client=anonymous, body=given)
    assert session.user == ALICE
    with client.AuthenticatedClient(**reach, token=session.token) as me:
        new = models.NewProject(name=prefix, description="Bread")
        made = generated("api.projects.create_project").sync_detailed(client=me, body=new)
        assert made.status_code == HTTPStatus.CREATED
        assert made.parsed.owner.user == ALICE
        change = models.ProjectChange(suspended=True)
        changed = generated("api.projects.change_project").sync(prefix, client=me, body=change)
        assert (changed.suspended, changed.description) == (True, "Bread"), "the rest stays"
        page = generated("api.projects.list_projects").sync(client=me, prefix=prefix)
        assert isinstance(page, models.Projects)
        gone = generated("api.projects.delete_project").sync(prefix, client=me)
        assert gone.name == prefix
        problem = generated("api.projects.read_project").sync(f"{prefix}-none", client=me)
        assert problem.status == HTTPStatus.NOT_FOUND
        assert problem.type_ == "https://rise.dev/problems/not-found"


SIGN_IN = "/(login|logout)"
EXPECTED = ["2xx", "304", "400", "401", "403", "404", "409", "412", "422", "429"]
SHORT_S = {"--exclude-path-regex": "35", "--include-path-regex": "15"}


@pytest.mark.timeout(960)
@pytest.mark.parametrize("paths", ["--exclude-path-regex", "--include-path-regex"])
def test_a_search_for_what_does_not_fit_finds_nothing(
    doors: Mapping[str, Web], token_of: TokenOf, tmp_path: Path, paths: str
) -> None:
    """A seeded, bounded run; RISE_FUZZ_REST gives the number of examples of a longer one.

    Signing in is tried at a backend of its own, which counts the failures of this address.

    What no schema can say is no fault: a version that is another by now (412), a cursor that is
    none of ours (400), a role without a member (422).
    """
    token = token_of("alice")
    web = doors["impersonate" if paths.startswith("--include") else "token"]
    (tmp_path / "schemathesis.toml").write_text(
        f'base-url = "{web.url}"\ntls-verify = {json.dumps(web.ca)}\n'
        f'[headers]\nAuthorization = "Bearer {token}"\n'
        "[checks.positive_data_acceptance]\n"
        f"expected-statuses = {json.dumps(EXPECTED)}\n"
    )
    examples = os.environ.get("RISE_FUZZ_REST", "4")
    seconds = SHORT_S[paths] if examples == "4" else "600"
    command = [
        _program("schemathesis"),
        *("--config-file", str(tmp_path / "schemathesis.toml"), "run"),
        f"{web.url}/api/v1/openapi.json",
        *("--seed", SEED, "--max-examples", examples, "--max-time", seconds, "--workers", "1"),
        *("--phases", "examples,coverage,fuzzing", "--no-shrink", "--no-color"),
        *(paths, SIGN_IN, "--generation-database", "none"),
    ]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=900
    )
    assert ran.returncode == 0, ran.stdout[-12000:] + ran.stderr[-2000:]
