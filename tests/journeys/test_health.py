"""What `serve` says of itself to programs that ask whether it is ready, while mail passes."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

from tests.journeys._postfix import smtp_sink
from tests.journeys._programs import HOST, free_port, wait_until
from tests.journeys._relay import Relay, benign


def asked(address: str) -> str:
    """What an address says; "" while nobody listens."""
    try:
        with urllib.request.urlopen(address) as answer:
            return str(answer.read().decode())
    except urllib.error.URLError:
        return ""


def test_a_relay_says_that_it_is_ready(tmp_path: Path) -> None:
    web = f"{HOST}:{free_port()}"
    with smtp_sink() as next_hop:
        relay = Relay(tmp_path, next_hop.port, web=web)
        relay.start()
        wait_until(lambda: bool(asked(f"http://{web}/readyz")), "the site to answer")
        said = asked(f"http://{web}/readyz")
        relay.send(benign(), "ann.bee@council.example", ["carol@outside.example"])
        next_hop.received(1)
        relay.stop()

    first, database, policies, *_ = said.splitlines()
    assert ("ready", "database: can be used") == (first, database)
    assert policies.endswith("in force")
    assert "policies: 0" not in policies
