from pathlib import Path

import pytest

from dlpguard.audience import Circle
from dlpguard.errors import ConfigurationError
from dlpguard.finding import Confidence
from dlpguard.policy.language import AnyOf, Condition, Mode, Severity, load, read
from dlpguard.verdict import Action

HEAD = "title: A title\nwhy: A reason\n"
"""The first two lines of a policy that is otherwise given."""

GOOD = HEAD + "when:\n  - reach: 10\nthen: quarantine\n"


def written(directory: Path, text: str, name: str = "a-policy.yaml") -> Path:
    file = directory / name
    file.write_text(text, "utf-8")
    return file


def test_a_policy_is_read(tmp_path: Path) -> None:
    text = """
title: A list does not leave
why: >
  Because it is
  a list.
when:
  - people: {private: true, listed: true, at_least: 3, reach: 10}
  - any:
      - self_send
      - circle: {of: [webmail, external]}
unless:
  - sender: '*@legal.council.example'
then: quarantine
approvals: 2
severity: critical
queue: governance
mode: observe
"""
    policy = read(written(tmp_path, text, "client-list.yaml"))

    assert policy.name == "client-list"
    assert policy.why == "Because it is a list."
    assert policy.when == (
        Condition("people", {"private": True, "listed": True, "at_least": 3, "reach": 10}),
        AnyOf(
            (
                Condition("self_send"),
                Condition("circle", {"of": (Circle.WEBMAIL, Circle.EXTERNAL)}),
            )
        ),
    )
    assert policy.unless == (Condition("sender", {"like": ("*@legal.council.example",)}),)
    assert (policy.then, policy.approvals) == (Action.QUARANTINE, 2)
    assert (policy.severity, policy.mode) == (Severity.CRITICAL, Mode.OBSERVE)
    assert policy.queue == "governance"


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("reach: 10", {"at_least": 10}),
        ("findings: {kinds: phone, confidence: high}", None),
        ("webmail_share: 30 %", {"at_least": 0.3}),
        ("webmail_share: 0.3", {"at_least": 0.3}),
        ("size: 10 MB", {"at_least": 10_000_000}),
        ("size: 2048", {"at_least": 2048}),
        ("subject: secret", {"contains": ("secret",)}),
        ("self_send: {}", {}),
    ],
)
def test_parameters_may_be_written_as_people_say_them(
    tmp_path: Path, text: str, arguments: dict[str, object] | None
) -> None:
    policy = read(written(tmp_path, GOOD.replace("reach: 10", text)))

    found = policy.when[0]
    assert isinstance(found, Condition)
    expected = arguments or {"kinds": ("phone",), "confidence": Confidence.HIGH}
    assert found.arguments == (expected if text != "self_send: {}" else {})


BROKEN = [
    ("", "1:1: the file is empty"),
    ("just words\n", "1:1: a policy is a mapping"),
    ("- a\n- b\n", "1:1: a policy is a mapping"),
    ("title: A: b\n", "1:9: mapping values are not allowed here; check the indentation"),
    ("title: x\ntitle: y\n", "2:1: found duplicate key"),
    ("title: [a\n", "2:1: "),
    (HEAD + "then: tag\n", "1:1: `when` is missing; add `when: …`"),
    (GOOD.replace("why: A reason\n", ""), "1:1: `why` is missing"),
    (GOOD.replace("A title", ""), "1:1: `title` is empty; write `title: …`"),
    (GOOD.replace("A title", "''"), "1:8: `title` must not be empty"),
    (
        GOOD.replace("A title", "2013"),
        "1:8: `title` must be a text; put it in quotes (it is `20",
    ),
    (GOOD.replace("then", "than"), "5:1: unknown key `than`; did you mean `then`?"),
    (GOOD + "serverity: high\n", "6:1: unknown key `serverity`; did you mean `severity`?"),
    (GOOD + "severity: hihg\n", "6:11: `severity` cannot be `hihg`; did you mean `high`?"),
    (GOOD.replace("quarantine", "hold"), "5:7: `then` cannot be `hold`; known are: confirm"),
    (GOOD.replace("quarantine", "quarantaine"), "did you mean `quarantine`?"),
    (GOOD.replace("quarantine", "allow"), "5:7: `then` cannot be `allow`"),
    (GOOD + "approvals: 0\n", "6:12: `approvals` must be 1 or more, not `0`"),
    (GOOD + "approvals: two\n", "6:12: `approvals` must be a whole number (it is `two`)"),
    (GOOD.replace("quarantine", "tag") + "approvals: 2\n", "6:1: `approvals` is for what is held"),
    (GOOD + "queue: The Team\n", "6:8: `queue` cannot be `The Team`; it has to match"),
    (GOOD + "mode: watch\n", "6:7: `mode` cannot be `watch`; known are: enforce, observe"),
    (GOOD + "applies_to: outsid\n", "did you mean `outside`?"),
    (GOOD.replace("- reach: 10", "reach: 10"), "4:3: `when` must be a list"),
    (HEAD + "when: []\nthen: tag\n", "3:7: `when` must not be empty"),
    (GOOD.replace("reach", "poeple"), "4:5: unknown condition `poeple`; did you mean `people`?"),
    (GOOD.replace("reach: 10", "flow: registered"), "4:5: unknown condition `flow`; known are:"),
    (
        GOOD.replace("reach: 10", "selfsend"),
        "4:5: unknown condition `selfsend`; did you mean `self",
    ),
    (GOOD.replace("reach: 10", "self_send: true"), "4:16: `self_send` takes no parameters"),
    (GOOD.replace("reach: 10", "reach:"), "4:5: `reach:` is empty; write `- reach: {at_least: …}`"),
    (GOOD.replace("reach: 10", "reach"), "4:5: `at_least` is missing"),
    (GOOD.replace("10", "ten"), "4:12: `at_least` must be a whole number (it is `ten`)"),
    (GOOD.replace("10", "0"), "4:12: `at_least` must be 1 or more, not `0`"),
    (GOOD.replace("10", "2.5"), "4:12: `at_least` must be a whole number"),
    (
        GOOD.replace("10", "{atleast: 3}"),
        "4:13: unknown parameter of `reach` `atleast`; did you mean `at_least`?",
    ),
    (
        GOOD.replace("reach: 10", "people: {private: yes}"),
        "4:23: `private` must be true or false (it is `yes`)",
    ),
    (
        GOOD.replace("reach: 10", "people: {kinds: [phone, fone]}"),
        "4:29: `kinds`: nothing finds `fone`; did you mean `phone`?",
    ),
    (GOOD.replace("reach: 10", "people: {kinds: []}"), "`kinds` must not be empty"),
    (
        GOOD.replace("reach: 10", "circle: {of: webmial}"),
        "4:18: `of` cannot be `webmial`; did you mean `webmail`?",
    ),
    (
        GOOD.replace("reach: 10", "gaps: {why: locked}"),
        "4:17: `why` cannot be `locked`; known are",
    ),
    (
        GOOD.replace("reach: 10", "findings: {kinds: phone, confidence: sure}"),
        "`sure` is not a confidence; known are: high, low, medium",
    ),
    (GOOD.replace("reach: 10", "webmail_share: 30"), "`30` is not a share; write `30 %` or 0.3"),
    (GOOD.replace("reach: 10", "size: 10 megs"), "`10 megs` is not a size; write `10 MB`"),
    (
        GOOD.replace("reach: 10", "reach: 10\n    self_send: {}"),
        "4:5: a condition is one name with its parameters",
    ),
    (GOOD.replace("reach: 10", "any: reach"), "4:5: `any` must be a list of conditions"),
    (
        GOOD.replace("reach: 10", "any:\n      - poeple: {}"),
        "5:9: unknown condition `poeple`; did you mean `people`?",
    ),
    (GOOD + "unless:\n  - reech: 3\n", "7:5: unknown condition `reech`; did you mean `reach`?"),
    ("a: " + "[" * 25 + "]" * 25, "1:1: lists and mappings nest more than 20 deep"),
    ("a: " + "[" * 9999, "1:1: lists and mappings nest more than 20 deep"),
]


@pytest.mark.parametrize(("text", "problem"), BROKEN, ids=[p[:60] for _, p in BROKEN])
def test_a_broken_policy_is_told_where_what_and_how_to_fix_it(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(ConfigurationError) as caught:
        read(file)

    assert problem in str(caught.value)
    assert all(line.startswith(f"{file}:") for line in str(caught.value).splitlines())


def test_a_file_that_is_not_utf_8_is_said_to_be_so(tmp_path: Path) -> None:
    file = tmp_path / "a-policy.yaml"
    file.write_bytes(GOOD.encode().replace(b"A title", b"\xe4"))

    with pytest.raises(ConfigurationError, match=r"not UTF-8 \(byte 7\); save it as UTF-8"):
        read(file)


@pytest.mark.parametrize("name", ["Big.yaml", "floor.yaml", "a policy.yaml"])
def test_a_policy_cannot_have_every_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="a policy cannot be called"):
        read(written(tmp_path, GOOD, name))


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("reach", "reech").replace("quarantine", "hold"), "a.yaml")
    written(tmp_path, GOOD, "b.yaml")
    written(tmp_path, GOOD + "extra: 1\n", "c.yaml")
    written(tmp_path, GOOD, "d.yml")

    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path)

    lines = str(caught.value).splitlines()
    assert [Path(line.split(":")[0]).name for line in lines] == [
        "d.yml",
        "a.yaml",
        "a.yaml",
        "c.yaml",
    ]


def test_tests_and_flows_are_not_policies(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "b.yaml")
    written(tmp_path, GOOD, "a.yaml")
    written(tmp_path, "- nothing\n", "a.test.yaml")
    written(tmp_path, "- nothing\n", "flows.yaml")

    assert [policy.name for policy in load(tmp_path).policies] == ["a", "b"]


def test_a_directory_without_policies_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no policy"):
        load(tmp_path)
    with pytest.raises(ConfigurationError, match="no such directory"):
        load(tmp_path / "elsewhere")


def test_the_digest_is_of_names_and_bytes(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD, "a.yaml")
    first = load(tmp_path).digest
    assert load(tmp_path).digest == first

    file.write_text(GOOD + "# a comment\n")
    changed = load(tmp_path).digest
    file.write_text(GOOD)
    file.rename(tmp_path / "b.yaml")
    renamed = load(tmp_path).digest

    assert len({first, changed, renamed}) == 3
