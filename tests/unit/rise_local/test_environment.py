"""`.rise/env` is sourced by whatever shell, from wherever the checkout lies."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rise_local import environment
from rise_local.certificates import Authority
from rise_local.home import prepared
from rise_local.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    home = prepared(tmp_path / "it's a $HOME `place`")
    ports = {"dex": 1, "backend": 2, "registry": 3}
    made = Site(home, ports, {"kubectl": Path("/k"), "helm": Path("/h")}, Authority(home.pki))
    made.ca.write_text("a certificate")
    return made


def test_a_shell_reads_back_what_was_written(site: Site) -> None:
    values = environment.variables(site, "https://127.0.0.1:4")
    environment.write(site, values)
    script = '. "$1"; exec "$2" -c "import json, os; print(json.dumps(dict(os.environ)))"'
    done = subprocess.run(
        ["/bin/sh", "-euc", script, "sh", str(site.home.env), sys.executable],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    read = json.loads(done.stdout)
    assert {name: read[name] for name in values} == values
    assert read["PATH"].split(":")[0] == str(site.home.bin)
    assert read["PATH"].endswith(":/usr/bin:/bin")


def test_the_file_is_private_and_complete(site: Site) -> None:
    environment.write(site, environment.variables(site, "https://127.0.0.1:4"))
    assert stat.S_IMODE(site.home.env.stat().st_mode) == 0o600
    names = {
        line.split("=")[0].removeprefix("export ")
        for line in site.home.env.read_text().splitlines()
        if line.startswith("export ")
    }
    assert names == {
        *("RISE_URL", "RISE_CA_FILE", "RISE_ISSUER", "RISE_API_URL", "KUBECONFIG"),
        *("RISE_ADMIN_KUBECONFIG", "RISE_DATABASE_URL", "RISE_REGISTRY", "RISE_CONFIG_DIR", "PATH"),
    }


def test_the_database_url_holds_no_password_and_names_the_inspecting_role(site: Site) -> None:
    url = environment.variables(site, "")["RISE_DATABASE_URL"]
    assert url.startswith("postgresql://rise_inspect@/rise?host=%2F")


def test_an_environment_that_is_reached_by_a_link_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(sys.prefix)
    paths = (
        "from rise_local import postgres, programs; print(postgres.BIN, programs.script('rise'))"
    )
    said = [
        subprocess.run([python, "-c", paths], capture_output=True, text=True, check=True).stdout
        for python in (sys.executable, tmp_path / "linked" / "bin" / "python")
    ]
    assert said[0] == said[1]
