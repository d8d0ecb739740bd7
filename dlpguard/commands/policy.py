"""`dlpguard policy`: check, test and describe policies; switch between observing and enforcing."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dlpguard.commands._options import Actor, Config, person
from dlpguard.errors import ConfigurationError

if TYPE_CHECKING:
    from dlpguard.policy.flows import Flow

Directory = Annotated[
    Path | None, typer.Argument(help="The policies; those that are shipped by default.")
]
Groups = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The settings, for groups of senders (dlpguard.toml where there is one).",
        metavar="FILE",
    ),
]

LONGEST = timedelta(days=365)
"""How long a flow is registered for: an agreement is looked at every year."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The policies.", no_args_is_help=True)
    group.command()(check)
    group.command("test")(run_tests)
    group.command()(schema)
    group.command()(enforce)
    group.command()(observe)
    group.command()(flows)
    app.add_typer(group, name="policy")


def check(directory: Directory = None, config: Groups = None) -> None:
    """Say whether the policies and flows in a directory are right, and list them.

    Warns of flows that are not in force any more, or soon will not be.
    """
    from rich.console import Console
    from rich.table import Table

    from dlpguard.commands import _opening
    from dlpguard.policy import load
    from dlpguard.policy.language import Mode

    place = directory or _opening.shipped("policies")
    policies = load(place, *_names(config))
    table = Table("policy", "then", "what it is for", header_style="bold")
    for policy in policies.policies:
        then = policy.then.label
        if policy.approvals > 1:
            then += f" ({policy.approvals} people)"
        if policy.mode is Mode.OBSERVE:
            then += ", observed"
        table.add_row(policy.name, then, policy.title)
    console = Console()
    console.print(table)
    for flow in policies.flows:
        if warning := _ending(flow, datetime.now(UTC).date()):
            console.print(f"{place / 'flows.yaml'}: {warning}", highlight=False, markup=False)
    flows = f" and {len(policies.flows)} flows" if policies.flows else ""
    console.print(
        f"{len(policies.policies)} policies{flows} in {place} are right.", highlight=False
    )


def run_tests(
    directory: Directory = None,
    attachments: Annotated[
        Path | None, typer.Option(help="Where the files are that tests attach.", metavar="DIR")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="Write the results as JUnit XML too.", metavar="FILE")
    ] = None,
    config: Groups = None,
) -> None:
    """Run the tests beside the policies (<name>.test.yaml).  Exit code 1 when one fails."""
    from rich.console import Console
    from rich.progress import Progress

    from dlpguard import inspection
    from dlpguard.commands import _opening
    from dlpguard.facts import Facts
    from dlpguard.mail import Envelope, MessageId
    from dlpguard.policy import trial, trialmail

    place = directory or _opening.shipped("policies")
    files = attachments or _opening.shipped("samples") / "attachments"
    setup = inspection.Setup(trialmail.ORGANISATION, trialmail.DETECTION)
    console = Console()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        reading = progress.add_task("Reading test mails", total=None)

        def inspect(raw: bytes, envelope: Envelope) -> Facts:
            # Test mails are the author's own: they need no sandbox.
            progress.advance(reading)
            return inspection.read(MessageId("trial"), raw, envelope, setup).facts

        results = trial.run(place, inspect, files, *_names(config))
    if junit:
        junit.write_text(trial.junit(results), "utf-8")
    failed = [result for result in results if not result.passed]
    for result in failed:
        console.print(str(result), highlight=False, markup=False)
    console.print(f"{len(results) - len(failed)} passed, {len(failed)} failed", highlight=False)
    if failed:
        raise typer.Exit(1)


def schema(
    of: Annotated[
        Literal["policy", "test", "flows"], typer.Argument(help="Of which kind of file.")
    ] = "policy",
) -> None:
    """Print the JSON Schema of a policy, a test or the flows, for editors."""
    from dlpguard.policy.schema import schema as grammar

    typer.echo(json.dumps(grammar(of), indent=2))


def enforce(
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    assessment: Annotated[
        str, typer.Option(help="When the impact assessment was signed.", metavar="YYYY-MM-DD")
    ] = "",
    notice: Annotated[str, typer.Option(help="When staff were told.", metavar="YYYY-MM-DD")] = "",
    reason: Annotated[str, typer.Option(help="Why now; recorded.")] = "",
) -> None:
    """Let the policies act: hold, ask, refuse.  Asks for the dates that are not given.

    It counts for mail that arrives from now on, and is recorded.
    """
    signed = _day("impact assessment", "--assessment", assessment)
    told = _day("notice to staff", "--notice", notice)
    _switch(config, "enforce", actor, reason, signed, told)
    typer.echo("Policies act from now on. What was judged before stays as it is.")


def observe(
    reason: Annotated[str, typer.Option(help="Why; recorded.", metavar="TEXT")],
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
) -> None:
    """Only watch: nothing that comes is held, asked about or refused.  The emergency switch.

    What is held stays held until somebody decides; the switch is recorded.
    """
    if not reason.strip():
        raise ConfigurationError("--reason is empty; say why, it is recorded")
    _switch(config, "observe", actor, reason.strip())
    typer.echo("Nothing is stopped from now on. What is held stays held until somebody decides.")


def _switch(
    config: Path, mode: str, actor: str, reason: str, assessment: str = "", notice: str = ""
) -> None:
    """One transaction: the mode, and that somebody has switched it."""
    from dlpguard import config as settings_file
    from dlpguard.commands import _opening
    from dlpguard.store import audit, modes
    from dlpguard.store.database import Transaction

    who = person(actor)
    store = _opening.store(settings_file.load(config))

    def work(tx: Transaction) -> None:
        modes.set(tx, mode, who, reason, assessment, notice)
        dates = f"assessment {assessment}, notice {notice}" if assessment else ""
        told = "; ".join(text for text in (dates, reason) if text)
        audit.record(tx, who, mode, "policies", told)

    try:
        store.database.write_now(work)
    finally:
        store.close()


def _day(what: str, option: str, given: str) -> str:
    """The day on which something was done, as it is recorded; asked for when it is not given."""
    if not given and sys.stdin.isatty():
        given = typer.prompt(f"Date of the {what} (YYYY-MM-DD)")
    if not given:
        raise ConfigurationError(f"{option} is missing: the date of the {what} (YYYY-MM-DD)")
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise ConfigurationError(f"{option}: {given} is no date; write YYYY-MM-DD") from None
    if day > datetime.now(UTC).date():
        raise ConfigurationError(f"{option}: {given} is still to come; the {what} comes first")
    return day.isoformat()


def _names(config: Path | None) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """The groups of senders and the own kinds in the settings; none where there are none."""
    from dlpguard import config as settings_file
    from dlpguard.commands import _opening

    if config or _opening.DEFAULT_CONFIG.is_file():
        settings = settings_file.load(config or _opening.DEFAULT_CONFIG)
        return settings.organisation.groups, [one.name for one in settings.custom_detectors]
    return {}, []


def _ending(flow: Flow, today: date) -> str:
    """What there is to say about the time in which a flow is in force, "" when nothing is."""
    from dlpguard.policy.flows import Standing

    return {
        Standing.OVER: f"`{flow.name}` ended on {flow.until}, nothing passes by it; "
        f"ask {flow.owner}",
        Standing.ENDING: f"`{flow.name}` ends on {flow.until}; {flow.owner} has to renew it",
        Standing.COMING: f"`{flow.name}` begins on {flow.since}, nothing passes by it yet",
        Standing.IN_FORCE: "",
    }[flow.standing(today)]


def flows(config: Config = Path("dlpguard.toml")) -> None:
    """Suggest flows: what the same sender confirmed to the same recipients five times in a month.

    Printed as entries for flows.yaml; nothing passes until somebody puts them there, or accepts
    them on the review site.
    """
    from dlpguard import config as settings_file
    from dlpguard.commands import _opening, _wiring
    from dlpguard.policy import flowwriting
    from dlpguard.store import suggestions
    from dlpguard.store.database import Transaction

    settings = settings_file.load(config)
    registered = _wiring.policies(settings).flows

    def read(tx: Transaction) -> tuple[tuple[suggestions.Suggested, ...], float]:
        return suggestions.waiting(tx, registered), tx.now()

    store = _opening.store(settings)
    try:
        found, now = store.database.read_now(read)
    finally:
        store.close()
    today = datetime.fromtimestamp(now, UTC).date()
    if not found:
        typer.echo("Nobody has confirmed the same often enough to suggest a flow.")
    for number, one in enumerate((suggested.flow for suggested in found), 1):
        until = today + LONGEST
        entry = flowwriting.entry(one, f"suggested-{number}", "", "", today, until)
        typer.echo(f"# Confirmed {one.sends} times from {one.first} to {one.last}.")
        typer.echo("# Say under which agreement, and who answers for it.")
        typer.echo(flowwriting.text(entry), nl=False)
