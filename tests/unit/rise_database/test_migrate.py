"""What dbmate is told beyond the URL."""

import pytest

from rise_database.migrate import for_dbmate


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("postgresql://rise@/rise", "?sslmode=disable", id="the default socket"),
        pytest.param("postgresql://rise@/rise?host=/run/pg", "&sslmode=disable", id="a socket"),
        pytest.param("postgresql://rise@/rise?host=%2Frun", "&sslmode=disable", id="quoted"),
        pytest.param("postgresql://rise@db/rise", "?sslmode=prefer", id="a host"),
        pytest.param("postgres://rise@db:5432/rise?host=db2", "&sslmode=prefer", id="two hosts"),
        pytest.param("postgresql://rise@db/rise?sslmode=verify-full", "", id="said already"),
    ],
)
def test_tls_is_as_libpq_does_it(url: str, told: str) -> None:
    assert for_dbmate(url) == url + told
