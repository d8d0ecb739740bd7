from pathlib import Path

import jsonschema
import pytest

from dlpguard.policy import schema, yamlfile
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.policy.language import policy_files

POLICIES = Path(__file__).parents[2] / "policies"
VALIDATOR = jsonschema.Draft202012Validator(schema())


def policy(**keys: object) -> dict[str, object]:
    return {"title": "T", "why": "W", "when": [{"reach": 10}], "then": "tag", **keys}


def test_it_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("file", policy_files(POLICIES), ids=lambda file: file.stem)
def test_the_shipped_policies_follow_it(file: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yamlfile.read(file).data)] == []


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
    assert all(described[name]["description"] for name in CONDITIONS)
