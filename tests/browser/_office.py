"""An office at work: `dlpguard serve` in a process of its own with its site, people who sign in,
and a next hop (Postfix's) that keeps what arrives."""

from __future__ import annotations

import contextlib
import email
import itertools
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from email import policy as mail_policy
from email.message import EmailMessage
from pathlib import Path

from dlpguard.lifecycle import State
from dlpguard.store import accounts, messages
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from tests.journeys._postfix import Received, SmtpSink, smtp_sink
from tests.journeys._programs import HOST, free_port, wait_until
from tests.journeys._relay import Relay
from tests.journeys._samples import Mail
from tests.web import _site
from tests.web._site import HASH, PEOPLE

SECOND_APPROVER = "amira.shah@council.example"

REVIEW = """
[review]
second_factor = false
undo = "{undo}"
"""

BOARD = """\
title: Board papers wait, also inside
why: They are not to be read before the chair has seen them.
when:
  - subject: {contains: [board papers]}
then: quarantine
"""
"""A policy that is for everybody: those that come with dlpguard let colleagues have theirs."""

NAMES = (
    "Owen Hale",
    "Tessa Brock",
    "Milo Grant",
    "Jo Farrow",
    "Pia Stone",
    "Una Marsh",
    "Lee Hardy",
)


@dataclass
class Office:
    """`url` is that of the site."""

    relay: Relay
    hop: SmtpSink
    url: str
    store: Store
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def hold(self, mail: Mail) -> Case:
        """Have somebody new send a mail that is held."""
        number = next(self._numbers)
        name = f"{NAMES[number % len(NAMES)]}"
        sender = f"{name.lower().replace(' ', '.')}{number}@council.example"
        old = email.message_from_bytes(mail.content, policy=mail_policy.default)["From"]
        content = mail.content.replace(mail.sender.encode(), sender.encode())
        content = content.replace(old.addresses[0].display_name.encode(), name.encode())
        sent = replace(mail, sender=sender, content=content)
        id = self.relay.send(sent.content, sent.sender, sent.recipients)
        case = Case(self, id, sent)
        case.comes_to(State.QUARANTINED)
        return case

    def letters(self, to: str) -> list[EmailMessage]:
        """What dlpguard itself has written to somebody, as far as it has arrived."""
        ours = (m for m in self.hop.received(0) if not m.sender and to in m.recipients)
        return [email.message_from_bytes(m.content, policy=mail_policy.default) for m in ours]

    def letter(self, to: str, words: str) -> str:
        """The text of the letter that says this, once it has arrived."""

        def found() -> list[str]:
            texts = [" ".join(m.get_content().split()) for m in self.letters(to)]
            return [text for text in texts if words in text]

        wait_until(lambda: bool(found()), f"a letter to {to} that says: {words}")
        return found()[-1]


@dataclass(frozen=True)
class Case:
    """A mail that was held."""

    office: Office
    id: str
    mail: Mail

    @property
    def path(self) -> str:
        """Its page."""
        return f"/messages/{self.id}"

    def state(self) -> State:
        """Where it is."""
        database = self.office.store.database
        return State(database.read_now(lambda tx: messages.get(tx, self.id).state))

    def comes_to(self, state: State) -> None:
        """Wait until it is there."""
        wait_until(lambda: self.state() is state, f"{self.id} to be {state}, not {self.state()}")

    def arrived(self) -> list[Received]:
        """What of it has arrived at the next hop."""
        return [m for m in self.office.hop.received(0) if m.sender == self.mail.sender]

    def delivered(self) -> set[str]:
        """Wait until it has arrived as it was sent; returns to whom."""
        self.comes_to(State.DONE)
        for received in self.arrived():
            received.before(self.mail.content)
        return {address for received in self.arrived() for address in received.recipients}


@contextmanager
def office(folder: Path, undo: str = "0.3s") -> Iterator[Office]:
    """One that works; `undo` is how long a release waits before it leaves."""
    shutil.copytree(_site.POLICIES, folder / "policies")
    (folder / "policies/board.yaml").write_text(BOARD, "utf-8")
    with smtp_sink() as hop:
        port = free_port()
        url = f"http://{HOST}:{port}"
        relay = Relay(folder, hop.port, web=f"{HOST}:{port}")
        text = relay.config.read_text("utf-8").replace("[listen]", f'[listen]\nsite = "{url}"')
        relay.config.write_text(text + REVIEW.format(undo=undo), "utf-8")
        with closing(_site._open(folder)) as store:
            store.database.write_now(_people)
            relay.start()
            try:
                wait_until(lambda: _answers(port), "the site to answer")
                yield Office(relay, hop, url, store)
            finally:
                relay.stop()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=5):
        return True
    return False


def _people(tx: Transaction) -> None:
    for name, (full_name, roles) in PEOPLE.items():
        accounts.add(tx, name, full_name, HASH, roles)
    accounts.add(tx, SECOND_APPROVER, "Amira Shah", HASH, ("approver",))
