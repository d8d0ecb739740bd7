"""Mail of the past for tests, and what replays it."""

from __future__ import annotations

import asyncio
import email.utils
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from dlpguard import config
from dlpguard.commands import _wiring
from dlpguard.inspection import attach
from dlpguard.replay import readings, run
from dlpguard.replay.letters import Letters
from dlpguard.replay.reader import Reader
from dlpguard.replay.readings import Readings
from dlpguard.replay.run import Asked, Replayed
from dlpguard.replay.survey import survey
from dlpguard.replay.sweep import parse
from dlpguard.runners.judging import Judging
from dlpguard.runners.sandbox import Sandbox
from tests.commands._line import SAMPLES, SETTINGS

ANN = "ann.bee@council.example"
LIST = (SAMPLES / "attachments" / "clients-40.xlsx").read_bytes()
MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC).timestamp()
NOW = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
TODAY = date(2026, 11, 1)
MINUTE, DAY = 60.0, 86400.0


def letter(
    to: Sequence[str], when: float = MONDAY, sender: str = ANN, text: str = "See you there."
) -> bytes:
    """A mail without anybody in it."""
    head = f"From: {sender}\r\nTo: {', '.join(to)}\r\nSubject: Meeting\r\nDate: {dated(when)}\r\n"
    return f"{head}\r\n{text}\r\n".encode()


def listed(to: Sequence[str], when: float = MONDAY, content: bytes = LIST) -> bytes:
    """A mail with a list of clients."""
    raw = attach(content, "clients.xlsx", sender=ANN, to=to, subject="Clients")
    return f"Date: {dated(when)}\r\n".encode() + raw


def dated(when: float) -> str:
    return email.utils.formatdate(when)


def put(folder: Path, *mails: bytes) -> Path:
    """As .eml files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(mails):
        (folder / f"{number:04}.eml").write_bytes(raw)
    return folder


class House:
    """A sandbox with two workers in an event loop, and everything that a replay needs beside it.

    It is started once: the mail of all tests is read by the same workers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: list[Readings] = []
        file = folder / "dlpguard.toml"
        file.write_text(SETTINGS, "utf-8")
        self.settings = config.load(file)
        self.runner = asyncio.Runner()
        self.sandbox = _wiring.sandbox(self.settings, workers=2)
        self.runner.run(self.sandbox.start())

    def close(self) -> None:
        """Stop the workers."""
        for some in self._opened:
            some.close()
        self.runner.run(self.sandbox.stop())
        self.runner.close()

    def readings(self) -> Readings:
        """Where nothing has been read yet."""
        made = readings.passing(Path(tempfile.mkdtemp(dir=self.folder)), b"")
        self._opened.append(made)
        return made

    @cached_property
    def shipped(self) -> Judging:
        """By the policies that come with dlpguard."""
        return _wiring.judging(self.settings, _wiring.policy_directory(self.settings))

    def asked(self, sweeps: Sequence[str] = (), policies: Path | None = None) -> Asked:
        """The shipped policies, or others, on one day."""
        judging = _wiring.judging(self.settings, policies) if policies else self.shipped
        return Asked(judging, TODAY, tuple(parse(one, judging.policies) for one in sweeps))

    def mail(
        self,
        *paths: Path,
        kept: Readings | None = None,
        sandbox: Sandbox | None = None,
        workers: int = 2,
    ) -> Reader:
        """What is in these, read now unless it has been."""
        found = survey(paths, self.settings.senders, NOW, quiet)
        organisation = _wiring.organisation(self.settings)
        some = kept or self.readings()
        return Reader(found, sandbox or self.sandbox, some, organisation, workers, NOW)

    def replay(
        self,
        *paths: Path,
        sweeps: Sequence[str] = (),
        policies: Path | None = None,
        kept: Readings | None = None,
    ) -> Replayed:
        """What a replay of these finds."""
        return self.judge(self.mail(*paths, kept=kept), self.asked(sweeps, policies))

    def judge(self, letters: Letters, asked: Asked) -> Replayed:
        """What a replay of letters finds."""
        return self.runner.run(run.replay(letters, asked, quiet))


def quiet(what: str, done: int, total: int) -> None:
    """Nobody watches."""
