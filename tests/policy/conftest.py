"""Facts as inspection would find them, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.document import Hidden
from dlpguard.facts import Campaign, Facts
from dlpguard.people import People, Person

MakePeople = Callable[..., tuple[Person, ...]]
MakeFacts = Callable[..., Facts]


@pytest.fixture
def clients() -> MakePeople:
    """Makes so many people, each with name, phone and case reference, on a list."""

    def make(
        n: int, *, hidden: Hidden | None = None, first: int = 0, **other: Any
    ) -> tuple[Person, ...]:
        given = {
            "kinds": ("case_reference", "person_name", "phone"),
            "where": "clients.xlsx › Sheet1 › row 2",
            "listed": True,
            "private": True,
            **other,
        }
        return tuple(
            Person(name=f"P{i}", hidden=hidden, digest=i.to_bytes(16, "big"), **given)
            for i in range(first, first + n)
        )

    return make


@pytest.fixture
def facts() -> MakeFacts:
    """Makes facts: counts of recipients by circle, all shown in To; people; anything else."""

    def make(
        people: tuple[Person, ...] = (),
        *,
        external: int = 0,
        webmail: int = 0,
        partner: int = 0,
        publishing: int = 0,
        internal: int = 0,
        shown: bool = True,
        self_send: str = "",
        **other: Any,
    ) -> Facts:
        counts = {
            Circle.EXTERNAL: external,
            Circle.WEBMAIL: webmail,
            Circle.PARTNER: partner,
            Circle.PUBLISHING: publishing,
            Circle.INTERNAL: internal,
        }
        viewers = tuple(
            Viewer(f"r{i}@{circle}.example", circle, receives=True, shown=shown)
            for circle, n in counts.items()
            for i in range(n)
        )
        audience = Audience(viewers, self_send)
        given = {
            "sender": "ann@council.example",
            "campaign": Campaign(reach=audience.reach, exposure=audience.exposure),
            **other,
        }
        return Facts(people=People(people), audience=audience, **given)

    return make
