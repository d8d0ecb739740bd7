"""How many mailboxes receive each person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from dlpguard.facts import Content, Facts
from dlpguard.people import People
from dlpguard.store import campaigns, schema, seen
from dlpguard.store.database import Transaction
from tests.runners._mailing import Mailing, address, mailings

NAMES = "ABCD"

COPY = st.tuples(
    st.sets(st.sampled_from(NAMES), min_size=1), st.sets(st.integers(0, 4), min_size=1, max_size=3)
)
"""The people in a copy, and its recipients: 0 to 3 are theirs."""


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    with mailings(tmp_path) as made:
        yield made


def letter(mailing: Mailing, names: list[str], to: list[int]) -> Facts:
    """A copy; who is written to alone is its addressee."""
    facts = mailing.facts(*map(address, to), names=names)
    alone = NAMES[to[0]] if len(to) == 1 and to[0] < len(NAMES) else ""
    people = tuple(replace(p, addressee=p.name == alone) for p in facts.people.everyone)
    return replace(facts, people=People(people))


def post(mailing: Mailing, facts: Facts) -> str:
    id = mailing.arrive(*(v.address for v in facts.audience.viewers))
    mailing.judge(id, facts)
    return id


def counted(mailing: Mailing, id: str) -> dict[str, int]:
    """By name, as of now."""
    facts = mailing.here.record(id).facts
    now = mailing.here.store.database.read_now(lambda tx: campaigns.count(tx, id, facts))
    return {p.name: now.campaign.seen_by(p) for p in facts.people.everyone}


def sets(mailing: Mailing) -> int:
    people = schema.campaign_people.c.people
    query = select(func.count(people.distinct()))

    def look(tx: Transaction) -> int:
        return int(tx.execute(query).scalar_one())

    return mailing.here.store.database.read_now(look)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(copies=st.lists(COPY, min_size=1, max_size=5))
def test_the_count_is_that_of_the_definition(
    mailing: Mailing, copies: list[tuple[set[str], set[int]]]
) -> None:
    mailing.content = Content(b"whole", (b"link %d" % len(mailing.sent),))
    disclosed: dict[str, set[int]] = {name: set() for name in NAMES}
    for names, to in copies:
        for name in names:
            alone = len(to) == 1 and NAMES.find(name) in to
            disclosed[name] |= set() if alone else to
    ids = [post(mailing, letter(mailing, sorted(n), sorted(to))) for n, to in copies]

    for id, (names, _) in zip(ids, copies, strict=True):
        assert {name: len(disclosed[name]) for name in names} == counted(mailing, id)


def test_one_list_for_each_of_those_in_it_is_one_set(mailing: Mailing) -> None:
    for number in range(4):
        id = post(mailing, letter(mailing, list(NAMES), [number]))

    assert 1 == sets(mailing)
    assert dict.fromkeys(NAMES, 3) == counted(mailing, id)


def test_who_is_counted_with_everybody_is_not_named_one_by_one(mailing: Mailing) -> None:
    for number in range(5):
        id = post(mailing, mailing.facts(address(number), names=[f"n{n}" for n in range(100)]))

    assert {} == mailing.here.record(id).facts.campaign.seen


@pytest.mark.parametrize("most", ["MOST_SHARED", "MOST_UNIONS"])
def test_what_cannot_be_told_apart_counts_with_all_mailboxes(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    monkeypatch.setattr(seen, most, 1)
    for number in range(4):
        names = ["A", NAMES[number]] if number else ["A", "B", "C", "D"]
        content = Content(b"text %d" % number, (b"link",))
        mailing.content = content
        first = post(mailing, mailing.facts(address(number), names=names))
    count = counted(mailing, mailing.sent[0])

    assert 4 == counted(mailing, first)["A"]
    assert {"A": 4} == {name: n for name, n in count.items() if name == "A"}
    assert min(count.values()) >= 2, "never less than the truth"
