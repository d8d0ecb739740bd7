"""A real PostgreSQL server of our own, on a socket in a temporary directory."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests import _needs

BINARIES = Path("/usr/lib/postgresql")
"""Where Debian puts them, by version."""

STARTING_SECONDS = 60


class Server:
    """A server; `durable` as in production, otherwise as fast as a test can have it."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._user = "postgres" if os.geteuid() == 0 else None  # it does not run as root
        if self._user:
            found = pwd.getpwnam(self._user)
            os.chown(folder, found.pw_uid, found.pw_gid)
        folder.chmod(0o755)
        self._run("initdb", "--no-sync", "-A", "trust", "-U", "dlpguard", "-E", "UTF8",
                  "--locale=C", "-D", str(self._data))  # fmt: skip
        settings = ["listen_addresses = ''", f"unix_socket_directories = '{folder}'"]
        settings += ["max_connections = 200", "log_min_messages = fatal"]
        if not durable:
            settings += ["fsync = off", "full_page_writes = off", "autovacuum = off"]
        with (self._data / "postgresql.conf").open("a") as file:
            file.write("\n".join(settings) + "\n")
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0
        self.start()

    def url(self, database: str) -> str:
        """The address of a database, as `store.url` has it."""
        return f"postgresql://dlpguard@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program("postgres"), "-D", str(self._data)],
                stdout=log,
                stderr=log,
                user=self._user,
            )
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT at once but in order, SIGQUIT as a crash."""
        assert self._process
        self._process.send_signal(how)
        self._process.wait(30)

    def create(self, template: str = "template1") -> str:
        """A new database, as a copy of another; returns its name."""
        self._number += 1
        name = f"test_{self._number}"
        self._do(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever uses it."""
        self._do(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _do(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [program(name), *arguments], user=self._user, check=True, capture_output=True
        )


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """A server that is gone afterwards."""
    _needs.need(bool(versions()), "postgresql-15")
    parent = "/dev/shm" if Path("/dev/shm").is_dir() and not durable else None
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=parent))  # short: it is a socket's name
    made = Server(folder, durable=durable)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def versions() -> list[Path]:
    """The folders of the servers that are installed, oldest first."""
    found = [folder for folder in BINARIES.glob("*") if (folder / "bin/postgres").exists()]
    return sorted((f for f in found if int(f.name) >= 15), key=lambda f: int(f.name))


def program(name: str) -> str:
    """The path of a program of the newest of them."""
    return str(versions()[-1] / "bin" / name)
