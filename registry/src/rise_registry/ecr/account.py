"""AWS as Rise uses it: calls in threads of their own, failures as the contract names them.

boto3 blocks, and importing it takes a while and some 30 MiB: neither is for the event loop, and
neither for programs whose registries are others.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from rise_registry.contract import RegistryError, RegistryUnavailableError
from rise_registry.ecr.options import ECROptions

CALLS = 8  # at once; more wait
CONNECT_S, READ_S = 3, 10
SERVER_ERROR = 500
REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
THROTTLED = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

Result = TypeVar("Result")
Keys = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Clients:
    """The account's clients of both services."""

    ecr: Any
    sts: Any


class Account:
    """The account of this program, in one region."""

    def __init__(self, name: str, options: ECROptions) -> None:
        """Take what to use; nothing is imported or read before the first call."""
        self._name = name
        self._options = options
        self._threads = ThreadPoolExecutor(CALLS, thread_name_prefix=f"registry-{name}")
        self._making = Lock()  # boto3's sessions are not for several threads, its clients are
        self._made: dict[Keys, Clients] = {}
        self._session: Any = None

    async def run(self, call: Callable[[Clients], Result]) -> Result:
        """Return what `call` returns, run in a thread with the account's clients.

        Raises:
            RegistryUnavailableError: AWS does not answer, is throttled, or fails.
            RegistryError: it refuses.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._called(call))

    def session(self, credentials: dict[str, Any]) -> Any:
        """Return ECR's client for the credentials that AssumeRole answered with."""
        with self._making:
            return self._client(
                "ecr",
                (
                    ("aws_access_key_id", credentials["AccessKeyId"]),
                    ("aws_secret_access_key", credentials["SecretAccessKey"]),
                    ("aws_session_token", credentials["SessionToken"]),
                ),
            )

    async def close(self) -> None:
        """Give threads and connections back."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for clients in self._made.values():
            clients.ecr.close()
            clients.sts.close()
        self._made.clear()

    def _called(self, call: Callable[[Clients], Result]) -> Result:
        from botocore import exceptions as boto  # noqa: PLC0415 - as boto3
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 - as boto3

        try:
            return call(self._clients())
        except boto.ClientError as error:
            raise self._named(error.response) from error
        except boto.ParamValidationError as error:
            raise RegistryError(
                f"registry {self._name}: AWS takes no such request ({error}): check the registry's "
                "options"
            ) from error
        except (LookupError, ResponseParserError) as error:
            raise RegistryUnavailableError(
                f"registry {self._name}: what answers is not AWS: check that `endpoint` in the "
                "registry's options is right"
            ) from error
        except boto.BotoCoreError as error:  # no answer, or no account
            raise RegistryUnavailableError(
                f"registry {self._name}: AWS cannot be used ({error}): check that "
                f"{self._options.endpoint or self._options.region} can be reached, and that this "
                "program has an account (`keys` in the registry's options, or a role of its own)"
            ) from error

    def _named(self, response: Any) -> RegistryError:
        """Return the failure that an answer of AWS is."""
        code = str(response["Error"].get("Code", ""))
        said = f"registry {self._name}: AWS says {code}: {response['Error'].get('Message', '')}"
        answer = response.get("ResponseMetadata", {})
        if code in THROTTLED or answer.get("HTTPStatusCode", 0) >= SERVER_ERROR:
            return RegistryUnavailableError(
                f"{said}: it is tried again", _seconds(answer.get("HTTPHeaders", {}))
            )
        if code in REFUSED:
            return RegistryError(f"{said}: give this program's account the right to it")
        return RegistryError(said)

    def _clients(self) -> Clients:
        keys = self._keys()
        with self._making:
            if keys not in self._made:  # the first ones, or the keys have changed
                self._made = {keys: Clients(self._client("ecr", keys), self._client("sts", keys))}
            return self._made[keys]

    def _client(self, service: str, keys: Keys) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - see the head of this module

        if self._session is None:
            self._session = _session(self._options.region)
        return self._session.client(
            service,
            endpoint_url=self._options.endpoint or None,
            config=Config(
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"mode": "adaptive", "total_max_attempts": self._options.attempts},
                max_pool_connections=CALLS,
            ),
            **dict(keys),
        )

    def _keys(self) -> Keys:
        folder = self._options.keys
        if folder is None:
            return ()
        return tuple(
            (name, self._key(folder / name))
            for name in ("aws_access_key_id", "aws_secret_access_key")
        )

    def _key(self, path: Path) -> str:
        try:
            return path.read_text().strip()
        except OSError as error:
            raise RegistryError(
                f"registry {self._name}: {path} cannot be read ({error.strerror}): mount the "
                "Secret with the account's keys"
            ) from error


def _seconds(headers: dict[str, str]) -> float | None:
    with suppress(KeyError, ValueError):
        return float(headers["retry-after"])
    return None


def _session(region: str) -> Any:
    from boto3.session import Session  # noqa: PLC0415 - see the head of this module
    from botocore.session import get_session  # noqa: PLC0415 - see the head of this module

    core: Any = get_session()
    core.register_component("data_loader", _loader())
    return Session(botocore_session=core, region_name=region)


@cache
def _loader() -> Any:
    """Return what reads AWS's descriptions of its services: half a second, once a process."""
    from botocore.loaders import create_loader  # noqa: PLC0415 - see the head of this module

    return create_loader()
