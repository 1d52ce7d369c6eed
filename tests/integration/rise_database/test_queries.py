"""Every query against the migrated database; nothing is executed."""

import importlib
import pkgutil
from pathlib import Path

import psycopg
import pytest
from fixtures.postgres import Postgres

import rise_backend.queries
import rise_operator.mirror
from rise_database.query import registered
from rise_database.verify import mistakes

PACKAGES = {"rise_operator": rise_operator.mirror, "rise_backend": rise_backend.queries}

for package in PACKAGES.values():
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)

REAL = {name: query for name, query in registered().items() if not name.startswith("seeded.")}


@pytest.mark.parametrize("name", REAL)
def test_the_query_agrees_with_the_database(postgres: Postgres, name: str) -> None:
    role = "rise_operator" if name.startswith("mirror.") else "rise_backend"
    with psycopg.connect(postgres.url(role)) as conn:
        assert mistakes(conn, REAL[name]) == []


@pytest.mark.parametrize("program", PACKAGES)
def test_queries_are_written_where_this_test_looks(program: str) -> None:
    package = PACKAGES[program]
    folder = Path(package.__path__[0])
    root = next(parent for parent in folder.parents if parent.name == program)
    elsewhere = [
        path
        for path in root.rglob("*.py")
        if folder not in path.parents and "rise_database.query import" in path.read_text()
    ]
    assert elsewhere == []
