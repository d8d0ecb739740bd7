"""The services of docker-compose.yml as processes of this machine, without an engine.

Every service has an address of its own on the loopback (127.x.y.0/24, by chance), so that ports,
commands, health checks and settings are those of the file.  What is changed in them: names of
services, `0.0.0.0` and the network become such addresses, paths inside a container those of a
folder.  Mailpit is replaced by a server that keeps what it is sent, and PostgreSQL is started by
`_start_postgres` instead of its image's script.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import re
import secrets
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests import _needs, _postgres
from tests.deploy import _compose
from tests.deploy._compose import ROOT, Mount, Service
from tests.journeys._programs import DEADLINE, wait_until

OTHERWISE = MappingProxyType({
    "DLPGUARD_ORGANISATION__WEBMAIL": '["webmail.example"]',
    "DLPGUARD_CAMPAIGN__SETTLE": "0s",
    "DLPGUARD_REVIEW__SECOND_FACTOR": "false",
})  # fmt: skip
"""What is not as in the file: the samples' webmail; nobody waits for copies, or has a telephone."""

BETWEEN = 0.5
"""Seconds between two looks at a service's health: each starts a program."""

_HOSTS = {"haproxy": 2}
"""The last number of an address that the file gives; the others follow from 11."""

_GATEWAY = 1

_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


@dataclass
class Mailbox:
    """What Mailpit would show."""

    mails: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a message."""
        self.mails.append(envelope)
        return "250 2.0.0 kept"

    def has(self, text: bytes) -> bool:
        """Whether a message with these words came."""
        return any(text in content for content in self._contents())

    def one(self, text: bytes) -> bytes:
        """The message with these words."""
        return next(content for content in self._contents() if text in content)

    def _contents(self) -> list[bytes]:
        return [mail.original_content or b"" for mail in self.mails]


class Stack:
    """All services; `folder` is empty and gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.services = _compose.services()
        self.mailbox = Mailbox()
        self.prefix = f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}."
        others = [name for name in self.services if name not in _HOSTS]
        self._last = _HOSTS | {name: 11 + at for at, name in enumerate(others)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "secrets").mkdir()
        for name in _compose.read()["secrets"]:
            (folder / "secrets" / name).write_text(f"{secrets.token_hex(32)}\n", "ascii")

    # -- what the services are told ----------------------------------------------------------------

    def address(self, name: str) -> str:
        """Where a service is."""
        return f"{self.prefix}{self._last[name]}"

    def text(self, service: Service, text: str) -> str:
        """What stands in the file, or in a file of a service, as it is here."""
        places = {mount.target: str(self.place(service, mount)) for mount in service.mounts}
        targets = "|".join(map(re.escape, sorted(places, key=len, reverse=True)))
        if targets:
            text = re.sub(rf"(?<![\w/])(?:{targets})", lambda found: places[found[0]], text)
        text = text.replace("/run/secrets/", f"{self.folder}/secrets/")
        text = text.replace("0.0.0.0", self.address(service.name))
        text = text.replace("172.30.25.", self.prefix)
        for name in self.services:
            text = re.sub(rf"(?<=[@\" ]){name}(?=[:/\"])", self.address(name), text)
        return text

    def place(self, service: Service, mount: Mount) -> Path:
        """Where a file of a container is here; what is a volume is shared."""
        if mount.is_volume:
            return self.folder / "volumes" / mount.source
        return self.folder / service.name / Path(mount.target).name

    def lay(self, service: Service) -> None:
        """Put the files of a service in place."""
        for mount in service.mounts:
            place, source = self.place(service, mount), ROOT / mount.source
            if mount.is_volume or place.exists():
                continue
            place.parent.mkdir(exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, place)
            else:
                place.write_text(self.text(service, source.read_text("utf-8")), "utf-8")

    def environment(self, service: Service) -> dict[str, str]:
        """All that a service gets of the environment."""
        own = {name: self.text(service, value) for name, value in service.environment.items()}
        own.pop("PATH", None)
        return {"PATH": _PATH, "LC_ALL": "C.UTF-8"} | own | OTHERWISE

    def dlpguard(self, name: str, *words: str) -> tuple[list[str], dict[str, str]]:
        """A command of dlpguard in a service: its words, and its environment."""
        service = self.services[name]
        self.lay(service)
        words = tuple(self.text(service, word) for word in words or service.command)
        return [sys.executable, "-m", "dlpguard", *words], self.environment(service)

    # -- running them ------------------------------------------------------------------------------

    def run(self, name: str, *words: str, given: bytes = b"") -> str:
        """A command of dlpguard's in a service, to its end; fails the test when it fails."""
        command, environment = self.dlpguard(name, *words)
        done = subprocess.run(
            command,
            env=environment,
            input=given,
            capture_output=True,
            timeout=DEADLINE,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout.decode()

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Start a service's program."""
        with self.log(name).open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        """What a service said."""
        return self.folder / f"{name}.log"

    def kill(self, name: str) -> None:
        """As when its container, or its machine, is gone."""
        process = self._running.pop(name)
        process.kill()
        process.wait(DEADLINE)

    def is_healthy(self, name: str) -> bool:
        """What its health check says; what it would check at itself is at its address here."""
        service = self.services[name]
        process = self._running.get(name)
        assert process is None or process.poll() is None, self.log(name).read_text("utf-8")
        words = [w.replace("127.0.0.1", self.address(name)) for w in service.health_check]
        words[0] = sys.executable if words[0] == "python" else words[0]
        environment = {"PATH": _PATH, "no_proxy": "*"}
        done = subprocess.run(
            words, env=environment, capture_output=True, timeout=DEADLINE, check=False
        )
        return done.returncode == 0

    def until_healthy(self, *names: str) -> None:
        """Wait, as an engine does with `condition: service_healthy`."""
        end = time.monotonic() + DEADLINE
        for name in names:
            while not self.is_healthy(name):
                assert time.monotonic() < end, self.log(name).read_text("utf-8")
                time.sleep(BETWEEN)

    def stop(self) -> None:
        """End them all, in the order that an engine would."""
        for process in reversed(list(self._running.values())):
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            process.wait(DEADLINE)

    def client(self, last: int = _GATEWAY) -> smtplib.SMTP:
        """A client of HAProxy; without a number, from this machine as containers see it."""
        source = (f"{self.prefix}{last}", 0)
        return smtplib.SMTP(
            self.address("haproxy"), 2525, "client.example", DEADLINE, source_address=source
        )


@contextlib.contextmanager
def stack() -> Iterator[Stack]:
    """Everything started in the order of the file, and healthy."""
    _needs.need(shutil.which("haproxy", path=_PATH) is not None, "haproxy")
    _needs.need(bool(_postgres.versions()), "postgresql-15")
    folder = Path(tempfile.mkdtemp(prefix="compose-"))
    made = Stack(folder)
    mailbox = Controller(made.mailbox, hostname=made.address("mailbox"), port=1025)
    mailbox.start()
    try:
        _start_postgres(made)
        made.until_healthy("postgres")
        (folder / "volumes/keys").mkdir(mode=0o700)
        made.run("keys")
        for name in ("relay-1", "relay-2", "site"):
            made.start(name, *made.dlpguard(name))
        made.until_healthy("relay-1", "relay-2", "site")
        _start_haproxy(made)
        made.until_healthy("haproxy")
        yield made
    finally:
        made.stop()
        mailbox.stop()
        shutil.rmtree(folder)


def _start_postgres(made: Stack) -> None:
    """As its image's script does it: with the password in a file, and asked for it over TCP."""
    service = made.services["postgres"]
    given = made.environment(service)
    data = made.folder / "volumes/database"
    data.mkdir(parents=True)
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        made.folder.chmod(0o755)
        data.parent.chmod(0o755)
        os.chown(data, pwd.getpwnam(user).pw_uid, -1)
    subprocess.run(
        [
            *(_postgres.program("initdb"), "--no-sync", "-D", str(data), "--auth-local=trust"),
            *("-U", given["POSTGRES_USER"], "--pwfile", given["POSTGRES_PASSWORD_FILE"]),
            *given["POSTGRES_INITDB_ARGS"].split(),
        ],
        user=user,
        check=True,
        capture_output=True,
    )
    words = [_postgres.program("postgres"), "-D", str(data)]
    words += ["-c", f"listen_addresses={made.address('postgres')}", "-c", "fsync=off"]
    words += ["-c", f"unix_socket_directories={data}"]
    if user:
        words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *words]
    made.start("postgres", words, {"PATH": _PATH})
    wait_until((data / ".s.PGSQL.5432").exists, "PostgreSQL to open its socket")
    create = [_postgres.program("createdb"), "-h", str(data), "-U", given["POSTGRES_USER"]]
    wait_until(
        lambda: subprocess.run([*create, given["POSTGRES_DB"]], check=False).returncode == 0,
        "PostgreSQL to make the database",
    )


def start_prometheus(made: Stack) -> None:
    """Prometheus, which asks more often here."""
    service = made.services["prometheus"]
    made.lay(service)
    file = made.folder / service.name / "prometheus.yml"
    file.write_text(file.read_text("utf-8").replace("15s", "1s"), "utf-8")
    words = [made.text(service, word) for word in service.command]
    made.start(service.name, ["prometheus", *words], {"PATH": _PATH})
    made.until_healthy(service.name)


def _start_haproxy(made: Stack) -> None:
    service = made.services["haproxy"]
    made.lay(service)
    file = made.place(service, service.mounts[0])
    own = made.address("haproxy")
    text = file.read_text("utf-8").replace("bind :", f"bind {own}:")
    # On the loopback a connection does not come from the address of who makes it by itself.
    file.write_text(text.replace("send-proxy-v2\n", f"send-proxy-v2 source {own}\n"), "utf-8")
    made.start("haproxy", ["haproxy", "-W", "-db", "-f", str(file)], {"PATH": _PATH})
