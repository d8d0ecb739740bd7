"""dlpguard as its users run it: `dlpguard serve` in a process of its own, and the command line.

A command starts in half a second, which is all that a process of its own would add (`approver`):
the others run in the test's, which is not the relay's either.
"""

from __future__ import annotations

import contextlib
import json
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import _stores
from tests.commands._line import line
from tests.journeys._programs import DEADLINE, HOST, free_port, listens, wait_until

SETTINGS = """\
[organisation]
domains = ["council.example"]
case_references = ['ILS/\\d{{4}}/\\d{{5}}']
webmail = ["webmail.example", "homemail.example"]
[[organisation.partners]]
domain = "nhs.example"

[listen]
smtp = "{host}:{port}"
web = "{web}"
name = "relay.council.example"

[next_hop]
port = {next_hop}
tls = "none"

[queue]
first_retry = "{first_retry}"

[policies]
mode = "{mode}"

[campaign]
settle = "{settle}"
"""


@dataclass
class Relay:
    """A relay with a folder of its own; started and stopped, or killed, as a test likes."""

    folder: Path
    next_hop: int
    mode: str = "enforce"
    first_retry: str = "1s"
    settle: str = "0s"
    web: str = ""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        values = {"host": HOST, "port": self.port, "next_hop": self.next_hop, "mode": self.mode}
        values["web"] = self.web
        text = SETTINGS.format(first_retry=self.first_retry, settle=self.settle, **values)
        self.config.write_text(_stores.section(self.folder) + text, "utf-8")

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "dlpguard.toml"

    def log(self) -> str:
        """What the relay has written to standard error so far, over all its runs."""
        return (self.folder / "log").read_text("utf-8")

    def start(self) -> None:
        """Start, and wait until it greets."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dlpguard", "serve", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        wait_until(lambda: self._has_ended() or listens(self.port), "the relay to greet")
        assert not self._has_ended(), self.log()

    def kill(self) -> None:
        """As a power cut does, as far as processes go."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As an administrator does."""
        self._end(signal.SIGTERM)

    def run(self, *words: str, expect: int = 0) -> str:
        """A command with these settings, in this process; returns what it printed."""
        done = line(*words, "--config", self.config)
        assert expect == done.code, done.out + done.error
        return done.out + done.error

    def approver(self, name: str) -> str:
        """Give somebody an account that may approve what takes two people; returns their name."""
        words = ("user", "add", name, "--role", "approver", "--config", str(self.config))
        subprocess.run(
            [sys.executable, "-m", "dlpguard", *words],
            input=b"correct horse battery staple\n",
            capture_output=True,
            timeout=DEADLINE,
            check=True,
        )
        return name

    def held(self) -> list[dict[str, Any]]:
        """What `quarantine list --json` prints."""
        lines = self.run("quarantine", "list", "--json").splitlines()
        return [json.loads(line) for line in lines]

    def show(self, id: str) -> dict[str, Any]:
        """What `quarantine show --json` prints."""
        shown: dict[str, Any] = json.loads(self.run("quarantine", "show", id, "--json"))
        return shown

    def send(self, content: bytes, sender: str, recipients: Sequence[str]) -> str:
        """Send a message as it is; returns the id that the relay answered with."""
        with smtplib.SMTP(HOST, self.port, timeout=DEADLINE) as client:
            client.ehlo("client.example")
            must(client.mail(sender))
            for recipient in recipients:
                must(client.rcpt(recipient))
            reply = client.data(content)
            must(reply)
        return reply[1].decode().split()[-1]

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def _end(self, number: signal.Signals) -> None:
        if self.process:
            self.process.send_signal(number)
            self.process.wait(DEADLINE)
            self.process = None


def must(reply: tuple[int, bytes]) -> None:
    """A reply that accepts."""
    assert reply[0] < 400, reply


@contextlib.contextmanager
def relay(
    folder: Path, next_hop: int, mode: str = "enforce", settle: str = "0s"
) -> Iterator[Relay]:
    """A relay that runs; it is stopped at the end, or killed where it does not stop."""
    running = Relay(folder, next_hop, mode, settle=settle)
    running.start()
    try:
        yield running
    finally:
        try:
            running.stop()
        except subprocess.TimeoutExpired:
            running.kill()
            raise


def benign(number: int = 0, sender: str = "ann.bee@council.example") -> bytes:
    """A message that nobody would hold."""
    return (
        f"From: Ann Bee <{sender}>\r\nTo: Carol <carol@outside.example>\r\n"
        f"Subject: bins {number}\r\nDate: Fri, 19 Jul 2013 09:30:00 +0100\r\n"
        f"Message-ID: <{number}@council.example>\r\n\r\n"
        "The bins are collected on Tuesday.\r\n.\r\n..\r\nRegards\r\n"
    ).encode()
