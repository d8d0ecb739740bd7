"""Whether mail from Microsoft 365 is that of our own tenant.

All tenants send from the same addresses and with the same certificate, so having connected from
there says nothing.  What tells tenants apart are two fields that Exchange Online writes over
whatever a sender put there: `X-OriginatorOrg` (a domain of the tenant) and
`X-MS-Exchange-CrossTenant-Id` (its id).  Sources: Microsoft, "Set up connectors to route mail
between Microsoft 365 and your own email servers"; Proofpoint, "Scammer Abuses Microsoft 365
Tenants, Relaying Through Proofpoint Servers" (2024): without the check it was an open relay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlpguard.smtp._guards import Senders
from dlpguard.smtp._trace import values_of

TENANT = b"x-ms-exchange-crosstenant-id"
ORGANISATION = b"x-originatororg"

FORWARDED = (b"x-ms-exchange-inbox-rules-loop", b"x-ms-exchange-forwardingloop", b"resent-from")
"""Fields that hold the mailbox of ours that forwarded a message: by a rule, by a setting of the
mailbox, by hand."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """Our tenant: its id (a GUID), a domain of it, and the networks that Microsoft sends from."""

    id: str
    organisation: str
    networks: tuple[str, ...]


def is_ours(header: bytes, sender: str, tenant: Tenant, senders: Senders) -> bool:
    """Whether a message that came from Microsoft's addresses may be relayed.

    Each of the two fields is there, and wherever it is there it names us: one that was put in
    beside Microsoft's own does not help.  The sender is one of ours, or nobody (a bounce), or the
    message is a forward by one of our mailboxes.
    """
    values = values_of(header, (TENANT, ORGANISATION, *FORWARDED))
    return (
        _all_are(values[TENANT], tenant.id)
        and _all_are(values[ORGANISATION], tenant.organisation)
        and (senders.allow(sender) or _is_forward(values, senders))
    )


def _all_are(values: tuple[str, ...], wanted: str) -> bool:
    return bool(values) and all(value.casefold() == wanted.casefold() for value in values)


def _is_forward(values: Mapping[bytes, tuple[str, ...]], senders: Senders) -> bool:
    mailboxes = (_mailbox(value) for name in FORWARDED for value in values[name])
    return any(mailbox and senders.allow(mailbox) for mailbox in mailboxes)


def _mailbox(value: str) -> str:
    """The address in `Ann Bee <ann@council.example>` or `ann@council.example;<guid>`."""
    shown = value.partition(";")[0]
    inner = shown.rpartition("<")[2].partition(">")[0].strip()
    return inner if "@" in inner else ""
