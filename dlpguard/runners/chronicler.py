"""One line of the log for each message whose life is over: accepted, verdict, outcome.

From what is committed, so that it is right whichever nodes had a part in that life and however long
ago it began.
"""

from __future__ import annotations

import asyncio

from dlpguard import telemetry
from dlpguard.store import lives
from dlpguard.store.lives import Place
from dlpguard.store.opening import Store

ROUND_SECONDS = 2.0
"""Between rounds: soon enough for whoever looks for a message in the log, and at a hundred messages
a second still two hundred lines for one commit."""

LAG_SECONDS = 15.0
"""For a shared database, where a transaction can have asked for the time and not have been
committed yet.  An embedded one has one writer: what asks later is committed later."""


class Chronicler:
    """Goes round every few seconds; on any number of nodes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lag = LAG_SECONDS if store.database.is_shared else 0.0

    async def run(self) -> None:
        """Go round until cancelled.  What fails is logged; mail does not wait for it."""
        while True:
            try:
                await self.round()
            except Exception as error:  # noqa: BLE001 - logged, and tried again in the next round
                telemetry.crashed("chronicle", error)
            await asyncio.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Say what has ended since the last round of whoever."""
        database = self._store.database
        if not await database.read(lambda tx: lives.is_due(tx, self._lag)):
            return  # looking costs no commit
        span = await database.write(lambda tx: lives.take(tx, self._lag))
        after: Place | None = None
        while span:
            page = await database.read(lambda tx: lives.ended(tx, span, after))  # noqa: B023
            for life in page:
                _say(life)
            if len(page) < lives.PAGE:
                return
            after = page[-1].place


def _say(life: lives.Life) -> None:
    telemetry.lived(
        life.id,
        origin=life.origin,
        outcome=life.outcome,
        by=life.by,
        size=life.size,
        recipients=life.recipients,
        action=life.action,
        observed=life.observed,
        policies=life.policies,
        gaps=life.gaps,
        tries=life.tries,
        seconds=life.seconds,
    )
