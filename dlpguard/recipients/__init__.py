"""Who would see a message: which mailboxes, in which circle, by envelope and by header."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.mail import Envelope, Mailbox
from dlpguard.recipients import self_send
from dlpguard.recipients.circles import Circles, normalise, normalise_domain

__all__ = ["Organisation", "audience", "may_ask", "normalise", "normalise_domain"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose mail it is: our domains, our partners', and what to add to the built-in lists."""

    domains: tuple[str, ...]
    partners: tuple[str, ...] = ()
    webmail: tuple[str, ...] = ()
    publishing: tuple[str, ...] = ()


def may_ask(sender: str, organisation: Organisation) -> bool:
    """Whether an envelope sender is of the organisation's own domains, or of a subdomain of one.

    Who sends through us from elsewhere is never written to.  For the null sender it is true: what
    it asks nobody is settled where it is planned (`actions.confirm`).
    """
    return not sender or _circles(organisation.domains).of(sender) is Circle.INTERNAL


def audience(
    envelope: Envelope,
    author: tuple[Mailbox, ...],
    to: tuple[Mailbox, ...],
    cc: tuple[Mailbox, ...],
    organisation: Organisation,
) -> Audience:
    """Every mailbox that receives the message or is shown in To or Cc, once each.

    Addresses in the result are normalised (`normalise`), so that two spellings of a mailbox are
    one viewer.  Envelope recipients come first, in their order.
    """
    circles = _circles(
        organisation.domains,
        organisation.partners,
        organisation.webmail,
        organisation.publishing,
    )
    receiving = dict.fromkeys(normalise(a) for a in envelope.addresses if a)
    shown = dict.fromkeys(normalise(box.address) for box in (*to, *cc) if "@" in box.address)
    viewers = tuple(
        Viewer(address, circles.of(address), address in receiving, address in shown)
        for address in receiving | shown
    )
    senders = author
    if envelope.sender and all(box.address != envelope.sender for box in author):
        senders = (*author, Mailbox("", envelope.sender))
    boxes = [Mailbox(box.name, normalise(box.address)) for box in (*to, *cc)]
    return Audience(viewers, self_send.reason(senders, viewers, boxes))


_circles = lru_cache(maxsize=16)(Circles)
"""The circles of an organisation, made once: for every message hundreds of domains would have to be
normalised."""
