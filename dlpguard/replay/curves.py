"""Questions and holds against a threshold: what each of its values would have come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dlpguard.facts import Facts
from dlpguard.replay.letter import Letter
from dlpguard.replay.stage import Stage
from dlpguard.replay.survey import Progress
from dlpguard.replay.sweep import Probe, Sweep
from dlpguard.replay.tallies import Decision, Sent, Tally, decided
from dlpguard.replay.world import World
from dlpguard.runners.judging import Judging
from dlpguard.verdict import Action

BATCH = 32
"""Messages in one commit."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one value of a threshold comes to."""

    value: int
    questions: int
    holds: int
    messages: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Questions and holds against a threshold; `now` are the values that policies give it."""

    name: str
    now: tuple[int, ...]
    policies: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """What was judged: all messages by number, and a way to have one of them another time."""

    sent: Mapping[int, Sent] = field(repr=False)
    again: Callable[[int], Letter]


class Curves:
    """Listens while mail is judged, and draws the curves afterwards."""

    def __init__(
        self, sweeps: Sequence[Sweep], judging: Judging, today: date, stage: Stage
    ) -> None:
        self._judging = judging
        self._today = today
        self._stage = stage
        self._probes = tuple(
            Probe(sweep, judging.policies, judging.accepted_gaps, today) for sweep in sweeps
        )

    def listen(self, sender: str, facts: Facts) -> None:
        """Facts that were judged just now (`world.Listener`)."""
        for probe in self._probes:
            probe.hear(sender, facts)

    def drawn(self, past: Past, result: Tally, say: Progress) -> tuple[Curve, ...]:
        """A curve for each threshold; `result` is what became of the mail.  Blocks."""
        return tuple(self._curve(probe, past, result, say) for probe in self._probes)

    def _curve(self, probe: Probe, past: Past, result: Tally, say: Progress) -> Curve:
        """Decisions at each value: those about whose mail nothing changes, and the others'."""
        sweep, judging = probe.sweep, self._judging
        own: dict[str, list[Decision]] = defaultdict(list)
        for decision in result.decisions:
            own[decision.sender].append(decision)
        known: dict[tuple[str, int], list[Decision]] = {}
        points: list[Point] = []
        for done, value in enumerate(sweep.values):
            say(f"Trying {sweep.name}", done, len(sweep.values))
            touched = probe.touched[value]
            new = {sender for sender in touched if (sender, value) not in known}
            known |= self._judged_again(new, past, sweep, value) if new else {}
            found = [d for sender in own.keys() - touched for d in own[sender]]
            found += [d for sender in touched for d in known[sender, value]]
            points.append(_point(value, found))
        say(f"Trying {sweep.name}", len(sweep.values), len(sweep.values))
        moved = sweep.moved(judging.policies)
        values = sorted({value for each in moved.values() for value in each})
        return Curve(sweep.name, tuple(values), tuple(moved), tuple(points))

    def _judged_again(
        self, senders: set[str], past: Past, sweep: Sweep, value: int
    ) -> dict[tuple[str, int], list[Decision]]:
        """The decisions about the mail of these senders at a value, and at all greater values at
        which nothing would have been judged otherwise."""
        judging = self._judging
        other = replace(judging, policies=sweep.at(judging.policies, value))
        rest = replace(sweep, values=tuple(v for v in sweep.values if v >= value))
        probe = Probe(rest, other.policies, judging.accepted_gaps, self._today)
        world = World(self._stage, other, self._today, probe.hear)
        numbers = [n for n in sorted(past.sent) if past.sent[n].sender in senders]
        for start in range(0, len(numbers), BATCH):
            world.play([past.again(n) for n in numbers[start : start + BATCH]])
        found: dict[str, list[Decision]] = {sender: [] for sender in senders}
        for decision in decided(past.sent, world.end()):
            found[decision.sender].append(decision)
        return {
            (sender, each): found[sender]
            for sender in senders
            for each in rest.values
            if sender not in probe.touched[each]
        }


def _point(value: int, decisions: Sequence[Decision]) -> Point:
    questions = sum(d.action is Action.CONFIRM for d in decisions)
    holds = [d for d in decisions if d.action is Action.QUARANTINE]
    return Point(value, questions, len(holds), sum(d.messages for d in holds))
