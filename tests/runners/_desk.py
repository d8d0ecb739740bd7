"""An inspector at work in a store, and the mail that it gets."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from dlpguard.document import Unread
from dlpguard.lifecycle import Event, State, Who
from dlpguard.recipients import Organisation
from dlpguard.runners import loop
from dlpguard.runners.inspector import Inspector
from dlpguard.runners.judging import Judging
from dlpguard.runners.sandbox import Sandbox
from dlpguard.store import messages
from dlpguard.store.guards import Step
from tests.runners._world import ANN, NODE, World

ORGANISATION = Organisation(domains=("council.example",))
SAMPLES = Path(__file__).parents[2] / "samples"
CLIENTS = (SAMPLES / "attachments" / "clients-10.xlsx").read_bytes()


@dataclass
class Desk:
    """A world with an inspector in it."""

    here: World
    sandbox: Sandbox
    judging: Judging

    def inspect(self, sandbox: Sandbox | None = None) -> None:
        """Let an inspector work until nothing is due."""
        self.here.work(self.inspector(sandbox).loop, State.RECEIVED)

    def inspector(self, sandbox: Sandbox | None = None) -> Inspector:
        """A new one."""
        reads = sandbox or self.sandbox
        return Inspector(self.here.store, reads, self.judging, NODE, 2, 2)

    def retry(self, id: str) -> None:
        """As the janitor does with what was set aside."""
        step = Step(Who.JANITOR)
        self.here.do(messages.move, id, Event.RETRY, State.RECEIVED, step)

    def persist(self, id: str, rounds: int) -> None:
        """Inspect again and again, as time passes, with a janitor at work."""
        for _ in range(rounds):
            self.inspect()
            self.here.clock.time += loop.AFTER_FAILURE
            if self.here.state(id) is State.SET_ASIDE:
                self.retry(id)

    def gaps(self, id: str) -> list[tuple[str, Unread]]:
        """Where and why something could not be read."""
        return [(gap.where, gap.why) for gap in self.here.record(id).facts.gaps]

    def column(self, id: str, name: str) -> object:
        """A column of its row."""
        return getattr(self.here.store.database.read_now(lambda tx: messages.get(tx, id)), name)


def mail(subject: str = "minutes", *attached: str, text: str = "Good morning.") -> bytes:
    """A mail to an outsider; a file is made of its name, a workbook of clients has ten of them."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = ANN, "bob@outside.example", subject
    message.set_content(text)
    for name in attached:
        content = CLIENTS if name.endswith(".xlsx") else name.encode()
        message.add_attachment(content, "application", "octet-stream", filename=name)
    return message.as_bytes()
