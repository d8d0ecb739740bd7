"""Several nodes on one PostgreSQL: a short run of what goes on for ten minutes by hand, and whether
what is compared afterwards would be noticed."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dlpguard.commands._roles import Role
from tests import _needs, _postgres
from tests.faults import _nodes_checker, _nodes_mailing
from tests.faults._history import Arrival, Attempt, History, Said
from tests.faults._ledger import Ledger, Party, Row, Step
from tests.faults._nodes import Outage, Plan, run
from tests.faults._nodes_farm import Node, Span
from tests.faults._nodes_mailing import COPIES, Line, mailing
from tests.faults._plant import Life

SHORT = Plan(
    seed=20131019,
    seconds=1,
    outages=(Outage(0.5, signal.SIGQUIT, 0.2),),
    mailings=1,
    clients=2,
    most=12,
    pause=(0.3, 0.9),
    settle=20,
    walls=False,
    swept=0,
    acts=("return",),
)
"""Two relays, three inspectors, two couriers and a site: one of each dies, the database once."""


@pytest.mark.embedded
@pytest.mark.timeout(600)
def test_nodes_that_die_and_a_database_that_restarts_break_no_promise(tmp_path: Path) -> None:
    _needs.need(bool(_postgres.versions()), "postgresql-15")

    found = run(SHORT, tmp_path)

    assert [] == found.broken
    assert all(found.counts[f"nodes killed: {role}"] for role in Role)
    assert 1 == found.counts["database restarted: SIGQUIT"]
    assert 1 == found.counts["mailings held as one"]
    assert found.counts["nodes buried"] >= len(Role)


class Case:
    """A mailing that was held as one and released."""

    def __init__(self) -> None:
        self.mailing = mailing(1, 0)
        self.history = History()
        self.rows: dict[str, Row] = {}
        self.line: Line | None = Line(1, COPIES, COPIES, 0, 2.0, "release")
        self.relays = ["edge-1", "edge-2"]
        for mail in self.mailing.mails:
            id = f"ID{mail.number}"
            self.history.attempts.append(Attempt(mail.number, Said.ACCEPTED, "250", id))
            party = Party(mail.recipients[0], "delivered", False, "250")
            steps = (Step("hold", "quarantined", "", 1.0), Step("release", "ready", "rita", 2.0))
            self.rows[id] = Row(id, id, "done", "client", True, (party,), steps, None)
            self.history.arrivals.append(
                Arrival(3.0, id, mail.number, mail.sender, mail.recipients, True, True)
            )

    def broken(self) -> list[str]:
        ledger = Ledger(self.rows, 0, 0, 0, 0)
        found = _nodes_mailing.check(self.mailing, self.line, self.history, ledger, self.relays)
        return list(found)


def never_hold(case: Case) -> None:
    case.line = None


def see_two_lines(case: Case) -> None:
    assert case.line
    case.line = replace(case.line, lines=2)


def count_fewer(case: Case) -> None:
    assert case.line
    case.line = replace(case.line, reach=COPIES - 1)


def leak_one(case: Case) -> None:
    case.history.arrivals[5] = replace(case.history.arrivals[5], at=1.5)


def come_through_one(case: Case) -> None:
    case.relays = ["edge-1", "edge-1"]


def leave_one_behind(case: Case) -> None:
    id = next(iter(case.rows))
    case.rows[id] = replace(case.rows[id], state="quarantined", steps=case.rows[id].steps[:1])


def return_one(case: Case) -> None:
    id = next(iter(case.rows))
    case.rows[id] = replace(case.rows[id], steps=(Step("return", "done", "sam", 2.0),))


def end_otherwise(case: Case) -> None:
    id = next(iter(case.rows))
    party = replace(case.rows[id].parties[0], outcome="expired")
    case.rows[id] = replace(case.rows[id], parties=(party,))


def test_a_mailing_that_was_one_is_in_order() -> None:
    assert [] == Case().broken()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (never_hold, "P4: the mailing"),
        (see_two_lines, "P5: the mailing"),
        (count_fewer, "P5: the mailing"),
        (leak_one, "P2: 1 copies"),
        (come_through_one, "the mailing of mailing0@council.example came through one relay"),
        (leave_one_behind, "P5: 1 copies"),
        (return_one, "P5: the mailing"),
        (end_otherwise, "P4: copies"),
    ],
)
def test_a_mailing_that_was_not_is_noticed(spoil: Callable[[Case], None], said: str) -> None:
    case = Case()
    spoil(case)

    assert any(line.startswith(said) for line in case.broken())


@pytest.mark.parametrize(
    ("ended", "times", "said"),
    [
        (None, 1, ["lives"]),
        (60.0, 1, ["before its end"]),
        (-60.0, 1, []),
        (-60.0, 2, ["2 times"]),
    ],
)
def test_who_was_buried_alive_or_twice_is_noticed(
    tmp_path: Path, ended: float | None, times: int, said: list[str]
) -> None:
    now = time.time()
    clock = time.strftime("%Y-%m-%d %H:%M:%S,500", time.localtime(now))
    log = tmp_path / "log"
    log.write_text(f"{clock} WARNING buried node=alpha-77-0000000a\n" * times)
    life = Life(77, ended_by=None if ended is None else 9)
    span = Span("alpha", life, None if ended is None else now + ended)
    node = Node("edge-1", Role.EDGE, "alpha", log, 0, [span])

    broken = list(_nodes_checker.burials((node,), Counter()))

    assert len(said) == len(broken)
    assert all(word in line for word, line in zip(said, broken, strict=True))
