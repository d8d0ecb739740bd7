"""A reviewer on the command line: list, show, release, return; and what senders are told."""

from __future__ import annotations

import email
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys._postfix import Received, SmtpSink, smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay, relay
from tests.journeys._samples import Mail, sample

MAILING = sample("mail/a4e-xlsx.eml")
HIDDEN = sample("mail/hidden-columns.eml")
VISIBLE = sample("mail/missed-bcc.eml")


@pytest.fixture
def hop() -> Iterator[SmtpSink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def running(hop: SmtpSink, tmp_path: Path) -> Iterator[Relay]:
    with relay(tmp_path, hop.port) as started:
        yield started


def hold(running: Relay, mail: Mail) -> str:
    """Send a mail that is held; returns its id."""
    id = running.send(mail.content, mail.sender, mail.recipients)
    wait_until(lambda: id in {h["id"] for h in running.held()}, "it to be held")
    return id


def from_clients(hop: SmtpSink) -> list[Received]:
    """What arrived that we did not write ourselves."""
    return [m for m in hop.received(0) if m.sender]


def notices(hop: SmtpSink) -> list[str]:
    """Subject and text of our own mail, as far as it has arrived."""
    ours = [email.message_from_bytes(m.content) for m in hop.received(0) if not m.sender]
    return [f"{m['To']} | {m['Subject']}\n{m.get_payload(decode=True)!r}" for m in ours]


def test_what_is_held_says_why_and_for_how_many_people(running: Relay) -> None:
    id = hold(running, MAILING)
    [held] = running.held()
    shown = running.run("quarantine", "show", id, "--as", "rita")

    assert (157, 40, 157) == (
        held["recipients"],
        held["people"]["private"],
        held["audience"]["reach"],
    )
    assert "people-list-mass-mailing" in {p["name"] for p in held["policies"]}
    assert {"needed": 2, "by": [], "to": []} == held["approvals"]
    assert "40 people's names, phone numbers and case references" in " ".join(shown.split())
    assert "rita" in running.run("audit", "show", id)


def test_a_released_message_reaches_everybody_unchanged(running: Relay, hop: SmtpSink) -> None:
    id = hold(running, VISIBLE)
    running.run("quarantine", "release", id, "--as", "rita", "--reason", "they agreed to it")
    wait_until(lambda: bool(from_clients(hop)), "the released message")
    [received] = from_clients(hop)

    assert set(VISIBLE.recipients) == set(received.recipients)
    received.before(VISIBLE.content)
    wait_until(lambda: running.show(id)["state"] == "done", "the message to be done")
    shown = running.show(id)
    assert ({"delivered": 45}, "rita") == (shown["outcomes"], shown["decided_by"])
    assert ["accept", "hold", "release", "finish"] == [m["event"] for m in shown["history"]]


def test_a_returned_message_is_never_sent_and_its_sender_is_told(
    running: Relay, hop: SmtpSink
) -> None:
    id = hold(running, VISIBLE)
    running.run("quarantine", "return", id, "--as", "rita", "--reason", "use Bcc")
    problem = running.run("quarantine", "release", id, "--as", "sam", expect=2)
    wait_until(lambda: any("use Bcc" in n for n in notices(hop)), "the notice")

    assert "not held" in problem
    assert "rita decided it" in problem
    assert not from_clients(hop)
    assert {"returned": 45} == running.show(id)["outcomes"]
    for text in notices(hop):
        assert text.startswith(f"{VISIBLE.sender} | Your email")
        assert not any(address in text for address in VISIBLE.recipients)


def test_two_people_have_to_release_where_the_policy_says_so(running: Relay, hop: SmtpSink) -> None:
    id = hold(running, HIDDEN)
    refused = running.run("quarantine", "release", id, "--as", "rita", expect=2)
    rita, sam = (running.approver(f"{name}@council.example") for name in ("rita", "sam"))
    first = running.run("quarantine", "release", id, "--as", rita)
    again = running.run("quarantine", "release", id, "--as", rita)
    still = running.show(id)["state"]
    second = running.run("quarantine", "release", id, "--as", sam)
    wait_until(lambda: bool(from_clients(hop)), "the released message")

    assert "takes two approvers" in refused
    assert "1 more approver has to" in first
    assert "1 more approver has to" in again
    assert "quarantined" == still
    assert f"released by {sam}" in second


def test_who_is_left_out_of_a_release_never_gets_it(running: Relay, hop: SmtpSink) -> None:
    id = hold(running, VISIBLE)
    some = VISIBLE.recipients[:3]
    only = [word for address in some for word in ("--to", address)]
    done = running.run("quarantine", "release", id, "--as", "rita", "--reason", "these", *only)
    wait_until(lambda: running.show(id)["state"] == "done", "the message to be done")
    wait_until(lambda: len(notices(hop)) == 2, "the notices that it was held, and released")
    [received] = from_clients(hop)

    assert "on its way to 3 of 45 recipients, and the others never get it" in done
    assert set(some) == set(received.recipients)
    received.before(VISIBLE.content)
    assert {"delivered": 3, "returned": 42} == running.show(id)["outcomes"]
    [told] = [text for text in notices(hop) if "to some of its recipients only" in text]
    assert not any(address in told for address in VISIBLE.recipients)


def test_a_decision_on_a_version_that_is_gone_is_refused(running: Relay) -> None:
    id = hold(running, VISIBLE)
    version = str(running.show(id)["version"])
    problem = running.run("quarantine", "release", id, "--version", "1", expect=2)
    running.run("quarantine", "release", id, "--version", version)

    assert "look again" in problem


def test_senders_are_told_at_once_without_what_was_found(running: Relay, hop: SmtpSink) -> None:
    hold(running, MAILING)
    wait_until(lambda: bool(notices(hop)), "the notice")
    [text] = notices(hop)

    assert "Your email has not been sent yet" in text
    assert "157 recipients" in text
    assert "ILS/2013" not in text
    assert "07700" not in text


def test_an_unknown_id_is_a_clear_error(running: Relay) -> None:
    problem = running.run("quarantine", "show", "01NOSUCH", expect=2)

    assert "dlpguard quarantine list" in problem
