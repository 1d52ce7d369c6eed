"""Ports are chosen once and kept."""

import json
import socket
from pathlib import Path

from rise_local import ports
from rise_local.home import prepared

NAMES = ("dex", "backend")


def test_ports_are_remembered(tmp_path: Path) -> None:
    home = prepared(tmp_path)
    said: list[str] = []
    first = ports.choose(home, NAMES, said.append, cache=home.root)
    assert (
        ports.choose(home, NAMES, said.append, cache=home.root) == first == ports.remembered(home)
    )
    assert len(set(first.values())) == len(NAMES)
    assert said == []


def test_a_taken_port_is_chosen_again_and_said(tmp_path: Path) -> None:
    home = prepared(tmp_path)
    said: list[str] = []
    before = ports.choose(home, NAMES, said.append, cache=home.root)
    with socket.create_server(("127.0.0.1", before["dex"])):
        after = ports.choose(home, NAMES, said.append, cache=home.root)
    assert after["backend"] == before["backend"]
    assert after["dex"] != before["dex"]
    assert said == [
        f"port {before['dex']} of dex is taken by somebody else: {after['dex']} from now on"
    ]


def test_a_new_name_gets_a_port_and_the_others_keep_theirs(tmp_path: Path) -> None:
    home = prepared(tmp_path)
    before = ports.choose(home, NAMES, print, cache=home.root)
    after = ports.choose(home, (*NAMES, "registry"), print, cache=home.root)
    assert {name: after[name] for name in NAMES} == before


def test_a_broken_memory_is_no_memory(tmp_path: Path) -> None:
    home = prepared(tmp_path)
    home.ports.write_text("{")
    assert ports.remembered(home) == {}


def test_what_another_platform_has_chosen_is_taken_though_nobody_listens(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    one, other = prepared(tmp_path / "one"), prepared(tmp_path / "other")
    said: list[str] = []
    first = ports.choose(one, NAMES, said.append, cache=cache)
    other.ports.write_text(json.dumps(first))
    second = ports.choose(other, NAMES, said.append, cache=cache)
    assert set(second.values()).isdisjoint(first.values())
    assert len(said) == len(NAMES)
    assert ports.choose(one, NAMES, said.append, cache=cache) == first


def test_a_platform_that_was_reset_gives_its_ports_back(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    one, other = prepared(tmp_path / "one"), prepared(tmp_path / "other")
    first = ports.choose(one, NAMES, print, cache=cache)
    one.ports.unlink()
    other.ports.write_text(json.dumps(first))
    assert ports.choose(other, NAMES, print, cache=cache) == first
    links = [each for each in (cache / "ports").iterdir() if each.is_symlink()]
    assert [link.resolve() for link in links] == [other.ports]


def test_without_a_cache_ports_are_chosen_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    home = prepared(tmp_path / "rise")
    assert set(ports.choose(home, NAMES, print, cache=tmp_path / "cache")) == set(NAMES)


def test_a_checkout_that_is_reached_by_two_paths_is_one_platform(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    home = prepared(tmp_path / "real")
    (tmp_path / "alias").symlink_to(home.root)
    first = ports.choose(home, NAMES, print, cache=cache)
    assert ports.choose(prepared(tmp_path / "alias"), NAMES, print, cache=cache) == first
