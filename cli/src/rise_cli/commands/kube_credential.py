"""rise kube-credential, when the cached token does not last any more."""

import click

from rise_cli import oidc
from rise_cli.credential import print_credential


@click.command("kube-credential")
def command() -> None:
    """Print the session's token for kubectl, renewed if need be.

    kubectl calls this by itself (client-go credential plugin); `rise kubeconfig` sets it up.
    """
    session = oidc.current()
    print_credential(session.token, session.expiresAt)
