"""The table of moves: that of the design, complete, and without a state in which mail stays."""

from __future__ import annotations

from collections import Counter

import pytest

from dlpguard.lifecycle import TABLE, Event, Guard, Move, State, Who, moves
from dlpguard.store import guards, verdicts

DESIGNED = """
-               | accept   | received                                    | new         | edge
received        | pass     | ready                                       | F C         | inspector
received        | ask      | awaiting-sender                             | F C         | inspector
received        | hold     | quarantined                                 | F C         | inspector
received        | refuse   | done                                        | F C         | inspector
received        | split    | ready awaiting-sender quarantined done      | F C         | inspector
received        | crash    | set-aside quarantined ready                 | F           | inspector
set-aside       | retry    | received                                    |             | janitor
ready           | recall   | awaiting-sender quarantined done        | C N not-decided | inspector
ready           | finish   | done                                        | F none-pending  | courier
ready           | stop     | done                                  | C no-attempt | courier janitor
ready           | expire   | done                                        | no-attempt  | janitor
ready           | undo     | quarantined                                 | C N released | reviewer
awaiting-sender | confirm  | ready quarantined                           | C           | sender
awaiting-sender | cancel   | done                                        | C           | sender
awaiting-sender | expire   | done                                        | C           | janitor
awaiting-sender | escalate | quarantined done                            | C           | inspector
quarantined     | ask      | awaiting-sender                             | C N         | reviewer
quarantined     | release  | ready                                       | C version   | reviewer
quarantined     | return   | done                                        | C N version | reviewer
quarantined     | expire   | done                                        | C N         | janitor
"""
"""DESIGN 4's rows: from, event, to, guards, who.  A return is of the version seen (section 7)."""

ADDED = """
-               | issue    | ready                | own-domain | inspector courier janitor reviewer
received        | expire   | done                 |            | janitor
"""
"""What section 4 says in prose: our own notices and DSNs, and mail that is never inspected."""

LETTERS = {"F": Guard.FENCE, "C": Guard.CAMPAIGN, "N": Guard.NOTHING_OPEN}

STATES = [state for state in State if state is not State.DONE]


def row(line: str) -> Move:
    source, event, targets, guards, who = (cell.split() for cell in line.split("|"))
    return Move(
        None if source == ["-"] else State(source[0]),
        Event(event[0]),
        frozenset(map(State, targets)),
        frozenset(LETTERS.get(g) or Guard[g.replace("-", "_").upper()] for g in guards),
        frozenset(Who[w.upper()] for w in who),
    )


def reachable(start: State, by: frozenset[Who]) -> set[State]:
    """The states that these can bring a message to."""
    found, new = set[State](), {start}
    while new:
        found |= new
        next_ = {t for m in TABLE if m.source in new and m.who & by for t in m.targets}
        new = next_ - found
    return found


@pytest.mark.parametrize("line", (DESIGNED + ADDED).split("\n")[1:-1])
def test_the_table_has_every_row_of_the_design(line: str) -> None:
    if line:
        designed = row(line)

        assert designed == moves(designed.source, designed.event)


def test_the_table_has_no_other_rows() -> None:
    designed = {row(line) for line in (DESIGNED + ADDED).split("\n") if line}

    assert designed == set(TABLE)


def test_no_event_means_two_things_in_one_state() -> None:
    twice = [key for key, n in Counter((m.source, m.event) for m in TABLE).items() if n > 1]

    assert [] == twice


@pytest.mark.parametrize("state", STATES)
def test_every_state_can_end_without_a_person(state: State) -> None:
    runners = frozenset({Who.INSPECTOR, Who.COURIER, Who.JANITOR})

    assert State.DONE in reachable(state, runners)


@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_reached(state: State) -> None:
    assert state in reachable(State.RECEIVED, frozenset(Who))


def test_what_is_done_stays_done() -> None:
    assert [] == [m for m in TABLE if m.source is State.DONE]


@pytest.mark.parametrize("state", [State.QUARANTINED, State.AWAITING_SENDER])
def test_what_is_held_is_never_released_by_a_clock_or_a_runner(state: State) -> None:
    runners = frozenset({Who.EDGE, Who.INSPECTOR, Who.COURIER, Who.JANITOR})

    assert State.READY not in reachable(state, runners)


def test_nothing_becomes_ready_but_by_a_verdict_a_person_or_our_own_hand() -> None:
    ways = {(m.source, m.event) for m in TABLE if State.READY in m.targets}

    assert {
        (None, Event.ISSUE),
        (State.RECEIVED, Event.PASS),
        (State.RECEIVED, Event.SPLIT),
        (State.RECEIVED, Event.CRASH),
        (State.AWAITING_SENDER, Event.CONFIRM),
        (State.QUARANTINED, Event.RELEASE),
    } == ways


@pytest.mark.parametrize("move", TABLE, ids=lambda m: f"{m.source}-{m.event}")
def test_every_guard_is_known_to_the_store(move: Move) -> None:
    assert move.guards <= guards.ASKED.keys()


@pytest.mark.parametrize("move", TABLE, ids=lambda m: f"{m.source}-{m.event}")
def test_what_leaves_ready_looks_at_attempts_first(move: Move) -> None:
    looks = {Guard.NOTHING_OPEN, Guard.NO_ATTEMPT, Guard.NONE_PENDING}

    assert move.source is not State.READY or move.guards & looks


@pytest.mark.parametrize("event", Event)
def test_every_event_is_in_the_table(event: Event) -> None:
    assert event in {m.event for m in TABLE}


def test_verdicts_go_where_the_table_lets_them() -> None:
    for event, target in verdicts.TARGETS.items():
        move = moves(State.RECEIVED, event)

        assert move
        assert {target} == move.targets


def test_what_is_not_in_the_table_is_no_move() -> None:
    assert moves(State.DONE, Event.RELEASE) is None
    assert moves(State.READY, Event.ACCEPT) is None
