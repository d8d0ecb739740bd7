"""What people wrote into header fields, apart from those that `Message` has: names, topics, notes.

A guard that reads only subject and body lets through what stands in `Thread-Topic`, in a display
name or in a field somebody made up.  One that reads every field counts the names of programs as
people.  So fields are told apart by what they are for, and most need more than what is usual there.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator

from dlpguard.mail import HeaderText
from dlpguard.mime import _headers
from dlpguard.mime._headers import Headers, decoded


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FREE = _words(
    "thread-topic comments keywords summary abstract description content-description"
    " subject-encoded x-subject conversation-topic"
)
"""Fields that are text whatever is in them."""

_ADDRESSES = _words(
    """from to cc bcc reply-to sender resent-from resent-to resent-cc resent-bcc resent-sender
    mail-followup-to disposition-notification-to return-receipt-to errors-to return-path
    delivered-to x-original-to apparently-to"""
)
_SHOWN = _words("from to cc bcc reply-to sender subject")
"""Fields that mail programs show."""

_CALLED = _words("organization organisation company list-id list-owner list-help x-organization")
"""Fields that hold a name and seldom more."""

_BY_RELAYS = _words(
    """received x-received received-spf dkim-signature x-google-dkim-signature
    domainkey-signature arc-seal arc-message-signature arc-authentication-results
    authentication-results authentication-results-original mime-version
    content-transfer-encoding"""
)
"""Fields that machines write for machines."""

_BY_PROGRAMS = re.compile(
    r"x-(?:mailer|mimeole|ms|microsoft|forefront|exchange|spam|virus|antivirus|antiabuse|google|gm|"
    r"proofpoint|mimecast|barracuda|kse|auto|authentication|originalarrivaltime|exclaimer|campaign|report|csa)\b.*"
    r"|user-agent|list-.*|mailing-list|delivered-to|precedence|auto-submitted|importance|accept-language|msip_labels"
)
"""Fields in which programs say a few words about themselves and their findings."""

_DATE = re.compile(
    r"(?:[A-Za-z]{3},?\s{1,20})?\d{1,2}[ -][A-Za-z]{3}[ -]\d{2,4}\s{1,20}"
    r"\d{1,2}:\d\d(?:[:.]\d{1,9}){0,3}(?:\s{1,20}(?:[+-]\d{4}|[A-Z]{1,5}|\([^()\d]{1,40}\))){0,2}"
    r"(?:\s{1,20}FILETIME=\S{1,40})?\s{0,20}"
)
"""A date as RFC 5322 3.3 writes it, and as programs do."""

_TOKEN = re.compile(
    r"(?<![^\s,;(\"'])(?:[^\W\d_]{2,30}|[^\W\d_]{0,3}\d{3,12}[^\W\d_]{0,3})(?=[\s,;.)\"'!?]|:\s|\Z)"
)
"""A word or a number as people write them, between spaces; not part of a version or an address."""

_FEW = 3
"""Such words that make the value of a field nobody knows something to read: an id, a flag or the
name of a program has fewer."""

_SENTENCE = 6
"""The same in fields of programs: "Produced by Microsoft MimeOLE" has fewer."""

_LONG_NAME = 9
"""Words that nobody's name, team and organisation together have."""

_NUMBER = re.compile(r"\d(?:[ /.-]{0,2}\d){3,20}")
"""Four digits: a name has none, a birth date and every identifier of a person has."""

_LONG_NUMBER = re.compile(r"\d{5}")
"""What makes three words worth reading in a field of a program too: no year, no version."""

_ID = re.compile(r"<[^<>\s]{1,998}>")
_GROUP = re.compile(r"([^:;,<>@]{1,300}):[^:;]{0,20000};")
_COMMENT = re.compile(r"\(([^()]{3,500})\)")
_LETTER = re.compile(r"\w")


def written(headers: Headers, path: str, subject: str = "") -> Iterator[HeaderText]:
    """The fields of a header block that somebody wrote in, decoded; each text of a field once.

    `path` is the part's, "" for the message, whose `subject` is not told again.
    """
    seen = {subject}
    told = 0
    for name, value in headers.fields:
        if name == "subject":
            told += 1
        if name == "subject" and not path and told == 1:
            continue
        for text in _texts(name, value, subject):
            if text and text not in seen:
                seen.add(text)
                yield HeaderText(title(name), text, path, name in _SHOWN and not path)


def _texts(name: str, value: str, subject: str) -> Iterator[str]:
    """What of one field is to be read."""
    if name in _BY_RELAYS or _DATE.fullmatch(value):
        return
    if name in {"content-type", "content-disposition"}:
        yield from _of_parameters(value)
    elif name in _ADDRESSES:
        yield from filter(_is_more_than_a_name, _phrases(value))
    elif name in _FREE or name == "subject":
        text = decoded(value)
        # A thread's topic is its first subject, which the others have in them.
        if _LETTER.search(text) and not (name.endswith("-topic") and text.strip() in subject):
            yield text
    else:
        text = urllib.parse.unquote(decoded(_ID.sub(" ", value)))
        if name in _CALLED:
            is_text = _is_more_than_a_name(text)
        else:
            tokens = _TOKEN.findall(text)
            few = _SENTENCE if _BY_PROGRAMS.fullmatch(name) else _FEW
            is_text = len(tokens) >= few or (
                len(tokens) >= _FEW and _LONG_NUMBER.search(" ".join(tokens)) is not None
            )
        if is_text:
            yield text.strip()


def _of_parameters(value: str) -> Iterator[str]:
    """Parameters that hold words; file names are read as such."""
    for name, values in _headers.parameters(value).items():
        if name not in {"name", "filename", "url"}:
            texts = (text for text in values if not _DATE.fullmatch(text))
            yield from (text for text in texts if len(_TOKEN.findall(text)) >= _FEW)


def _phrases(value: str) -> Iterator[str]:
    """The display names, comments and group names of a field of addresses."""
    yield from (box.name for box in _headers.mailboxes(value))
    yield from (decoded(match[1]) for match in _COMMENT.finditer(value))
    yield from (decoded(match[1]).strip(' "') for match in _GROUP.finditer(value))


def _is_more_than_a_name(text: str) -> bool:
    return bool(_NUMBER.search(text)) or len(text.split()) >= _LONG_NAME


def title(name: str) -> str:
    """A field's name as people write it.

    >>> title("thread-topic")
    'Thread-Topic'
    """
    return "-".join(word.capitalize() for word in name.split("-"))
