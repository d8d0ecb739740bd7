"""Policies are replaced under load, by good sets and by broken ones: nothing is lost or misjudged.

Every accepted message is where the set of policies says that its verdict names; every verdict
names one whole set that was in force; the log says each time which set is in force, and why.
"""

from __future__ import annotations

import itertools
import re
import signal
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.lifecycle import State
from dlpguard.verdict import Action
from tests.journeys._policy_sets import BREAKS, Sets, held_by
from tests.journeys._postfix import SmtpSink, smtp_sink
from tests.journeys._programs import HOST, wait_until
from tests.journeys._relay import Relay, must, relay
from tests.journeys._watch import Watch, watching

CLIENTS = 4
PAUSE = 0.12
"""Seconds between two messages of one client: a load that two cores can judge as it comes."""

WAITING = 30
"""Messages at most that are accepted and not judged yet, however slow the machine."""

EACH = 8
"""Messages that are judged by a set at least before it is replaced."""

STORMS = 8
"""Signals while files come and go."""

_LIST = (
    "Name,Phone,Case reference\r\nMoira Tregenza,07700 900101,ILS/2013/04417\r\n"
    "Idris Pemberton,07700 900102,ILS/2013/04418\r\nSunita Rao,07700 900103,ILS/2013/04419\r\n"
)
BODIES = {
    "bins": "The bins are collected on Tuesday.\r\n",
    "clients": f"As agreed.\r\n\r\n{_LIST}",
    "even": "The rota of the even weeks is on the board.\r\n",
    "odd": "The rota of the odd weeks is on the board.\r\n",
}


@dataclass(frozen=True)
class Accepted:
    """A message that was answered 250, and which set was in force for certain before it."""

    id: str
    kind: str
    since: int


@dataclass
class Load:
    """What the clients have sent so far."""

    in_force: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def client(self, running: Relay, number: int) -> None:
        """Send one after the other over one connection, until it is over."""
        sender = f"clerk{number}@council.example"
        with smtplib.SMTP(HOST, running.port, timeout=60) as client:
            client.ehlo("client.example")
            turns = enumerate(itertools.cycle(BODIES))
            while not self.over.is_set():
                if running.log().count(_JUDGED) + WAITING < len(self.accepted):
                    time.sleep(PAUSE)
                    continue
                since = self.in_force
                count, kind = next(turns)
                must(client.mail(sender))
                must(client.rcpt("carol@outside.example"))
                reply = client.data(_mail(sender, kind, count))
                must(reply)
                self.accepted.append(Accepted(reply[1].decode().split()[-1], kind, since))
                time.sleep(PAUSE)


def test_sets_that_are_replaced_under_load_lose_and_misjudge_nothing(tmp_path: Path) -> None:
    sets = Sets(tmp_path / "policies")
    load = Load()
    with smtp_sink() as hop, relay(tmp_path, hop.port) as running, watching(running) as watch:
        with _under(load, running):
            for break_it, why in BREAKS.items():
                sets.good()
                _is_in_force(running, sets, load)
                break_it(sets.directory)
                _stays_in_force(running, sets, why)
                sets.mended()
            with sets.flickering():
                _storm(running, {sets.number}, sets)
            _is_in_force(running, sets, load)
            with sets.swapping():
                _storm(running, {sets.number - 1, sets.number}, sets)
            _is_in_force(running, sets, load)
        ids = [one.id for one in load.accepted]
        wait_until(lambda: all(map(watch.is_quiet, ids)), "everything to end", 120)
        copies = _copies(hop)
        used = Counter(_right(one, watch, sets, copies) for one in load.accepted)

    assert len(ids) == len(set(ids))
    assert {one.kind for one in load.accepted} == set(BODIES)
    assert set(copies) <= set(ids)
    assert set(used) >= set(range(1, sets.number + 1)), "mail was judged by every set"


def _right(one: Accepted, watch: Watch, sets: Sets, copies: Counter[str]) -> int:
    """The number of the set that judged a message, which is where that set says, once."""
    record = watch.record(one.id)
    number = sets.numbers[record.verdict.policies]  # a mixture has a digest that nobody knows
    held = one.kind in {"clients", held_by(number)}

    assert number >= one.since, "judged by what was replaced before it came"
    assert {f"Set {number}"} == {match.title for match in record.verdict.matches}
    assert held == (record.verdict.action is Action.QUARANTINE)
    assert watch.state(one.id) is (State.QUARANTINED if held else State.DONE)
    assert copies[one.id] == (0 if held else 1)
    return number


def _is_in_force(running: Relay, sets: Sets, load: Load) -> None:
    said = _reload(running)

    assert any(f"policies in force: set={d} policies=3 flows=1" in said for d in sets.now())
    load.in_force = sets.number
    before = running.log().count(_JUDGED)
    wait_until(lambda: running.log().count(_JUDGED) >= before + EACH, "mail to be judged by it")


def _stays_in_force(running: Relay, sets: Sets, why: str) -> None:
    said = _reload(running)

    assert any(f"policies not reloaded: set={d}: " in said for d in sets.now())
    assert why in said


def _storm(running: Relay, numbers: set[int], sets: Sets) -> None:
    """Signals while files come and go: each time one whole set is taken, or none."""
    known = {digest for number in numbers for digest in sets.digests[number]}
    for _ in range(STORMS):
        said = _reload(running)

        assert set(_SET.findall(said)) <= known


_JUDGED = "judged id="
_SET = re.compile(r"\bset=(\w{12})")
_SAID = re.compile(r"^.*policies (?:in force|not reloaded).*$", re.MULTILINE)


def _reload(running: Relay) -> str:
    """What the log says after a signal."""
    before = len(_SAID.findall(running.log()))
    assert running.process
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(_SAID.findall(running.log())) > before, "the policies to be read")
    return "\n".join(_SAID.findall(running.log())[before:])


@contextmanager
def _under(load: Load, running: Relay) -> Iterator[None]:
    """With all clients sending; what one of them could not send fails the test."""
    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(load.client, running, number) for number in range(CLIENTS)]
        try:
            yield
        finally:
            load.over.set()
        for client in clients:
            client.result()


def _copies(hop: SmtpSink) -> Counter[str]:
    """How often each of our ids arrived; notices to senders are none of them."""
    heads = (mail.content.partition(b"\r\n\r\n")[0] for mail in hop.received(0) if mail.sender)
    return Counter(id.decode() for head in heads for id in _ID.findall(head))


_ID = re.compile(rb"^X-DLPGuard-Id: (\S{1,100})", re.MULTILINE)


def _mail(sender: str, kind: str, count: int) -> bytes:
    return (
        f"From: <{sender}>\r\nTo: <carol@outside.example>\r\nSubject: {kind} {count}\r\n"
        f"Message-ID: <{count}.{sender}>\r\n\r\n{BODIES[kind]}"
    ).encode()
