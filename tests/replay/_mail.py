"""Mail of the past for tests, and a replay of it in this process."""

from __future__ import annotations

import asyncio
import email.utils
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from dlpguard import config
from dlpguard.commands import _wiring
from dlpguard.inspection import attach
from dlpguard.replay import readings, run
from dlpguard.replay.run import Asked, Replayed
from dlpguard.replay.sweep import parse
from tests.commands._line import SAMPLES, SETTINGS

ANN = "ann.bee@council.example"
LIST = (SAMPLES / "attachments" / "clients-40.xlsx").read_bytes()
MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC).timestamp()
NOW = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
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


def replayed(
    *paths: Path, sweeps: Sequence[str] = (), workers: int = 2, policies: Path | None = None
) -> Replayed:
    """What a replay of these finds."""
    with tempfile.TemporaryDirectory(prefix="replay-test-") as folder:
        file = Path(folder) / "dlpguard.toml"
        file.write_text(SETTINGS, "utf-8")
        settings = config.load(file)
        judging = _wiring.judging(settings, policies or _wiring.policy_directory(settings))
        asked = Asked(
            judging,
            settings.senders,
            workers,
            NOW,
            date(2026, 11, 1),
            tuple(parse(one, judging.policies) for one in sweeps),
        )

        async def go() -> Replayed:
            kept = readings.passing(Path(folder), b"")
            sandbox = _wiring.sandbox(settings, workers=workers)
            await sandbox.start()
            try:
                found = run.survey(paths, asked.senders, NOW, quiet)
                return await run.replay(found, asked, sandbox, kept, quiet)
            finally:
                await sandbox.stop()
                kept.close()

        return asyncio.run(go())


def quiet(what: str, done: int, total: int) -> None:
    """Nobody watches."""
