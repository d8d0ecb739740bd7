"""JSON Schemas (draft 2020-12) of policies, their tests and the flows: for completion in an editor.

They are made from the models that check the files, so they accept what is accepted and refuse what
a schema can refuse: that a group exists, or that a file is there, only dlpguard can see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ruamel.yaml import YAML

from dlpguard.policy.flowfile import FlowFile
from dlpguard.policy.grammar import CONDITIONS, Grammar
from dlpguard.policy.language import PolicyFile
from dlpguard.policy.parameters import ALONE
from dlpguard.policy.trial import CaseFile, TrialFlow
from dlpguard.policy.trialmail import Mail

DRAFT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_CONDITION = {"$ref": "#/$defs/condition"}


def schema(of: str = "policy") -> Schema:
    """The schema of a file: "policy", "test" or "flows".  KeyError for anything else."""
    found = _SCHEMAS[of]()
    title = found.pop("title")
    definitions = found.pop("$defs", {})
    whole = {"$schema": DRAFT, "title": title, **found, "$defs": definitions}
    plain: Schema = _plain(whole)
    return plain


def _policy() -> Schema:
    found = PolicyFile.model_json_schema()
    for key in ("when", "unless"):
        found["properties"][key]["items"] = _CONDITION
    found["$defs"] = found.pop("$defs", {}) | _conditions()
    # Several people release what is held; nothing else waits for them.
    held = {"properties": {"then": {"const": "quarantine"}}}
    several = {"properties": {"approvals": {"minimum": 2}}, "required": ["approvals"]}
    return found | {"title": "dlpguard policy", "if": several, "then": held}


def _test() -> Schema:
    found = CaseFile.model_json_schema()
    mail, flow = Mail.model_json_schema(), TrialFlow.model_json_schema()
    definitions: Schema = mail.pop("$defs", {}) | flow.pop("$defs", {})
    properties = found["properties"]
    properties["mail"] = {"$ref": "#/$defs/mail", "description": "The mail."}
    properties["mails"] |= {"items": {"$ref": "#/$defs/mail"}, "minItems": 1}
    properties["flow"] = {"$ref": "#/$defs/flow", "description": properties["flow"]["description"]}
    getting = [{"required": [field]} for field in ("to", "cc", "bcc")]
    one = [{"required": [key]} for key in ("mail", "mails")]
    definitions |= {"mail": mail | {"anyOf": getting}, "flow": flow}
    definitions |= {"case": found | {"oneOf": one}}
    return _list_of("case", definitions, "dlpguard policy tests")


def _flows() -> Schema:
    flow = FlowFile.model_json_schema()
    definitions: Schema = flow.pop("$defs", {})
    return _list_of("flow", definitions | {"flow": flow}, "dlpguard flows")


_SCHEMAS: dict[str, Callable[[], Schema]] = {"policy": _policy, "test": _test, "flows": _flows}

KINDS_OF_FILE = tuple(_SCHEMAS)
"""What there is a schema of."""


def _list_of(name: str, definitions: Schema, title: str) -> Schema:
    items = {"$ref": f"#/$defs/{name}"}
    return {"title": title, "type": "array", "items": items, "$defs": definitions}


def _conditions() -> Schema:
    """The definition of a condition, and those it needs."""
    bare = [
        {"const": name, "description": grammar.description}
        for name, grammar in CONDITIONS.items()
        if not grammar.needs_parameters
    ]
    members: list[Schema] = [{"title": "a condition without parameters", "anyOf": bare}]
    any_of = "One of several conditions is enough."
    several = {"type": "array", "minItems": 1, "items": _CONDITION, "description": any_of}
    members.append(_one("any", several))
    definitions: Schema = {}
    for name, grammar in CONDITIONS.items():
        parameters, nested = _parameters(grammar)
        definitions |= nested
        members.append(_one(name, parameters))
    return definitions | {"condition": {"anyOf": members}}


def _one(name: str, value: Schema) -> Schema:
    """A mapping with this one key."""
    return {
        "type": "object",
        "title": name,
        "properties": {name: value},
        "required": [name],
        "additionalProperties": False,
    }


def _parameters(grammar: Grammar) -> tuple[Schema, Schema]:
    """What may stand after a condition's name, and the definitions that it refers to."""
    found = grammar.model.model_json_schema()
    nested = found.pop("$defs", {})
    together = grammar.together
    if together.one_of:
        found["anyOf"] = [{"required": [name]} for name in together.one_of]
    if together.only_with:
        first, others = together.only_with
        found["dependentSchemas"] = {first: {"propertyNames": {"enum": [first, *others]}}}
    examples = [value for text in grammar.examples if (value := _value(text)) is not None]
    about = {"description": grammar.description} | ({"examples": examples} if examples else {})
    if not grammar.first or set(found.get("required", [])) - {grammar.first}:
        return found | about, nested
    return {"anyOf": [found, found["properties"][grammar.first]], **about}, nested


def _value(example: str) -> object:
    """What stands after the condition's name in an example; None when nothing does."""
    parsed = YAML(typ="safe", pure=True).load(example)
    return next(iter(parsed.values())) if isinstance(parsed, dict) else None


def _plain(node: Any) -> Any:
    """A schema as people would write it: no titles of fields, one item without its list, no null
    that only says that nothing was given."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _plain(value) for key, value in node.items()}
    for value in node.get("properties", {}).values():
        value.pop("title", None)
        if value.get("default", "") is None:
            del value["default"]
    if not node.pop(ALONE, False):
        return node
    node.pop("title", None)
    node.pop("minLength", None)  # what pydantic makes of a shortest list behind another check
    node["minItems"] = 1
    about = {key: node.pop(key) for key in ("description", "default", "examples") if key in node}
    return about | {"anyOf": [node["items"], node]}
