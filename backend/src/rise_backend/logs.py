"""Logs: one JSON object a line, with the request's id, and never a token."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

_REQUEST = ("method", "path", "code", "user", "surface", "durationMs", "kid", "jti")
_REGISTRY = ("registry", "caller", "credential", "asked", "granted", "address")
FIELDS = (*_REQUEST, *_REGISTRY)
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,4}|(?i:bearer)\s+\S+")
_NOISE = frozenset({"Unsupported upgrade request.", "No supported WebSocket library detected."})


class JsonFormatter(logging.Formatter):
    """Writes a record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; whatever looks like a token is cut out of it."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: vars(record)[name] for name in FIELDS if name in vars(record)}
        if request_id.get():
            line["requestId"] = request_id.get()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return without_tokens(json.dumps(line, ensure_ascii=False))


def without_tokens(text: str) -> str:
    """Return `text` with everything that looks like a token replaced."""
    return _TOKEN.sub("[token]", text)


def configure(level: str) -> None:
    """Send every log of this process to standard error, as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(_is_no_noise)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("asyncio", "aiohttp", "kubernetes", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_no_noise(record: logging.LogRecord) -> bool:
    return not any(record.getMessage().startswith(noise) for noise in _NOISE)
