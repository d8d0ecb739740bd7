"""docs/operations.md: the sections that alerts point to."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from tests.docs._blocks import PAGES, ROOT

PAGE = PAGES["operations.md"].read_text("utf-8")
RULES = ROOT / "deploy/prometheus/alerts.yml"

ALERTS = [
    (rule["alert"], rule["annotations"]["runbook"])
    for group in YAML(typ="safe").load(RULES)["groups"]
    for rule in group["rules"]
]


def section(anchor: str) -> str:
    """The runbook with this anchor, up to the next heading."""
    heading = anchor.replace("-", " ").capitalize()
    found = re.search(rf"^### {heading}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no runbook has the heading {heading}"
    return found[1]


@pytest.mark.parametrize(("alert", "runbook"), ALERTS)
def test_every_alert_has_a_runbook_that_names_it(alert: str, runbook: str) -> None:
    page, _, anchor = runbook.partition("#")

    assert "docs/operations.md" == page
    assert re.search(rf"\b{alert}\b", section(anchor))


@pytest.mark.parametrize(
    "anchor",
    ["queue-age", "budget", "gaps", "next-hop-down", "disk", "certificate", "node-down", "sandbox"],
)
def test_every_runbook_says_what_it_means_what_to_do_and_when_it_is_over(anchor: str) -> None:
    steps = re.findall(r"^\*\*(What it means|Look|Do|Over when)\b", section(anchor), re.MULTILINE)

    assert ["What it means", "Look", "Do", "Over when"] == steps


def test_every_alert_that_is_named_exists() -> None:
    named = set(re.findall(r"\bDlpguard[A-Z]\w+", PAGE))

    assert named == {alert for alert, _ in ALERTS}
