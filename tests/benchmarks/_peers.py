"""The ways from a client to the sink: through dlpguard, and through what others use instead.

Each peer is left out, with a word about it, where its program is missing.  Of Debian: `postfix`,
`amavisd-new`, `rspamd`.  The others are looked for in a folder that is made so:

    python3 -m venv FOLDER
    FOLDER/bin/pip install aiosmtpd==1.4.6 aiosmtplib==5.1.3 uvloop
    npm install --prefix FOLDER --before=2026-06-01 --omit=dev Haraka@3.2.1
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest

import dlpguard
from tests.benchmarks._filters import SERVERS, Filter, amavis, rspamd
from tests.journeys._postfix import Postfix, postfix_client
from tests.journeys._programs import DEADLINE, HOST, free_port, listens, need, wait_until
from tests.journeys._relay import Relay

DLPGUARD = "dlpguard"
POSTFIX = "Postfix, queue"
AMAVIS = "Postfix, amavisd"
RSPAMD = "Postfix, rspamd"
HARAKA = "Haraka"
RECEIVING = "aiosmtpd, drops"
FORWARDING = "aiosmtpd, aiosmtplib"

_SETTLE = "20s"
"""How long a mailing may wait for its other copies, as shipped: mail that is none does not."""

_PROCESSES = "150"
"""Of each of Postfix's services: more than the clients at once, so that none waits for another."""

_ROOT = Path(__file__).resolve().parents[2]
_STOCK = Path(__file__).with_name("_stock.py")


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the sink: the port that takes mail, and the processes whose CPU it costs."""

    name: str
    port: int
    processes: tuple[int, ...]
    version: str
    delivers: bool = True
    folder: Path | None = None
    """Of dlpguard: where its settings and database are."""


class MissingError(Exception):
    """Why a route is left out."""


def routes(
    stack: contextlib.ExitStack, sink: int, peers: Path | None, say: Callable[[str], None]
) -> Iterator[Route]:
    """Each started, to end with the stack; `sink` is the port of the next hop for all of them."""
    for name, started in _ALL.items():
        try:
            yield stack.enter_context(started(sink, peers))
        except (MissingError, pytest.skip.Exception, pytest.fail.Exception, RuntimeError) as why:
            say(f"{name} is not measured: {why}")


@contextlib.contextmanager
def guard(sink: int, peers: Path | None = None) -> Iterator[Route]:
    """`dlpguard serve`: SQLite, durable, sandboxed, the shipped policies enforced."""
    with tempfile.TemporaryDirectory(prefix="dlpguard-bench-") as folder:
        relay = Relay(Path(folder), sink, settle=_SETTLE)
        relay.start()
        assert relay.process
        try:
            version = dlpguard.__version__
            yield Route(DLPGUARD, relay.port, (relay.process.pid,), version, folder=relay.folder)
        finally:
            relay.stop()


@contextlib.contextmanager
def _postfix(sink: int, peers: Path | None) -> Iterator[Route]:
    """What it is by itself: a queue that is on the disk before 250."""
    with postfix_client(sink, default_process_limit=_PROCESSES) as postfix:
        yield Route(POSTFIX, postfix.port, (_master(postfix),), _postfix_version())


@contextlib.contextmanager
def _postfix_amavis(sink: int, peers: Path | None) -> Iterator[Route]:
    """As amavisd-new's README.postfix has it: a filter after the queue, and a way back in."""
    back = free_port()
    with amavis(back) as filter:
        services = (
            f"smtp-amavis unix - - n - {SERVERS} smtp\n"
            "  -o smtp_data_done_timeout=1200\n  -o smtp_send_xforward_command=yes\n"
            f"{HOST}:{back} inet n - n - - smtpd\n"
            "  -o content_filter=\n  -o smtpd_restriction_classes=\n  -o smtpd_delay_reject=no\n"
            "  -o smtpd_client_restrictions=permit_mynetworks,reject\n"
            "  -o smtpd_error_sleep_time=0\n  -o smtpd_client_connection_count_limit=0\n"
            "  -o receive_override_options=no_header_body_checks,no_unknown_recipient_checks\n"
        )
        with postfix_client(
            sink,
            services=services,
            default_process_limit=_PROCESSES,
            content_filter=f"smtp-amavis:[{HOST}]:{filter.port}",
        ) as postfix:
            yield _with_filter(AMAVIS, postfix, filter)


@contextlib.contextmanager
def _postfix_rspamd(sink: int, peers: Path | None) -> Iterator[Route]:
    """Asked while the client waits; then Postfix's queue."""
    with (
        rspamd() as filter,
        postfix_client(
            sink,
            default_process_limit=_PROCESSES,
            smtpd_milters=f"inet:{HOST}:{filter.port}",
            milter_default_action="tempfail",
        ) as postfix,
    ):
        yield _with_filter(RSPAMD, postfix, filter)


@contextlib.contextmanager
def _haraka(sink: int, peers: Path | None) -> Iterator[Route]:
    """Forwards while the client waits, and keeps nothing."""
    package = (peers or Path()) / "node_modules/Haraka"
    node = shutil.which("node")
    if not node or not (package / "haraka.js").exists():
        raise MissingError("no Haraka in the folder of peers")
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    with tempfile.TemporaryDirectory(prefix="dlpguard-haraka-") as name:
        folder, port = Path(name), free_port()
        shutil.copytree(package / "config", folder / "config")  # as `haraka --install` does
        _configure_haraka(folder, port, sink)
        command = (node, str(package / "bin/haraka"), "-c", str(folder))
        with running(command, port) as pid:
            yield Route(HARAKA, port, (pid,), version)


@contextlib.contextmanager
def _forwarding(sink: int, peers: Path | None) -> Iterator[Route]:
    """A relay that is written in an afternoon."""
    python = (peers or Path()) / "bin/python"
    if not python.exists():
        raise MissingError("no aiosmtplib in the folder of peers")
    asked = "from importlib.metadata import version as v; print(v('aiosmtpd'), v('aiosmtplib'))"
    said = subprocess.run(
        (str(python), "-c", asked), capture_output=True, text=True, check=False, timeout=DEADLINE
    )
    if said.returncode:
        raise MissingError("no aiosmtplib in the folder of peers")
    with stock("forward", "uvloop", sink, str(python)) as (port, pid):
        yield Route(FORWARDING, port, (pid,), said.stdout.strip().replace(" ", ", "))


@contextlib.contextmanager
def _receiving(sink: int, peers: Path | None) -> Iterator[Route]:
    """Half of a relay."""
    with stock("receive", "uvloop", sink) as (port, pid):
        yield Route(RECEIVING, port, (pid,), metadata.version("aiosmtpd"), delivers=False)


_ALL: dict[str, Callable[[int, Path | None], AbstractContextManager[Route]]] = {
    DLPGUARD: guard,
    POSTFIX: _postfix,
    AMAVIS: _postfix_amavis,
    RSPAMD: _postfix_rspamd,
    HARAKA: _haraka,
    FORWARDING: _forwarding,
    RECEIVING: _receiving,
}


@contextlib.contextmanager
def stock(
    what: str, loop: str, sink: int, python: str = sys.executable
) -> Iterator[tuple[int, int]]:
    """aiosmtpd as it comes, that will `receive` or `forward` on "uvloop" or "asyncio": its port and
    process."""
    port = free_port()
    with running((python, str(_STOCK), what, loop, str(port), str(sink)), port) as pid:
        yield port, pid


def _with_filter(name: str, postfix: Postfix, filter: Filter) -> Route:
    version = f"{_postfix_version()}, {filter.version}"
    return Route(name, postfix.port, (_master(postfix), filter.pid), version)


def _master(postfix: Postfix) -> int:
    return int((postfix.folder / "queue/pid/master.pid").read_text())


def _postfix_version() -> str:
    said = subprocess.run(
        (need("postconf"), "-dh", "mail_version"), capture_output=True, text=True, check=True
    )
    return said.stdout.strip()


def _configure_haraka(folder: Path, port: int, sink: int) -> None:
    """Takes all mail and forwards it; a process for each core, as its manual advises."""
    config, plugins = folder / "config", folder / "plugins"
    plugins.mkdir()
    (config / "smtp.ini").write_text(f"listen={HOST}:{port}\nnodes=cpus\n")
    (config / "smtp_forward.ini").write_text(f"host={HOST}\nport={sink}\n")
    (config / "plugins").write_text("take_all\nqueue/smtp_forward\n")
    (config / "loglevel").write_text("ERROR\n")
    (config / "me").write_text("haraka.example\n")
    (plugins / "take_all.js").write_text("exports.hook_rcpt = (next) => next(OK)\n")


@contextlib.contextmanager
def running(command: Sequence[str], port: int) -> Iterator[int]:
    """A program that takes mail on a port; its process."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
    ) as process:
        try:
            wait_until(lambda: process.poll() is not None or listens(port), "the peer to greet")
            if process.poll() is not None:
                raise MissingError(f"{Path(command[0]).name} ended with {process.returncode}")
            yield process.pid
        finally:
            process.terminate()
            process.wait(DEADLINE)
