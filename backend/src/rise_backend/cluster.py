"""The backend's own account at the API server, as the official client finds it."""

import os
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kubernetes import client, config

from rise_backend.errors import UnavailableError

REREAD_S = 10.0  # the client itself reads a pod's token once a minute


@dataclass(frozen=True)
class Cluster:
    """Where the API server is, and how the backend proves who it is."""

    server: str  # without a slash at the end
    people: ssl.SSLContext  # trusts the server, shows no certificate
    own: ssl.SSLContext  # shows the backend's own certificate, if it has one
    authorization: Callable[[], str | None]  # asked for each request: tokens of pods are renewed


class Authorization:
    """The Authorization header of the backend's own account, read again after a while.

    The official client sets all of its options anew whenever it is asked, and searches the
    environment for a proxy: a sixth of the CPU time of a request that is sent by impersonation.
    """

    def __init__(
        self, read: Callable[[], str | None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask `read`, at most every `REREAD_S` seconds of `clock`."""
        self._read = read
        self._clock = clock
        self._value: str | None = None
        self._read_at = float("-inf")

    def __call__(self) -> str | None:
        """Return the header's value; None: the account has a certificate."""
        now = self._clock()
        if now - self._read_at > REREAD_S:
            self._value, self._read_at = self._read(), now
        return self._value


def cluster() -> Cluster:
    """Return the API server of KUBECONFIG, or of the pod that this runs in.

    Raises:
        UnavailableError: there is neither.
    """
    configuration = client.Configuration()
    try:
        if "KUBECONFIG" not in os.environ and "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config(client_configuration=configuration)
        else:
            config.load_kube_config(client_configuration=configuration)
    except (config.ConfigException, OSError) as error:
        raise UnavailableError(
            f"no account at the API server ({error}): set KUBECONFIG, or run in a pod"
        ) from error
    own = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    if configuration.cert_file:
        own.load_cert_chain(configuration.cert_file, configuration.key_file)
    return Cluster(
        server=configuration.host.rstrip("/"),
        people=ssl.create_default_context(cafile=configuration.ssl_ca_cert),
        own=own,
        authorization=Authorization(
            partial(configuration.get_api_key_with_prefix, "BearerToken", alias="authorization")
        ),
    )
