"""Who has connected, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard.smtp._guards import Senders
from dlpguard.smtp.login import Login


@dataclass(slots=True)
class Guest:
    """One client, with what it has shown of itself so far.

    `is_client`: its network, or its certificate, is one of ours.  `is_microsoft`: it comes from
    Microsoft's addresses, which all tenants share, so what it sends is looked at (`_tenant`).
    `is_proxy`: a proxy that did not say for whom; whatever it shows, it sends nothing.
    """

    address: str
    is_client: bool = False
    is_microsoft: bool = False
    is_proxy: bool = False
    login: Login | None = field(default=None, repr=False)

    @property
    def may_send(self) -> bool:
        """Whether it has shown enough to send mail at all."""
        shown = self.is_client or self.is_microsoft or self.login is not None
        return shown and not self.is_proxy

    def may_send_as(self, sender: str, senders: Senders) -> bool:
        """Whether this MAIL FROM is one that it may use; "" is a bounce, which everybody may."""
        if self.login and self.login.senders:
            return not sender or Senders(self.login.senders).allow(sender)
        # A forward keeps the sender it came with: `_tenant` decides when the header is there.
        return self.is_microsoft or senders.allow(sender)
