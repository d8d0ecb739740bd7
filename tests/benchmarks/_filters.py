"""Filters that administrators put behind or beside a Postfix, each with a folder of its own.

    with amavis(next_port) as filter:   takes mail on `filter.port`, and hands it on to next_port
    with rspamd() as filter:            answers Postfix's questions (as a milter) on `filter.port`

Neither has anything to scan with: what is measured is that they take a message apart.  Both run as
the user of their Debian package, beside the system's own.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.journeys._programs import DEADLINE, HOST, free_port, listens, need, wait_until

_AMAVIS = """\
use strict;
$mydomain = 'council.example';
$myhostname = 'filter.council.example';
$MYHOME = '{folder}/home';
$TEMPBASE = "$MYHOME/tmp";
$db_home = "$MYHOME/db";
$QUARANTINEDIR = undef;
$lock_file = "$MYHOME/amavisd.lock";
$pid_file = "$MYHOME/amavisd.pid";
$daemon_user = 'amavis';
$daemon_group = 'amavis';
$max_servers = {servers};
$inet_socket_port = {port};
$inet_socket_bind = '{host}';
$forward_method = 'smtp:[{host}]:{next}';
$notify_method = $forward_method;
$enable_db = 0;
$enable_dkim_verification = 0;
$do_syslog = 0;
$LOGFILE = "$MYHOME/amavis.log";
$log_level = 0;
@bypass_virus_checks_maps = (1);
@bypass_spam_checks_maps = (1);
$final_banned_destiny = D_PASS;
$final_bad_header_destiny = D_PASS;
1;
"""

_RSPAMD = """\
options {{
    pidfile = "{folder}/rspamd.pid";
    filters = "";
    tempdir = "{folder}";
    cache_file = "{folder}/symbols.cache";
    history_file = "{folder}/history";
    hs_cache_dir = "{folder}";
    control_socket = "{folder}/control.sock mode=0600";
    url_tld = "/usr/share/rspamd/effective_tld_names.dat";
    dns {{ nameserver = ["127.0.0.1:1"]; }}
}}
logging {{ type = "file"; filename = "{folder}/rspamd.log"; level = "error"; }}
worker "rspamd_proxy" {{
    bind_socket = "{host}:{port}";
    milter = yes;
    timeout = 120s;
    upstream "local" {{ default = yes; self_scan = yes; }}
    count = {servers};
}}
"""

SERVERS = 2
"""Processes of each that take mail at once: Debian's amavisd-new has two, and the machine two
cores."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One that runs."""

    port: int
    pid: int
    version: str


@contextlib.contextmanager
def amavis(next_port: int) -> Iterator[Filter]:
    """amavisd-new with neither a virus scanner nor SpamAssassin."""
    program = need("amavisd")
    with _folder("amavis") as folder:
        # It refuses settings that it could write itself.
        for name in ("home", "home/tmp", "home/db"):
            _own_folder(folder / name, "amavis")
        port = free_port()
        config = folder / "amavisd.conf"
        config.write_text(
            _AMAVIS.format(folder=folder, host=HOST, port=port, next=next_port, servers=SERVERS)
        )
        command = (program, "-c", str(config), "foreground")
        version = _version(program, "-V")
        with _running(command, lambda: listens(port)) as pid:
            yield Filter(port, pid, version)


@contextlib.contextmanager
def rspamd() -> Iterator[Filter]:
    """rspamd as a milter, with its filters and modules left out."""
    program = need("rspamd")
    with _folder("rspamd") as folder:
        port = free_port()
        config = folder / "rspamd.conf"
        home = _own_folder(folder / "home", "_rspamd")
        config.write_text(_RSPAMD.format(folder=home, host=HOST, port=port, servers=SERVERS))
        command = (program, "-c", str(config), "-f", "-u", "_rspamd", "-g", "_rspamd")
        version = _version(program, "--version")
        with _running(command, lambda: _answers(port)) as pid:
            yield Filter(port, pid, version)


@contextlib.contextmanager
def _folder(purpose: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix=f"dlpguard-{purpose}-", ignore_cleanup_errors=True
    ) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _own_folder(path: Path, user: str) -> Path:
    entry = pwd.getpwnam(user)
    path.mkdir()
    os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def _version(program: str, option: str) -> str:
    said = subprocess.run((program, option), capture_output=True, text=True, check=False)
    found = re.search(r"\d+(?:\.\d+)+", said.stdout + said.stderr)
    return found[0] if found else ""


@contextlib.contextmanager
def _running(command: Sequence[str], is_ready: Callable[[], bool]) -> Iterator[int]:
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_until(lambda: process.poll() is not None or is_ready(), f"{command[0]} to listen")
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}")
            yield process.pid
        finally:
            process.terminate()
            process.wait(DEADLINE)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=5):
        return True
    return False
