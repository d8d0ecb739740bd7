"""Reading one message in the sandbox, whatever it does to the worker.

A part that stops the worker is left out on the next reading, with a gap in its place, so that a
reviewer still sees the rest.  What cannot be read at all is its envelope and a gap: never nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard import recipients, telemetry
from dlpguard.document import MESSAGE, Document, Gap, Unread
from dlpguard.evidence import Evidence, pack
from dlpguard.facts import Campaign, Facts
from dlpguard.mail import Envelope, MessageId
from dlpguard.recipients import Organisation
from dlpguard.runners._channel import Content
from dlpguard.runners.sandbox import Inspected, Sandbox

READINGS = 4
"""How often a message is read at most: three bad attachments can be left out one by one; one
with more is not read any further, and held for that."""


BEGINNING = 2 << 20
"""Bytes of a message that is too large to be read: its header, of which the edge takes half of
this at most, and enough of its text to tell it from another."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a message, and whether reading it crashed a worker.

    `evidence` is what was seen, packed (`evidence.unpack`).
    """

    facts: Facts
    evidence: bytes = field(repr=False)
    crashed: bool = False


async def read(
    sandbox: Sandbox,
    id: MessageId,
    raw: bytes | Content,
    envelope: Envelope,
    organisation: Organisation,
    *,
    size: int,
    stop_at_crash: bool = False,
) -> Reading:
    """Read a message of `size` bytes, again without the parts that stopped the worker.

    `raw` is all of it, or the beginning of one that is too large to be read (`BEGINNING`).
    `stop_at_crash`: a crash ends it at once, because it will be tried again later.
    `TemporaryError` when the sandbox cannot work at all.
    """
    left_out: dict[str, Gap] = {}
    crashed = False
    for _ in range(READINGS):
        result = await sandbox.inspect(id, raw, envelope, left_out, size)
        if isinstance(result, Inspected):
            return Reading(result.facts, result.evidence, crashed)
        telemetry.stopped(id, result.why.value)
        crashed = crashed or result.why is Unread.CRASHED
        nowhere = not result.where or result.where in left_out
        if nowhere or (crashed and stop_at_crash):
            gap = Gap(MESSAGE, result.why, result.detail)
            return unread(size, envelope, gap, organisation, crashed=crashed)
        left_out[result.where] = Gap(result.where, result.why, result.detail)
    gap = Gap(MESSAGE, Unread.TOO_SLOW, "too many of its parts cannot be read")
    return unread(size, envelope, gap, organisation, crashed=crashed)


def unread(
    size: int, envelope: Envelope, gap: Gap, organisation: Organisation, *, crashed: bool
) -> Reading:
    """What can be said of a message without reading it: its envelope, and that it is a gap."""
    audience = recipients.audience(envelope, (), (), (), organisation)
    facts = Facts(
        sender=envelope.sender,
        size=size,
        gaps=(gap,),
        audience=audience,
        campaign=Campaign(reach=audience.reach, exposure=audience.exposure),
        may_ask=recipients.may_ask(envelope.sender, organisation),
    )
    document = Document(MESSAGE, "mail", gaps=(gap,))
    return Reading(facts, pack(Evidence(document)), crashed)
