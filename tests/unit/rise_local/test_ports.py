"""Ports are chosen once and kept."""

import socket
from pathlib import Path

from rise_local import ports
from rise_local.home import prepared

NAMES = ("dex", "backend")


def test_ports_are_remembered(tmp_path: Path) -> None:
    home = prepared(tmp_path)
    said: list[str] = []
    first = ports.choose(home, NAMES, said.append)
    assert ports.choose(home, NAMES, said.append) == first == ports.remembered(home)
    assert len(set(first.values())) == len(NAMES)
    assert said == []


def test_a_taken_port_is_chosen_again_and_said(tmp_path: Path) -> None:
    home = prepared(tmp_path)
    said: list[str] = []
    before = ports.choose(home, NAMES, said.append)
    with socket.create_server(("127.0.0.1", before["dex"])):
        after = ports.choose(home, NAMES, said.append)
    assert after["backend"] == before["backend"]
    assert after["dex"] != before["dex"]
    assert said == [
        f"port {before['dex']} of dex is taken by somebody else: {after['dex']} from now on"
    ]


def test_a_new_name_gets_a_port_and_the_others_keep_theirs(tmp_path: Path) -> None:
    home = prepared(tmp_path)
    before = ports.choose(home, NAMES, print)
    after = ports.choose(home, (*NAMES, "registry"), print)
    assert {name: after[name] for name in NAMES} == before


def test_a_broken_memory_is_no_memory(tmp_path: Path) -> None:
    home = prepared(tmp_path)
    home.ports.write_text("{")
    assert ports.remembered(home) == {}
