"""What of the samples must stand nowhere, in every form in which it might."""

from __future__ import annotations

import base64
import csv
import email
import email.header
import email.utils
import io
from collections.abc import Iterable, Iterator
from email.message import Message

from tests.journeys._samples import SAMPLES, Mail

SHORTEST = 9
"""Characters: shorter ones stand by chance in a few megabytes of noise, or are a word of our own
("contacts" is a file's name and a table's)."""

_SOME = 12
"""Of a mailing's many addresses so many are looked for."""


def secrets_of(mails: Iterable[Mail]) -> frozenset[str]:
    """Addresses, names, subjects and names of files of mails, and the people of the client list."""
    found: set[str] = set()
    for mail in mails:
        every = max(1, len(mail.recipients) // _SOME)
        found |= {mail.sender, *mail.recipients[::every]}
        found |= set(_written(email.message_from_bytes(mail.content)))
    found |= set(_clients())
    return frozenset(text for text in found if len(text) >= SHORTEST)


def clients() -> frozenset[str]:
    """Names, telephone numbers and references of the clients in the samples: what is matched."""
    return frozenset(text for text in _clients() if len(text) >= SHORTEST)


def forms(text: str) -> Iterator[bytes]:
    """A text as it may stand in a file: as it is, as programs of Windows write it, in base64."""
    yield text.encode()
    yield text.encode("utf-16-le")
    for shift in range(3):
        # What stands in base64 begins at any of three places; the ends depend on the neighbours.
        coded = base64.b64encode(bytes(shift) + text.encode())
        yield coded[4 if shift else 0 : -4]


def found_in(content: bytes, texts: Iterable[str]) -> list[str]:
    """Those of the texts that stand in some bytes, in capitals or small letters, in any form."""
    small = content.lower()  # a form that stands in the content stands in this, in small letters
    return [text for text in texts if any(form.lower() in small for form in forms(text))]


def _written(message: Message) -> Iterator[str]:
    yield _decoded(message["Subject"])
    fields = [str(value) for name in ("From", "To", "Cc") for value in message.get_all(name, ())]
    pairs = email.utils.getaddresses(fields)
    for name, address in pairs[:_SOME]:
        yield from (_decoded(name), address)
    for part in message.walk():
        yield part.get_filename() or ""


def _decoded(value: str | None) -> str:
    return str(email.header.make_header(email.header.decode_header(value or "")))


def _clients() -> Iterator[str]:
    text = (SAMPLES / "attachments" / "clients-40.csv").read_text("cp1252")
    for row in csv.DictReader(io.StringIO(text)):
        surname, forename = row["SURNAME"].capitalize(), row["FORENAME"]
        yield f"{forename} {surname}"
        yield from (row["TEL NO"], row["CLIENT REF"])
