"""Cases through the whole relay: `dlpguard serve` in a process of its own, a next hop behind it.

Everything goes in by SMTP over several connections; what arrives at the next hop has leaked.  What
the relay thought of each message is read from its store.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from dlpguard.lifecycle import State
from dlpguard.smtp.sink import Sink
from dlpguard.store.database import Transaction
from dlpguard.store.schema import messages as message_rows
from dlpguard.verdict import Action
from tests.incidents._case import OWN, PARTNER, PUBLISHING, WEBMAIL, Case, Copy
from tests.journeys._programs import HOST
from tests.journeys._relay import Relay, must
from tests.journeys._watch import Watch, watching

SETTLE = "5s"
"""Less than the 20 s that are shipped: nobody waits for the bench's senders to type."""

CONNECTIONS = 2
LONGEST = 1800.0
"""Seconds for what was sent to be judged and delivered; a relay that takes longer has stopped."""

POLICIES = Path(__file__).resolve().parents[2] / "policies"

_SETTINGS = f"""\
[organisation]
domains = {{domains}}
case_references = ['ILS/\\d{{{{4}}}}/\\d{{{{5}}}}']
webmail = {list(WEBMAIL)}
publishing = ["{PUBLISHING}"]
[[organisation.partners]]
domain = "{PARTNER}"

[listen]
smtp = "{HOST}:{{port}}"
name = "relay.{OWN}"
recipients = 2000

[next_hop]
port = {{next_hop}}
tls = "none"

[policies]
mode = "enforce"

[campaign]
settle = "{SETTLE}"
"""

_FLOWS = """\
- name: transport
  from: "*@council.example"
  to: "*@tamarcoaches.example"
  kinds: [postal_address, phone]
  max_people: 20
  agreement: Data sharing agreement 2010/7
  owner: Head of Passenger Transport
  since: {since}
  until: {until}
- name: sponsors
  from: "*@council.example"
  to: "*@foreignoffice.example"
  kinds: [case_reference, email_address, phone, date_of_birth, passport, special_category]
  max_people: 200
  agreement: Memorandum of understanding 2013/2
  owner: Head of Resettlement
  since: {since}
  until: {until}
- name: trustees
  from: "*@council.example"
  to: ["trustee.*@webmail.example", "trustee.*@charity.example"]
  kinds: [email_address, special_category]
  max_people: 12
  agreement: Scheme of delegation
  owner: Company secretary
  since: {since}
  until: {until}
"""

_MESSAGE_ID = re.compile(rb"^Message-ID:\s{0,9}(<[^>\r\n]{1,250}>)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case.

    `action` is the weakest on any copy of an incident, the strongest on any of a twin; so many
    outside mailboxes got it (`leaked`); `policies` are those that stopped it.  `people`, `hidden`
    and `private` are how many different people the relay claims in all copies together.
    """

    case: Case
    action: Action
    leaked: int
    policies: tuple[str, ...]
    people: int
    private: int = 0
    hidden: int = 0
    approvals: int = 1

    @property
    def stopped(self) -> bool:
        """Nothing of it reached anybody outside."""
        return self.leaked == 0 and self.action >= Action.CONFIRM

    @property
    def held(self) -> bool:
        """By a reviewer's hold (or refused), not by a question."""
        return self.stopped and self.action >= Action.QUARANTINE

    @property
    def named(self) -> bool:
        """Whether one of the policies that stopped it names the right reason."""
        return not self.case.right.isdisjoint(self.policies)


@dataclass
class Ground:
    """A relay that runs, and the mailboxes behind its next hop."""

    relay: Relay
    watch: Watch
    arrived: dict[bytes, Counter[str]] = field(default_factory=dict, repr=False)

    def send(self, copies: Sequence[Copy], sent: Callable[[], object]) -> list[str]:
        """Send in order, each copy a transaction; returns the relay's ids."""
        ids: list[str] = []
        with smtplib.SMTP(HOST, self.relay.port, timeout=120) as client:
            client.ehlo("client.example")
            for copy in copies:
                must(client.mail(copy.sender))
                for recipient in copy.recipients:
                    must(client.rcpt(recipient))
                reply = client.data(copy.content)
                must(reply)
                ids.append(reply[1].decode().split()[-1])
                sent()
        return ids

    def drain(self) -> None:
        """Until everything that was sent is judged, and delivered or held."""
        end = time.monotonic() + LONGEST
        while self._moving():
            if time.monotonic() > end:
                raise TimeoutError(f"{self._moving()} messages are still on their way")
            time.sleep(0.3)

    def got(self, copies: Sequence[Copy]) -> int:
        """How many outside mailboxes got any of these."""
        marks = {mark(copy.content) for copy in copies}
        found = {r for m in marks for r in self.arrived.get(m, ())}
        return sum(not r.endswith(f"@{OWN}") for r in found)

    def result(self, case: Case, copies: Sequence[Copy], ids: Sequence[str]) -> Result:
        """What became of a case that was sent; `copies` may have lost their bodies."""
        records = [self.watch.record(id) for id in ids]
        leaked = self.got(copies)
        stopping = dict.fromkeys(
            m.policy
            for r in records
            for m in r.verdict.matches
            if m.action is r.verdict.action and m.action >= Action.CONFIRM
        )
        actions = [r.verdict.action for r in records]
        people = {p.digest: p for r in records for p in r.facts.people.everyone}
        return Result(
            case,
            max(actions) if case.benign else min(actions),
            leaked,
            tuple(stopping),
            sum(not p.addressee for p in people.values()),
            sum(p.private and not p.addressee for p in people.values()),
            sum(p.hidden is not None for p in people.values()),
            min(r.verdict.approvals for r in records),
        )

    def _moving(self) -> int:
        query = (
            select(func.count())
            .select_from(message_rows)
            .where(
                message_rows.c.state.in_(
                    [str(s) for s in (State.RECEIVED, State.READY, State.SET_ASIDE)]
                ),
                message_rows.c.origin == "client",
            )
        )

        def look(tx: Transaction) -> int:
            return int(tx.execute(query).scalar_one())

        return self.watch.store.database.read_now(look)


@contextlib.contextmanager
def ground(folder: Path, domains: Collection[str] = (OWN,)) -> Iterator[Ground]:
    """A relay of these domains with the shipped policies in `folder`, enforcing, and a next hop
    that counts."""
    arrived: dict[bytes, Counter[str]] = {}

    def on_message(sender: str, recipients: tuple[str, ...], content: bytes) -> None:
        if sender:  # not our own notices
            arrived.setdefault(mark(content), Counter()).update(recipients)

    with _sink(on_message) as port:
        shutil.copytree(POLICIES, folder / "policies")
        (folder / "policies" / "flows.yaml").write_text(flows(), "utf-8")
        relay = Relay(folder, port)
        settings = _SETTINGS.format(domains=[*domains], port=relay.port, next_hop=port)
        relay.config.write_text(settings, "utf-8")
        relay.start()
        try:
            with watching(relay) as watch:
                yield Ground(relay, watch, arrived)
        finally:
            relay.stop()


def run(
    here: Ground, cases: Sequence[Case], sent: Callable[[], object], done: Callable[[], object]
) -> list[Result]:
    """All cases at once: first the earlier mail of their senders, then theirs.

    `sent` is called for each transaction, `done` for each case that is sent.
    """

    def one(case: Case) -> tuple[Case, tuple[Copy, ...], list[str]]:
        copies = case.send()
        ids = here.send(copies, sent)
        done()
        return case, tuple(replace(c, content=_head(c.content)) for c in copies), ids

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        earlier = [partial(here.send, c.before(), sent) for c in cases if c.before is not tuple]
        list(threads.map(lambda send: send(), earlier))
        here.drain()
        outcomes = list(threads.map(one, cases))
    here.drain()
    return [here.result(*outcome) for outcome in outcomes]


def mark(content: bytes) -> bytes:
    """The Message-ID."""
    found = _MESSAGE_ID.search(content)
    assert found
    return found[1]


def flows() -> str:
    """What this organisation sends every day and has registered."""
    year = time.gmtime().tm_year
    return _FLOWS.format(since=f"{year}-01-01", until=f"{year}-12-31")


def _head(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[0]


@contextlib.contextmanager
def _sink(on_message: Callable[[str, tuple[str, ...], bytes], None]) -> Iterator[int]:
    """A next hop on a loop of its own; yields its port."""
    loop = asyncio.new_event_loop()
    sink = Sink(on_message)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(sink.start(), loop).result()
        yield sink.port
        asyncio.run_coroutine_threadsafe(sink.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
