"""The audit of a relay that runs: which policies were in force from when, and that it is whole."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

from tests.journeys._postfix import smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay, benign

SHIPPED = Path(__file__).resolve().parents[2] / "policies"


def acts(relay: Relay) -> list[dict[str, Any]]:
    return [json.loads(line) for line in relay.run("audit", "show", "--json").splitlines()]


def in_force(relay: Relay) -> list[str]:
    return [entry["about"] for entry in acts(relay) if entry["act"] == "in-force"]


def test_policies_keys_and_modes_are_on_record_and_the_record_is_whole(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "policies")
    with smtp_sink() as hop:
        relay = Relay(tmp_path, hop.port)
        relay.start()
        try:
            wait_until(lambda: len(in_force(relay)) == 1, "the policies to be noted")
            (tmp_path / "policies" / "scans.yaml").unlink()
            (tmp_path / "policies" / "scans.test.yaml").unlink()
            assert relay.process
            relay.process.send_signal(signal.SIGHUP)
            wait_until(lambda: len(in_force(relay)) == 2, "the change to be noted")
            relay.run("policy", "observe", "--reason", "a test", "--as", "olu")
            relay.run("keys", "rotate", "--as", "olu")
            relay.send(benign(), "ann.bee@council.example", ["carol@outside.example"])
            wait_until(lambda: bool(hop.received(0)), "the message to be forwarded")
            verified = relay.run("audit", "verify")
        finally:
            relay.stop()
        relay.start()
        try:
            wait_until(lambda: "All are as they were" in relay.run("audit", "verify"), "a start")
            again = in_force(relay)
        finally:
            relay.stop()

    assert "4 entries (1 to 4, " in verified
    first, second = again
    assert first != second
    assert [
        ("dlpguard", "in-force", first),
        ("dlpguard", "in-force", second),
        ("olu", "observe", "policies"),
        ("olu", "rotate", "epoch 2"),
    ] == [(e["who"], e["act"], e["about"]) for e in acts(relay)]
    assert "2 epochs; everything that is sealed can be opened." in relay.run("keys", "check")
