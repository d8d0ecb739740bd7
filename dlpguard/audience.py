"""Who would see the message: by envelope (who gets it) and by header (whose address they see)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Circle(StrEnum):
    """How far from the organisation a mailbox is.  Each mailbox is in exactly one."""

    INTERNAL = "internal"
    PARTNER = "partner"
    EXTERNAL = "external"
    WEBMAIL = "webmail"
    PUBLISHING = "publishing"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A mailbox that receives the message, or whose address it shows.

    `receives`: it is an envelope recipient.  `shown`: its address stands in To or Cc.
    `first_time` is None while nobody has looked (the store knows).
    """

    address: str = field(repr=False)
    circle: Circle
    receives: bool
    shown: bool
    first_time: bool | None = None

    @property
    def outside(self) -> bool:
        """Whether it lies outside the organisation (partners included)."""
        return self.circle is not Circle.INTERNAL


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody who receives the message or whose address it shows, once each.

    `self_send` says why an outside recipient looks like the sender's own mailbox
    ("j.smith → smithj74"), "" when none does.
    """

    viewers: tuple[Viewer, ...] = field(default=(), repr=False)
    self_send: str = field(default="", repr=False)

    def receiving(self, *circles: Circle) -> tuple[Viewer, ...]:
        """The envelope recipients in these circles."""
        return tuple(v for v in self.viewers if v.receives and v.circle in circles)

    @property
    def reach(self) -> int:
        """Distinct envelope recipients outside the organisation, partners included."""
        return sum(v.receives and v.outside for v in self.viewers)

    @property
    def exposure(self) -> int:
        """Distinct outside mailboxes visible in To and Cc."""
        return sum(v.shown and v.outside for v in self.viewers)

    @property
    def internal(self) -> int:
        """Envelope recipients inside the organisation."""
        return len(self.receiving(Circle.INTERNAL))

    @property
    def partner(self) -> int:
        """Envelope recipients at partners."""
        return len(self.receiving(Circle.PARTNER))

    @property
    def external(self) -> int:
        """Envelope recipients outside that are neither partners nor webmail."""
        return len(self.receiving(Circle.EXTERNAL, Circle.PUBLISHING))

    @property
    def webmail(self) -> int:
        """Envelope recipients at personal webmail."""
        return len(self.receiving(Circle.WEBMAIL))

    @property
    def publishing(self) -> int:
        """Envelope recipients that publish what they receive."""
        return len(self.receiving(Circle.PUBLISHING))

    @property
    def exposed_webmail_share(self) -> float:
        """The share of personal webmail among the outside mailboxes shown (0 when none)."""
        shown = [v for v in self.viewers if v.shown and v.outside]
        return sum(v.circle is Circle.WEBMAIL for v in shown) / len(shown) if shown else 0.0
