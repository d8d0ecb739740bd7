"""A next hop that takes mail from anybody, but not for everybody, and keeps what it took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.journeys._programs import HOST


@dataclass
class RefusingHop:
    """`refuses` has replies to RCPT by address, as long as they are in it."""

    refuses: dict[str, str]
    taken: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)
    """Sender, recipients and content."""

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Refuse, or take the recipient."""
        del server, session, rcpt_options
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message."""
        del server, session
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append((envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 2.0.0 taken"

    def own_mail(self) -> list[tuple[tuple[str, ...], bytes]]:
        """Recipients and content of what dlpguard wrote itself."""
        return [(to, content) for sender, to, content in self.taken if sender in {"", "<>"}]

    def from_clients(self) -> list[tuple[tuple[str, ...], bytes]]:
        """Recipients and content of the rest."""
        return [(to, content) for sender, to, content in self.taken if sender not in {"", "<>"}]


@contextmanager
def refusing(port: int, refuses: dict[str, str]) -> Iterator[RefusingHop]:
    """Let one listen on a port."""
    hop = RefusingHop(refuses)
    controller = Controller(hop, hostname=HOST, port=port, data_size_limit=1 << 26)
    controller.start()
    try:
        yield hop
    finally:
        controller.stop()
