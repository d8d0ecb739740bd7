"""Programs that nobody here wrote, sending a file exactly as it is.

`need` finds a program or skips the test, saying which package has it.  `SENDERS` are functions of
one shape for `parametrize`; each sends the bytes of a message (lines ending in CRLF, without
dot-stuffing) to a server on the loopback and returns what came of it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOST = "127.0.0.1"

DEADLINE = 60.0
"""Seconds after which a program that should long be done has failed."""

PACKAGES = {
    "swaks": "swaks",
    "msmtp": "msmtp",
    "curl": "curl",
    "postfix": "postfix",
    "smtp-sink": "postfix",
    "smtp-source": "postfix",
    "postqueue": "postfix",
    "postconf": "postfix",
    "amavisd": "amavisd-new",
    "rspamd": "rspamd",
}
"""The Debian package of each program."""

_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
"""Where Debian keeps Postfix is on root's PATH only."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a program said.  `accepted`: the server took the message for every recipient."""

    accepted: bool
    output: str = field(repr=False)


Sender = Callable[[bytes, str, Sequence[str], int, Path], Sent]
"""(message, envelope sender, envelope recipients, port on the loopback, a scratch folder)"""


def need(program: str) -> str:
    """The path of a program; without it the test is skipped, and on CI (`CI=true`) fails."""
    path = shutil.which(program, path=_PATH)
    if path is None:
        missing = f"{program} is not installed: apt-get install {PACKAGES[program]}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return path


def swaks(message: bytes, sender: str, recipients: Sequence[str], port: int, scratch: Path) -> Sent:
    """Swaks leaves the data alone when told so, but then wants it as it goes over the wire."""
    wire = b"".join(b"." * line.startswith(b".") + line for line in message.splitlines(True))
    data = scratch / "swaks.data"
    data.write_bytes(wire + b".\r\n")
    return _run(
        need("swaks"),
        f"--server={HOST}",
        f"--port={port}",
        f"--from={sender}",
        f"--to={','.join(recipients)}",
        "--ehlo=client.example",
        "--no-data-fixup",
        f"--data=@{data}",
        "--hide-all",
    )


def msmtp(message: bytes, sender: str, recipients: Sequence[str], port: int, scratch: Path) -> Sent:
    """Msmtp reads lines that end in LF and sends CRLF; header fields are added by request only."""
    settings = scratch / "msmtprc"
    settings.write_text(
        f"account default\nhost {HOST}\nport {port}\nfrom {sender}\ndomain client.example\n"
        "auth off\ntls off\nset_date_header off\nset_from_header off\nremove_bcc_headers off\n"
    )
    return _run(
        need("msmtp"),
        f"--file={settings}",
        f"--from={sender}",
        "--",
        *recipients,
        stdin=message.replace(b"\r\n", b"\n"),
    )


def curl(message: bytes, sender: str, recipients: Sequence[str], port: int, scratch: Path) -> Sent:
    """Curl uploads the file."""
    file = scratch / "curl.eml"
    file.write_bytes(message)
    return _run(
        need("curl"),
        "--silent",
        "--show-error",
        "--noproxy",
        "*",
        f"smtp://{HOST}:{port}/client.example",
        "--mail-from",
        sender,
        *(word for recipient in recipients for word in ("--mail-rcpt", recipient)),
        "--upload-file",
        str(file),
    )


def python_smtplib(
    message: bytes, sender: str, recipients: Sequence[str], port: int, scratch: Path
) -> Sent:
    """The client in Python's standard library."""
    del scratch
    with smtplib.SMTP(HOST, port, local_hostname="client.example", timeout=DEADLINE) as client:
        try:
            refused = client.sendmail(sender, list(recipients), message)
        except smtplib.SMTPException as error:
            return Sent(accepted=False, output=str(error))
    return Sent(accepted=not refused, output=str(refused))


SENDERS: dict[str, Sender] = {
    "swaks": swaks,
    "msmtp": msmtp,
    "curl": curl,
    "smtplib": python_smtplib,
}


def free_port() -> int:
    """A port on the loopback that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether an SMTP server on the loopback greets."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=5) as client:
        return client.recv(512).startswith(b"220")
    return False


def wait_until(holds: Callable[[], bool], what: str, seconds: float = DEADLINE) -> None:
    """Until something holds, looking twenty times a second; fails the test when it never does."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds:g} s: {what}")
        time.sleep(0.05)


def _run(*command: str, stdin: bytes = b"") -> Sent:
    done = subprocess.run(
        command,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=DEADLINE,
        check=False,
        env={"PATH": _PATH, "LC_ALL": "C", "HOME": "/nonexistent"},
    )
    return Sent(accepted=done.returncode == 0, output=done.stdout.decode("utf-8", "replace"))
