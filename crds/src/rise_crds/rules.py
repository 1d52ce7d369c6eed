"""Rules over several fields, once: the CEL that the API server runs beside the same check here.

Shape: a model lists its `Rule`s in `rules`; `generate` writes them as `x-kubernetes-validations`,
and parsing runs `check`. A table of manifests proves that both agree.
Source: https://kubernetes.io/docs/reference/using-api/cel/
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel


@dataclass(frozen=True)
class Rule:
    """One rule; `check` is None for a transition rule, which looks at the old object too."""

    cel: str
    message: str
    check: Callable[[Any], bool] | None = None


class Model(BaseModel):
    """Base of everything read from the API server: camelCase there, snake_case here."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class Ruled(Model):
    """Base of what people write: rules hold, and an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: object) -> object:
        """Drop the nulls of known fields, as the API server does before it looks at a field."""
        if not isinstance(value, Mapping):
            return value
        fields = cast("Mapping[object, object]", value)
        known = {field.alias for field in cls.model_fields.values()}
        return {
            key: field for key, field in fields.items() if field is not None or key not in known
        }

    @model_validator(mode="after")
    def _keeps_the_rules(self) -> Self:
        broken = [
            rule.message for rule in self.rules if rule.check is not None and not rule.check(self)
        ]
        if broken:
            raise ValueError("; ".join(broken))
        return self


class SpecModel(Ruled):
    """Base of `spec` and what it holds: `"true"` is no boolean."""

    model_config = ConfigDict(strict=True)
