"""Programs that nobody here wrote log in, from outside the networks of clients."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys._postfix import SmtpSink, smtp_sink
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


@dataclass(frozen=True)
class Guarded:
    """A relay that takes mail from those who log in, on two ports, and the sink behind it."""

    relay: Relay
    protected: int
    trust: Path
    next_hop: SmtpSink


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder, issued = tmp_path_factory.mktemp("relay"), tmp_path_factory.mktemp("authority")
    issuer, protected = authority(issued), free_port()
    certificate, key = issuer.issue("localhost", "localhost")
    login = subprocess.run(
        [sys.executable, "-m", "dlpguard", "login", NAME],
        input=PASSWORD.encode() + b"\n",
        capture_output=True,
        timeout=DEADLINE,
        check=True,
    ).stdout.decode()
    with pytest.MonkeyPatch.context() as environment, smtp_sink() as next_hop:
        environment.setenv("DLPGUARD_LISTEN__CLIENTS", '["10.0.0.0/8"]')
        environment.setenv("DLPGUARD_LISTEN__TLS_CERTIFICATE", str(certificate))
        environment.setenv("DLPGUARD_LISTEN__TLS_KEY", str(key))
        environment.setenv("DLPGUARD_LISTEN__SMTPS", f"{HOST}:{protected}")
        relay = Relay(folder, next_hop.port)
        relay.config.write_text(relay.config.read_text("utf-8") + login, "utf-8")
        relay.start()
        try:
            yield Guarded(relay, protected, issuer.certificate, next_hop)
        finally:
            relay.stop()


@pytest.mark.parametrize("program", [curl, msmtp])
def test_a_program_that_logs_in_may_send_and_no_other(
    guarded: Guarded, tmp_path: Path, program: Callable[..., list[str]]
) -> None:
    done: list[bool] = []
    before = len(guarded.next_hop.received(0))
    for port, tls_first in ((guarded.relay.port, False), (guarded.protected, True)):
        for password in (PASSWORD, "wrong"):
            message = tmp_path / "message.eml"
            message.write_bytes(benign(len(done)))
            command = program(port, tls_first, password, message, guarded.trust)
            done.append(_run(command, message))
    received = guarded.next_hop.received(before + 2)[before:]
    log = guarded.relay.log()

    assert [True, False, True, False] == done
    assert 2 == len(received)
    assert all(b"with ESMTPSA" in m.content.replace(b"\r\n", b"") for m in received)
    assert not any(secret in log for secret in (NAME, PASSWORD, SENDER))


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
