"""Models → structural OpenAPI schemas.

pydantic's JSON schema says most of it; what a structural schema forbids (`$ref`, `anyOf` with null,
`title`, `const`) is folded away, and rules become `x-kubernetes-validations`.
Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rise_crds.models import Condition, Resource
from rise_crds.rules import Rule, Ruled, SpecModel

Schema = dict[str, Any]

DROPPED = {"title", "additionalProperties", "default", "const"}


def structural(model: type[BaseModel]) -> Schema:
    """Return the structural schema of `model`, rules included."""
    whole = model.model_json_schema(by_alias=True)
    definitions: dict[str, Schema] = whole.get("$defs", {})
    known = {each.__name__: each for each in _reachable(model)}
    return _folded(whole, definitions, known, model)


def _reachable(model: type[BaseModel]) -> list[type[BaseModel]]:
    found = [model]
    for field in model.model_fields.values():
        for each in _models_in(field.annotation):
            found += [inner for inner in _reachable(each) if inner not in found]
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]


def _folded(
    node: Schema,
    definitions: dict[str, Schema],
    known: dict[str, type[BaseModel]],
    model: type[BaseModel] | None,
) -> Schema:
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        inner = _folded(definitions[name], definitions, known, known[name])
        return inner | {key: node[key] for key in node if key == "description"}
    if "anyOf" in node:  # X | None: the API server drops nulls before it looks
        (only,) = [each for each in node["anyOf"] if each.get("type") != "null"]
        rest = {key: value for key, value in node.items() if key != "anyOf"}
        return _folded({**only, **rest}, definitions, known, model)
    folded = {key: value for key, value in node.items() if key not in DROPPED | {"$defs"}}
    if "const" in node:
        folded["enum"] = [node["const"]]
    if "items" in folded:
        folded["items"] = _folded(folded["items"], definitions, known, None)
    if "properties" in folded:
        folded["properties"] = {
            key: _folded(value, definitions, known, None)
            for key, value in folded["properties"].items()
        }
    if folded.get("type") == "integer":
        folded["format"] = "int64"
    return _with_rules(folded, model)


def _with_rules(folded: Schema, model: type[BaseModel] | None) -> Schema:
    if model is Condition:
        return folded | {"required": ["lastTransitionTime", "message", *folded["required"]]}
    if model is None or not issubclass(model, Ruled):
        return folded
    if issubclass(model, SpecModel):
        folded = _with_defaults(folded, model)
    rules = [_written(rule) for rule in model.rules]
    return folded | ({"x-kubernetes-validations": rules} if rules else {})


def _written(rule: Rule) -> Schema:
    return {"rule": rule.cel, "message": rule.message}


def _with_defaults(folded: Schema, model: type[SpecModel]) -> Schema:
    """Let the API server fill in what the model does: but empty texts and lists stay absent."""
    properties = dict(folded["properties"])
    for field in model.model_fields.values():
        default = _default(field)
        if default is not None:
            properties[field.alias or ""] |= {"default": default}
    return folded | {"properties": properties}


def _default(field: FieldInfo) -> bool | str | None:
    default = field.default
    return default if isinstance(default, bool) or (isinstance(default, str) and default) else None


def kind_schema(kind: type[Resource]) -> Schema:
    """Return the schema of a whole object: metadata is the API server's own."""
    schema = structural(kind)
    properties = {
        "apiVersion": {
            "type": "string",
            "description": "The API's group and version: rise.dev/v1alpha1.",
        },
        "kind": {"type": "string", "description": f"The kind: {kind.__name__}."},
        "metadata": {"type": "object"},
        "spec": schema["properties"]["spec"],
        "status": schema["properties"]["status"] | {"default": {"observedGeneration": -1}},
    }
    return {
        "type": "object",
        "description": schema["description"],
        "required": ["spec"],
        "properties": properties,
        "x-kubernetes-validations": schema["x-kubernetes-validations"],
    }
