"""What the operator writes to the API server."""

from typing import Any

Manifest = dict[str, Any]
