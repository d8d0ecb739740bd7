"""What a relay tells of real mail: metrics and log agree, and neither tells what was in it."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client.samples import Sample

from tests.journeys._postfix import smtp_sink
from tests.journeys._programs import HOST, free_port, wait_until
from tests.journeys._relay import Relay, benign
from tests.journeys._samples import every_sample
from tests.journeys._secrets import found_in, secrets_of
from tests.metrics._scrape import parsed, value

ANN, CAROL = "ann.bee@council.example", "carol@outside.example"
SAMPLES = 5

JSON = '\n[log]\nformat = "json"\n'


@dataclass(frozen=True)
class Run:
    """What a relay said after some mail."""

    sent: int
    scraped: bytes
    lines: tuple[dict[str, Any], ...]
    log: str
    held: int
    secrets: frozenset[str] = field(repr=False)

    @property
    def samples(self) -> list[Sample]:
        """The metrics."""
        return parsed(self.scraped)

    def said(self, event: str) -> list[dict[str, Any]]:
        """The lines of the log about one event."""
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("relay")
    mails = list(every_sample().values())[:SAMPLES]
    web = f"{HOST}:{free_port()}"
    with smtp_sink() as hop:
        relay = Relay(folder, hop.port, web=web)
        relay.config.write_text(relay.config.read_text("utf-8") + JSON, "utf-8")
        relay.start()
        try:
            for number in range(3):
                relay.send(benign(number), ANN, [CAROL])
            for mail in mails:
                relay.send(mail.content, mail.sender, mail.recipients)
            sent = 3 + len(mails)
            wait_until(lambda: _judged(relay) == sent, "everything to be judged")
            wait_until(lambda: relay.log().count('"delivered"') >= sent, "mail to arrive")
            scraped = _scraped(f"http://{web}/metrics")
            held = len(relay.held())
        finally:
            relay.stop()
    log = relay.log()
    lines = tuple(json.loads(line) for line in log.splitlines())
    return Run(sent, scraped, lines, log, held, secrets_of(mails) | {ANN, CAROL})


def _judged(relay: Relay) -> int:
    return relay.log().count('"judged"')


def _scraped(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:
        body: bytes = answer.read()
    return body


def test_every_message_is_counted_where_it_is_logged(run: Run) -> None:
    verdicts = {
        one.labels["action"]: one.value
        for one in run.samples
        if one.name == "dlpguard_verdicts_total"
    }

    assert run.sent == value(run.samples, "messages_accepted_total") == len(run.said("accepted"))
    assert run.sent == value(run.samples, "inspect_seconds_count") == len(run.said("judged"))
    assert Counter(line["action"] for line in run.said("judged")) == verdicts
    assert sum(line["bytes"] for line in run.said("accepted")) == value(
        run.samples, "accepted_bytes_total"
    )


def test_what_waits_is_what_reviewers_see(run: Run) -> None:
    waits = value(run.samples, "queue_messages", state="quarantined")

    assert run.held
    assert run.held == waits == value(run.samples, "verdicts_total", action="quarantine")


def test_the_process_tells_of_itself(run: Run) -> None:
    by_name = {one.name for one in run.samples}

    assert value(run.samples, "sandbox_workers")
    assert value(run.samples, "database_changes_total")
    assert 1 == value(run.samples, "sandbox_ready") == value(run.samples, "next_hop_up")
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total"} <= by_name


def test_neither_says_what_was_in_a_mail(run: Run) -> None:
    assert len(run.secrets) > 50
    assert [] == found_in(run.scraped, run.secrets)
    assert [] == found_in(run.log.encode(), run.secrets)
    assert b"@" not in run.scraped
    assert "@" not in run.log
