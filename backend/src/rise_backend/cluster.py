"""The backend's own account at the API server, as the official client finds it."""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from kubernetes import client, config

from rise_backend.errors import UnavailableError


@dataclass(frozen=True)
class Cluster:
    """Where the API server is, and how the backend proves who it is."""

    server: str  # without a slash at the end
    people: ssl.SSLContext  # trusts the server, shows no certificate
    own: ssl.SSLContext  # shows the backend's own certificate, if it has one
    authorization: Callable[[], str | None]  # asked for each request: tokens of pods are renewed


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
        authorization=lambda: configuration.get_api_key_with_prefix(
            "BearerToken", alias="authorization"
        ),
    )
