"""Write the reference page of the command line: `python -m rise_cli.reference`, or `--check`."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from rise_cli.main import cli

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "cli.md"
HEAD = """\
# rise

`rise` signs you in, writes projects and teams as you, and reads what you may see. This page is made
from the program by `make generate`.

## Exit codes

| code | what happened |
| --- | --- |
| 0 | it worked |
| 1 | an error: a server does not answer, a file cannot be read, ... |
| 2 | the command line or the manifest is wrong |
| 3 | there is no such object, or it is none of yours |
| 4 | nobody is signed in, or the session has ended |
| 5 | the server refuses |
| 6 | the name is taken, or somebody changed the object meanwhile |
| 7 | it did not happen in time; it goes on by itself |
| 8 | it cannot become Ready, or go, before somebody acts |
| 130 | interrupted |

An error is one line on standard error: what is wrong and what to do next.

## Environment

| variable | what it is |
| --- | --- |
| `RISE_URL` | the server to sign in to |
| `RISE_CA_FILE` | the CA that signed the server's certificate |
| `RISE_CONFIG_DIR` | where the session lives (`session.json`, readable by you alone) |
| `KUBECONFIG` | what `rise kubeconfig` writes to |
| `REGISTRY_AUTH_FILE` | what `rise registry login` writes to |
| `DOCKER_CONFIG` | the folder of Docker's `config.json`, which it writes to otherwise |

Without `RISE_CONFIG_DIR`, sessions live in `~/.config/rise`, on macOS in
`~/Library/Application Support/rise`.

## docker-credential-rise

Clients of registries start this program, by the protocol of Docker's credential helpers, once
`rise registry login --helper` has set it up. `get` prints a new login of some minutes, `list` the
registries and who you are there. `store` takes what came from here and refuses other logins,
`erase` has nothing to erase. Where nobody is signed in, or a registry is none of the server's, it
answers `credentials not found in native keychain`, and clients go on without a login. Exit codes
are 0 and 1; errors stand on standard output, where clients look.

## Commands
"""


def page() -> str:
    """Return the page."""
    return HEAD + "\n".join(
        _command(cli, click.Context(cli, info_name="rise", **cli.context_settings))
    )


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner:
                yield from _command(inner, click.Context(inner, context, info_name=name))
        return
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\n### {context.command_path}\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    yield f"    {context.command_path} {usage}\n"
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [each for each in records if each and each[1] and "--help" not in each[0]]
    if rows:
        yield "| option | what it is |\n| --- | --- |"
        for option, said in rows:
            yield f"| `{option.replace('|', chr(92) + '|')}` | {' '.join(said.split())} |"
    if command.epilog:
        title, *lines = command.epilog.removeprefix("\b\n").splitlines()
        yield "\n".join(["", title, "", *(f"  {line}" for line in lines)])


def main() -> int:
    """Write, or check with `--check`."""
    text = page().rstrip() + "\n"
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text)
        return 0
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    sys.stderr.write("docs/reference/cli.md is out of date: run `make generate` and commit\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
