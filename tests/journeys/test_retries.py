"""`kill -9` between commit and 250: the client sends again, and there is one message."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from dlpguard import faults
from tests.journeys._postfix import smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay, benign

SENDER, RECIPIENTS = "ann.bee@council.example", ["carol@outside.example"]


@pytest.mark.parametrize("point", ["after-accept", "before-reply"])
def test_the_message_that_was_committed_is_sent_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    with smtp_sink() as next_hop:
        relay = Relay(tmp_path, next_hop.port)
        monkeypatch.setenv(faults.VARIABLE, f"{point}:1")
        relay.start()
        monkeypatch.delenv(faults.VARIABLE)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            relay.send(benign(), SENDER, RECIPIENTS)
        assert relay.process
        relay.process.wait(10)

        relay.start()
        told = relay.send(benign(), SENDER, RECIPIENTS)
        own = relay.send(benign(1), SENDER, RECIPIENTS)
        again = relay.send(benign(), SENDER, RECIPIENTS)
        next_hop.received(3)
        relay.stop()
        received = next_hop.received(3)

    ids = [mail.content.partition(b"X-DLPGuard-Id: ")[2].split(b"\r\n")[0] for mail in received]
    assert sorted(map(str.encode, (told, own, again))) == sorted(ids)
    assert "repeated id=" + told in relay.log()
    assert 1 == relay.log().count("repeated id=")


def test_what_was_acknowledged_before_a_kill_is_not_mistaken_for_a_retry(tmp_path: Path) -> None:
    with smtp_sink() as next_hop:
        relay = Relay(tmp_path, next_hop.port)
        relay.start()
        first = relay.send(benign(), SENDER, RECIPIENTS)
        next_hop.received(1)
        wait_until(lambda: f"delivered id={first}" in relay.log(), "the first copy to be done")
        relay.send(benign(1), SENDER, RECIPIENTS)  # takes the acknowledgement along
        relay.kill()
        relay.start()
        second = relay.send(benign(), SENDER, RECIPIENTS)
        next_hop.received(3)
        relay.stop()

    assert first != second
