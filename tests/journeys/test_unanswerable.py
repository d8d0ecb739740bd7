"""A sender of another organisation, whom we relay for, can be told nothing: a reviewer decides."""

from __future__ import annotations

from pathlib import Path

from dlpguard.lifecycle import State
from dlpguard.verdict import Action
from tests.journeys._postfix import smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay
from tests.journeys._watch import watching

LIST = "".join(
    f"{name},1{number} March 1961,ILS/2013/0{4400 + number},PL4 {number}AB\r\n"
    for number, name in enumerate(
        ("Moira Tregenza", "Idris Pemberton", "Sunita Rao", "Callum Lloyd", "Bronwen Hughes"),
    )
)
POLICY = "title: Asked\nwhy: W\nwhen:\n  - people: {private: true, at_least: 3}\nthen: confirm\n"


def mail(sender: str) -> bytes:
    return (
        f"From: <{sender}>\r\nTo: <desk@firm.example>\r\nSubject: list\r\n\r\n"
        f"Name,Date of birth,Case reference,Postcode\r\n{LIST}"
    ).encode()


def test_what_its_sender_never_hears_of_is_held_for_a_reviewer(tmp_path: Path) -> None:
    senders = {
        "ann@council.example": State.AWAITING_SENDER,
        "bo@charity.example": State.QUARANTINED,
    }
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "asked.yaml").write_text(POLICY)
    with smtp_sink() as hop:
        running = Relay(tmp_path, hop.port)
        settings = running.config.read_text().replace(
            "[listen]", '[listen]\nsenders = ["council.example", "charity.example"]'
        )
        running.config.write_text(settings)
        running.start()
        try:
            with watching(running) as watch:
                ids = {s: running.send(mail(s), s, ["desk@firm.example"]) for s in senders}
                waiting = {State.AWAITING_SENDER, State.QUARANTINED}
                wait_until(
                    lambda: all(watch.state(id) in waiting for id in ids.values()), "both to wait"
                )
                found = {sender: watch.state(id) for sender, id in ids.items()}
                verdict = watch.record(ids["bo@charity.example"]).verdict
                shown = running.run("quarantine", "show", ids["bo@charity.example"])
        finally:
            running.stop()

    assert senders == found
    assert Action.QUARANTINE is verdict.action
    assert "cannot be asked" in shown
