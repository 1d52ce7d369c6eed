"""The command line: what there is, and how every command ends."""

import importlib
import io
import sys
from collections.abc import Sequence

import click

from rise_cli.errors import RiseCliError

INTERRUPTED = 130
# Names and first lines stand here so that `rise --help` imports no command.
COMMANDS = {
    "login": "Sign in",
    "logout": "End the session on this machine",
    "whoami": "Show who is signed in",
    "project": "Create, list, show, edit, share, hand over and delete projects",
    "team": "Create, list, show, edit and delete teams",
    "can": "Say whether you may do something, and why",
    "who-can": "List who may do something to what is yours",
    "explain": "Say what a condition's reason means and what to do",
    "registry": "Sign in to the registry of a project, show and renew its credentials",
    "kubeconfig": "Let kubectl talk to the server as you",
    "kube-credential": "Print the session's token for kubectl (it calls this itself)",
    "version": "Print the version",
}


class LazyGroup(click.Group):
    """A group that imports a command when somebody runs it or asks for its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every name, in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of `cmd_name`; None when there is no such command."""
        if cmd_name not in COMMANDS:
            if ctx.resilient_parsing or cmd_name.startswith("-"):
                return None
            raise click.exceptions.NoSuchCommand(cmd_name, possibilities=COMMANDS, ctx=ctx)
        module = importlib.import_module(f"rise_cli.commands.{cmd_name.replace('-', '_')}")
        return module.command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings: RISE_URL, RISE_CA_FILE, RISE_CONFIG_DIR. Reasons: rise explain.",
)
@click.version_option(package_name="rise-cli", message="%(prog)s %(version)s")
def cli() -> None:
    """Projects and teams on Kubernetes, by yourself."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; `arguments` are the program's own if unset."""
    _never_fail_to_print()
    try:
        arguments = list(sys.argv[1:] if arguments is None else arguments)
        _refuse_bytes(arguments)
        code = cli.main(arguments, prog_name="rise", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return _failed("interrupted", INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.UsageError as error:
        said, where = error.format_message(), error.ctx.command_path if error.ctx else "rise"
        stop = "" if said.endswith((".", "?")) else "."
        return _failed(f"{said}{stop} See: {where} --help", error.exit_code)
    except click.ClickException as error:
        return _failed(error.format_message(), error.exit_code)
    except OSError as error:
        about = f"{error.filename}: " if error.filename else ""
        return _failed(f"{about}{error.strerror or error}", RiseCliError.exit_code)
    return code if isinstance(code, int) else 0


def _never_fail_to_print() -> None:
    """Escape what the terminal's encoding cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Refuse arguments that are no text: they fit into no URL and into no JSON."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise click.UsageError(f"{argument!r} is not UTF-8.") from error


def _failed(message: str, code: int) -> int:
    """Say it in one line, whatever a server put into it."""
    line = " ".join(message.split())
    click.echo(f"error: {''.join(c if c.isprintable() else '?' for c in line)}", err=True)
    return code
