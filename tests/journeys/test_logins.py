"""Programs that nobody here wrote log in, from outside the networks of clients."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys._postfix import smtp_sink
from tests.journeys._programs import DEADLINE, HOST, free_port, need
from tests.journeys._relay import Relay, benign
from tests.smtp._clients import authority

NAME, PASSWORD = "scanner", "correct horse battery"
SENDER, RECIPIENT = "ann.bee@council.example", "carol@outside.example"


def curl(port: int, tls_first: bool, password: str, message: Path, trust: Path) -> list[str]:
    scheme = "smtps" if tls_first else "smtp"
    return [
        need("curl"),
        *("--silent", "--show-error", "--noproxy", "*", "--ssl-reqd"),
        *("--cacert", str(trust), "--resolve", f"localhost:{port}:{HOST}"),
        *("--user", f"{NAME}:{password}"),
        f"{scheme}://localhost:{port}/client.example",
        *("--mail-from", SENDER, "--mail-rcpt", RECIPIENT, "--upload-file", str(message)),
    ]


def msmtp(port: int, tls_first: bool, password: str, message: Path, trust: Path) -> list[str]:
    settings = message.with_name("msmtprc")
    settings.write_text(
        f"account default\nhost localhost\nport {port}\nfrom {SENDER}\ndomain client.example\n"
        f"auth plain\nuser {NAME}\npasswordeval echo {password}\ntls on\ntls_trust_file {trust}\n"
        f"tls_starttls {'off' if tls_first else 'on'}\nset_date_header off\n"
    )
    return [need("msmtp"), f"--file={settings}", "--", RECIPIENT]


@pytest.mark.parametrize("program", [curl, msmtp])
def test_a_program_that_logs_in_may_send_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Callable[..., list[str]]
) -> None:
    issuer, protected = authority(tmp_path), free_port()
    certificate, key = issuer.issue("localhost", "localhost")
    login = subprocess.run(
        [sys.executable, "-m", "dlpguard", "login", NAME],
        input=PASSWORD.encode() + b"\n",
        capture_output=True,
        timeout=DEADLINE,
        check=True,
    ).stdout.decode()
    monkeypatch.setenv("DLPGUARD_LISTEN__CLIENTS", '["10.0.0.0/8"]')
    monkeypatch.setenv("DLPGUARD_LISTEN__TLS_CERTIFICATE", str(certificate))
    monkeypatch.setenv("DLPGUARD_LISTEN__TLS_KEY", str(key))
    monkeypatch.setenv("DLPGUARD_LISTEN__SMTPS", f"{HOST}:{protected}")
    with smtp_sink() as next_hop:
        relay = Relay(tmp_path, next_hop.port)
        relay.config.write_text(relay.config.read_text("utf-8") + login, "utf-8")
        relay.start()
        done: list[bool] = []
        for port, tls_first in ((relay.port, False), (protected, True)):
            for password in (PASSWORD, "wrong"):
                message = tmp_path / "message.eml"
                message.write_bytes(benign(len(done)))
                command = program(port, tls_first, password, message, issuer.certificate)
                done.append(_run(command, message))
        received = next_hop.received(2)
        relay.stop()

    assert [True, False, True, False] == done
    assert 2 == len(received)
    assert all(b"with ESMTPSA" in m.content.replace(b"\r\n", b"") for m in received)
    assert not any(secret in relay.log() for secret in (NAME, PASSWORD, SENDER))


def _run(command: list[str], message: Path) -> bool:
    """Whether a program that got a message on standard input was content."""
    with message.open("rb") as stdin:
        done = subprocess.run(
            command,
            stdin=stdin,
            capture_output=True,
            timeout=DEADLINE,
            check=False,
            env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "HOME": "/nonexistent"},
        )
    return done.returncode == 0
