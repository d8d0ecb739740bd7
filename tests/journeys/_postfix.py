"""Real Postfix on the loopback, on both sides of dlpguard, and its `smtp-sink` as next hop.

    with postfix_client(relay_port) as client:      mail accepted on `client.port` or by
        client.submit(message, sender, recipients)  `sendmail` goes to relay_port
    with postfix_next_hop() as hop:                 takes mail for any domain on `hop.port`
        hop.received(3)
    with smtp_sink() as sink:                       the same, with nothing behind it
        sink.received(1)

Each instance has configuration, queue and log of its own and leaves nothing behind, so several
may run at once, beside the system's own Postfix too.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from tests.journeys._programs import DEADLINE, HOST, free_port, listens, need, wait_until

_SETTINGS = {
    "compatibility_level": "3.6",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "mydomain": "example",
    "mydestination": "",
    "inet_interfaces": "loopback-only",
    "inet_protocols": "ipv4",
    "mynetworks": "127.0.0.0/8",
    "smtpd_relay_restrictions": "permit_mynetworks, reject",
    "message_size_limit": "200000000",
    "virtual_mailbox_limit": "0",
    "alias_maps": "",
    "alias_database": "",
    "local_recipient_maps": "",
    "biff": "no",
    "append_dot_mydomain": "no",
    # Nothing is looked up: there is one place that mail goes to, and it has an address.
    "smtpd_peername_lookup": "no",
    "smtp_dns_support_level": "disabled",
}
"""What both sides need to be private and self-contained; everything else is Postfix's default."""

_SERVICES = """\
{host}:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""
"""Debian's master.cf, without chroot and without what delivers to programs."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message at a next hop.

    `content` starts with what the hop itself put in front.  Both programs keep lines, not line
    ends: here each ends in CRLF.  Postfix delivers to each recipient singly.
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    def before(self, message: bytes) -> bytes:
        """What stands before the message, which must end with exactly these bytes."""
        if not self.content.endswith(message):
            backwards = zip(reversed(self.content), reversed(message), strict=False)
            same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], backwards))
            pytest.fail(f"not the bytes sent: only the last {same} of {len(message)} are the same")
        return self.content[: -len(message)]


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running instance: its folder and the port it takes mail on."""

    folder: Path
    port: int

    @property
    def configuration(self) -> Path:
        """Where its main.cf is: what -c and -C want to know."""
        return self.folder / "etc"

    def submit(self, message: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Hand a message in as local programs do, through sendmail (which reads LF)."""
        self._run(
            _sendmail(),
            *("-C", str(self.configuration), "-i", "-f", sender, "--", *recipients),
            stdin=message.replace(b"\r\n", b"\n"),
        )

    def queue(self) -> list[dict[str, object]]:
        """What waits here, as `postqueue -j` says: queue_name, recipients with delay_reason, …"""
        listing = self._run(need("postqueue"), "-c", str(self.configuration), "-j")
        return [json.loads(line) for line in listing.splitlines()]

    def flush(self) -> None:
        """Try everything in the queue now instead of in a few minutes."""
        self._run(need("postqueue"), "-c", str(self.configuration), "-f")

    def log(self) -> str:
        """What it logged so far."""
        file = self.folder / "mail.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def received(self, count: int, seconds: float = DEADLINE) -> tuple[Received, ...]:
        """All messages delivered, at least so many, in the order in which they came."""
        inbox = self.folder / "mail/inbox/new"
        wait_until(lambda: len(_files(inbox)) >= count, f"{count} deliveries", seconds)
        return tuple(_delivered(file) for file in _files(inbox))

    def _run(self, *command: str, stdin: bytes = b"") -> bytes:
        done = subprocess.run(
            command, input=stdin, capture_output=True, timeout=DEADLINE, check=False
        )
        if done.returncode != 0:
            pytest.fail(f"{command[0]}: {done.stderr.decode('utf-8', 'replace')}\n{self.log()}")
        return done.stdout


@dataclass(frozen=True, slots=True)
class SmtpSink:
    """A running smtp-sink that keeps a file of every message."""

    folder: Path
    port: int
    pid: int

    def received(self, count: int, seconds: float = DEADLINE) -> tuple[Received, ...]:
        """All messages received whole, at least so many, in the order in which they came."""
        wait_until(lambda: len(self._finished()) >= count, f"{count} messages", seconds)
        return tuple(_dumped(file) for file in self._finished())

    def _finished(self) -> list[Path]:
        """The dump files that it does not hold open any more."""
        handles = Path(f"/proc/{self.pid}/fd")
        files = _files(self.folder)  # looked at first: what is written later must not count
        still_open = set()
        for handle in handles.iterdir():
            with contextlib.suppress(FileNotFoundError):
                still_open.add(handle.readlink())
        return [file for file in files if file not in still_open]


@contextlib.contextmanager
def postfix_client(relay_port: int, *, services: str = "", **settings: str) -> Iterator[Postfix]:
    """A Postfix whose relayhost is a port on the loopback.  `settings` go into its main.cf, lines
    of `services` into its master.cf."""
    relay = {"relayhost": f"[{HOST}]:{relay_port}", "myhostname": "client.example"}
    with _postfix(lambda _: relay | settings, services) as instance:
        yield instance


@contextlib.contextmanager
def postfix_next_hop(**settings: str) -> Iterator[Postfix]:
    """A Postfix that takes mail for any domain and puts it into one Maildir."""

    def delivery(folder: Path) -> dict[str, str]:
        nobody = pwd.getpwnam("nobody")
        (folder / "mail").mkdir()
        os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
        return {
            "myhostname": "hop.example",
            "virtual_mailbox_domains": "static:all",
            "virtual_mailbox_base": str(folder / "mail"),
            "virtual_mailbox_maps": "static:inbox/",
            "virtual_uid_maps": f"static:{nobody.pw_uid}",
            "virtual_gid_maps": f"static:{nobody.pw_gid}",
        } | settings

    with _postfix(delivery) as instance:
        yield instance


@contextlib.contextmanager
def smtp_sink(*options: str, port: int = 0) -> Iterator[SmtpSink]:
    """An smtp-sink; `options` are its own (`"-r", "DATA"` to refuse for a while)."""
    program = need("smtp-sink")
    port = port or free_port()
    privileges = ("-u", "root") if os.geteuid() == 0 else ()
    with _folder("sink") as folder, (folder / "output").open("wb") as output:
        dumps = folder / "dumps"
        dumps.mkdir()
        process = subprocess.Popen(
            (program, *privileges, "-d", f"{dumps}/m", *options, f"inet:{HOST}:{port}", "100"),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(lambda: listens(port) or process.poll() is not None, "smtp-sink to listen")
            if process.poll() is not None:
                pytest.fail(f"smtp-sink ended: {(folder / 'output').read_text()}")
            yield SmtpSink(dumps, port, process.pid)
        finally:
            process.terminate()
            process.wait(DEADLINE)


@contextlib.contextmanager
def _postfix(settings: Callable[[Path], dict[str, str]], services: str = "") -> Iterator[Postfix]:
    control = need("postfix")
    _need_root()
    with _folder("postfix") as folder:
        instance = Postfix(folder, free_port())
        _configure(instance, settings(folder), services)
        done = subprocess.run(
            (control, "-c", str(instance.configuration), "start"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open as long as Postfix runs
            stderr=subprocess.DEVNULL,
            timeout=DEADLINE,
            check=False,
        )
        try:
            if done.returncode != 0:
                pytest.fail(f"Postfix does not start:\n{instance.log()}")
            wait_until(lambda: listens(instance.port), "Postfix to listen")
            yield instance
        finally:
            _stop(instance)


def _need_root() -> None:
    """Postfix starts as root only: without, the test is skipped, and on CI fails."""
    if os.geteuid() != 0:
        if os.environ.get("CI") == "true":
            pytest.fail("a Postfix of one's own can be started by root only", pytrace=False)
        pytest.skip("a Postfix of one's own can be started by root only")


@contextlib.contextmanager
def _folder(purpose: str) -> Iterator[Path]:
    """A folder that unprivileged daemons can enter, with a path short enough for their sockets.

    pytest's tmp_path is neither.
    """
    with tempfile.TemporaryDirectory(
        prefix=f"dlpguard-{purpose}-", ignore_cleanup_errors=True
    ) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _configure(instance: Postfix, settings: dict[str, str], services: str) -> None:
    folder = instance.folder
    owner = pwd.getpwnam("postfix")
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
    own = {
        "queue_directory": str(folder / "queue"),
        "data_directory": str(folder / "data"),
        "maillog_file": str(folder / "mail.log"),
        "maillog_file_prefixes": str(folder),
    }
    lines = (f"{key} = {value}\n" for key, value in (_SETTINGS | own | settings).items())
    (instance.configuration / "main.cf").write_text("".join(lines))
    master = _SERVICES.format(host=HOST, port=instance.port)
    (instance.configuration / "master.cf").write_text(master + services)


def _stop(instance: Postfix) -> None:
    """End the instance by the id in its own pid file; its master ends its daemons."""
    pid_file = instance.folder / "queue/pid/master.pid"
    if not pid_file.exists() or _is_stopped(instance):
        return
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: _is_stopped(instance), "Postfix to stop")
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # daemons that have not noticed yet


def _is_stopped(instance: Postfix) -> bool:
    """Whether nobody holds the lock on the master's pid file."""
    master = Path(_default("daemon_directory")) / "master"
    test = (master, "-c", instance.configuration, "-t")
    return subprocess.run(test, check=False, timeout=DEADLINE).returncode == 0


def _sendmail() -> str:
    return _default("sendmail_path")


def _default(parameter: str) -> str:
    """A path that was compiled into this Postfix."""
    command = (need("postconf"), "-dh", parameter)
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=DEADLINE
    ).stdout.strip()


def _delivered(file: Path) -> Received:
    """A message in the Maildir; virtual(8) puts three fields in front."""
    fields, content = [], file.read_bytes()
    for _ in range(3):
        line, _, content = content.partition(b"\n")
        fields.append(line.decode().partition(": ")[2])
    sender, recipient, _ = fields
    return Received(sender.strip("<>"), (recipient,), content.replace(b"\n", b"\r\n"))


@lru_cache(256)
def _dumped(file: Path) -> Received:
    """A message in a dump of smtp-sink: X- fields with the envelope, the message, an empty line.

    A finished dump stays as it is, and tests look again and again.
    """
    content = file.read_bytes().removesuffix(b"\n")
    envelope: list[str] = []
    while content.startswith(b"X-"):
        line, _, content = content.partition(b"\n")
        envelope.append(line.decode())
    found = {
        verb: [line[line.index("<") + 1 : line.rindex(">")] for line in envelope if verb in line]
        for verb in ("X-Mail-Args", "X-Rcpt-Args")
    }
    return Received(
        found["X-Mail-Args"][0], tuple(found["X-Rcpt-Args"]), content.replace(b"\n", b"\r\n")
    )


def _files(folder: Path) -> list[Path]:
    """The files in a folder, oldest first."""
    files = list(folder.iterdir()) if folder.exists() else []
    return sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))
