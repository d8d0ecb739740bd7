from pathlib import Path

import pytest

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.errors import ConfigurationError
from dlpguard.facts import Facts, Tally
from dlpguard.finding import Confidence
from dlpguard.policy import PolicyError, evaluate
from dlpguard.policy.language import AnyOf, Condition, Mode, Severity, load, read
from dlpguard.policy.parameters import Known
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
    written(tmp_path, "# none yet\n", "flows.yaml")

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


FLOW = """
- name: payroll
  from: payroll@council.example
  to: "*@payroll.example"
  kinds: gb_nino
  max_people: 20
  agreement: Agreement 14
  owner: Head of Human Resources
  since: 2026-01-01
  until: 2026-12-31
"""


def test_flows_and_groups_are_part_of_what_is_in_force(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "a.yaml")
    plain = load(tmp_path)
    grouped = load(tmp_path, {"finance": ("ann@council.example",)})
    written(tmp_path, FLOW, "flows.yaml")
    registered = load(tmp_path)

    assert [flow.name for flow in registered.flows] == ["payroll"]
    assert grouped.groups == {"finance": ("ann@council.example",)}
    assert len({plain.digest, grouped.digest, registered.digest}) == 3


def test_what_is_in_effect_is_policies_mode_and_accepted_gaps(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "a.yaml")
    policies = load(tmp_path)
    films = frozenset({("too-large", "mp4")})

    found = {
        policies.in_effect(enforce=enforce, accepted_gaps=gaps)
        for enforce in (True, False)
        for gaps in (frozenset[tuple[str, str]](), films)
    }
    assert len(found) == 4
    assert policies.digest not in found


def test_a_policy_may_name_a_group_that_the_settings_have(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD.replace("reach: 10", "sender: {group: finance}"))

    assert read(file, Known({"finance"})).when == (Condition("sender", {"group": ("finance",)}),)
    with pytest.raises(PolicyError, match="no group is called `finance`; the settings have none"):
        read(file)


def test_a_wrong_flow_keeps_the_policies_from_being_loaded(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("reach", "reech"), "a.yaml")
    written(tmp_path, FLOW.replace("2026-12-31", "2028-12-31"), "flows.yaml")

    with pytest.raises(PolicyError) as caught:
        load(tmp_path)

    assert [problem.file.name for problem in caught.value.problems] == ["a.yaml", "flows.yaml"]


def test_an_organisations_own_kind_is_one_that_policies_know(tmp_path: Path) -> None:
    (tmp_path / "tenancies.yaml").write_text(
        "title: t\nwhy: w\nwhen:\n  - findings: {kinds: tenancy_number, at_least: 2}\nthen: tag\n"
    )
    facts = Facts(
        sender="ann@council.example",
        findings={"tenancy_number": Tally(high=3)},
        audience=Audience((Viewer("a@firm.example", Circle.EXTERNAL, receives=True, shown=True),)),
    )
    verdict = evaluate(load(tmp_path, kinds=["tenancy_number"]), facts, enforce=True)

    assert ["3 tenancy numbers"] == [r.text for m in verdict.matches for r in m.reasons]
    with pytest.raises(PolicyError, match="nothing finds `tenancy_number`"):
        load(tmp_path)
