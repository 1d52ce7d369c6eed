"""The commands behind `make up`, `make down`, `make status` and the like."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from rise_local.errors import LocalError
from rise_local.home import default_root
from rise_local.platform import Platform

INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOT_RUNNING = 3
INTERRUPTED = 130
NEXT = """
The platform is up. Try:

  . {env}
  rise project create hello --description "My first project"
  rise project list
  kubectl get project hello -o wide
  rise registry show hello
  kubectl --kubeconfig "$RISE_ADMIN_KUBECONFIG" get namespace rise-hello --show-labels
  psql "$RISE_DATABASE_URL" -c 'select name, ready, reason from projects'

`make status` shows the processes, `make logs NAME=operator` a log, `make down` stops everything."""


def _platform() -> Platform:
    return Platform(default_root(), target=os.environ.get("RISE_CLUSTER", ""))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run the whole Rise platform on this machine.

    State lies in .rise/ of the checkout, or in the directory that RISE_HOME names. RISE_CLUSTER
    chooses the cluster: unset for one of the platform's own, `kind`, or a kubeconfig context. The
    choice is remembered until `reset`.
    """
    for number in INTERRUPTS:
        if signal.getsignal(number) != signal.SIG_IGN:  # `nohup` means it
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    """Begin to clean up, and let nothing interrupt that: a terminal that closes hangs up twice."""
    for each in INTERRUPTS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(signal.Signals(number).name)


@main.command()
@click.option("--demo/--no-demo", default=True, help="End with the main job, as alice.")
def up(*, demo: bool) -> None:
    """Start the platform; quick when it runs already."""
    try:
        _platform().up(demo=demo)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    if demo:
        click.echo(NEXT.format(env=default_root() / "env"))


@main.command()
def down() -> None:
    """Stop the platform; everything is kept."""
    _platform().down()


@main.command()
def reset() -> None:
    """Stop the platform and delete everything it keeps."""
    _platform().reset()


@main.command()
def status() -> None:
    """Show the platform's processes; exit code 3 when it does not run."""
    states = _platform().states()
    if not states:
        click.echo("the platform is not running: `make up` starts it", err=True)
        sys.exit(NOT_RUNNING)
    click.echo(f"{'PROCESS':26}{'STATE':14}{'READY':8}{'RESTARTS':10}{'PID':>8}{'AGE':>10}")
    for state in states:
        ready = "yes" if state.is_up else "no"
        pid = str(state.pid) if state.running else "-"
        age = f"{state.age_s:.0f}s" if state.running else "-"
        row = f"{state.name:26}{state.status:14}{ready:8}{state.restarts:<10}{pid:>8}{age:>10}"
        click.echo(row)


@main.command()
@click.argument("name")
def start(name: str) -> None:
    """Start the process NAME."""
    _platform().start(name)


@main.command()
@click.argument("name")
def stop(name: str) -> None:
    """Stop the process NAME until it is started again."""
    _platform().stop(name)


@main.command()
@click.argument("name", default="")
@click.option("--lines", "-n", type=int, default=0, help="Print the last LINES only.")
def logs(name: str, lines: int) -> None:
    """Print the log of the process NAME."""
    platform = _platform()
    if not name or not platform.home.log_of(name).is_file():
        kept = sorted(each.stem for each in platform.home.logs.glob("*.log"))
        there = f"there are: {', '.join(kept)}" if kept else "`make up` writes some"
        raise LocalError(f"no log is called {name!r}; {there}")
    click.echo(platform.logs(name, lines), nl=False)


if __name__ == "__main__":
    main()
