"""Plain English for what policies talk about: counts, kinds, files, gaps, actions.

Every sentence that a sender or a reviewer reads is put together from these words, so one thing
has one name everywhere.  Nothing here takes content: only numbers, kinds and formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlpguard.audience import Circle
from dlpguard.document import Unread

KINDS = {
    "person_name": ("name", "names"),
    "date_of_birth": ("date of birth", "dates of birth"),
    "postal_address": ("address", "addresses"),
    "phone": ("phone number", "phone numbers"),
    "email_address": ("e-mail address", "e-mail addresses"),
    "case_reference": ("case reference", "case references"),
    "gb_nino": ("NI number", "NI numbers"),
    "gb_nhs_number": ("NHS number", "NHS numbers"),
    "gb_bank_account": ("bank account", "bank accounts"),
    "iban": ("IBAN", "IBANs"),
    "payment_card": ("card number", "card numbers"),
    "gb_utr": ("tax reference", "tax references"),
    "passport": ("passport number", "passport numbers"),
    "gb_driving_licence": ("driving licence", "driving licences"),
    "us_ssn": ("US social security number", "US social security numbers"),
    "gb_vehicle_registration": ("vehicle registration", "vehicle registrations"),
    "ip_address": ("IP address", "IP addresses"),
    "secret": ("key or token", "keys or tokens"),
    "money": ("amount of money", "amounts of money"),
    "special_category": ("sensitive detail", "sensitive details"),
}
"""What a kind is called, one and many, in the order in which a sentence names them.

A test compares this table with the detectors: a kind that stands here can be asked for in a
policy, one that does not cannot.
"""

FORMATS = {
    "xlsx": ("spreadsheet", "spreadsheets"),
    "xls": ("spreadsheet", "spreadsheets"),
    "ods": ("spreadsheet", "spreadsheets"),
    "csv": ("CSV file", "CSV files"),
    "tsv": ("TSV file", "TSV files"),
    "docx": ("Word document", "Word documents"),
    "doc": ("Word document", "Word documents"),
    "odt": ("text document", "text documents"),
    "pptx": ("presentation", "presentations"),
    "ppt": ("presentation", "presentations"),
    "pdf": ("PDF document", "PDF documents"),
    "zip": ("zip archive", "zip archives"),
    "rar": ("rar archive", "rar archives"),
    "7z": ("7z archive", "7z archives"),
    "encrypted-office": ("Office document", "Office documents"),
    "rtf": ("RTF document", "RTF documents"),
    "mail": ("attached mail", "attached mails"),
    "image": ("picture", "pictures"),
    "png": ("picture", "pictures"),
    "jpeg": ("picture", "pictures"),
    "gif": ("picture", "pictures"),
    "tiff": ("picture", "pictures"),
    "bmp": ("picture", "pictures"),
    "text": ("text file", "text files"),
    "html": ("web page", "web pages"),
}
"""What a format is called.  One that is missing is a file."""

UNREAD = {
    Unread.ENCRYPTED: "encrypted",
    Unread.SCAN: "scanned, with no text that can be read",
    Unread.UNSUPPORTED: "of a format that cannot be read",
    Unread.CORRUPT: "damaged",
    Unread.TOO_LARGE: "too large to read",
    Unread.TOO_DEEP: "nested too deeply to read",
    Unread.TOO_SLOW: "too slow to read",
    Unread.CRASHED: "such that reading it failed",
}
"""Why something could not be read, after "is" or "are"."""

CIRCLES = {
    Circle.INTERNAL: ("address inside", "addresses inside"),
    Circle.PARTNER: ("partner address", "partner addresses"),
    Circle.EXTERNAL: ("outside address", "outside addresses"),
    Circle.WEBMAIL: ("personal webmail address", "personal webmail addresses"),
    Circle.PUBLISHING: (
        "address that publishes what it receives",
        "addresses that publish what they receive",
    ),
}
"""What the mailboxes of a circle are called."""


def number(n: int) -> str:
    """A number for reading.

    >>> number(18564)
    '18,564'
    """
    return f"{n:,}"


def count(n: int, one: str, many: str) -> str:
    """So many of something.

    >>> count(1, "person", "people"), count(1182, "person", "people")
    ('1 person', '1,182 people')
    """
    return f"{number(n)} {one if n == 1 else many}"


def people(n: int) -> str:
    """So many people.

    >>> people(1), people(40)
    ('1 person', '40 people')
    """
    return count(n, "person", "people")


def listing(words: Sequence[str], last: str = "and") -> str:
    """Words as one phrase.

    >>> listing(["names", "phone numbers", "case references"])
    'names, phone numbers and case references'
    >>> listing(["pdf", "docx"], "or")
    'pdf or docx'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def kinds(names: Iterable[str], n: int = 2) -> str:
    """Kinds of `n` people or things as one phrase, in the order of the table.

    >>> kinds({"case_reference", "person_name"})
    'names and case references'
    >>> kinds(["phone"], n=1)
    'phone number'
    """
    wanted = frozenset(names)
    known = [*(name for name in KINDS if name in wanted), *sorted(wanted - KINDS.keys())]
    return listing([kind(name)[n != 1] for name in known])


def kind(name: str) -> tuple[str, str]:
    """One and several of a kind; an organisation's own kind is called what it calls it.

    >>> kind("phone"), kind("tenancy_number")
    (('phone number', 'phone numbers'), ('tenancy number', 'tenancy numbers'))
    """
    own = name.replace("_", " ").replace("-", " ")
    return KINDS.get(name, (own, f"{own}s"))


def files(formats: Iterable[str]) -> str:
    """Files of these formats, one each, as one phrase; "" for none.

    >>> files(["xlsx"]), files(["xlsx", "xls", "pdf"]), files(["sqlite"])
    ('one spreadsheet', '2 spreadsheets and one PDF document', 'one file')
    """
    counted: dict[tuple[str, str], int] = {}
    for name in formats:
        words = FORMATS.get(name, ("file", "files"))
        counted[words] = counted.get(words, 0) + 1
    return listing([f"one {w[0]}" if n == 1 else count(n, *w) for w, n in counted.items()])
