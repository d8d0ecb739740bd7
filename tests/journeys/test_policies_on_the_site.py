"""What the site shows of the policies is what the relay beside it does.

One relay with a site, a policy administrator in a browser without JavaScript, real mail.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from sqlalchemy import insert

from dlpguard.store import schema
from dlpguard.store.database import Transaction
from tests.commands._line import store_of
from tests.journeys._postfix import SmtpSink, smtp_sink
from tests.journeys._programs import DEADLINE, HOST, free_port, wait_until
from tests.journeys._relay import Relay
from tests.web._site import PASSWORD, POLICIES, csrf

POLLY = "polly.ames@council.example"
ANN = "ann.bee@council.example"
PANEL = "panel@courts.example"

PEOPLE = "".join(
    f"Moira Tregenza{'abcdefghijklmnopqrstuvwxyz'[n]},07700 9001{n:02},ILS/2013/044{n:02}\r\n"
    for n in range(12)
)
LIST = f"Subject: for Monday\r\n\r\nName,Phone,Case reference\r\n{PEOPLE}".encode()


@pytest.fixture
def hop() -> Iterator[SmtpSink]:
    with smtp_sink() as running:
        yield running


@pytest.fixture
def relay(tmp_path: Path, hop: SmtpSink) -> Iterator[Relay]:
    shutil.copytree(POLICIES, tmp_path / "policies")
    made = Relay(tmp_path, hop.port, web=f"{HOST}:{free_port()}")
    with made.config.open("a") as settings:
        settings.write("[review]\nsecond_factor = false\n")
    made.start()
    try:
        yield made
    finally:
        made.kill()


def visitor(relay: Relay) -> httpx.Client:
    """Polly, signed in."""
    words = ("user", "add", POLLY, "--role", "policy-administrator")
    subprocess.run(
        [sys.executable, "-m", "dlpguard", *words, "--config", str(relay.config)],
        input=f"{PASSWORD}\n".encode(),
        check=True,
        capture_output=True,
        timeout=DEADLINE,
    )
    client = httpx.Client(base_url=f"http://{relay.web}", timeout=DEADLINE)
    wait_until(lambda: _answers(client), "the site to answer")
    data = {"csrf": csrf(client.get("/sign-in").text), "name": POLLY, "password": PASSWORD}
    assert 303 == client.post("/sign-in", data=data).status_code
    return client


def _answers(client: httpx.Client) -> bool:
    try:
        return bool(client.get("/healthz").status_code == 200)
    except httpx.TransportError:
        return False


def _suggested(client: httpx.Client) -> re.Match[str] | None:
    return re.search(r'href="(/flows/[0-9a-f]{32})"', client.get("/flows").text)


def _has(hop: SmtpSink, text: bytes) -> bool:
    return any(text in mail.content for mail in hop.received(0))


def confirm(relay: Relay, id: str) -> None:
    """As if Ann had confirmed it five times."""

    def work(tx: Transaction) -> None:
        values = {"source": "awaiting-sender", "target": "ready", "who": "sender"}
        for _ in range(5):
            row = {"message_id": id, "event": "confirm", "moved_at": tx.now(), **values}
            tx.execute(insert(schema.moves).values(row))

    with store_of(relay.config) as (_, store):
        store.database.write_now(work)


def test_a_flow_is_tried_accepted_and_lets_mail_pass(relay: Relay, hop: SmtpSink) -> None:
    with closing(visitor(relay)) as client:
        mail = f"From: {ANN}\r\nTo: {PANEL}\r\n".encode() + LIST
        asked = client.post(
            "/try",
            data={"csrf": csrf(client.get("/try").text)},
            files={"file": ("monday.eml", mail)},
        ).text
        first = relay.send(LIST, ANN, [PANEL])
        confirm(relay, first)
        wait_until(lambda: _suggested(client) is not None, "the relay to have judged it")
        link = _suggested(client)
        assert link
        last = datetime.now(UTC).date() + timedelta(days=90)
        given = {"name": "panel", "agreement": "DSA 7", "owner": "Head of Care", "until": str(last)}
        data = {"csrf": csrf(client.get(link[1]).text), **given}
        assert 303 == client.post(f"{link[1]}/accept", data=data).status_code
        wait_until(lambda: "Head of Care" in client.get("/flows").text, "the flow to count")
        tried = client.post(
            "/try",
            data={"csrf": csrf(client.get("/try").text)},
            files={"file": ("monday.eml", mail)},
        ).text
    # The same people again: the relay lets go what the site said that it would.
    relay.send(LIST.replace(b"Monday", b"Tuesday"), ANN, [PANEL])
    wait_until(lambda: _has(hop, b"Tuesday"), "the list to pass")

    assert "Its sender would be asked" in asked
    assert "It would go" in tried
    assert "covered by the registered flow panel" in tried
    assert not _has(hop, b"Subject: for Monday")
    assert 2 == relay.log().count("policies in force")
