"""`python -m rise_local.build [NAME ...]`: build what is missing, print where it is."""

import click

from rise_local.build import binaries


@click.command()
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    """Build the servers NAMES (all without), and print their paths."""
    for path in binaries(names or None).values():
        click.echo(path)


if __name__ == "__main__":
    main(prog_name="python -m rise_local.build")
