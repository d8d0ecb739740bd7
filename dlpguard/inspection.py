"""The pure pipeline: bytes and envelope in, facts, verdict and plan out.

    bytes ──mime──▶ Message ─┬─extractors──▶ Document ──counting──▶ Findings, People ─┐
                             └─recipients──▶ Audience ────────────────────────────────┤
                                                                                    Facts

`read` is the half that a sandboxed worker does, `judge` the half that its parent does, `inspect`
both.  Same input, same output: the clock that the budget needs comes in as an argument.
"""

from __future__ import annotations

import email.message
import email.policy
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from dlpguard import actions, counting, extractors, mime, recipients
from dlpguard.audience import Audience
from dlpguard.counting import Participants
from dlpguard.detectors import special
from dlpguard.document import MESSAGE, SEPARATOR, Document, Gap, Hidden, Table, Text, Unread
from dlpguard.facts import Campaign, Facts, HiddenPlace
from dlpguard.finding import Finding
from dlpguard.mail import Envelope, Message, MessageId, Part
from dlpguard.recipients import Organisation, campaign
from dlpguard.setup import Setup
from dlpguard.verdict import Plan, Verdict

if TYPE_CHECKING:
    from dlpguard.policy import Policies

__all__ = ["MESSAGE", "SUBJECT", "Inspection", "Setup", "attach", "inspect", "judge", "read"]

SUBJECT = "subject"
"""The place of its subject."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What reading a message gave: facts for policies; text and findings for reviewers.

    `Finding.block` is an index into the blocks of `document.walk()`.
    """

    facts: Facts
    document: Document = field(repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)


def _no_clock() -> float:
    return 0.0


def _nobody_watches(place: str) -> None:
    del place


def read(
    id: MessageId,
    raw: bytes,
    envelope: Envelope,
    setup: Setup,
    *,
    clock: Callable[[], float] = _no_clock,
    progress: Callable[[str], None] = _nobody_watches,
    unread: Mapping[str, Gap] | None = None,
    convert: extractors.Convert | None = None,
    size: int | None = None,
) -> Inspection:
    """Read a message whole.  Content never makes it raise; what cannot be read is a gap.

    `size` is that of the message in bytes (None: of `raw`).  Of one over the limit nothing but the
    header is looked at, so the beginning is enough; of its text as much as tells copies apart.
    `progress` hears the path of each part ("1.2") before it is opened, and `MESSAGE` before all
    that was read is searched.  A part whose path is a key of `unread` (it crashed a worker before)
    is not opened, its gap stands instead; with `MESSAGE` nothing but the header is looked at.
    `convert` reads the formats that only another program reads (None: they are gaps).
    """
    unread = unread or {}
    size = len(raw) if size is None else size
    message, gaps = _parse(id, raw, size, envelope, setup.limits)
    stopped = unread.get(MESSAGE)
    budget = extractors.Budget(setup.limits, clock, *([convert] if convert else []))
    inside = () if stopped else tuple(_documents(message, budget, progress, unread))
    document = Document(
        MESSAGE,
        "mail",
        tuple(_header_blocks(message)),
        (*gaps, stopped) if stopped else gaps,
        inside,
        message.defects,
    )
    audience = recipients.audience(
        envelope, message.author, message.to, message.cc, setup.organisation
    )
    if stopped:
        nothing = counting.Counted()
        facts = _facts(message, size, document, nothing, audience, setup.organisation)
        return Inspection(facts, document)
    progress(MESSAGE)
    counted = counting.examine(document, _participants(message, audience, setup), setup.detection)
    facts = _facts(message, size, document, counted, audience, setup.organisation)
    return Inspection(facts, document, counted.findings)


def judge(
    facts: Facts,
    policies: Policies,
    mode: str = "enforce",
    accepted_gaps: frozenset[tuple[str, str]] = frozenset(),
    today: date | None = None,
) -> Verdict:
    """What the policies say.  `mode` is "enforce" or "observe"; see `policy.evaluate`."""
    # A worker of the sandbox never judges: it does not load what reads policies (6 MB, 60 ms).
    from dlpguard import policy  # noqa: PLC0415

    enforce = mode == "enforce"
    return policy.evaluate(
        policies, facts, enforce=enforce, accepted_gaps=accepted_gaps, today=today
    )


def inspect(
    id: MessageId,
    raw: bytes,
    envelope: Envelope,
    setup: Setup,
    policies: Policies,
    *,
    mode: str = "enforce",
    accepted_gaps: frozenset[tuple[str, str]] = frozenset(),
    clock: Callable[[], float] = _no_clock,
    today: date | None = None,
) -> tuple[Inspection, Verdict, Plan]:
    """The whole journey of one message, from its bytes to what should happen to it."""
    inspection = read(id, raw, envelope, setup, clock=clock)
    verdict = judge(inspection.facts, policies, mode, accepted_gaps, today)
    return inspection, verdict, actions.plan(envelope, verdict)


def attach(
    content: bytes, filename: str, *, sender: str = "", to: Iterable[str] = (), subject: str = ""
) -> bytes:
    """A message that carries a file as its attachment, so that any file can be inspected.

    The same file gives the same bytes: the boundary is a digest of the content.
    """
    message = email.message.EmailMessage(email.policy.SMTP)
    if sender:
        message["From"] = sender
    if recipients_shown := ", ".join(to):
        message["To"] = recipients_shown
    if subject:
        message["Subject"] = subject
    message.set_content("")
    name = "".join(c if c.isprintable() else "_" for c in filename) or "file"
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    message.set_boundary(hashlib.blake2b(content, digest_size=20).hexdigest())
    return message.as_bytes()


def _parse(
    id: MessageId, raw: bytes, size: int, envelope: Envelope, limits: extractors.Limits
) -> tuple[Message, tuple[Gap, ...]]:
    """The message and the gaps in it; of one over the size limit the header only."""
    if size <= limits.message:
        return mime.parse(raw, envelope, id)
    header, _, _ = raw.partition(b"\r\n\r\n")
    message, gaps = mime.parse(header[: limits.message] + b"\r\n\r\n", envelope, id)
    detail = f"{size} bytes, more than the {limits.message} that are read"
    gap = Gap(MESSAGE, Unread.TOO_LARGE, detail, "mail")
    return replace(message, raw=raw, parts=()), (gap, *gaps)


def _header_blocks(message: Message) -> Iterator[Text]:
    """The subject, and what else somebody wrote into the header."""
    if message.subject:
        yield Text(SUBJECT, extractors.shown(message.subject))
    for each in message.written:
        where = f"part {each.path}{SEPARATOR}" if each.path else ""
        hidden = None if each.shown else Hidden.HEADER_FIELD
        yield Text(f"{where}header {each.name}", extractors.shown(each.text), hidden)


def _documents(
    message: Message,
    budget: extractors.Budget,
    progress: Callable[[str], None],
    unread: Mapping[str, Gap],
) -> Iterator[Document]:
    for part in message.parts:
        if gap := unread.get(part.path):
            name = _name(part)
            yield Document(name, gap.format or "unknown", gaps=(replace(gap, where=name),))
            continue
        progress(part.path)
        yield extractors.extract(part, budget)


def _name(part: Part) -> str:
    if part.filename:
        return part.filename
    return "body" if part.is_body else f"part {part.path}"


def _participants(message: Message, audience: Audience, setup: Setup) -> Participants:
    """Everybody who takes part, and the addressee when there is one."""
    shown = (*message.to, *message.cc)
    sending = (message.envelope.sender, *(box.address for box in message.author))
    outside = frozenset(v.address for v in audience.viewers if v.outside)
    receiving = [v.address for v in audience.viewers if v.outside and v.receives]
    addressee = receiving[0] if len(receiving) == 1 else ""
    named = [(recipients.normalise(box.address), box.name) for box in shown if box.name]
    return Participants(
        addresses=frozenset(
            address.casefold()
            for address in (*sending, *message.envelope.addresses, *(b.address for b in shown))
            if address
        ),
        names=(
            *(box.name for box in message.author if box.name),
            *(name for address, name in named if address not in outside),
        ),
        outside_names=tuple(name for address, name in named if address in outside),
        domains=frozenset(map(recipients.normalise_domain, setup.organisation.domains)),
        addressee=addressee,
        addressee_name=next((name for address, name in named if address == addressee), ""),
        contacts=frozenset(contact.casefold() for contact in setup.contacts),
    )


def _facts(
    message: Message,
    size: int,
    document: Document,
    counted: counting.Counted,
    audience: Audience,
    organisation: Organisation,
) -> Facts:
    documents = tuple(document.walk())
    authors = (message.envelope.sender, *(box.address for box in message.author))
    return Facts(
        sender=next((a for a in authors if a), ""),
        author=next((box.name for box in message.author if box.name), ""),
        subject=message.subject,
        plain_subject="" if any(f.where == SUBJECT for f in counted.findings) else message.subject,
        size=size,
        people=counted.people,
        findings=counted.tallies,
        special=_special(documents, counted.silent),
        gaps=tuple(gap for d in documents for gap in d.gaps),
        hidden=_hidden_places(documents),
        formats=_attached_formats(message, document),
        defects=tuple(dict.fromkeys(defect for d in documents for defect in d.defects)),
        audience=audience,
        campaign=Campaign(reach=audience.reach, exposure=audience.exposure),
        content=campaign.content(message, document, counted.findings),
        greets_another=counted.greets_another,
        may_ask=recipients.may_ask(message.envelope.sender, organisation),
    )


def _special(documents: Iterable[Document], silent: frozenset[int]) -> tuple[str, ...]:
    """The special categories that are spoken of anywhere, in text or in tables.

    `silent` are the blocks in which none is.
    """
    found: set[str] = set()
    blocks = (block for document in documents for block in document.blocks)
    for index, block in enumerate(blocks):
        if index not in silent:
            text = _words_of(block) if isinstance(block, Table) else block.text
            found |= special.categories(text)
    return tuple(sorted(found))


def _words_of(table: Table) -> str:
    """The different cells of a table that hold words, a line each."""
    cells = dict.fromkeys(cell for row in (table.heading, *table.rows) for cell in row)
    return "\n".join(cell for cell in cells if any(map(str.isalpha, cell)))


def _hidden_places(documents: Iterable[Document]) -> tuple[HiddenPlace, ...]:
    """Where something stands that a person would not see, once for each reason and block."""
    places: dict[HiddenPlace, None] = {}
    for document in documents:
        for block in document.blocks:
            reasons = [block.hidden] if block.hidden else []
            if isinstance(block, Table) and not block.hidden:
                cells = (block.hidden_rows, block.hidden_columns, block.hidden_cells)
                reasons += [why for part in cells for why in dict.fromkeys(part.values())]
            places |= dict.fromkeys(HiddenPlace(block.where, why) for why in reasons)
    return tuple(places)


def _attached_formats(message: Message, document: Document) -> tuple[str, ...]:
    """The formats of what is attached, at any depth, in order; the message's own text aside."""
    found: dict[str, None] = {}
    for part, inside in zip(message.parts, document.inside, strict=False):
        for each in inside.walk():
            if each is not inside or not part.is_body:
                found[each.format] = None
    return tuple(found)
