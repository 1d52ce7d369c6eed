"""A Project and its pull credential, seen by an administrator."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import direct
from family import condition
from fixtures.people import Shell

ROTATE = "rise.dev/rotate-credentials"
SECRET = "rise-registry"


@dataclass(frozen=True)
class Shop:
    """A Project and its Secret, seen by an administrator."""

    administrator: Shell
    name: str

    @property
    def namespace(self) -> str:
        return f"rise-{self.name}"

    def get(self) -> dict[str, Any]:
        return direct.found(self.administrator, "projects", self.name)

    def uid(self) -> str:
        return str(self.get()["metadata"]["uid"])

    def registry(self) -> dict[str, Any]:
        """Return status.registry; {} when there is none."""
        return self.get().get("status", {}).get("registry", {})

    def ids(self) -> list[str]:
        """Return which credentials count."""
        return [each["id"] for each in self.registry().get("credentials", [])]

    def secret(self) -> dict[str, Any]:
        """Return the Secret; {} when there is none."""
        return direct.found(self.administrator, "secrets", SECRET, self.namespace)

    def held(self) -> str:
        """Return the id that the password itself says; "" when there is no password."""
        data = self.secret().get("data") or {}
        config = json.loads(base64.b64decode(data.get(".dockerconfigjson", "")) or b"{}")
        if not config.get("auths"):
            return ""
        (entry,) = config["auths"].values()
        claims = entry["password"].split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return str(said["jti"])

    def agrees(self) -> bool:
        """Tell whether the Secret holds the newest one, and the status says that it counts."""
        ids = self.ids()
        return bool(ids) and self.held() == ids[0] and self.valid()["status"] == "True"

    def valid(self) -> dict[str, Any]:
        return condition(self.administrator, "project", self.name, "CredentialsValid")

    def change(self, **spec: Any) -> None:
        patch = json.dumps({"spec": spec})
        self.administrator.kubectl("patch", "project", self.name, "--type=merge", "-p", patch)

    def rotate(self, value: str) -> None:
        direct.annotate(self.administrator, "projects", self.name, ROTATE, value)

    def annotate(self, what: str) -> None:
        self.administrator.kubectl("annotate", "--overwrite", "project", self.name, what)

    def secrets(self, *command: str) -> None:
        self.administrator.kubectl("-n", self.namespace, *command)

    def ready(self) -> dict[str, Any]:
        return condition(self.administrator, "project", self.name)

    def registry_ready(self) -> dict[str, Any]:
        return condition(self.administrator, "project", self.name, "RegistryReady")
