from typing import Any

import pytest
from pydantic import ValidationError

from rise_registry.configuration import RegistryConfiguration, load
from rise_registry.contract import RegistryError
from rise_registry.distribution import Distribution


def _configuration(**changed: Any) -> RegistryConfiguration:
    return RegistryConfiguration.model_validate(
        {"name": "local", "provider": "distribution", "url": "http://127.0.0.1:5000", **changed}
    )


def test_each_configuration_becomes_a_provider_by_name() -> None:
    loaded = load([_configuration(), _configuration(name="other", url="https://other.example.com")])
    assert {name: type(provider) for name, provider in loaded.items()} == {
        "local": Distribution,
        "other": Distribution,
    }
    assert loaded["other"].repository("shop") == "other.example.com/shop"


def test_no_configuration_is_no_provider() -> None:
    assert load([]) == {}


def test_an_unknown_provider_is_named_beside_the_installed_ones() -> None:
    with pytest.raises(
        RegistryError, match=r"registry local: unknown provider 'harbour'.*distribution"
    ):
        load([_configuration(provider="harbour")])


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(RegistryError, match="registry local is configured more than once"):
        load([_configuration(), _configuration(url="https://other.example.com")])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        pytest.param({"url": "registry.example.com"}, "starts with http", id="no scheme"),
        pytest.param({"url": "ftp://registry.example.com"}, "starts with http", id="other scheme"),
        pytest.param({"url": "http://:5000"}, "and a host", id="no host"),
        pytest.param({"url": "http://a:70000"}, "Port out of range", id="port too high"),
        pytest.param({"url": "http://a:0"}, "alone", id="port zero"),
        pytest.param({"url": "http://[::1"}, "must be a URL", id="open bracket"),
        pytest.param({"url": "http://a/prefix"}, "alone", id="path"),
        pytest.param({"url": "http://a?x=1"}, "alone", id="query"),
        pytest.param({"url": "http://a#x"}, "alone", id="fragment"),
        pytest.param({"url": "http://me:secret@a"}, "alone", id="password"),
        pytest.param({"name": "Local"}, "name", id="upper-case name"),
        pytest.param({"name": ""}, "name", id="empty name"),
        pytest.param({"name": "a" * 64}, "name", id="long name"),
        pytest.param({"provider": ""}, "provider", id="empty provider"),
        pytest.param({"colour": "red"}, "colour", id="unknown field"),
    ],
)
def test_a_mistake_is_said(changed: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refusal:
        _configuration(**changed)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        pytest.param("http://127.0.0.1:5000/", "http://127.0.0.1:5000", id="slash at the end"),
        pytest.param("https://r.example.com", "https://r.example.com", id="no port"),
        pytest.param("http://[::1]:5000", "http://[::1]:5000", id="IPv6"),
    ],
)
def test_an_address_is_kept_without_a_slash(url: str, kept: str) -> None:
    assert _configuration(url=url).url == kept
