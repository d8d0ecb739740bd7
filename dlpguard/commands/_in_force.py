"""The policies that mail is judged by, and reading them again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from dlpguard import telemetry
from dlpguard.commands import _wiring
from dlpguard.config import Settings
from dlpguard.errors import ConfigurationError
from dlpguard.mail import Envelope
from dlpguard.runners.judging import Judging
from dlpguard.runners.reading import Reading
from dlpguard.store import audit
from dlpguard.store.opening import Store

if TYPE_CHECKING:
    from dlpguard.web.rulebook import Rulebook

Reads = Callable[[bytes, Envelope], Awaitable[Reading]]


class InForce:
    """The policies in force in this process."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """`ConfigurationError` when they cannot be read."""
        self._settings = settings
        self._store = store
        # Chosen once: while a directory is swapped for another there may be none for a moment, and
        # the shipped policies are no substitute then.
        self._directory = _wiring.policy_directory(settings)
        self.judging = _wiring.judging(settings, self._directory)
        self.changed: Callable[[Judging], None] = lambda _: None
        """Called with the new ones."""
        self._noting: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Say in the log and in the audit which they are; inside an event loop."""
        self._say()
        self._noting = asyncio.create_task(self._note(self.judging))

    async def end(self) -> None:
        """Finish what is being written."""
        if self._noting:
            await self._noting

    def reload(self, settings: Settings | None = None) -> None:
        """Read the policies again, and judge by these settings.  A bad file never replaces good
        ones.

        May be called before `begin`, too.  What is being judged is judged by the old ones to the
        end; nothing is ever judged by some of both.
        """
        self._settings = settings or self._settings
        try:
            judging = _wiring.judging(self._settings, self._directory)
        except ConfigurationError as error:
            telemetry.not_reloaded(self.judging.policies.digest, str(error).splitlines())
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the old ones stay in force
            telemetry.crashed("reload policies", error)
            return
        self.judging = judging
        self.changed(judging)
        if self._noting:
            self.begin()
        else:
            self._say()

    def rulebook(self, reads: Reads | None) -> Rulebook:
        """The policies for the site, whose pages are made in other threads."""
        from dlpguard.web.rulebook import Rulebook

        loop = asyncio.get_running_loop()

        def reload() -> None:
            loop.call_soon_threadsafe(self.reload)

        return Rulebook(
            lambda: self.judging,
            self._directory,
            self._directory == self._settings.path(self._settings.policies.directory),
            reload,
            lambda directory: _wiring.policies(self._settings, directory),
            reads,
        )

    def _say(self) -> None:
        policies = self.judging.policies
        telemetry.in_force(policies.digest, len(policies.policies), len(policies.flows))

    async def _note(self, judging: Judging) -> None:
        """Say in the audit which policies are in force from now on."""
        policies = judging.policies
        what = f"{len(policies.policies)} policies, {len(policies.flows)} flows"
        try:
            await self._store.database.write(
                lambda tx: audit.note_policies(tx, policies.digest, what)
            )
        except Exception as error:  # noqa: BLE001 - mail goes on; the verdicts name them too
            telemetry.crashed("note policies", error)
