import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from dlpguard.policy import PolicyError, yamlfile
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.policy.schema import KINDS_OF_FILE, schema

POLICIES = Path(__file__).parents[2] / "policies"
BROKEN = Path(__file__).parent / "broken"
VALIDATORS = {kind: jsonschema.Draft202012Validator(schema(kind)) for kind in KINDS_OF_FILE}
VALIDATOR = VALIDATORS["policy"]


def data(file: Path) -> Any:
    """A file as an editor reads it: dates are texts."""
    return _as_json(yamlfile.read(file).data)


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list) else value


def kind_of(file: Path) -> str:
    if file.name.endswith(".test.yaml"):
        return "test"
    return "flows" if file.name == "flows.yaml" or file.parent.name == "flows" else "policy"


def policy(**keys: object) -> dict[str, object]:
    return {"title": "T", "why": "W", "when": [{"reach": 10}], "then": "tag", **keys}


@pytest.mark.parametrize("kind", KINDS_OF_FILE)
def test_it_is_a_valid_schema(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    assert schema(kind)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("kind", KINDS_OF_FILE)
def test_the_schema_beside_the_shipped_policies_is_the_current_one(kind: str) -> None:
    """Written by `dlpguard policy schema KIND > policies/KIND.schema.json`."""
    assert json.loads((POLICIES / f"{kind}.schema.json").read_text("utf-8")) == schema(kind)


@pytest.mark.parametrize("file", sorted(POLICIES.glob("*.yaml")), ids=lambda file: file.name)
def test_the_shipped_files_name_their_schema_and_follow_it(file: Path) -> None:
    kind = kind_of(file)
    first = file.read_text("utf-8").splitlines()[0]

    assert first == f"# yaml-language-server: $schema={kind}.schema.json"
    assert [error.message for error in VALIDATORS[kind].iter_errors(data(file))] == []


ONLY_DLPGUARD = {
    "policies/group-unknown": "groups stand in the settings",
    "tests/format-that-nobody-makes": "endings of names are many",
    "tests/hidden-in-a-csv": "what a file can be follows from the ending of its name",
    "tests/more-hidden-than-there-are": "a schema does not compare two numbers",
    "tests/field-misspelled-in-words": "to a schema it is a text",
    "tests/flow-to-anybody": "which patterns are too wide is for dlpguard to say",
    "flows/to-anybody": "the same",
    "flows/to-no-address": "the same",
    "flows/longer-than-a-year": "a schema does not compare two dates",
    "flows/ends-before-it-begins": "the same",
    "flows/date-that-is-none": "formats are only notes to editors",
    "flows/name-twice": "a schema does not compare two items",
}
"""Broken files that an editor cannot see to be so, and why."""


@pytest.mark.parametrize(
    "file", sorted(BROKEN.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}/{file.stem}"
)
def test_an_editor_marks_what_is_broken(file: Path) -> None:
    try:
        found = data(file)
    except PolicyError:
        return  # no YAML: an editor marks that without a schema
    name = f"{file.parent.name}/{file.name.split('.')[0]}"

    marked = list(VALIDATORS[kind_of(file)].iter_errors(found)) != []
    assert marked is (name not in ONLY_DLPGUARD)


@pytest.mark.parametrize(
    "when",
    [
        "self_send",
        {"self_send": {}},
        {"reach": 3},
        {"reach": {"at_least": 3}},
        {"people": {"kinds": "phone", "hidden": True}},
        {"people": {"kinds": ["phone", "gb_nino"]}},
        {"findings": {"kinds": ["gb_nino"], "confidence": "high"}},
        {"webmail_share": "30 %"},
        {"webmail_share": {"at_least": 0.3}},
        {"size": "10 MB"},
        {"gaps": {"why": ["too-large"], "formats": "mp4"}},
        {"hidden_content": {"why": "hidden sheet"}},
        {"any": ["self_send", {"any": [{"circle": "webmail"}]}]},
    ],
    ids=str,
)
def test_it_accepts_what_the_language_accepts(when: object, tmp_path: Path) -> None:
    assert list(VALIDATOR.iter_errors(policy(when=[when], unless=[when]))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": []},
        {"when": "self_send"},
        {"when": ["reach"]},
        {"when": [{"reach": 0}]},
        {"when": [{"reach": "ten"}]},
        {"when": [{"poeple": {}}]},
        {"when": [{"people": {"atleast": 3}}]},
        {"when": [{"people": {"kinds": ["fone"]}}]},
        {"when": [{"people": {"kinds": []}}]},
        {"when": [{"people": {"hidden": None}}]},
        {"when": [{"circle": {"of": "webmial"}}]},
        {"when": [{"any": []}]},
        {"when": [{"reach": 1, "self_send": {}}]},
        {"then": "allow"},
        {"approvals": 0},
        {"severity": "hihg"},
        {"queue": "The Team"},
        {"extra": 1},
    ],
    ids=str,
)
def test_it_refuses_what_the_language_refuses(wrong: dict[str, object]) -> None:
    assert list(VALIDATOR.iter_errors(policy(**wrong))) != []


def test_an_editor_can_show_what_each_condition_means() -> None:
    members = schema()["$defs"]["condition"]["anyOf"]
    described = {m["title"]: m["properties"][m["title"]] for m in members if "properties" in m}

    assert set(CONDITIONS) | {"any"} == set(described)
    assert all(described[name]["description"] for name in described)


def properties(node: Any) -> Iterator[tuple[str, Any]]:
    """Every property of a schema, at any depth, by name."""
    below: list[Any] = node if isinstance(node, list) else []
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        below = [value for key, value in node.items() if key not in {"if", "then"}]
    for value in below:
        yield from properties(value)


@pytest.mark.parametrize("kind", KINDS_OF_FILE)
def test_an_editor_can_say_what_every_key_means(kind: str) -> None:
    whole = schema(kind)
    bare = [name for name, p in properties(whole) if not p.keys() & {"description", "$ref"}]

    assert [name for name in bare if name not in CONDITIONS] == []


def test_the_examples_of_conditions_are_right() -> None:
    for name, grammar in CONDITIONS.items():
        assert grammar.examples, name
        for example in grammar.examples:
            text = f"title: T\nwhy: W\nwhen:\n  - {example}\nthen: tag\n"
            assert list(VALIDATOR.iter_errors(YAML(typ="safe").load(text))) == []


def test_an_editor_completes_words_that_there_are() -> None:
    text = json.dumps(schema())

    for word in ("gb_nino", "webmail", "hidden sheet", "quarantine", "critical", "encrypted"):
        assert f'"{word}"' in text
