"""While observing, everything goes on at once; what would have been is recorded, no body kept."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard.store import schema
from dlpguard.verdict import Action
from tests.journeys._postfix import SmtpSink, smtp_sink
from tests.journeys._relay import Relay, benign, relay
from tests.journeys._samples import sample
from tests.journeys._watch import watching

AT_ONCE = 20.0
"""Seconds; on a busy machine reading three attachments takes a few."""

HELD = ("mail/a4e-xlsx.eml", "mail/essex-own-webmail.eml", "mail/unreadable-truncated.eml")
"""A list of people, a caseload to one's own mailbox, and the floor: each would be held."""

LARGE = benign() + b"a line of a body that is kept in a file\r\n" * 10_000


@pytest.fixture
def hop() -> Iterator[SmtpSink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def running(hop: SmtpSink, tmp_path: Path) -> Iterator[Relay]:
    with relay(tmp_path, hop.port, mode="observe") as started:
        yield started


def test_everything_is_forwarded_at_once_and_what_would_have_been_is_recorded(
    running: Relay, hop: SmtpSink
) -> None:
    mails = [sample(name) for name in HELD]
    started = time.monotonic()
    ids = [running.send(mail.content, mail.sender, mail.recipients) for mail in mails]
    ids.append(running.send(LARGE, mails[0].sender, ["carol@outside.example"]))
    received = hop.received(4)
    seconds = time.monotonic() - started
    with watching(running) as watch:
        ended = [watch.ended(id) for id in ids]
        verdicts = [watch.record(id).verdict for id in ids]
        kept = [watch.count(table) for table in (schema.bodies, schema.evidence)]
        large = watch.store.shelf.old(before=math.inf)
    shown = running.show(ids[0])

    assert seconds < AT_ONCE
    for mail in mails:
        [copy] = [r for r in received if r.content.endswith(mail.content)]
        assert set(mail.recipients) == set(copy.recipients)
    assert [{"delivered": len(mail.recipients)} for mail in mails] == ended[:3]
    assert [Action.ALLOW] * 4 == [verdict.action for verdict in verdicts]
    assert [Action.QUARANTINE] * 3 + [Action.ALLOW] == [v.observed for v in verdicts]
    assert "people-list-mass-mailing" in {m.policy for m in verdicts[0].matches}
    assert "floor" in {m.policy for m in verdicts[2].matches}
    assert 4 == len(hop.received(0)), "no notice was written"
    assert ([0, 0], ()) == (kept, large)
    assert [] == running.held()
    assert "Would be held by people-list-mass-mailing" in " ".join(shown["because"])
    assert ["accept", "pass", "finish"] == [move["event"] for move in shown["history"]]
