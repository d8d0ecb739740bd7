"""Cases without a network: read and decided in a real store, as the inspector does.

For the test suite, where the whole relay would take too long.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dlpguard import detectors, inspection
from dlpguard.inspection import Setup
from dlpguard.lifecycle import State
from dlpguard.mail import Envelope, MessageId, Recipient, new_id
from dlpguard.notices import Letterhead
from dlpguard.policy import load
from dlpguard.recipients import Organisation
from dlpguard.runners import judging
from dlpguard.runners.judging import Judging
from dlpguard.runners.reading import Reading
from dlpguard.store import bodies, messages, work
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store
from dlpguard.verdict import Verdict
from tests import _stores
from tests.incidents._case import OWN, PARTNER, PUBLISHING, WEBMAIL, Copy
from tests.incidents._trial import POLICIES

ORGANISATION = Organisation((OWN,), (PARTNER,), WEBMAIL, (PUBLISHING,))
SETUP = Setup(ORGANISATION, detectors.Setup("GB", (r"ILS/\d{4}/\d{5}",)))

_LEASE = 600.0
"""Seconds: longer than the largest workbook takes on a busy machine."""


@dataclass
class Desk:
    """Where messages are judged one after the other."""

    store: Store
    rules: Judging
    count: int = 0

    def judge(self, copy: Copy) -> Verdict:
        """What is decided about a message."""
        envelope = Envelope(copy.sender, tuple(Recipient(a) for a in copy.recipients))
        facts = inspection.read(MessageId("read"), copy.content, envelope, SETUP).facts
        self.count += 1
        id = new_id(time.time(), self.count.to_bytes(10, "big"))
        body = bodies.prepare(copy.content, self.store.keys, self.store.shelf)
        new = NewMessage(id, envelope, b"Received: x\r\n", body)
        write = self.store.database.write_now
        write(partial(messages.accept, new=new))
        [claim] = write(lambda tx: work.claim(tx, State.RECEIVED, "desk", 1, _LEASE))
        case = judging.Case(claim, envelope, Reading(facts, b""), lambda: 0.0)
        return write(partial(judging.decide, case=case, judging=self.rules)).verdict


@contextlib.contextmanager
def desk(folder: Path) -> Iterator[Desk]:
    """A desk with a new store in `folder` and the shipped policies, enforcing."""
    head = Letterhead("relay.council.example", f"postmaster@{OWN}", (OWN,))
    rules = Judging(load(POLICIES), "enforce", frozenset(), ORGANISATION, head)
    with contextlib.closing(_stores.open_in(folder)) as store:
        yield Desk(store, rules)
