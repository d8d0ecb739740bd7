"""`kill -9` right after a 250, a hundred times: nothing is lost, nothing unread leaves."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

from dlpguard.commands import _opening
from dlpguard.config import load
from dlpguard.lifecycle import State
from dlpguard.store import messages, quarantine
from dlpguard.store.opening import Store
from tests.journeys._postfix import SmtpSink, smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay, benign
from tests.journeys._samples import sample

KILLS = 100
SEED = 20131019
"""Of the delays; another one gives other schedules."""

DELAYS = (0.02, 0.2, 0.8)
"""Seconds at most between the last 250 and the kill, by turns: while the workers are not there
yet, while messages are being read, and while they are being delivered."""


def test_what_was_accepted_is_delivered_once_or_held(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    mailing = sample("mail/a4e-csv.eml")
    passing: list[str] = []
    holding: list[str] = []
    with smtp_sink() as next_hop:
        relay = Relay(tmp_path, next_hop.port)
        for round in range(KILLS):
            relay.start()
            for number in range(3):
                content = benign(10 * round + number)
                passing.append(relay.send(content, "ann.bee@council.example", ["c@out.example"]))
            if round % 10 == 0:
                holding.append(relay.send(mailing.content, mailing.sender, mailing.recipients))
            time.sleep(chance.uniform(0, DELAYS[round % len(DELAYS)]))
            relay.kill()
        relay.start()
        store = _opening.store(load(relay.config))
        try:
            wait_until(lambda: _is_quiet(store, passing + holding), "everything to end")
            states = {id: _state(store, id) for id in passing + holding}
            outcomes = {id: _outcomes(store, id) for id in passing}
        finally:
            store.close()
        relay.stop()
        copies = _copies(next_hop)

    assert len(set(passing + holding)) == 3 * KILLS + KILLS // 10, "every 250 has its own id"
    assert {State.QUARANTINED} == {states[id] for id in holding}
    assert not {id for id in holding if copies[id]}, "nothing that is held has left"
    for id in passing:
        if states[id] is State.QUARANTINED:
            # Killed three times while it was being read: held as a crash, as it should be.
            assert not copies[id]
            continue
        assert copies[id] >= 1, f"{id} was accepted and is lost: {outcomes[id]}"
        assert copies[id] == 1 or outcomes[id].get("in doubt"), f"{id} is twice and not flagged"
    crashed = sum(states[id] is State.QUARANTINED for id in passing)
    doubtful = sum(bool(o.get("in doubt")) for o in outcomes.values())
    twice = sum(copies[id] > 1 for id in passing)
    assert crashed <= len(passing) / 20, "being killed often is not a message's fault"
    print(f"{len(passing)} sent, {crashed} held as crashes, {doubtful} in doubt, {twice} twice")


def _is_quiet(store: Store, ids: list[str]) -> bool:
    return all(_state(store, id) in {State.DONE, State.QUARANTINED} for id in ids)


def _state(store: Store, id: str) -> State:
    return State(store.database.read_now(lambda tx: messages.get(tx, id).state))


def _outcomes(store: Store, id: str) -> dict[str, int]:
    return store.database.read_now(lambda tx: quarantine.outcomes(tx, id))


def _copies(next_hop: SmtpSink) -> Counter[str]:
    """How often each of our ids arrived."""
    ids: Counter[str] = Counter()
    for mail in next_hop.received(0):
        for line in mail.content.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            if line.startswith(b"X-DLPGuard-Id: "):
                ids[line.removeprefix(b"X-DLPGuard-Id: ").decode()] += 1
    return ids
