"""`dlpguard demo`: the whole journey on loopback, with the samples, in one terminal."""

from __future__ import annotations

import asyncio
import smtplib
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from dlpguard.commands._service import Service
    from dlpguard.store.opening import Store
    from dlpguard.store.quarantine import Held

SETTINGS = """\
# The settings of the demonstration: a council, and the domains its samples are sent to.
[organisation]
name = "Example Council"
domains = ["council.example"]
case_references = ['ILS/\\d{{4}}/\\d{{5}}']
webmail = ["webmail.example", "homemail.example"]
publishing = ["publishing.example"]
[[organisation.partners]]
domain = "nhs.example"

[listen]
smtp = "127.0.0.1:{smtp}"
web = "{web}"
name = "relay.council.example"

[next_hop]
port = {next_hop}
tls = "none"

[review]
second_factor = false

[policies]
mode = "enforce"

[campaign]
settle = "1s"
"""

REVIEWERS = (
    ("rita.reid@council.example", "Rita Reid", "reviewer"),
    ("art.price@council.example", "Art Price", "approver"),
    ("ava.dunn@council.example", "Ava Dunn", "approver"),
)
"""Two approvers: most of what the samples show takes two people."""

PASSWORD = "three words do"  # noqa: S105 - told to everybody
"""Of the demonstration, which lives in a temporary folder and listens on loopback."""

LONGEST = 120.0
"""Seconds after which a sample that has no verdict is reported as a failure of dlpguard."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the table instead of staying open.")
    ] = False,
    picture: Annotated[
        Path | None, typer.Option(help="Save the table as an SVG picture.", metavar="FILE")
    ] = None,
) -> None:
    """Start a relay and a next hop on loopback, send the samples, show what became of them.

    Nothing leaves this machine.  Exit code 1 when a sample met another end than it should.
    """
    import uvloop

    raise typer.Exit(uvloop.run(_demo(once, picture)))


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail of the samples, and what should become of it."""

    file: Path
    title: str
    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    expect: str


@dataclass(slots=True)
class _Row:
    """What the table shows of a sample, as far as it is known."""

    sample: Sample
    id: str = ""
    held: Held | None = None

    @property
    def ended(self) -> bool:
        """Whether it was held, or has arrived at the next hop."""
        from dlpguard.lifecycle import State

        return self.held is not None and self.held.state is not State.READY

    @property
    def as_expected(self) -> bool:
        """Whether what became of it is what should."""
        return self.held is not None and self.held.record.verdict.action.label == self.sample.expect


def samples(directory: Path) -> Iterator[Sample]:
    """The mails that `index.toml` lists."""
    index = tomllib.loads((directory / "index.toml").read_text("utf-8"))
    for mail in index["mail"]:
        if "to_file" in mail:
            to = tuple((directory / mail["to_file"]).read_text("utf-8").split())
        else:
            to = tuple(mail["to"])
        yield Sample(directory / mail["file"], mail["title"], mail["from"], to, mail["expect"])


async def _demo(once: bool, picture: Path | None) -> int:
    from rich.console import Console
    from rich.live import Live

    from dlpguard import config
    from dlpguard.commands import _opening
    from dlpguard.commands._service import Service
    from dlpguard.smtp.sink import Sink

    console = Console()
    rows = [_Row(sample) for sample in samples(_opening.shipped("samples"))]
    arrived: list[bytes] = []
    with tempfile.TemporaryDirectory(prefix="dlpguard-demo-") as folder:
        sink = Sink(lambda _sender, _recipients, content: arrived.append(content))
        await sink.start()
        file = Path(folder) / "dlpguard.toml"
        web = "" if once else "127.0.0.1:0"
        file.write_text(SETTINGS.format(smtp=0, web=web, next_hop=sink.port), "utf-8")
        settings = config.load(file)
        store = _opening.store(settings)
        service = Service(settings, store)
        try:
            await service.start()
            console.print(
                f"relay on 127.0.0.1:{service.edge.port}, next hop on 127.0.0.1:{sink.port}, "
                f"{len(rows)} sample mails",
                highlight=False,
            )
            with Live(_table(rows), console=console, refresh_per_second=8) as live:
                await _send_and_watch(rows, service, store, live.update)
            _summarise(console, rows, arrived)
            if picture:
                _draw(picture, rows, arrived)
            if not once:
                await asyncio.to_thread(_add_reviewers, store)
                await _stay(console, file, service, sink.port)
        finally:
            await service.stop()
            await sink.stop()
            store.close()
    return 0 if all(row.as_expected for row in rows) else 1


async def _send_and_watch(
    rows: Sequence[_Row], service: Service, store: Store, show: Callable[[Table], None]
) -> None:
    """Send every sample by SMTP, and follow each until it is held or has arrived."""
    from dlpguard.store import quarantine

    async def send() -> None:
        for row in rows:
            row.id = await asyncio.to_thread(_send, row.sample, service.edge.port)

    sending = asyncio.create_task(send())
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LONGEST
    while loop.time() < deadline and not all(row.ended for row in rows):
        for row in rows:
            if row.id and not row.ended:
                row.held = await store.database.read(partial(quarantine.find, id=row.id))
        show(_table(rows))
        if sending.done():
            sending.result()  # a refused sample is an error, not something to wait for
        await asyncio.sleep(0.1)
    show(_table(rows))


def _send(sample: Sample, port: int) -> str:
    """Send a sample as any mail program would; returns the id that the relay answered with."""
    content = sample.file.read_bytes()
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo()
        _must(client.mail(sample.sender))
        for recipient in sample.recipients:
            _must(client.rcpt(recipient))
        code, text = client.data(content)
        _must((code, text))
    return text.decode().split()[-1]


def _must(reply: tuple[int, bytes]) -> None:
    if reply[0] >= 400:
        raise ConfigurationError(f"the relay refused a sample: {reply[0]} {reply[1].decode()}")


def _table(rows: Sequence[_Row]) -> Table:
    from rich.table import Table
    from rich.text import Text

    from dlpguard.commands import _terminal
    from dlpguard.policy import summary

    table = Table("result", "people", "mail, and what its recipients would see", show_lines=True)
    table.columns[1].justify = "right"
    for row in rows:
        to = len(row.sample.recipients)
        mail = Text(f"{row.sample.title}", style="bold")
        mail.append(f" (to {to})" if to > 1 else "", style="not bold dim")
        if row.held is None:
            table.add_row(Text("reading …" if row.id else "", style="dim"), "", mail)
            continue
        facts, verdict = row.held.record.facts, row.held.record.verdict
        result = _terminal.action(verdict)
        if not row.as_expected:
            result.append(f"\nexpected: {row.sample.expect}", style="bold yellow")
        if verdict.matches:
            mail.append("\n").append(_terminal.why(verdict, summary(facts)))
        table.add_row(result, _terminal.people(facts), mail)
    return table


def _summarise(console: Console, rows: Sequence[_Row], arrived: Sequence[bytes]) -> None:
    from dlpguard.verdict import Action

    held = sum(
        row.held is not None and row.held.record.verdict.action >= Action.CONFIRM for row in rows
    )
    passed = sum(b"X-DLPGuard-Id:" in content.partition(b"\r\n\r\n")[0] for content in arrived)
    console.print(
        f"[bold]{held} held[/] for a reviewer, [bold]{passed} forwarded[/] unchanged, "
        f"{len(arrived) - passed} notices to senders.",
        highlight=False,
    )
    wrong = [row.sample.title for row in rows if not row.as_expected]
    if wrong:
        console.print(f"[bold red]Not as expected:[/] {'; '.join(wrong)}", highlight=False)


def _draw(picture: Path, rows: Sequence[_Row], arrived: Sequence[bytes]) -> None:
    """The table as a picture, for documentation; it fetches no font from anywhere."""
    import io
    import re

    from rich.console import Console

    console = Console(record=True, width=112, file=io.StringIO(), force_terminal=True)
    console.print(_table(rows))
    _summarise(console, rows, arrived)
    drawn = console.export_svg(title="dlpguard demo", font_aspect_ratio=0.602)
    drawn = re.sub(r"@font-face \{[^}]{0,1000}\}", "", drawn)
    picture.write_text(drawn.replace("Fira Code", "DejaVu Sans Mono"), "utf-8")


def _add_reviewers(store: Store) -> None:
    """Two people who may sign in: what takes two people takes two."""
    from dlpguard import passwords
    from dlpguard.store import accounts

    hashed = passwords.hashed(PASSWORD)
    for name, full_name, role in REVIEWERS:
        add = partial(accounts.add, name=name, full_name=full_name, roles=(role,))
        store.database.write_now(partial(add, password_hash=hashed))


async def _stay(console: Console, file: Path, service: Service, next_hop: int) -> None:
    """Keep the relay open for one's own mail until Ctrl-C."""
    if service.web:
        console.print(
            f"\nReview site: http://127.0.0.1:{service.web.port}\n"
            f"  sign in as {' or '.join(name for name, _, _ in REVIEWERS)}, "
            f"password: {PASSWORD}",
            highlight=False,
            soft_wrap=True,
        )
    console.print(
        "\nThe relay stays open. In another terminal:\n"
        f"  dlpguard quarantine list --config {file}\n"
        f"  swaks --server 127.0.0.1:{service.edge.port} --from you@council.example "
        "--to friend@webmail.example --attach @yourfile.xlsx\n"
        f"What passes goes to a next hop on port {next_hop} that keeps nothing. Ctrl-C ends it.",
        highlight=False,
        soft_wrap=True,
    )
    try:
        await service.wait()
    except asyncio.CancelledError:
        console.print("Ended.")
