"""Every command has help that can be read alone, an example, and a place in the reference page."""

from collections.abc import Iterator

import click
import pytest
from fixtures.command_line import Rise

from rise_cli.main import COMMANDS, cli
from rise_cli.reference import PAGE, page

WITHOUT_EXAMPLE = {"rise logout", "rise kube-credential", "rise version"}  # they take no option


def commands() -> Iterator[tuple[str, click.Command]]:
    """Return every command that does something, with its full name."""
    context = click.Context(cli, info_name="rise", **cli.context_settings)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command
        if isinstance(command, click.Group):
            yield from ((f"rise {name} {verb}", one) for verb, one in command.commands.items())
        else:
            yield f"rise {name}", command


ALL = dict(commands())
EACH = pytest.mark.parametrize("path", ALL)


@EACH
def test_a_command_stands_in_the_reference_page(path: str) -> None:
    assert f"\n### {path}\n" in PAGE.read_text()


@EACH
def test_a_command_says_what_it_does(path: str, rise: Rise) -> None:
    command = ALL[path]
    ended = rise(*path.split()[1:], "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: {path}")
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"


@EACH
def test_a_command_shows_how_it_is_used(path: str, rise: Rise) -> None:
    lines = [line.strip() for line in rise(*path.split()[1:], "-h").out.splitlines()]
    shown = [line for line in lines if line.startswith(f"{path} ") or line == path]
    assert bool(shown) == (path not in WITHOUT_EXAMPLE)
    for line in shown:
        words = line.partition(" < ")[0].removeprefix(path).split()
        flags = [word for word in words if word.startswith("--")]
        known = {name for one in ALL[path].params for name in (*one.opts, *one.secondary_opts)}
        assert set(flags) <= known


def test_the_reference_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page().rstrip() + "\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_and_their_own_help_agree(name: str, rise: Rise) -> None:
    assert f"{name} " in rise("--help").out
    assert rise(name, "--help").code == 0


@pytest.mark.parametrize("command", [["version"], ["--version"]], ids=["a command", "an option"])
def test_the_version_is_printed(command: list[str], rise: Rise) -> None:
    assert rise(*command).out.startswith("rise 0.")


def test_the_reasons_are_listed_and_explained(rise: Rise) -> None:
    assert "OwnerNotFound" in rise("explain").out
    told = rise("explain", "ownernotfound").out
    assert told.startswith("OwnerNotFound: ")
    assert "What to do: " in told
