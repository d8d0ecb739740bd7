"""A reviewer on the command line: list, show, release, return; and what senders are told."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count

import pytest

from dlpguard.lifecycle import State
from tests.journeys._postfix import Received, SmtpSink, smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay, relay
from tests.journeys._samples import Mail, sample
from tests.journeys._watch import Watch, watching

MAILING = sample("mail/a4e-xlsx.eml")
HIDDEN = sample("mail/hidden-columns.eml")
VISIBLE = sample("mail/missed-bcc.eml")
NUMBERS = count(1)


@pytest.fixture(scope="module")
def hop() -> Iterator[SmtpSink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def running(hop: SmtpSink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with relay(tmp_path_factory.mktemp("relay"), hop.port) as started:
        yield started


@pytest.fixture(scope="module")
def watch(running: Relay) -> Iterator[Watch]:
    with watching(running) as eye:
        yield eye


@dataclass(frozen=True)
class Case:
    """A mail of a sender who has sent no other, held by the relay of all tests."""

    mail: Mail
    id: str
    hop: SmtpSink
    watch: Watch

    def from_client(self) -> list[Received]:
        """What of it arrived."""
        return [m for m in self.hop.received(0) if m.sender == self.mail.sender]

    def notices(self) -> list[str]:
        """Subject and text of what its sender was told, as far as it has arrived."""
        ours = [email.message_from_bytes(m.content) for m in self.hop.received(0) if not m.sender]
        return [
            f"{m['To']} | {m['Subject']}\n{m.get_payload(decode=True)!r}"
            for m in ours
            if m["To"] == self.mail.sender
        ]

    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.watch.state(self.id) is State.DONE


Hold = Callable[[Mail], Case]


@pytest.fixture
def hold(running: Relay, hop: SmtpSink, watch: Watch) -> Hold:
    """Send a mail that is held."""

    def send(sample: Mail) -> Case:
        sender = f"clerk{next(NUMBERS)}@council.example"
        content = sample.content.replace(sample.sender.encode(), sender.encode())
        mail = replace(sample, sender=sender, content=content)
        id = running.send(mail.content, mail.sender, mail.recipients)
        wait_until(lambda: watch.state(id) is State.QUARANTINED, "it to be held")
        return Case(mail, id, hop, watch)

    return send


def test_what_is_held_says_why_and_for_how_many_people(running: Relay, hold: Hold) -> None:
    id = hold(MAILING).id
    [held] = [line for line in running.held() if line["id"] == id]
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


def test_a_released_message_reaches_everybody_unchanged(running: Relay, hold: Hold) -> None:
    case = hold(VISIBLE)
    running.run("quarantine", "release", case.id, "--as", "rita", "--reason", "they agreed to it")
    wait_until(lambda: bool(case.from_client()), "the released message")
    [received] = case.from_client()

    assert set(VISIBLE.recipients) == set(received.recipients)
    received.before(case.mail.content)
    wait_until(case.is_done, "the message to be done")
    shown = running.show(case.id)
    assert "done" == shown["state"]
    assert ({"delivered": 45}, "rita") == (shown["outcomes"], shown["decided_by"])
    assert ["accept", "hold", "release", "finish"] == [m["event"] for m in shown["history"]]


def test_a_returned_message_is_never_sent_and_its_sender_is_told(
    running: Relay, hold: Hold
) -> None:
    case = hold(VISIBLE)
    running.run("quarantine", "return", case.id, "--as", "rita", "--reason", "use Bcc")
    problem = running.run("quarantine", "release", case.id, "--as", "sam", expect=2)
    wait_until(lambda: any("use Bcc" in n for n in case.notices()), "the notice")

    assert "not held" in problem
    assert "rita decided it" in problem
    assert not case.from_client()
    assert {"returned": 45} == running.show(case.id)["outcomes"]
    for text in case.notices():
        assert text.startswith(f"{case.mail.sender} | Your email")
        assert not any(address in text for address in VISIBLE.recipients)


def test_two_people_have_to_release_where_the_policy_says_so(running: Relay, hold: Hold) -> None:
    case = hold(HIDDEN)
    id = case.id
    refused = running.run("quarantine", "release", id, "--as", "rita", expect=2)
    rita, sam = (running.approver(f"{name}@council.example") for name in ("rita", "sam"))
    first = running.run("quarantine", "release", id, "--as", rita)
    again = running.run("quarantine", "release", id, "--as", rita)
    still = case.watch.state(id)
    second = running.run("quarantine", "release", id, "--as", sam)
    wait_until(lambda: bool(case.from_client()), "the released message")

    assert "takes two approvers" in refused
    assert "1 more approver has to" in first
    assert "1 more approver has to" in again
    assert State.QUARANTINED is still
    assert f"released by {sam}" in second


def test_who_is_left_out_of_a_release_never_gets_it(running: Relay, hold: Hold) -> None:
    case = hold(VISIBLE)
    some = VISIBLE.recipients[:3]
    only = [word for address in some for word in ("--to", address)]
    words = ("--as", "rita", "--reason", "these", *only)
    done = running.run("quarantine", "release", case.id, *words)
    wait_until(case.is_done, "the message to be done")
    wait_until(lambda: len(case.notices()) == 2, "the notices that it was held, and released")
    [received] = case.from_client()

    assert "on its way to 3 of 45 recipients, and the others never get it" in done
    assert set(some) == set(received.recipients)
    received.before(case.mail.content)
    assert {"delivered": 3, "returned": 42} == case.watch.outcomes(case.id)
    [told] = [text for text in case.notices() if "to some of its recipients only" in text]
    assert not any(address in told for address in VISIBLE.recipients)


def test_a_decision_on_a_version_that_is_gone_is_refused(running: Relay, hold: Hold) -> None:
    id = hold(VISIBLE).id
    version = str(running.show(id)["version"])
    problem = running.run("quarantine", "release", id, "--version", "1", expect=2)
    running.run("quarantine", "release", id, "--version", version)

    assert "look again" in problem


def test_senders_are_told_at_once_without_what_was_found(hold: Hold) -> None:
    case = hold(MAILING)
    wait_until(lambda: bool(case.notices()), "the notice")
    [text] = case.notices()

    assert "Your email has not been sent yet" in text
    assert "157 recipients" in text
    assert "ILS/2013" not in text
    assert "07700" not in text


def test_an_unknown_id_is_a_clear_error(running: Relay) -> None:
    problem = running.run("quarantine", "show", "01NOSUCH", expect=2)

    assert "dlpguard quarantine list" in problem
