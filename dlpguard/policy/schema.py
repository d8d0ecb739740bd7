"""The JSON Schema of a policy file (draft 2020-12), so that an editor completes and checks it."""

from __future__ import annotations

from typing import Any

from dlpguard.policy.grammar import CONDITIONS, Grammar
from dlpguard.policy.language import PolicyFile

_CONDITION = {"$ref": "#/$defs/condition"}


def schema() -> dict[str, Any]:
    """A schema that accepts what `language.read` accepts, made from the same models."""
    found = PolicyFile.model_json_schema()
    definitions = found.pop("$defs", {})
    for key in ("when", "unless"):
        found["properties"][key]["items"] = _CONDITION
    bare = [name for name, grammar in CONDITIONS.items() if not grammar.needs_parameters]
    members: list[dict[str, Any]] = [{"enum": bare, "title": "a condition without parameters"}]
    members.append(_one("any", {"type": "array", "minItems": 1, "items": _CONDITION}))
    for name, grammar in CONDITIONS.items():
        parameters, nested = _parameters(grammar)
        definitions |= nested
        members.append(_one(name, parameters))
    definitions["condition"] = {"anyOf": members}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "title": "dlpguard policy",
        "$defs": definitions,
    }


def _one(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """A mapping with this one key."""
    return {
        "type": "object",
        "title": name,
        "properties": {name: value},
        "required": [name],
        "additionalProperties": False,
    }


def _parameters(grammar: Grammar) -> tuple[dict[str, Any], dict[str, Any]]:
    """What may stand after a condition's name, and the definitions that it refers to."""
    found = grammar.model.model_json_schema()
    nested = found.pop("$defs", {})
    for name, value in found.get("properties", {}).items():
        if value.get("type") == "array":
            # One item may stand on its own.
            many = {k: value[k] for k in ("type", "items")} | {"minItems": 1}
            found["properties"][name] = {"anyOf": [value["items"], many]}
        found["properties"][name].pop("title", None)
    found["description"] = grammar.description
    if not grammar.first:
        return found, nested
    first = found["properties"][grammar.first]
    others = set(found.get("required", [])) - {grammar.first}
    if others:
        return found, nested
    return {"anyOf": [found, first], "description": grammar.description}, nested
