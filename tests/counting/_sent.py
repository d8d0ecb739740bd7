"""Mail as an office sends it, read by the whole of inspection."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP

from dlpguard import inspection
from dlpguard.detectors import Setup as Detection
from dlpguard.inspection import Inspection, Setup
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.people import Person
from dlpguard.recipients import Organisation

SENDER = "ann.bee@council.example"
AUTHOR = f"Ann Bee <{SENDER}>"
OUTSIDE = ("enquiries@firm.example", "office@charity.example")

_SETUP = Setup(
    Organisation(("council.example",), partners=("nhs.example",), webmail=("webmail.example",)),
    Detection(case_references=(r"ILS/\d{4}/\d{5}",)),
)


def sent(
    body: str = "See attached.",
    *,
    subject: str = "July",
    to: tuple[str, ...] = OUTSIDE,
    html: str = "",
    attachments: Mapping[str, bytes | str] | None = None,
) -> Inspection:
    """What inspection makes of a mail of Ann Bee's; `to` are addresses, or `Name <address>`."""
    message = EmailMessage(policy=SMTP)
    message["From"] = AUTHOR
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in (attachments or {}).items():
        raw = content.encode() if isinstance(content, str) else content
        message.add_attachment(raw, maintype="application", subtype="octet-stream", filename=name)
    addresses = [box.rpartition("<")[2].rstrip(">") for box in to]
    envelope = Envelope(SENDER, tuple(map(Recipient, addresses)))
    return inspection.read(MessageId("test"), message.as_bytes(), envelope, _SETUP)


def disclosed(inspection: Inspection) -> list[Person]:
    """Who comes with something private, but for the one to whom the message is written."""
    return [
        person for person in inspection.facts.people.select(private=True) if not person.addressee
    ]
