"""Who the operator is at the API server, as the official client's configuration says.

KUBECONFIG (token, tokenFile, certificates, exec plugins) or the ServiceAccount of the pod.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from typing import Any

import kopf
from kubernetes import client, config

from rise_operator.errors import CannotStart

REREAD_S = 60.0  # token files are replaced long before the old token ends
_IN_CLUSTER = "KUBERNETES_SERVICE_HOST"


class Credentials:
    """Address, TLS and token; the token is read again every minute and after a 401."""

    def __init__(self, configuration: Any) -> None:
        """Take what the official client loaded."""
        self._configuration = configuration
        self._read_at = float("-inf")
        self._token: str | None = None
        self.server: str = str(configuration.host).rstrip("/")

    @classmethod
    def load(cls) -> Credentials:
        """Return the credentials of this process.

        Raises:
            CannotStart: there is neither a kubeconfig that can be read nor a pod.
        """
        configuration = client.Configuration()
        try:
            if _IN_CLUSTER in os.environ and "KUBECONFIG" not in os.environ:
                config.load_incluster_config(client_configuration=configuration)
            else:
                config.load_kube_config(client_configuration=configuration)
        except (config.ConfigException, OSError) as error:
            said = f"no cluster is configured ({error})"
            raise CannotStart(f"{said}: set KUBECONFIG to a kubeconfig file") from error
        return cls(configuration)

    def tls(self) -> ssl.SSLContext | None:
        """Return what to trust and which certificate to show; None where nothing is encrypted."""
        if not self.server.startswith("https:"):
            return None
        context = ssl.create_default_context(cafile=self._configuration.ssl_ca_cert)
        if not self._configuration.verify_ssl:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self._configuration.cert_file:
            context.load_cert_chain(self._configuration.cert_file, self._configuration.key_file)
        return context

    @property
    def server_name(self) -> str | None:
        """The name that the server's certificate must have, when not that of its address."""
        name = getattr(self._configuration, "tls_server_name", None)
        return str(name) if name else None

    async def authorization(self) -> str | None:
        """Return the Authorization header's value; None with a client certificate.

        Raises:
            OSError: it cannot be read just now; a connection that fails is no other trouble.
        """
        if time.monotonic() - self._read_at > REREAD_S:
            try:
                # an exec plugin may take seconds
                self._token = await asyncio.to_thread(self._read)
            except config.ConfigException as error:
                raise OSError(f"the token cannot be read: {error}") from error
            self._read_at = time.monotonic()
        return self._token

    def forget(self) -> None:
        """Read the token again next time: the server did not take it."""
        self._read_at = float("-inf")

    def for_kopf(self) -> kopf.ConnectionInfo:
        """Return the same identity for the few requests that kopf sends itself."""
        _, _, token = (self._read() or "").rpartition(" ")
        configuration = self._configuration
        return kopf.ConnectionInfo(
            server=self.server,
            ca_path=configuration.ssl_ca_cert,
            insecure=not configuration.verify_ssl,
            token=token or None,
            scheme="Bearer" if token else None,
            certificate_path=configuration.cert_file,
            private_key_path=configuration.key_file,
        )

    def _read(self) -> str | None:
        value = self._configuration.get_api_key_with_prefix("BearerToken", "authorization")
        if not value:
            return None
        return value if " " in value else f"Bearer {value}"
