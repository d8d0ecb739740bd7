"""A shared database: PostgreSQL's own pg_dump and pg_restore.

They are made by those who make the server, know every version of it, and are on every machine on
which somebody looks after one.  They are asked for one moment of the database, at which no
transaction could have seen another order of things (SERIALIZABLE, READ ONLY, DEFERRABLE).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine, text

from dlpguard.backup import _disk
from dlpguard.errors import ConfigurationError

DATABASE = "dlpguard.dump"

LOOK_SECONDS = 0.2
"""How often one looks how far a program is."""

COMPRESS = 1
"""Almost everything is encrypted, and written as hexadecimal digits: the least effort makes them
bytes again, and more effort makes nothing smaller."""

_VERSION = re.compile(r"\(PostgreSQL\) (\d{1,4})")
_INSTALLATION = re.compile(r"\d+; [\d ]{1,40} TABLE DATA \S{1,80} installation ")


@contextlib.contextmanager
def moment(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """A transaction that sees one moment, and the name by which pg_dump sees the same."""
    with engine.connect() as connection:
        snapshot = connection.execution_options(
            isolation_level="SERIALIZABLE", postgresql_readonly=True, postgresql_deferrable=True
        )
        with snapshot.begin():
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            yield connection, str(connection.execute(text("SELECT pg_export_snapshot()")).scalar())


def dump(connection: Connection, snapshot: str, to: Path, told: Callable[[int, int], None]) -> None:
    """Write the database, as that moment sees it, to a new file.

    `told` hears how many bytes are written (compressed) and about how many there are (not
    compressed).  `ConfigurationError` says what is missing.
    """
    program = _program("pg_dump", connection)
    size = int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    with _disk.new_file(to):
        pass  # so that nobody else may read it from its first byte
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    words.append(f"--compress={COMPRESS}")
    _run([program, *words, f"--file={to}"], connection.engine, lambda: told(_size_of(to), size))
    _disk.sync(to)


def put_back(engine: Engine, file: Path, told: Callable[[int, int], None]) -> None:
    """Make what a dump holds, all of it or nothing, in an empty database.

    Not the rows by which the database knows whose it is: nobody can open it until they are there.
    """
    with engine.connect() as connection:
        program = _program("pg_restore", connection)
    listed = _run([program, "--list", str(file)])
    wanted = "".join(f"{n}\n" for n in listed.splitlines() if not _INSTALLATION.match(n))
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    total = file.stat().st_size
    told(0, total)
    _run([program, *words, "--use-list=/dev/stdin", str(file)], engine, given=wanted)
    told(total, total)


def is_empty(engine: Engine) -> bool:
    """Whether there is nothing at all in it.  `ConfigurationError` when it cannot be asked."""
    try:
        return not sqlalchemy.inspect(engine).get_table_names()
    except sqlalchemy.exc.OperationalError as error:
        said = str(error.orig).strip().partition("\n")[0]
        raise ConfigurationError(f"store.url: the database cannot be opened ({said})") from None


def _program(name: str, connection: Connection) -> str:
    """The path of a program that is at least as new as the server."""
    driver = connection.connection.driver_connection
    server = driver.info.server_version // 10000 if driver else 0
    package = f"install PostgreSQL's client programs, version {server} or later "
    package += f"(Debian: apt-get install postgresql-client-{server})"
    path = shutil.which(name)
    if path is None:
        raise ConfigurationError(f"{name} is not there; {package}")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = _VERSION.search(said)
    if not found or int(found[1]) < server:
        raise ConfigurationError(
            f"{path} is of version {found[1] if found else 'unknown'}, and the server of version "
            f"{server}; {package}"
        )
    return path


def _run(
    command: list[str],
    engine: Engine | None = None,
    look: Callable[[], None] | None = None,
    given: str | None = None,
) -> str:
    """Run a program to its end, with the address of the database; what it printed.

    `look` is called now and then, `given` is its standard input.  The password is in its
    environment, where other users of the machine do not see it.
    """
    environment = dict(os.environ)
    if engine is not None:
        url = engine.url.set(drivername="postgresql", password=None)
        command = [*command, f"--dbname={url.render_as_string(hide_password=False)}"]
        if engine.url.password:
            environment["PGPASSWORD"] = str(engine.url.password)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        while look is not None and process.poll() is None:
            look()
            time.sleep(LOOK_SECONDS)
        printed, said = process.communicate(given)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        reason = said.strip().partition("\n")[0]
        raise ConfigurationError(f"{Path(command[0]).name} failed: {reason}")
    return printed


def _size_of(file: Path) -> int:
    return file.stat().st_size
