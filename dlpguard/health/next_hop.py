"""The next hop: whether mail gets there, what it said last, and trying it now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._refusals import explained
from dlpguard.health._words import ago, number_of
from dlpguard.lifecycle import Outcome, State
from dlpguard.smtp.client import Pool, Target, Timeouts, Tls
from dlpguard.store import audit
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import attempts, messages, recipients

TRY_SECONDS = 20.0
"""How long somebody who looks at a page waits for the answer."""

STEP_SECONDS = 8.0
"""For one answer of it."""

TRIED, SUBJECT = "try next hop", "next hop"
"""The act by which the audit records a try, and what it is about."""

REACHED = "reached"
"""How the detail of a try that worked begins."""

RECENT = 50
"""Attempts that are looked at for the last delivery."""

MEANINGS = {
    "1": "about an address",
    "2": "about a mailbox",
    "3": "about the state of its mail system",
    "4": "about the network or the way on from there",
    "5": "about the conversation itself",
    "6": "about the content or its form",
    "7": "for reasons of security or policy",
}
"""What the second part of an enhanced code is about (RFC 3463 3)."""

_TLS = {
    Tls.VERIFY: "with TLS and a certificate that is checked",
    Tls.REQUIRE: "with TLS, whatever its certificate",
    Tls.OPPORTUNISTIC: "with TLS where it offers it",
    Tls.NONE: "without TLS",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying: whether it answered as it should, and what happened, in words."""

    reached: bool
    said: str


def look(store: Store, around: Around) -> Iterator[Line]:
    """Whether it was reached, what it said of the mail that waits, and the last try by hand."""
    last, replies, now = store.database.read_now(
        lambda tx: (_last_delivery(tx), _replies(tx), tx.now())
    )
    yield _reached(around, last, now)
    if replies:
        total = sum(number for _, number in replies)
        reply, number = replies[0]
        said = f"It put off or did not answer for {number_of(total, 'recipient')} who still wait; "
        said += f"for {number:,} it said {in_words(reply)}."
        advice = "They are tried again by themselves, for as long as queue.give_up says."
        yield Line("Answers of the next hop", Level.LOOK, said, advice)
    yield from store.database.read_now(_refused)
    tried = store.database.read_now(_last_try)
    if tried:
        said = f"Tried by hand {ago(tried.acted_at - now)}: {tried.detail}."
        level = Level.FINE if tried.detail.startswith(REACHED) else Level.BROKEN
        yield Line("Last try of the next hop", level, said)


def try_now(target: Target) -> Trial:
    """Connect, greet, go under TLS and log in as for mail, and say goodbye.  Blocks for up to
    `TRY_SECONDS`; for a thread without an event loop."""
    return asyncio.run(_try(target))


def record(store: Store, actor: str, trial: Trial) -> None:
    """Write down in the audit who tried, and what came of it."""
    said = f"{REACHED}: {trial.said}" if trial.reached else f"failed: {trial.said}"
    store.database.write_now(lambda tx: audit.record(tx, actor, TRIED, SUBJECT, said))


def in_words(reply: str) -> str:
    """What a reply's codes mean.

    >>> in_words("451 4.7.1")
    '“451 4.7.1” (not now, for reasons of security or policy)'
    >>> in_words("550")
    '“550” (never)'
    """
    code, _, enhanced = reply.partition(" ")
    when = {"2": "yes", "4": "not now", "5": "never"}.get(code[:1], "nothing that is known")
    about = MEANINGS.get(enhanced.split(".")[1]) if enhanced.count(".") == 2 else None
    return f"“{reply}” ({', '.join(filter(None, (when, about)))})"


def _reached(around: Around, last: float | None, now: float) -> Line:
    about = "Next hop"
    delivered = f"Mail was delivered last {ago(last - now)}." if last else "Nothing was sent yet."
    if around.target is None:
        return Line(about, Level.UNKNOWN, delivered)
    target = around.target
    where = f"{target.host}, port {target.port}, {_TLS[Tls(target.tls)]}. {delivered}"
    pool = around.running.pool()
    trouble = pool.trouble() if pool else None
    if trouble:
        said = f"{where} It could not be reached {ago(-trouble[0])}: {trouble[1]}."
        advice = "Is it up, is the address right, does a firewall stand between? Then try it now."
        return Line(about, Level.BROKEN, said, advice)
    if pool is None:
        said = f"{where} Another process sends; whether it gets through is in its log."
        return Line(about, Level.UNKNOWN, said, "Try it now, from this machine.")
    return Line(about, Level.FINE, where)


def _last_delivery(tx: Transaction) -> float | None:
    """When a recipient was delivered to last, of the newest attempts."""
    newest = select(attempts.c.message_id).order_by(attempts.c.id.desc()).limit(RECENT)
    at = tx.execute(
        select(func.max(recipients.c.settled_at)).where(
            recipients.c.message_id.in_(newest.scalar_subquery()),
            recipients.c.outcome == str(Outcome.DELIVERED),
        )
    ).scalar()
    return None if at is None else float(at)


def _replies(tx: Transaction) -> list[tuple[str, int]]:
    """What it said of recipients who wait, and of how many; the most frequent first."""
    number = func.count().label("number")
    found = (
        select(recipients.c.reply, number)
        .join(messages, messages.c.id == recipients.c.message_id)
        .where(
            messages.c.state == str(State.READY),
            messages.c.tries > 0,
            recipients.c.outcome == str(Outcome.PENDING),
            recipients.c.reply != "",
        )
        .group_by(recipients.c.reply)
        .order_by(number.desc())
    )
    return [(row.reply, row.number) for row in tx.execute(found)]


def _refused(tx: Transaction) -> list[Line]:
    """Refusals among the newest attempts that say that something is set up wrongly."""
    newest = select(attempts.c.message_id).order_by(attempts.c.id.desc()).limit(RECENT)
    number = func.count().label("number")
    found = tx.execute(
        select(recipients.c.reply, number)
        .where(
            recipients.c.message_id.in_(newest.scalar_subquery()),
            recipients.c.outcome == str(Outcome.BOUNCED),
        )
        .group_by(recipients.c.reply)
        .order_by(number.desc())
    )
    lines = []
    for row in found:
        told = explained(row.reply)
        if told:
            said = f"It refused {number_of(row.number, 'recipient')} lately with “{row.reply}”. "
            lines.append(Line("Refusals of the next hop", Level.BROKEN, said + told[0], told[1]))
    return lines


def _last_try(tx: Transaction) -> audit.Entry | None:
    tries = [one for one in audit.entries(tx, SUBJECT) if one.act == TRIED]
    return tries[-1] if tries else None


async def _try(target: Target) -> Trial:
    quick = Timeouts(*(STEP_SECONDS,) * 5)
    began = time.monotonic()
    try:
        pool = Pool(replace(target, timeouts=quick), 1)
        async with asyncio.timeout(TRY_SECONDS), pool.session() as session:
            connection = session.connection
            secure = "with TLS" if connection and connection.wire.is_tls else "without TLS"
            seconds = time.monotonic() - began
        await pool.close()
        await asyncio.sleep(GOODBYE)
    except TimeoutError:
        return Trial(False, f"no answer within {TRY_SECONDS:.0f} seconds")
    except (TemporaryError, ConfigurationError) as error:
        return Trial(False, str(error))
    return Trial(True, f"{secure}, in {seconds:.1f} seconds")


GOODBYE = 0.05
"""Seconds for QUIT to leave before the loop ends."""
