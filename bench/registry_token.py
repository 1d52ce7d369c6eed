"""Tokens of a registry beside the same registry with htpasswd, each by what it costs one core.

A project's credential asks the backend for a token to pull; a registry of the same build checks a
password against bcrypt at each request. For a person's login the API server decides besides; what
that costs it is said apart. Answers are counted for each second of CPU time that who answers has
used, so that others on the machine change the ratio little. `p99` is that of requests sent at an
even pace, at half of what one core can do. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

import aiohttp
import bcrypt
import crowd
import jwt
import yaml
from gateway import MISSED, Goal
from load import Order, measured
from machine import cpu_s, this_machine, warn_if_busy
from stand import Server, Stand, stand, wait

from rise_local import accounts, programs
from rise_local.kubectl import Kubectl
from rise_local.ports import LOOPBACK
from rise_local.supervisor import Supervisor
from rise_registry.signing import Signer
from rise_registry.statements import Kind, Statement, stated

PROJECT, OWNER, ID = "shop-0000", "alice@example.com", "00112233445566ff"
OPERATOR, BACKEND = "operator", "backend"
ROBOT = "a project's: pull"
PEOPLE = {"a person's: pull": "pull", "a person's: push": "push"}
CONNECTIONS = 16  # who finds them all busy waits, and that counts
COSTS = (10, 5)  # of bcrypt: what libraries take by default, and what the program htpasswd does
PULLS, WITHIN_S = 10_000, 3600
TIMES_QUICKER, P99_MS, SHARE_PERCENT = 10, 20, 1


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of one answer."""

    own: float
    api: float  # the API server's

    def shown(self, name: str) -> str:
        """Return the line that people read."""
        answers = f"{name:<24}{1000 / self.own:>9.0f} answers for a second of CPU time"
        return (
            f"{answers}, {self.api:.2f} ms of the API server's each" if name in PEOPLE else answers
        )


@dataclass(frozen=True)
class Side:
    """Who answers, and what is asked."""

    server: Server
    path: str
    authorization: str

    def cost(self, on: Stand, seconds: float) -> Cost:
        """Return what an answer costs."""
        order = Order(
            self.server.url + self.path,
            on.ca,
            {"Authorization": self.authorization},
            connections=4,
            seconds=seconds,
        )
        pids = (self.server.pid, Supervisor(on.site.home).states()["kube-apiserver"].pid)
        before = [cpu_s(pid) for pid in pids]
        answers = measured(order).answers
        used = (cpu_s(pid) - was for pid, was in zip(pids, before, strict=True))
        return Cost(*(1000 * each / answers for each in used))


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


async def _placed(on: Stand) -> None:
    """Have a Project with a place at the registry, as the operator would write it."""
    async with on.administrator() as session:
        await crowd.created(session, [crowd.project(PROJECT, OWNER)])
        await crowd.created(session, crowd.rights(PROJECT, OWNER))
    account = programs.ACCOUNTS[OPERATOR]
    accounts.ensure(on.site.home, on.kubectl, on.target.endpoint(), OPERATOR, account)
    operator = Kubectl(on.site.programs["kubectl"], on.site.home.kubeconfig_of(OPERATOR))
    end = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    published = {
        "provider": "distribution",
        "repository": f"{on.site.address('registry')}/{PROJECT}",
        "pullSecretRef": {"name": "rise-registry"},
        "expiresAt": end,
        "credentials": [{"id": ID, "expiresAt": end}],
    }
    patch = ("patch", "project", PROJECT, "--subresource=status", "--type=merge", "-p")
    body = json.dumps({"status": {"registry": published}})
    operator.run(*patch, body)


def _tokens(on: Stand, backend: Server) -> dict[str, Side]:
    """Return whoever asks for a token, by a name."""
    uid = on.kubectl.run("get", "project", PROJECT, "-o", "jsonpath={.metadata.uid}")
    end = datetime.now(UTC) + timedelta(days=1)
    robot = Statement(Kind.PULL, "local", ID, end, project=PROJECT, project_uid=uid)
    login = replace(robot, kind=Kind.PUSH, person=OWNER)
    return {
        ROBOT: _asking(on, backend, robot, OPERATOR, "pull"),
        **{name: _asking(on, backend, login, BACKEND, does) for name, does in PEOPLE.items()},
    }


def _asking(on: Stand, backend: Server, said: Statement, signs: str, action: str) -> Side:
    """Return who asks for a token with what `said` says, having seen that it opens that."""
    pair = on.site.tokens.pair(signs)
    password = stated(said, Signer(pair.certificate, pair.key), datetime.now(UTC))
    scope = f"repository:{PROJECT}/web:{action}"
    path = f"/registry/token?service={on.site.address('registry')}&scope={scope}"
    side = Side(backend, path, _basic(said.username, password))
    wait(lambda: action in _opened(on, side), f"no token for {said.username} to {action}")
    return side


def _opened(on: Stand, side: Side) -> list[str]:
    answer = on.ask(side.server.url + side.path, headers={"Authorization": side.authorization})
    token = json.loads(answer or b"{}").get("token", "")
    claims = jwt.decode(token, options={"verify_signature": False}) if token else {"access": []}
    return [action for each in claims["access"] for action in each["actions"]]


@contextmanager
def _htpasswd(on: Stand, cost: int, port: int) -> Generator[Side]:
    """Run a registry that checks a password by bcrypt."""
    folder = on.site.home.etc
    server = on.site.authority.ensure_server("bench", datetime.now(UTC))
    hashed = bcrypt.hashpw(b"password", bcrypt.gensalt(cost)).decode()
    (folder / "htpasswd").write_text(f"somebody:{hashed}\n")
    said = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "auth": {"htpasswd": {"realm": "bench", "path": str(folder / "htpasswd")}},
        "storage": {"inmemory": {}},
        "http": {
            "addr": f"{LOOPBACK}:{port}",
            "tls": {"certificate": str(server.certificate), "key": str(server.key)},
        },
    }
    path = folder / "htpasswd.yaml"
    path.write_text(yaml.safe_dump(said))
    env = {**os.environ, "GOMAXPROCS": "1", "OTEL_TRACES_EXPORTER": "none"}
    program = str(on.site.programs["registry"])
    started = subprocess.Popen([program, "serve", str(path)], env=env)
    url = f"https://{LOOPBACK}:{port}"
    try:
        wait(lambda: on.ask(f"{url}/") is not None, f"{url} does not answer")
        yield Side(Server(url, started.pid), "/v2/", _basic("somebody", "password"))
    finally:
        started.terminate()
        started.wait()


async def _paced(on: Stand, side: Side, rate: float, seconds: float) -> float:
    """Return p99 (milliseconds) of requests that are sent `rate` a second, whatever comes back."""
    taken_s: list[float] = []

    async def one(session: aiohttp.ClientSession) -> None:
        began = time.perf_counter()
        async with session.get(side.server.url + side.path) as answer:
            await answer.read()
        taken_s.append(time.perf_counter() - began)

    trust = ssl.create_default_context(cafile=on.ca)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=trust)
    headers = {"Authorization": side.authorization}
    async with (
        aiohttp.ClientSession(
            connector=connector, headers=headers, raise_for_status=True
        ) as session,
        asyncio.TaskGroup() as group,
    ):
        began = time.perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            group.create_task(one(session))
    return quantiles(taken_s, n=100)[-1] * 1000


def _measured(options: argparse.Namespace) -> Iterator[str | Goal]:
    with stand() as on:
        asyncio.run(_placed(on))
        backend = on.backend("token", on.site.issuer)
        ours = _tokens(on, backend)
        costs: dict[str, list[Cost]] = {}
        free = max(on.site.ports.values()) + 1
        for _ in range(options.rounds):
            for name, side in ours.items():
                costs.setdefault(name, []).append(side.cost(on, options.seconds))
            for cost in COSTS:
                with _htpasswd(on, cost, free) as theirs:
                    found = theirs.cost(on, options.seconds)
                    costs.setdefault(f"htpasswd, bcrypt {cost}", []).append(found)
        medians = {
            name: Cost(median(each.own for each in found), median(each.api for each in found))
            for name, found in costs.items()
        }
        yield from (each.shown(name) for name, each in medians.items())
        usual, tokens = medians[f"htpasswd, bcrypt {COSTS[0]}"].own, 1000 / medians[ROBOT].own
        yield Goal(
            "tokens: times htpasswd", usual / medians[ROBOT].own, TIMES_QUICKER, at_least=True
        )
        p99_ms = asyncio.run(_paced(on, ours[ROBOT], tokens / 2, options.seconds * 2))
        yield Goal(f"p99 at {tokens / 2:.0f} tokens/s: ms", p99_ms, P99_MS)
        share = PULLS / tokens / WITHIN_S * 100
        yield Goal(f"{PULLS} pulls within an hour: % of a core", share, SHARE_PERCENT)


def main() -> int:
    """Measure, print, and say by the exit code whether every goal was met."""
    parser = argparse.ArgumentParser(description="Measure tokens of a registry beside htpasswd.")
    parser.add_argument("--rounds", type=int, default=5, help="of each side (default: 5)")
    parser.add_argument("--seconds", type=float, default=2, help="of a round (default: 2)")
    options = parser.parse_args()
    warn_if_busy()
    found = list(_measured(options))
    sys.stdout.write("\n".join([f"machine: {this_machine()}", *map(str, found)]) + "\n")
    missed = [each for each in found if isinstance(each, Goal) and not each.met]
    return MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
