"""Nodes with roles of their own: what they need, and what they know of each other."""

from __future__ import annotations

import contextlib
import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import AnyStr

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests import _postgres
from tests.journeys._programs import DEADLINE, HOST, free_port, listens, wait_until
from tests.journeys._refusing import RefusingHop
from tests.journeys._relay import SETTINGS, benign, must

CANNOT = {"8BITMIME", "SMTPUTF8"}
"""What the next hop does not offer."""


def settings(folder: Path, next_hop: int = 2, port: int = 2525) -> Path:
    text = SETTINGS.format(
        host=HOST,
        port=port,
        web="",
        next_hop=next_hop,
        first_retry="1s",
        mode="enforce",
        settle="0s",
    )
    file = folder / "dlpguard.toml"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize("role", ["edge", "web"])
def test_a_role_of_its_own_beside_an_embedded_database_is_refused(
    tmp_path: Path, role: str
) -> None:
    command = [sys.executable, "-m", "dlpguard", "serve", "--role", role]
    url = {"DLPGUARD_STORE__URL": "sqlite:///dlpguard.db", "DLPGUARD_LISTEN__WEB": f"{HOST}:1"}
    done = subprocess.run(
        [*command, "--config", str(settings(tmp_path))],
        env={**os.environ, **url},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )

    assert 0 != done.returncode
    assert "--role: nodes with roles of their own share a PostgreSQL database" in done.stderr
    assert "Traceback" not in done.stderr


class Plain(SMTP):
    """A server that knows neither 8BITMIME nor SMTPUTF8."""

    async def push(self, status: AnyStr) -> None:
        """Without the lines that offer them."""
        line = status.decode() if isinstance(status, bytes) else status
        if line.removeprefix("250-") not in CANNOT:
            await super().push(status)


class PlainController(Controller):
    """Makes such servers."""

    def factory(self) -> SMTP:
        return Plain(self.handler, **self.SMTP_kwargs)


@pytest.fixture
def hop() -> Iterator[int]:
    controller = PlainController(RefusingHop({}), hostname=HOST, port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextlib.contextmanager
def node(config: Path, *roles: str) -> Iterator[None]:
    """A process with roles; its heart beats faster than in life."""
    words = [word for role in roles for word in ("--role", role)]
    command = (sys.executable, "-m", "tests.faults._impatient", "serve", *words)
    with (config.parent / "log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--config", str(config)], stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(DEADLINE)


def offered(port: int) -> set[str]:
    """What a relay offers."""
    with smtplib.SMTP(HOST, port, timeout=DEADLINE) as client:
        client.ehlo("client.example")
        return {name.upper() for name in client.esmtp_features}


@pytest.mark.embedded
def test_a_relay_offers_what_the_courier_on_another_node_saw_of_the_next_hop(
    tmp_path: Path, hop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    config = settings(tmp_path, hop, port)
    with _postgres.server() as server:
        monkeypatch.setenv("DLPGUARD_STORE__URL", server.url(server.create()))
        with node(config, "edge"):
            wait_until(lambda: listens(port), "the relay to greet")
            before = offered(port)
            with smtplib.SMTP(HOST, port, timeout=DEADLINE) as client:
                client.ehlo("client.example")
                must(client.mail("ann.bee@council.example"))
                must(client.rcpt("carol@outside.example"))
                must(client.data(benign()))
            with node(config, "inspect", "deliver"):
                wait_until(lambda: not CANNOT & offered(port), "the relay to know the next hop")

    assert before >= CANNOT, "what nobody has seen is taken to offer everything"
