"""A store with a million finished messages, made of a few hundred that a real `serve` has finished.

Every row that belongs to a message is copied with another id, another time, other senders and
mailboxes, and what is sealed in it is sealed anew for the copy; the moves are then sealed in the
audit, the days counted, and digests that have served forgotten by the code that always does it.
So a copy is to every query, and to who verifies or opens it, what its original is.  Which columns
are what is asked of the schema.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import Column, Double, LargeBinary, Table
from sqlalchemy.sql.sqltypes import String

from dlpguard.mail import new_id
from dlpguard.store import batches, campaigns, epochs, schema, tallies
from dlpguard.store.database import Transaction
from dlpguard.store.epochs import Sealed
from dlpguard.store.opening import Store
from dlpguard.store.secrets import Keyring

KEPT_DAYS = 29.0
"""Over how long they are spread: a day before rows of forwarded mail are deleted."""

SENDERS, MAILBOXES = 13, 1000
"""So many copies have senders, and mailboxes, of their own; then they come again: of some 400
messages each, 5,000 people write to 400,000."""

_MESSAGE = "message_id"
_SHARED = ("campaigns", "campaign_keys", "campaign_people", "contacts")
"""Tables without an id of a message, that grow with messages all the same."""

_LEFT_OUT = frozenset({"retries", "evidence", "reveals"})
"""Rows that live for a day, go with the contents, or belong to an account."""

_CACHE_KIB = 2_000_000
_SEALS = 50
"""Batches of moves that are sealed in one transaction."""


def multiply(folder: Path, open_store: Callable[[Path], Store], number: int) -> int:
    """Make copies until the store of a folder has so many messages; returns how many there are.

    Nobody else may use it meanwhile.  All that it has must be finished.
    """
    with contextlib.closing(open_store(folder)) as store:
        file, keys = Path(str(store.database.engine.url.database)), store.keys
    with contextlib.closing(_connected(file)) as connection:
        count = _copy(connection, keys, number)
    with contextlib.closing(open_store(folder)) as store:
        write = store.database.write_now
        while write(_seal_some):
            pass
        for work in (tallies.close, campaigns.forget):
            while write(work):
                pass
        store.database.truncate_log()
    return count


def _seal_some(tx: Transaction) -> int:
    return sum(batches.seal(tx) for _ in range(_SEALS))


@contextlib.contextmanager
def _fast(connection: sqlite3.Connection) -> Iterator[None]:
    """Without a journal: who is interrupted begins again."""
    for pragma in (
        "journal_mode = DELETE",  # the log ends
        "journal_mode = OFF",
        "locking_mode = EXCLUSIVE",
        "synchronous = OFF",
        f"cache_size = -{_CACHE_KIB}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    yield
    connection.execute("PRAGMA locking_mode = NORMAL").fetchall()
    connection.execute("PRAGMA journal_mode = WAL").fetchall()


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _copy(connection: sqlite3.Connection, keys: Keyring, number: int) -> int:
    templates = [row["id"] for row in connection.execute("SELECT id FROM messages ORDER BY id")]
    copies = max(0, -(-number // len(templates)) - 1)
    _teach(connection, keys)
    with _fast(connection):
        _plan(connection, copies)
        for table in _tables():
            _open(connection, keys, table)
        connection.execute("BEGIN")
        for table in _tables():
            connection.execute(_statement(connection, table))
        connection.execute("COMMIT")
    return (copies + 1) * len(templates)


def _tables() -> list[Table]:
    """Every table with rows that belong to messages, or grow with them."""
    return [
        table
        for table in schema.metadata.sorted_tables
        if table.name not in _LEFT_OUT
        and (_MESSAGE in table.c or table is schema.messages or table.name in _SHARED)
    ]


def _teach(connection: sqlite3.Connection, keys: Keyring) -> None:
    """What SQL needs of us."""

    def sealed(plain: bytes | None, context: str, id: str) -> bytes | None:
        return None if plain is None else keys.seal(plain, context.replace(_ID, id))

    def sealed_to_last(plain: bytes | None, context: str, id: str) -> bytes | None:
        return None if plain is None else keys.seal_lasting(plain, context.replace(_ID, id))

    def another(digest: bytes | None, number: int) -> bytes | None:
        if digest is None:
            return None
        salted = digest + number.to_bytes(4, "big")
        return hashlib.blake2b(salted, digest_size=len(digest)).digest()

    connection.create_function("sealed", 3, sealed)
    connection.create_function("sealed_to_last", 3, sealed_to_last)
    connection.create_function("another", 2, another, deterministic=True)


_ID = "\0"
"""In place of a message's id, in what a field is sealed for."""


def _plan(connection: sqlite3.Connection, copies: int) -> None:
    """Which copies there are, the oldest first, and which id each message has in each."""
    step = KEPT_DAYS * 86400 / max(copies, 1)
    connection.execute("CREATE TEMP TABLE copies (k INTEGER PRIMARY KEY, earlier REAL)")
    connection.executemany(
        "INSERT INTO copies VALUES (?, ?)",
        ((k, (copies - k + 1) * step) for k in range(1, copies + 1)),
    )
    connection.execute(
        "CREATE TEMP TABLE ids (k INTEGER, old TEXT, new TEXT, PRIMARY KEY (k, old)) WITHOUT ROWID"
    )
    messages = connection.execute("SELECT id, received_at FROM messages ORDER BY id").fetchall()
    connection.executemany(
        "INSERT INTO ids VALUES (?, ?, ?)",
        (
            (k, row["id"], new_id(row["received_at"] - earlier, _random(row["id"], k)))
            for k, earlier in connection.execute("SELECT k, earlier FROM copies").fetchall()
            for row in messages
        ),
    )


def _random(id: str, k: int) -> bytes:
    return hashlib.blake2b(f"{id} {k}".encode(), digest_size=10).digest()


def _open(connection: sqlite3.Connection, keys: Keyring, table: Table) -> None:
    """Put the rows of a table beside it, with what is sealed opened, and for what it was."""
    connection.execute(f"CREATE TEMP TABLE of_{table.name} AS SELECT * FROM main.{table.name}")
    for sealed in _sealed(table):
        name = sealed.column.name
        opens = keys.open_lasting if sealed.lasts else keys.open
        connection.execute(f"ALTER TABLE temp.of_{table.name} ADD COLUMN {name}_context")
        for row in connection.execute(f"SELECT rowid, * FROM temp.of_{table.name}").fetchall():
            if row[name] is None:
                continue
            values = SimpleNamespace(**dict(row))
            copied = SimpleNamespace(**dict(row) | {_key(table): _ID})
            connection.execute(
                f"UPDATE temp.of_{table.name} SET {name} = ?, {name}_context = ? WHERE rowid = ?",
                (
                    opens(row[name], sealed.context(values)),  # type: ignore[arg-type]
                    sealed.context(copied),  # type: ignore[arg-type]
                    row["rowid"],
                ),
            )


def _key(table: Table) -> str:
    """The column that says which message a row belongs to."""
    return "id" if table is schema.messages else _MESSAGE


def _sealed(table: Table) -> Iterator[Sealed]:
    return (sealed for sealed in epochs.COLUMNS if sealed.table is table)


def _statement(connection: sqlite3.Connection, table: Table) -> str:
    """Copies of all rows of a table, in the order of time."""
    names = [column.name for column in table.columns]
    values = [_value(connection, column) for column in table.columns]
    ids, which = "", ""
    if _key(table) in table.c and table.name not in _SHARED:
        ids = "CROSS JOIN temp.ids AS i"
        which = f"WHERE i.k = c.k AND i.old = t.{_key(table)}"
    if table is schema.campaign_keys:  # older ones are forgotten
        which = f"WHERE c.earlier < {campaigns.LONGEST_SECONDS}"
    # A cross join is done in the order in which it is written.
    return (
        f"INSERT OR IGNORE INTO main.{table.name} ({', '.join(names)}) SELECT {', '.join(values)} "
        f"FROM temp.copies AS c CROSS JOIN temp.of_{table.name} AS t {ids} {which}"
    )


def _value(connection: sqlite3.Connection, column: Column[object]) -> str:
    """A column of a copy, in SQL: of template `t`, copy `c` and new id `i`."""
    table, name = column.table, column.name
    original = f"t.{name}"
    for sealed in _sealed(table):
        if sealed.column is column:
            seals = "sealed_to_last" if sealed.lasts else "sealed"
            return f"{seals}({original}, t.{name}_context, i.new)"
    if name == _key(table) and table.name not in _SHARED:
        return "i.new"
    counted = _counted(column)
    if counted is not None:
        largest = f"SELECT coalesce(max(id), 0) FROM temp.of_{counted.name}"
        return f"{original} + c.k * {connection.execute(largest).fetchone()[0]}"
    if column is schema.moves.c.sealed_in:
        return "NULL"
    if isinstance(column.type, Double):  # 0 is no time
        return f"CASE WHEN {original} > 1e9 THEN {original} - c.earlier ELSE {original} END"
    if isinstance(column.type, LargeBinary):
        return f"another({original}, {_number(column)})"
    return original


def _counted(column: Column[object]) -> Table | None:
    """The table of whose numbers a column has one: its own, or one that it refers to."""
    if isinstance(column.type, (String, Double, LargeBinary)):
        return None
    if column.primary_key and column.name == "id":
        return column.table
    return next((key.column.table for key in column.foreign_keys), None)


def _number(column: Column[object]) -> str:
    """Which copies have a digest in common."""
    if column.name == "sender_digest":
        return f"c.k % {SENDERS}"
    if column.name == "mailbox" or column is schema.recipients.c.digest:
        return f"c.k % {MAILBOXES}"
    return "c.k"
