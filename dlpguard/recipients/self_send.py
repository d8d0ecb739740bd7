"""Whether an outside address looks like the sender's own mailbox at home.

In 2012 a spreadsheet of 400 people in care went from Essex County Council to an employee's home
computer.  Such mail goes from `j.smith@` to `smithj74@`: the surname is there, and what is left
of the local part after it is the forename, part of it, initials or digits.

At personal webmail surname and initial are enough.  Elsewhere only the full name is, because two
people called J Smith in two firms write to each other every day; at partners nothing is.  Among
many recipients only the full name is enough, too: a J Smith is in every long list of residents.

>>> looks_own("j.smith@council.example", "John Smith", "smithj74@webmail.example", webmail=True)
True
>>> looks_own("j.smith@council.example", "John Smith", "a.smith@webmail.example", webmail=True)
False
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from dlpguard.audience import Circle, Viewer
from dlpguard.mail import Mailbox

SHORTEST_UNSPLIT = 5
"""A local part that cannot be split into names (`jsmith`) says enough from this length on."""

SHORTEST_NICKNAME = 3
"""So many letters at the start of a forename stand for it (`rob`, `jon`), fewer are initials."""

MANY = 5
"""With more recipients outside than this the sender's surname and initial among them mean nothing.
One in eighty Britons is called Smith, one in a thousand J Smith: among a hundred there is one in
ten times.  Nobody who sends work home does it with more people than this looking on."""

PRIVATE_WORDS = frozenset({"home", "private", "personal", "me", "mr", "mrs", "ms", "miss", "dr"})
"""What people add to their name to tell their own mailbox from others."""

ROLES = frozenset(
    {
        *("admin", "accounts", "appointments", "benefits", "billing", "bookings", "clerk"),
        *("complaints", "contact", "council", "customerservice", "enquiries", "enquiry", "finance"),
        *("helpdesk", "hello", "housing", "info", "mail", "manager", "news", "newsletter"),
        *("noreply", "office", "payroll", "planning", "postmaster", "reception", "recruitment"),
        *("registrar", "sales", "secretary", "service", "support", "team", "training", "webmaster"),
    }
)
"""Local parts of functions, not persons: `info@` writing to `info@` is not writing to oneself."""

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev", "cllr"})


@dataclass(frozen=True, slots=True)
class _Name:
    """A sender's name: forenames or initials in order ("" where unknown), and the surname."""

    forenames: tuple[str, ...] = field(repr=False)
    surname: str = field(repr=False)


def reason(
    senders: Iterable[Mailbox], viewers: Iterable[Viewer], shown: Iterable[Mailbox] = ()
) -> str:
    """Which outside recipient looks like one of the senders: "j.smith → smithj74"; "" for none.

    `shown` are the mailboxes of To and Cc, for their display names.
    """
    viewers = tuple(viewers)
    few = sum(viewer.receives and viewer.outside for viewer in viewers) <= MANY
    named = {box.address.casefold(): box.name for box in shown}
    mailboxes = tuple(senders)
    for viewer in viewers:
        if not viewer.receives or viewer.circle not in (Circle.WEBMAIL, Circle.EXTERNAL):
            continue
        for box in mailboxes:
            same_name = _is_same_name(box.name, named.get(viewer.address, ""))
            webmail = viewer.circle is Circle.WEBMAIL and few
            if same_name or looks_own(box.address, box.name, viewer.address, webmail=webmail):
                return f"{_local(box.address)} → {_local(viewer.address)}"
    return ""


def looks_own(sender: str, name: str, address: str, *, webmail: bool) -> bool:
    """Whether an outside address may be the mailbox of this sender."""
    own, other = _local(sender), _local(address)
    letters = _letters(other)
    if not letters or _letters(own) in ROLES or letters in ROLES:
        return False
    if webmail and len(letters) >= SHORTEST_UNSPLIT and letters == _letters(own):
        return True
    domain = "" if webmail else _letters(address.rpartition("@")[2].partition(".")[0])
    return any(_fits(who, letters, domain, strict=not webmail) for who in _names(own, name))


def _local(address: str) -> str:
    return address.rpartition("@")[0] or address


def _letters(text: str) -> str:
    """Lower-case letters only, accents off."""
    if not text.isascii():  # what most are needs no tables
        text = unicodedata.normalize("NFKD", text)
    text = text.casefold()
    return text if text.isalpha() else "".join(filter(str.isalpha, text))


_BETWEEN_WORDS = re.compile(r"[\s._\-'’]{1,20}")


def _words(text: str) -> list[str]:
    words = map(_letters, _BETWEEN_WORDS.split(text))
    return [word for word in words if word and word not in _TITLES]


def _names(local: str, display: str) -> list[_Name]:
    """The names that a sender's display name and local part may stand for."""
    display = re.sub(r"[(\[].{0,200}", "", display)
    surname, comma, rest = display.partition(",")
    found = [_words(f"{rest} {surname}" if comma else display)]
    words = _words(local)
    found += [words, words[::-1]]  # john.smith and smith.john
    return [_Name(tuple(w[:-1]), w[-1]) for w in found if len(w) >= 2 and len(w[-1]) >= 2]


def _fits(who: _Name, letters: str, domain: str, *, strict: bool) -> bool:
    """Whether a local part is made of this name and nothing else."""
    if strict and letters in who.forenames and len(letters) > 1:
        # john@smith.example, ann@annbee.example: a domain of one's own
        return domain in (who.surname, letters + who.surname, who.surname + letters)
    if letters.startswith(who.surname):
        rest = letters.removeprefix(who.surname)
    elif letters.endswith(who.surname):
        rest = letters.removesuffix(who.surname)
    else:
        return False
    if strict:
        return len(rest) > 1 and rest == who.forenames[0]
    initials = "".join(name[0] for name in who.forenames)
    return (
        rest == ""
        or rest in PRIVATE_WORDS
        or initials.startswith(rest)
        or any(_is_short_for(rest, name) for name in who.forenames)
        or rest == "".join(who.forenames)
    )


def _is_short_for(nickname: str, forename: str) -> bool:
    return nickname == forename or (
        len(nickname) >= SHORTEST_NICKNAME and forename.startswith(nickname)
    )


def _is_same_name(one: str, other: str) -> bool:
    """Whether two display names are the same words, at least two of them."""
    if not one or not other:
        return False
    words = sorted(_words(re.sub(r"[(\[].{0,200}", "", one)))
    return len(words) >= 2 and words == sorted(_words(other)) and all(len(w) > 1 for w in words)
