"""`dlpguard policy`: check, test and describe policies; switch between observing and enforcing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Directory = Annotated[
    Path | None, typer.Argument(help="The policies; those that are shipped by default.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The policies.", no_args_is_help=True)
    group.command()(check)
    group.command("test")(run_tests)
    group.command()(schema)
    app.add_typer(group, name="policy")


def check(directory: Directory = None) -> None:
    """Say whether the policies in a directory are right, and list them."""
    from rich.console import Console
    from rich.table import Table

    from dlpguard.commands import _opening
    from dlpguard.policy import load

    place = directory or _opening.shipped("policies")
    policies = load(place)
    table = Table("policy", "then", "what it is for", header_style="bold")
    for policy in policies.policies:
        then = policy.then.label
        if policy.approvals > 1:
            then += f" ({policy.approvals} people)"
        table.add_row(policy.name, then, policy.title)
    console = Console()
    console.print(table)
    console.print(f"{len(policies.policies)} policies in {place} are right.", highlight=False)


def run_tests(
    directory: Directory = None,
    attachments: Annotated[
        Path | None, typer.Option(help="Where the files are that tests attach.", metavar="DIR")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="Write the results as JUnit XML too.", metavar="FILE")
    ] = None,
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

        results = trial.run(place, inspect, files)
    if junit:
        junit.write_text(trial.junit(results), "utf-8")
    failed = [result for result in results if not result.passed]
    for result in failed:
        console.print(str(result), highlight=False, markup=False)
    console.print(f"{len(results) - len(failed)} passed, {len(failed)} failed", highlight=False)
    if failed:
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON Schema of a policy file, for editors."""
    from dlpguard.policy import schema as grammar

    typer.echo(json.dumps(grammar(), indent=2))
