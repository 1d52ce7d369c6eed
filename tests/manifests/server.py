"""The API server as a program speaks to it: bytes in, bytes out, no client that mends anything."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from kubernetes import client


@dataclass(frozen=True)
class Answer:
    """What the API server said: the object, or a Status with a message."""

    accepted: bool
    body: dict[str, Any]

    @property
    def message(self) -> str:
        return self.body.get("message", "")


@dataclass(frozen=True)
class Server:
    """An API server that is asked as an administrator, and never changed."""

    api: client.ApiClient

    def create(self, kind: str, manifest: str) -> Answer:
        """Ask what a strict create of `manifest` would come to."""
        path = f"/apis/rise.dev/v1alpha1/{kind.lower()}s?dryRun=All&fieldValidation=Strict"
        headers = {"Content-Type": "application/yaml", "Accept": "application/json"}
        url = self.api.configuration.host + path
        response: Any = self.api.call_api("POST", url, headers, manifest.encode())
        body = json.loads(response.read())
        return Answer(response.status == HTTPStatus.CREATED, body)
