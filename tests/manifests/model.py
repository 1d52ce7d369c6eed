"""What the pydantic model says of a manifest, in the API server's words for places."""

import yaml
from pydantic import ValidationError

from rise_crds.models import Resource


def answer(kind: type[Resource], text: str) -> Resource | str:
    """Return the object that `text` describes, or what is wrong with it."""
    try:
        return kind.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        return "; ".join(f"{_place(each['loc'])}: {each['msg']}" for each in error.errors())


def _place(parts: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)[1:]
