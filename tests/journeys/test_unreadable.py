"""Attachments that cannot be read: held with a gap that says so, and the relay goes on."""

from __future__ import annotations

import asyncio
import io
import smtplib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import docx
import pytest

from dlpguard.commands import _opening
from dlpguard.commands._service import Service
from dlpguard.config import Settings, load
from dlpguard.document import Unread
from dlpguard.inspection import attach
from dlpguard.lifecycle import State
from dlpguard.store import quarantine
from dlpguard.store.opening import Store
from tests.journeys._postfix import smtp_sink
from tests.journeys._programs import HOST, wait_until
from tests.journeys._relay import Relay, benign, must

HOOK = f"{Path(__file__).resolve().parents[1] / 'runners' / '_hostile.py'}:meet"
"""Lets an attachment of a certain name crash its worker, hang in it, or eat its memory."""

SENDER, RECIPIENT = "ann.bee@council.example", "dan@webmail.example"


@dataclass
class InProcess:
    """A relay in a thread, so that its workers can be given the hook."""

    settings: Settings
    store: Store
    service: Service

    def send(self, content: bytes, recipient: str = RECIPIENT) -> str:
        with smtplib.SMTP(HOST, self.service.edge.port, timeout=60) as client:
            client.ehlo()
            must(client.mail(SENDER))
            must(client.rcpt(recipient))
            reply = client.data(content)
            must(reply)
        return reply[1].decode().split()[-1]

    def held(self, id: str) -> quarantine.Held:
        """The message once it has a verdict."""
        found: list[quarantine.Held | None] = [None]

        def look() -> bool:
            found[0] = self.store.database.read_now(lambda tx: quarantine.find(tx, id))
            return found[0] is not None

        wait_until(look, f"a verdict on {id}")
        assert found[0]
        return found[0]


SMALL_LIMITS = "[inspect]\ndocument_seconds = 2\nmemory = 134217728\n\n"
"""So little memory that a worker has used it up long before its time, on a busy machine too."""


@contextmanager
def in_process(folder: Path, next_hop: int) -> Iterator[InProcess]:
    config = Relay(folder, next_hop).config
    text = config.read_text().replace("[queue]", SMALL_LIMITS + "[queue]")
    config.write_text(text)
    settings = load(config)
    store = _opening.store(settings)
    service = Service(settings, store, hook=HOOK)
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    started: list[bool] = []

    async def run() -> None:
        await service.start()
        started.append(True)
        await ended.wait()
        await service.stop()

    thread = Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        wait_until(lambda: bool(started) or not thread.is_alive(), "the relay to start")
        yield InProcess(settings, store, service)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
        store.close()


def truncated() -> bytes:
    """A Word file of which the end is missing."""
    file = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("a paragraph " * 500)
    document.save(file)
    return file.getvalue()[: len(file.getvalue()) // 2]


def encrypted() -> bytes:
    """A zip whose member is encrypted (the flag of the member says so)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("clients.csv", b"\x8f" * 200)
    data = bytearray(file.getvalue())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1
    return bytes(data)


def bomb() -> bytes:
    """A zip of 1 MB that inflates to a gigabyte."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(1 << 20)
    packed = b"".join(compressor.compress(zeros) for _ in range(1024)) + compressor.flush()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"x")
    empty = file.getvalue()
    start = empty.index(b"a.txt") + 5
    size = (1 << 30).to_bytes(4, "little") + b""
    crc = zlib.crc32(b"")
    for _ in range(1024):
        crc = zlib.crc32(zeros, crc)
    fields = crc.to_bytes(4, "little") + len(packed).to_bytes(4, "little") + size
    local = bytearray(empty[:start])
    local[14:26] = fields
    central = bytearray(empty[empty.index(b"PK\x01\x02") : empty.index(b"PK\x05\x06")])
    central[16:28] = fields
    end = bytearray(empty[empty.index(b"PK\x05\x06") :])
    end[16:20] = (start + len(packed)).to_bytes(4, "little")
    return bytes(local) + packed + bytes(central) + bytes(end)


CASES: dict[str, tuple[str, Callable[[], bytes], set[Unread]]] = {
    "truncated": ("report.docx", truncated, {Unread.CORRUPT}),
    "encrypted": ("clients.zip", encrypted, {Unread.ENCRYPTED}),
    "zip bomb": ("photos.zip", bomb, {Unread.TOO_LARGE}),
    "crash": ("die-of-segmentation-fault.hostile", lambda: b"x" * 100, {Unread.CRASHED}),
    "too slow": ("hang.hostile", lambda: b"x" * 100, {Unread.TOO_SLOW}),
    "too much memory": ("eat-memory.hostile", lambda: b"x" * 100, {Unread.TOO_LARGE}),
}


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with smtp_sink() as hop, in_process(tmp_path_factory.mktemp("relay"), hop.port) as running:
        yield running


@pytest.mark.parametrize("case", CASES)
def test_an_attachment_that_cannot_be_read_is_held_with_a_gap_and_mail_goes_on(
    relay: InProcess, case: str
) -> None:
    name, make, why = CASES[case]
    recipient = f"{case.replace(' ', '.')}@webmail.example"
    raw = attach(make(), name, sender=SENDER, to=[recipient], subject=case)

    held = relay.held(relay.send(raw, recipient))
    after = relay.held(relay.send(benign()))

    # What somebody protected on purpose they are asked about; what we cannot read is held.
    assert held.state is (State.AWAITING_SENDER if case == "encrypted" else State.QUARANTINED)
    assert why <= {gap.why for gap in held.record.facts.gaps}
    assert any(name in gap.where for gap in held.record.facts.gaps)
    assert held.record.verdict.matches[0].reasons[0].text
    assert after.state in {State.READY, State.DONE}
