"""Every module of tests/fixtures/ is a plugin: a fixture is found by its name in every test."""

from pathlib import Path

pytest_plugins = sorted(
    f"fixtures.{module.stem}" for module in (Path(__file__).parent / "fixtures").glob("*.py")
)
