"""The API server's way of saying no: metav1.Status, worded as the API server words it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

from rise_crds.api import GROUP

JSON = (b"content-type", b"application/json")


@dataclass(frozen=True)
class Refusal:
    """A whole answer that is a Status."""

    code: int
    reason: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    retry_after_s: int | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers, Content-Length included."""
        headers = [JSON, (b"cache-control", b"no-cache, private")]
        if self.code == HTTPStatus.UNAUTHORIZED:
            headers.append((b"www-authenticate", b"Bearer"))
        if self.retry_after_s is not None:
            headers.append((b"retry-after", str(self.retry_after_s).encode()))
        return [*headers, (b"content-length", str(len(self.body())).encode())]

    def status(self) -> dict[str, Any]:
        """Return the Status object, fields in the API server's order."""
        details = dict(self.details)
        if self.retry_after_s is not None:
            details["retryAfterSeconds"] = self.retry_after_s
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            **({"details": details} if details else {}),
            "code": self.code,
        }

    def body(self) -> bytes:
        """Return the Status as the API server writes it."""
        return orjson.dumps(self.status()) + b"\n"


UNAUTHORIZED = Refusal(HTTPStatus.UNAUTHORIZED, "Unauthorized", "Unauthorized")
TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "RequestEntityTooLarge",
    "limit is 3145728",
)
NO_UPGRADE = Refusal(
    HTTPStatus.NOT_IMPLEMENTED,
    "NotImplemented",
    "the Rise gateway does not carry exec, attach, port-forward and cp; "
    "`kubectl logs` works, and so does a kubeconfig that points at the API server itself",
)


def bad_request(message: str) -> Refusal:
    """Return what a malformed request gets."""
    return Refusal(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def forbidden(group: str, resource: str, name: str, why: str) -> Refusal:
    """Return what the API server says when no role lets somebody do something."""
    subject = f"{resource}.{group}" if group else resource
    return Refusal(
        HTTPStatus.FORBIDDEN,
        "Forbidden",
        f'{subject} "{name}" is forbidden: {why}' if name else f"{subject} is forbidden: {why}",
        {
            **({"name": name} if name else {}),
            **({"group": group} if group else {}),
            "kind": resource,
        },
    )


def not_found(resource: str, name: str) -> Refusal:
    """Return what the API server says of a name that does not exist."""
    return Refusal(
        HTTPStatus.NOT_FOUND,
        "NotFound",
        f'{resource}.{GROUP} "{name}" not found',
        {"name": name, "group": GROUP, "kind": resource},
    )


def already_exists(resource: str, name: str) -> Refusal:
    """Return what the API server says of a name that is taken, whoever has it."""
    return Refusal(
        HTTPStatus.CONFLICT,
        "AlreadyExists",
        f'{resource}.{GROUP} "{name}" already exists',
        {"name": name, "group": GROUP, "kind": resource},
    )


def method_not_allowed(method: str) -> Refusal:
    """Return what a verb that is none gets."""
    return Refusal(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        f"{method} is not supported on resources of kind",
    )


def not_acceptable() -> Refusal:
    """Return what a client gets that takes no format of ours."""
    return Refusal(
        HTTPStatus.NOT_ACCEPTABLE,
        "NotAcceptable",
        "only the following media types are accepted: application/json, "
        "application/json;as=Table;v=v1;g=meta.k8s.io, "
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    )


def expired(message: str = "The provided continue parameter is too old") -> Refusal:
    """Return what makes a client list anew."""
    return Refusal(HTTPStatus.GONE, "Expired", message)


def too_new(asked: int, current: int) -> Refusal:
    """Return what a resourceVersion of the future gets."""
    return Refusal(
        HTTPStatus.GATEWAY_TIMEOUT,
        "Timeout",
        f"Too large resource version: {asked}, current: {current}",
        {
            "causes": [
                {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
            ]
        },
        retry_after_s=1,
    )


def too_many(most: int) -> Refusal:
    """Return what somebody gets who has enough open; clients wait and try again."""
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "TooManyRequests",
        f"you have {most} requests and watches open at the Rise gateway: close some of them",
        retry_after_s=1,
    )


def too_much(most_bytes: int) -> Refusal:
    """Return what somebody gets whose bodies fill what they may; clients wait and try again."""
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "TooManyRequests",
        f"the requests that you have open at the Rise gateway hold {most_bytes // 1024**2} MiB: "
        "send fewer of them at once",
        retry_after_s=1,
    )


def too_fast(per_s: float, retry_after_s: int) -> Refusal:
    """Return what somebody gets who asks too often; clients wait and try again."""
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "TooManyRequests",
        f"you ask the Rise gateway more than {per_s:g} times a second: watch instead of asking "
        "again and again",
        retry_after_s=retry_after_s,
    )


def too_busy() -> Refusal:
    """Return what everybody gets while all together have enough open."""
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "TooManyRequests",
        "the Rise gateway has as many requests and watches open as it can carry: try again",
        retry_after_s=5,
    )


def unavailable(message: str, *, retry: bool = True) -> Refusal:
    """Return what a request gets while something is away; with `retry`, clients try again."""
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "ServiceUnavailable",
        message,
        retry_after_s=1 if retry else None,
    )


def broken_off(message: str) -> Refusal:
    """Return what a request gets that may or may not have been carried out."""
    return Refusal(HTTPStatus.BAD_GATEWAY, "InternalError", message)
