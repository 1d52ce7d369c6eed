"""Every documented exit code is reached by a command, with one line that says what to do next."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import replies
from fixtures.command_line import Rise
from fixtures.loopback import Loopback

from rise_cli.reference import page

Prepare = Callable[[Loopback, Path], object]
SHOP = f"{replies.PROJECTS}/shop"
CORE = f"{replies.TEAMS}/core"
WRITTEN = replies.resource("shop")
STALLED = replies.resource(
    "shop",
    replies.condition("Ready", "False", "NamespaceConflict", "namespace rise-shop is taken"),
    replies.condition("Stalled", "True", "NamespaceConflict", "namespace rise-shop is taken"),
)
BLOCKED = replies.resource(
    "core",
    replies.condition("Ready", "False", "ProjectsRemain", "1 project still belongs: shop"),
    replies.condition("Stalled", "True", "ProjectsRemain", "1 project still belongs: shop"),
)
NO_ROLE = (
    'projects.rise.dev "shop" is forbidden: User "rise:alice@example.com" cannot delete resource '
    '"projects" in API group "rise.dev" at the cluster scope'
)
DENIED = (
    "projects.rise.dev \"shop\" is forbidden: ValidatingAdmissionPolicy 'projects' with binding "
    "'projects' denied request: you are not an owner of this project"
)


def as_it_is(_server: Loopback, _home: Path) -> None:
    """Leave everything as it is."""


@dataclass(frozen=True)
class Case:
    """A command and how it has to end."""

    command: Sequence[str]
    code: int
    says: str
    prepare: Prepare = as_it_is


def answers(method: str, path: str, *replied: tuple[int, object]) -> Prepare:
    return lambda server, _: server.on(method, path, *replied)


def both(*steps: Prepare) -> Prepare:
    return lambda server, home: [step(server, home) for step in steps]


def signed_out(_: Loopback, home: Path) -> None:
    (home / "session.json").unlink()


def readable_by_others(_: Loopback, home: Path) -> None:
    (home / "session.json").chmod(0o644)


def a_directory_in_its_place(_: Loopback, home: Path) -> None:
    (home / "session.json").unlink()
    (home / "session.json").mkdir()


def nobody_listens(_: Loopback, home: Path) -> None:
    path = home / "session.json"
    session = json.loads(path.read_text())
    path.write_text(json.dumps({**session, "server": "http://127.0.0.1:1"}))


CASES = {
    "it works": Case(["explain", "OwnerNotFound"], 0, ""),
    "the server is away": Case(["project", "list"], 1, "does not answer", nobody_listens),
    "the server says that it cannot": Case(
        ["project", "list"],
        1,
        "the mirror is on its way",
        answers("GET", "/api/v1/projects", replies.problem(503, "the mirror is on its way")),
    ),
    "the answer is a page for people": Case(
        ["project", "list"],
        1,
        "check --server",
        answers("GET", "/api/v1/projects", (200, b"<html>welcome</html>")),
    ),
    "the answer is somewhere else": Case(
        ["project", "list"], 1, "check --server", answers("GET", "/api/v1/projects", (302, "/x"))
    ),
    "the server breaks": Case(
        ["project", "list"], 1, "answered 500", answers("GET", "/api/v1/projects", (500, b"oops"))
    ),
    "others may read the session": Case(["whoami"], 1, "chmod 600", readable_by_others),
    "the session cannot be read": Case(["whoami"], 1, "cannot be read", a_directory_in_its_place),
    "there is no such command": Case(["projcet"], 2, "Did you mean 'project'?"),
    "there is no such command of a group": Case(["team", "crate"], 2, "Did you mean 'create'?"),
    "there is no such option": Case(["project", "list", "--al"], 2, "'--al'"),
    "there is no such format": Case(["whoami", "-o", "xml"], 2, "'xml'"),
    "the name is missing": Case(["project", "show"], 2, "rise project show --help"),
    "the name is no name": Case(["project", "show", "../teams"], 2, "'../teams' is no name"),
    "the empty name is no list": Case(["project", "delete", "", "--yes"], 2, "'' is no name"),
    "a byte is no text": Case(["project", "show", "\udcff"], 2, "is not UTF-8"),
    "nothing is to be changed": Case(["project", "edit", "shop"], 2, "Nothing to change"),
    "nothing of a team is to be changed": Case(["team", "edit", "core"], 2, "Nothing to change"),
    "the owner is set in two ways": Case(
        ["project", "edit", "shop", "--accept", "--owner", "team:core"],
        2,
        "Only one of --owner and --accept",
    ),
    "nothing can be done that way": Case(["can", "edti", "project/shop"], 2, "did you mean edit?"),
    "nothing like it can be done": Case(["who-can", "fly", "team/core"], 2, "there are get, list"),
    "a team cannot be pushed to": Case(["can", "push", "team/core"], 2, "'push' is nothing"),
    "there is no such kind": Case(["can", "edit", "pod/shop"], 2, "write project/NAME"),
    "the kind is missing": Case(["can", "edit", "shop"], 2, "write project/NAME"),
    "what is asked about has no name": Case(["can", "edit", "project/"], 2, "'' is no name"),
    "nobody is no e-mail address": Case(
        ["can", "edit", "project/shop", "--as", "bob"], 2, "'bob' is no e-mail address"
    ),
    "nobody is to be added": Case(["project", "members", "shop", "add"], 2, "Whom?"),
    "nobody is to be removed": Case(["team", "members", "core", "remove"], 2, "Whom?"),
    "a list is of everybody": Case(
        ["project", "members", "shop", "list", "bob@example.com"], 2, "list takes nobody"
    ),
    "a member without a role": Case(
        ["project", "members", "shop", "add", "bob@example.com"], 2, "EMAIL=viewer"
    ),
    "a member of a team is a person": Case(
        ["team", "members", "core", "add", "team:x"], 2, "'team:x' is no e-mail address"
    ),
    "a transfer goes nowhere": Case(["project", "transfer", "shop"], 2, "one of --to EMAIL"),
    "a transfer goes two ways": Case(
        ["project", "transfer", "shop", "--to", "bob@example.com", "--accept"], 2, "Say one of"
    ),
    "nobody can be asked": Case(["project", "delete", "shop"], 2, "--yes"),
    "nobody can be asked about a team": Case(["team", "delete", "core"], 2, "--yes"),
    "the password has no owner": Case(
        ["login", "--password-stdin", "--server", "https://x.test"], 2, "--email"
    ),
    "the server is no address": Case(["login", "--server", "https://[::1"], 2, "https://[::1"),
    "the password would be readable": Case(
        ["login", "--server", "http://x.test"], 2, "http://x.test"
    ),
    "the server has a login in it": Case(
        ["login", "--server", "https://a@x.test"], 2, "is no server"
    ),
    "the spec is wrong": Case(
        ["project", "create", "shop", "--source-url", "ftp://x"],
        2,
        "spec.sourceUrl",
        answers("POST", replies.PROJECTS, replies.refusal(422, "spec.sourceUrl: no https URL")),
    ),
    "the query is wrong": Case(
        ["project", "list", "--search", "x" * 201],
        2,
        "search: at most 200",
        answers("GET", "/api/v1/projects", replies.problem(422, "search: at most 200")),
    ),
    "there is no such project": Case(
        ["project", "show", "shop"],
        3,
        "no project called shop",
        answers("GET", "/api/v1/projects/shop", replies.problem(404, "no project called shop")),
    ),
    "there is no such reason": Case(["explain", "OwnerNotFund"], 3, "did you mean OwnerNotFound?"),
    "who is no member cannot be removed": Case(
        ["project", "edit", "shop", "--remove-member", "eve@example.com"],
        3,
        "eve@example.com is no member",
        answers("GET", SHOP, (200, WRITTEN)),
    ),
    "who is no member of a team cannot be removed": Case(
        ["team", "members", "core", "remove", "eve@example.com", "--owner"],
        3,
        "eve@example.com is no owner",
        answers("GET", CORE, (200, {**WRITTEN, "spec": {"owners": [replies.ALICE]}})),
    ),
    "there is no offer to take back": Case(
        ["project", "transfer", "shop", "--withdraw"],
        3,
        "offered to nobody",
        answers("GET", SHOP, (200, WRITTEN)),
    ),
    "others are none of the caller's business": Case(
        ["can", "edit", "project/shop", "--as", "bob@example.com"],
        3,
        "that you own",
        answers(
            "GET", "/api/v1/projects/shop/access", replies.problem(404, "no project that you own")
        ),
    ),
    "nobody is signed in": Case(["project", "list"], 4, "rise login", signed_out),
    "nobody is signed in for kubectl": Case(["kube-credential"], 4, "rise login", signed_out),
    "there is no session for a kubeconfig": Case(["kubeconfig"], 4, "rise login", signed_out),
    "the token is not accepted": Case(
        ["whoami"],
        4,
        "rise login",
        answers("GET", "/api/v1/me", replies.problem(401, "the token is not acceptable here")),
    ),
    "what is not offered is not accepted": Case(
        ["project", "transfer", "shop", "--accept"],
        5,
        "not offered to you",
        answers("GET", SHOP, (200, WRITTEN)),
    ),
    "the server refuses": Case(
        ["project", "edit", "shop", "--description", "x"],
        5,
        "error: you are not an owner of this project",
        both(
            answers("GET", SHOP, (200, WRITTEN)),
            answers("PATCH", SHOP, replies.refusal(403, DENIED)),
        ),
    ),
    "no role gives the right": Case(
        ["project", "delete", "shop", "--yes"],
        5,
        "error: you may not delete project shop: ask its owner",
        both(
            answers("GET", SHOP, (200, WRITTEN)),
            answers("DELETE", SHOP, replies.refusal(403, NO_ROLE)),
        ),
    ),
    "the project to change is out of sight": Case(
        ["project", "edit", "shop", "--suspend"],
        3,
        "no project called shop that you may see",
        answers("GET", SHOP, replies.refusal(404, 'projects.rise.dev "shop" not found')),
    ),
    "nothing was offered": Case(
        ["project", "edit", "shop", "--accept"],
        5,
        "not offered to you",
        answers("GET", SHOP, (200, WRITTEN)),
    ),
    "the name is taken": Case(
        ["project", "create", "shop"],
        6,
        "choose another name",
        answers("POST", replies.PROJECTS, replies.refusal(409, 'projects "shop" already exists')),
    ),
    "somebody is quicker each time": Case(
        ["project", "edit", "shop", "--suspend"],
        6,
        "try again",
        both(
            answers("GET", SHOP, (200, WRITTEN)),
            answers("PATCH", SHOP, replies.OVERTAKEN),
        ),
    ),
    "it is not Ready in time": Case(
        ["project", "create", "shop", "--timeout", "0s"],
        7,
        "rise project show shop",
        both(
            answers("POST", replies.PROJECTS, (201, WRITTEN)), answers("GET", SHOP, (200, WRITTEN))
        ),
    ),
    "it is not gone in time": Case(
        ["project", "delete", "shop", "--yes", "--timeout", "0s"],
        7,
        "still there",
        both(answers("GET", SHOP, (200, WRITTEN)), answers("DELETE", SHOP, (200, WRITTEN))),
    ),
    "it needs somebody to act": Case(
        ["project", "create", "shop"],
        8,
        "rise explain NamespaceConflict",
        both(
            answers("POST", replies.PROJECTS, (201, STALLED)), answers("GET", SHOP, (200, STALLED))
        ),
    ),
    "the team waits for its projects": Case(
        ["team", "delete", "core", "--yes"],
        8,
        "1 project still belongs: shop",
        both(answers("GET", CORE, (200, BLOCKED)), answers("DELETE", CORE, (200, BLOCKED))),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_command_ends_with_a_documented_code(
    case: Case, server: Loopback, home: Path, rise: Rise
) -> None:
    case.prepare(server, home)
    ended = rise(*case.command)
    assert ended.code == case.code, ended.err
    assert case.says in ended.err
    if case.code:
        assert ended.err.startswith("error: ")
        assert len(ended.err.splitlines()) == 1


def test_every_documented_code_has_a_case() -> None:
    rows = [line.split("|")[1].strip() for line in page().splitlines() if line.startswith("| ")]
    documented = {int(cell) for cell in rows if cell.isdigit()}
    interrupted = 130  # test_process.py: it takes a signal
    assert {case.code for case in CASES.values()} == documented - {interrupted}


def test_what_a_server_says_cannot_steer_the_terminal(server: Loopback, rise: Rise) -> None:
    server.on("GET", "/api/v1/projects", replies.problem(403, "no\x1b[2J\nerror: \u202ereally"))
    assert rise("project", "list").err == "error: no?[2J error: ?really\n"


@pytest.mark.parametrize(
    "command", [pytest.param([], id="nothing"), pytest.param(["project"], id="a group alone")]
)
def test_without_a_command_the_help_comes_as_it_is(command: list[str], rise: Rise) -> None:
    ended = rise(*command)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Usage: rise")
    assert "\n  create" in ended.err or "\n  project" in ended.err
