import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from dlpguard import actions
from dlpguard.document import Unread
from dlpguard.policy import Policy, flowfile, invented, load, words
from dlpguard.policy.flowfile import FlowFile
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.policy.language import AnyOf, Condition, PolicyFile, read
from dlpguard.policy.splitting import AppliesTo
from dlpguard.policy.trial import CaseFile
from dlpguard.policy.trialmail import Attachment, Mail

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policies.md").read_text("utf-8")


def section(heading: str) -> str:
    """The text under a heading, up to the next one."""
    pattern = rf"^#{{2,3}} {re.escape(heading)}\n(.*?)(?=^##|\Z)"
    match = re.search(pattern, PAGE, re.MULTILINE | re.DOTALL)
    assert match, f"docs/policies.md has no heading for {heading}"
    return match[1]


@pytest.mark.parametrize("name", [*CONDITIONS, "any"])
def test_every_condition_has_a_heading_and_an_example_that_is_right(
    name: str, tmp_path: Path
) -> None:
    match = re.search(r"```yaml\n(.*?)```", section(name), re.DOTALL)
    assert match
    example = match[1].removeprefix("when:\n")

    file = tmp_path / "example.yaml"
    indented = "".join(f"  {line}\n" for line in example.splitlines())
    file.write_text(f"title: T\nwhy: W\nwhen:\n{indented}then: tag\n")
    policy = read(file)

    assert name in {getattr(condition, "name", "any") for condition in policy.when}


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_parameter_is_told(name: str) -> None:
    text = section(name)

    assert [p for p in CONDITIONS[name].model.model_fields if f"`{p}`" not in text] == []


@pytest.mark.parametrize("action", actions.ACTIONS, ids=lambda action: action.NAME)
def test_every_action_has_a_heading(action: actions.Member) -> None:
    assert section(action.NAME).strip()


def test_every_key_of_a_policy_a_test_and_an_attachment_is_told() -> None:
    keys = set(PolicyFile.model_fields)
    assert {key for key in keys if f"| `{key}` |" not in section("Keys")} == set()

    text = section("Testing")
    models = (CaseFile, Mail, Attachment)
    fields = {f.alias or name for model in models for name, f in model.model_fields.items()}
    assert {key for key in fields if not re.search(rf"`{key}`|name:", text)} == set()
    assert {field for field in invented.FIELDS if f"`{field}`" not in text} == set()


def test_every_kind_and_every_gap_is_told() -> None:
    assert {kind for kind in words.KINDS if f"`{kind}`" not in section("findings")} == set()
    assert {why for why in Unread if f"`{why}`" not in section("gaps")} == set()


def test_every_shipped_policy_is_listed_with_its_action() -> None:
    for policy in load(ROOT / "policies").policies:
        two = ", two approvals" if policy.approvals == 2 else ""
        line = f"| `{policy.name}` | {policy.title} ({policy.then.label}{two}) |"
        assert line in section("Shipped policies")
        assert len(section(policy.name).split()) >= 5


def numbers(conditions: tuple[Condition | AnyOf, ...]) -> Iterator[int]:
    """The lines that a policy draws, as far as they are counts above one."""
    for condition in conditions:
        if isinstance(condition, AnyOf):
            yield from numbers(condition.conditions)
        else:
            yield from (v for v in condition.arguments.values() if type(v) is int and v > 1)


IN_WORDS = {
    "two": 2, "three": 3, "five": 5, "ten": 10, "twenty": 20, "fifty": 50, "hundred": 100,
}  # fmt: skip


@pytest.mark.parametrize("policy", load(ROOT / "policies").policies, ids=lambda p: p.name)
def test_what_the_page_says_of_a_shipped_policy_has_its_numbers(policy: Policy) -> None:
    text = re.findall(r"[a-z]+|\d+", section(policy.name).casefold())
    told = {IN_WORDS[word] for word in text if word in IN_WORDS}
    told |= {int(word) for word in text if word.isdigit()}

    assert {n for n in numbers(policy.when) if n not in told} == set()


def test_every_key_of_a_flow_is_told() -> None:
    keys = {f.alias or name for name, f in FlowFile.model_fields.items()}

    assert {key for key in keys if f"`{key}`" not in section("Flows")} == set()


def test_every_word_of_applies_to_is_told() -> None:
    assert [word for word in AppliesTo if f"`{word}`" not in section("Keys")] == []


def test_the_example_of_a_flow_is_right(tmp_path: Path) -> None:
    match = re.search(r"```yaml\n(.*?)```", section("Flows"), re.DOTALL)
    assert match
    file = tmp_path / "flows.yaml"
    file.write_text(match[1])

    assert [flow.name for flow in flowfile.read(file)] == ["payroll"]


def test_the_examples_of_the_page_are_yaml() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    assert len(examples) > len(CONDITIONS)
    assert all(YAML(typ="safe").load(example) for example in examples)
