"""Messages of which everything follows from a seed and a number."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Fate(StrEnum):
    """What the policies below do with a message."""

    FORWARD = "forward"
    ASK = "ask"
    HOLD = "hold"
    SPLIT = "split"
    """Held for those outside, passed for those inside."""
    REFUSE = "refuse"
    MAILING = "mailing"
    """Passed while few outside get it; when more do, held, with the copies that have not left."""


POLICIES = {
    Fate.ASK: ("subject: {contains: [ASK]}", "confirm"),
    Fate.HOLD: ("subject: {contains: [HOLD, SPLIT]}", "quarantine"),
    Fate.REFUSE: ("subject: {contains: [REFUSE]}", "reject"),
    Fate.MAILING: ("subject: {contains: [MAILING]}\n  - reach: {at_least: 3}", "quarantine"),
}

WEIGHTS = {
    Fate.FORWARD: 60,
    Fate.ASK: 8,
    Fate.HOLD: 10,
    Fate.SPLIT: 8,
    Fate.REFUSE: 4,
    Fate.MAILING: 10,
}
"""Most mail passes; the others are many more than in life, because they are what can go wrong."""

SIZES = ((94, 0, 40), (4, 1_200, 2_000), (2, 5_000, 8_000))
"""Of a hundred messages so many have at least and at most so many lines: of one write to the next
hop; of more than one; and of more than a row holds."""

MAILING = 4
"""Messages in a row that are copies of one mailing, when they are one."""

BAD = "nobody"
"""Mailboxes whose address begins like this do not exist."""

_LINE = b"The bins are collected on Tuesday, as they were last week.\r\n"
_CLIENT = b"John Smith (born 02/03/1971, telephone 07700 900123, ILS/2013/04417)\r\n"
_ODD = (b".\r\n", b"..\r\n", b". dot\r\n", b"\ttab \r\n", b"\r\n", b"From here\r\n", b"x" * 900)
_NUMBER = re.compile(rb"^Message-ID: <m(\d{1,12})@council\.example>\r?$", re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """A message and its envelope."""

    number: int
    fate: Fate
    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)


def write_policies(folder: Path) -> None:
    """The policies that the fates are about, and no others."""
    folder.mkdir(exist_ok=True)
    for fate, (when, then) in POLICIES.items():
        outside = "applies_to: outside\n" if fate in {Fate.HOLD, Fate.MAILING} else ""
        (folder / f"{fate}.yaml").write_text(
            f"title: {fate}\nwhy: for the test\nwhen:\n  - {when}\nthen: {then}\n{outside}", "utf-8"
        )


def make(seed: int, number: int, fate: Fate | None = None) -> Mail:
    """The message of a number; `fate` chosen by chance when it is not given."""
    chance = random.Random(f"{seed}:{number}")
    group = number // MAILING
    if fate is None:
        of_group = random.Random(f"{seed}:group:{group}")
        is_mailing = of_group.random() * sum(WEIGHTS.values()) < WEIGHTS[Fate.MAILING]
        others = [f for f in WEIGHTS if f is not Fate.MAILING]
        drawn = chance.choices(others, [WEIGHTS[f] for f in others])[0]
        fate = Fate.MAILING if is_mailing else drawn
    sender = _sender(chance, group, fate)
    recipients = tuple(_recipients(chance, number, fate))
    token = group if fate is Fate.MAILING else number
    head = (
        f"From: Ann <{sender or 'postmaster@council.example'}>\r\n"
        "To: undisclosed recipients:;\r\n"
        f"Subject: {fate.upper()} {token}\r\n"
        "Date: Fri, 19 Jul 2013 09:30:00 +0100\r\n"
        f"Message-ID: <m{number}@council.example>\r\n\r\n"
    ).encode()
    of_body = random.Random(f"{seed}:body:{group}") if fate is Fate.MAILING else chance
    return Mail(number, fate, sender, recipients, head + _body(of_body, fate, token))


def number_of(content: bytes) -> int | None:
    """The number of a message that starts like this; None for what dlpguard wrote itself."""
    found = _NUMBER.search(content.partition(b"\r\n\r\n")[0])
    return int(found[1]) if found else None


def _sender(chance: random.Random, group: int, fate: Fate) -> str:
    if fate is Fate.MAILING:
        return f"mailer{group}@council.example"
    return "" if chance.random() < 0.04 else f"ann{chance.randrange(40)}@council.example"


def _recipients(chance: random.Random, number: int, fate: Fate) -> list[str]:
    several = chance.choice((1, 1, 1, 2, 3, 12)) if fate is not Fate.MAILING else 1
    domain = "outside.example"
    names = [f"{BAD if chance.random() < 0.05 else 'r'}{i}.m{number}" for i in range(several)]
    inside = [f"r{i}.m{number}@council.example" for i in range(2)] if fate is Fate.SPLIT else []
    return [*(f"{name}@{domain}" for name in names), *inside]


def _body(chance: random.Random, fate: Fate, token: int) -> bytes:
    _, least, most = chance.choices(SIZES, [share for share, _, _ in SIZES])[0]
    lines = [_LINE] * chance.randint(least, most)
    for _ in range(chance.randrange(6)):
        odd = chance.choice(_ODD)
        lines.insert(chance.randint(0, len(lines)), odd if odd.endswith(b"\n") else odd + b"\r\n")
    people = _CLIENT if fate is Fate.MAILING else b""
    return b"%d\r\n" % token + people + b"".join(lines) + b"Regards\r\n"
