"""Placeholders of a query."""

import pytest

from rise_database.verify import numbered


@pytest.mark.parametrize(
    ("sql", "names", "result"),
    [
        pytest.param("select 1", [], "select 1", id="none"),
        pytest.param("%(b)s %(a)s %(b)s", ["b", "a"], "$1 $2 $1", id="one number for one name"),
        pytest.param("5 %% 2 %(n)s", ["n"], "5 % 2 $1", id="a percent sign"),
        pytest.param("%%(n)s", [], "%(n)s", id="no placeholder after a percent sign"),
    ],
)
def test_placeholders_are_numbered(sql: str, names: list[str], result: str) -> None:
    assert numbered(sql) == (names, result)
