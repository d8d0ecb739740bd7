"""The mail of a policy test, built from its description in a few words.

    mail:
      from: Ann Bee <ann@council.example>
      to: 150 webmail addresses and 7 outside
      attach:
        - {name: clients.xlsx, people: 40, with: [name, phone, case reference], hidden: sheet}

Tests play in a world of their own: council.example is the organisation, nhs.example its partner,
webmail.example and homemail.example are personal mail, publishing.example puts what it receives on
the web, everything else is outside.  The same description gives the same people.  `times` makes
many mails of one description, each about the next people: eleven small mails, 157 letters.
"""

from __future__ import annotations

import email.policy
import email.utils
import re
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from dlpguard import detectors
from dlpguard.errors import ConfigurationError
from dlpguard.mail import Envelope, Recipient
from dlpguard.policy import invented
from dlpguard.policy.parameters import Several, Word
from dlpguard.policy.yamlfile import DESCRIBED, suggestion
from dlpguard.recipients import Organisation

ORGANISATION = Organisation(
    domains=("council.example",),
    partners=("nhs.example",),
    webmail=("webmail.example", "homemail.example"),
    publishing=("publishing.example",),
)
"""Whose mail it is in policy tests, whatever the settings say."""

DETECTION = detectors.Setup(case_references=(r"ILS/\d{4}/\d{5}",))
"""The conventions of that organisation."""

DATE = "Mon, 01 Jul 2024 09:00:00 +0100"
"""When every mail of a test was written."""

MOST_TIMES = 500
"""Mails of one test: more only take time."""

CLIENT = "192.0.2.1"
"""Where it came from (a documentation address, RFC 5737)."""

_DOMAINS = {
    "inside": ("council.example",),
    "outside": ("firm.example", "charity.example", "supplier.example"),
    "partner": ("nhs.example",),
    "webmail": ORGANISATION.webmail,
    "publishing": ORGANISATION.publishing,
}
"""Domains of the addresses that are only counted ("157 outside addresses")."""

_COUNTED = re.compile(rf"(\d{{1,5}}) ({'|'.join(_DOMAINS)})(?: address(?:es)?)?")


_IN_WORDS = re.compile(
    r"(xlsx|csv|docx|txt) of (\d{1,5}) (?:people|person)"
    r"(?: with ([^;]{1,200}))?(?:; (\d{1,5}) hidden)?"
)
"""An attachment in words: "xlsx of 40 people with name, phone and case reference; 12 hidden"."""


def _in_words(value: object) -> object:
    """An attachment that is described in words, as the mapping that it stands for."""
    match = _IN_WORDS.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return value
    kind, people, fields, hidden = match.groups()
    described: dict[str, object] = {"name": f"people.{kind}", "people": int(people)}
    if fields:
        described["with"] = re.split(r", | and ", fields.strip())
    if hidden:
        described |= {"hidden": "sheet", "hide": int(hidden)}
    return described


def _field(name: str) -> str:
    if name not in invented.FIELDS:
        raise ValueError(f"nothing is known about `{name}`; {suggestion(name, invented.FIELDS)}")
    return name


FieldName = Annotated[
    str,
    AfterValidator(_field),
    WithJsonSchema({"type": "string", "enum": list(invented.FIELDS)}),
]
"""What can be told about a person: a key of `invented.FIELDS`."""


class Content(BaseModel):
    """What a body or a file holds: text, rows, invented people."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    text: str = Field("", description="Text of your own.")
    rows: tuple[tuple[str, ...], ...] = Field((), description="Rows of your own.")
    people: int = Field(
        0, ge=0, le=invented.MOST, strict=True, description="So many invented people."
    )
    first: int = Field(
        0, ge=0, strict=True, description="The number of the first of them; others have others."
    )
    fields: tuple[FieldName, ...] = Field(
        ("name",), alias="with", description="What is told about each of them."
    )

    def table(self) -> list[tuple[str, ...]]:
        """The rows that were given, then the people."""
        people = invented.table(self.people, self.fields, self.first) if self.people else []
        return [*self.rows, *people]

    def next(self, n: int) -> Self:
        """The same about the people that come n times later."""
        return self.model_copy(update={"first": self.first + n * self.people})


class Attachment(Content):
    """A file that is described: `name` says its format, `format` another than the name says."""

    name: Word = Field(description="Its ending says what is made: xlsx, csv, docx, txt, zip, png.")
    format: Literal["", "xlsx", "csv", "txt", "docx", "zip", "png"] = Field(
        "", description="What is made in truth, whatever the name says."
    )
    hidden: Literal["", "sheet", "very hidden sheet", "rows", "columns"] = Field(
        "", description="How the last rows of an xlsx are hidden, or all columns but the first."
    )
    hide: int = Field(0, ge=0, strict=True, description="How many rows; all, when left out.")
    holds: tuple[Attachment, ...] = Field((), description="What is in a zip.")
    encrypted: bool = Field(False, description="Marks a zip as encrypted.")
    damaged: bool = Field(False, description="Only the first half of it.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Attachment:
        if self.hidden and self.kind != "xlsx":
            raise ValueError("`hidden` is for spreadsheets; call the file <name>.xlsx")
        if (self.encrypted or self.holds) and self.kind != "zip":
            raise ValueError("`encrypted` and `holds` are for archives; call the file <name>.zip")
        if self.hide >= max(len(self.table()), 1):
            rows = max(len(self.table()) - 1, 0)
            raise ValueError(f"cannot hide {self.hide} of {rows} rows; hide fewer")
        if self.kind not in {"xlsx", "csv", "txt", "docx", "zip", "png"}:
            raise ValueError(f"cannot make `{self.name}`; known are xlsx, csv, txt, docx, zip, png")
        return self

    @property
    def kind(self) -> str:
        """The format its bytes have."""
        return self.format or self.name.rpartition(".")[2].lower()

    def content(self) -> bytes:
        """The bytes of the file."""
        whole = self._whole()
        return whole[: len(whole) // 2] if self.damaged else whole

    def _whole(self) -> bytes:
        match self.kind:
            case "xlsx":
                rows = self.table() or [(self.text,)]
                return invented.spreadsheet(rows, self.hidden, self.hide or len(rows) - 1)
            case "docx":
                return invented.word_document(self.table(), self.text)
            case "zip":
                members = [(member.name, member.content()) for member in self.holds]
                return invented.archive(members, encrypted=self.encrypted)
            case "png":
                return invented.scan()
            case _:
                return self.text.encode() + invented.delimited(self.table())


GIVEN = "given"
"""The tag of a text in such a union."""


def _sort(value: object) -> str:
    """Whether a body or an attachment is described or only given: the tag in a union."""
    return GIVEN if isinstance(value, str) else DESCRIBED


Body = Annotated[
    Annotated[str, Tag(GIVEN)] | Annotated[Content, Tag(DESCRIBED)], Discriminator(_sort)
]
File = Annotated[
    Annotated[Word, Tag(GIVEN)] | Annotated[Attachment, Tag(DESCRIBED)],
    Discriminator(_sort),
    BeforeValidator(_in_words),
]


class Mail(BaseModel):
    """One mail of a test, or several that are alike (`times`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    sender: str = Field(alias="from", description="Who writes it: `Ann Bee <ann@council.example>`.")
    to: Several[Word] = Field((), description="Addresses, or counts: `157 outside addresses`.")
    cc: Several[Word] = Field((), description="The same, in Cc.")
    bcc: Several[Word] = Field((), description="The same, in nothing but the envelope.")
    subject: str = Field("For your information", description="Its subject.")
    body: Body = Field("Hello,\n\nPlease see below.\n", description="Its text.")
    attach: Several[File] = Field((), description="Files, named or described.")
    first_time: Several[Word] = Field(
        (), description="Recipients who were never written to before; `*` is any characters."
    )
    groups: Several[Word] = Field((), description="Groups of the settings that the sender is in.")
    times: int = Field(
        1,
        ge=1,
        le=MOST_TIMES,
        strict=True,
        description="So many mails, each about the next people.",
    )

    def each(self) -> tuple[Mail, ...]:
        """The mails that it stands for, each about other people."""
        return tuple(self._next(n) for n in range(self.times))

    def _next(self, n: int) -> Mail:
        body = self.body if isinstance(self.body, str) else self.body.next(n)
        attach = tuple(a if isinstance(a, str) else a.next(n) for a in self.attach)
        return self.model_copy(update={"body": body, "attach": attach, "times": 1})

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Mail:
        if not (self.to or self.cc or self.bcc):
            raise ValueError("nobody gets it; add `to: someone@firm.example`")
        return self


MODELS: dict[str, type[BaseModel]] = {"attach": Attachment, "body": Content}
"""What the keys are checked against that stand under a key of a mail."""


def build(mail: Mail, attachments: Path, number: int = 0) -> tuple[bytes, Envelope]:
    """The bytes and the envelope of a mail; files that are only named are in `attachments`.

    `number` is which of several mails it is: recipients that are only counted are others in each.
    `ConfigurationError` when a named file is not there.
    """
    fields = (("To", mail.to), ("Cc", mail.cc))
    shown = {field: _boxes(field, given, number) for field, given in fields}
    message = EmailMessage(email.policy.SMTP)
    message["From"] = mail.sender
    for field, boxes in shown.items():
        if boxes:
            message[field] = ", ".join(boxes)
    message["Subject"] = mail.subject
    message["Date"] = DATE
    message["Message-ID"] = "<test@council.example>"
    message.set_content(_body(mail.body))
    for attached in mail.attach:
        name, content = _file(attached, attachments)
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=name
        )
    if message.is_multipart():
        message.set_boundary("=_policy_test")
    everybody = [*shown["To"], *shown["Cc"], *_boxes("Bcc", mail.bcc, number)]
    addresses = dict.fromkeys(email.utils.parseaddr(box)[1] for box in everybody)
    sender = email.utils.parseaddr(mail.sender)[1]
    envelope = Envelope(sender, tuple(Recipient(address) for address in addresses), CLIENT)
    return message.as_bytes(), envelope


def _boxes(field: str, given: tuple[str, ...], number: int) -> list[str]:
    """Mailboxes as a header field shows them; counted ones get addresses of their own."""
    boxes = []
    for entry in given:
        parts = entry.split(" and ")
        counted = [_COUNTED.fullmatch(part.strip()) for part in parts]
        if not all(counted):
            boxes.append(entry)
            continue
        for match in filter(None, counted):
            domains = _DOMAINS[match[2]]
            count = int(match[1])
            boxes += [
                f"reader{i:04d}.{field.lower()}@{domains[i % len(domains)]}"
                for i in range(number * count, (number + 1) * count)
            ]
    return boxes


def _body(body: str | Content) -> str:
    if isinstance(body, str):
        return body
    rows = "\n".join(", ".join(row) for row in body.table())
    return f"{body.text}\n\n{rows}\n"


def _file(attached: str | Attachment, attachments: Path) -> tuple[str, bytes]:
    if isinstance(attached, Attachment):
        return attached.name, attached.content()
    file = attachments / attached
    if not file.is_file():
        raise ConfigurationError(f"no file {attached} in {attachments}; describe it or add it")
    return file.name, file.read_bytes()
