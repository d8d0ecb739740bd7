"""The alerts that are shipped: they ask for metrics that there are, and say what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dlpguard import telemetry
from dlpguard.health import Around, Certificate, Running
from dlpguard.metrics import Metrics
from dlpguard.smtp.client import Pool, Target
from tests._needs import need
from tests.metrics._scrape import samples
from tests.runners._world import World

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"

RUNBOOKS = {
    *("queue-age", "budget", "gaps", "next-hop-down", "disk", "certificate", "node-down"),
    "sandbox",
}


def rules() -> list[dict[str, Any]]:
    """Every alert."""
    read = YAML(typ="safe").load((FOLDER / "alerts.yml").read_text("utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


RULES = {rule["alert"]: rule for rule in rules()}


def told(here: World) -> set[str]:
    """The names of all that a node with every role tells."""
    pool = Pool(Target("hop.example", 25))
    running = Running(protections=lambda: ("rlimits",), pool=lambda: pool)
    certificates = (Certificate("listen.tls_certificate", here.folder / "none.pem"),)
    telemetry.inspected(0.1, 1, {"phone": 1}, ["scan"])
    telemetry.worker_died("start", 0)
    around = Around(certificates=certificates, running=running)
    return {one.name for one in samples(Metrics(here.store, around))}


@pytest.mark.embedded  # of a disk only nodes with a database beside them tell
def test_alerts_ask_for_metrics_that_there_are(here: World) -> None:
    asked = {
        name
        for rule in RULES.values()
        for name in re.findall(r"dlpguard_[a-z_]+", str(rule["expr"]))
    }

    assert len(asked) > 12
    assert set() == asked - told(here)


@pytest.mark.parametrize("name", RULES)
def test_an_alert_says_what_it_is_and_where_the_runbook_is(name: str) -> None:
    rule = RULES[name]
    file, _, anchor = rule["annotations"]["runbook"].partition("#")

    assert {"alert", "expr", "labels", "annotations"} <= rule.keys()
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    assert "docs/operations.md" == file
    assert anchor in RUNBOOKS


def test_every_runbook_has_its_alert() -> None:
    assert RUNBOOKS == {rule["annotations"]["runbook"].partition("#")[2] for rule in RULES.values()}


def test_the_tests_of_alerts_name_alerts_that_there_are() -> None:
    read = YAML(typ="safe").load((FOLDER / "alerts.test.yml").read_text("utf-8"))
    tested = {one["alertname"] for test in read["tests"] for one in test["alert_rule_test"]}

    assert tested
    assert set() == tested - RULES.keys()


@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts.test.yml"),
    ],
)
def test_prometheus_understands_them(words: tuple[str, ...]) -> None:
    need(shutil.which("promtool") is not None, "prometheus")
    done = subprocess.run(
        ["promtool", *words], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr
