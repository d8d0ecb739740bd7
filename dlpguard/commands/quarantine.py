"""`dlpguard quarantine`: look at what is held, release it or return it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlpguard.commands import _keep, _sender
from dlpguard.commands._decisions import (
    Id,
    Reason,
    chosen,
    complete,
    copies,
    is_approver,
    open_store,
    outcome,
)
from dlpguard.commands._options import Actor, Config, Json, person

if TYPE_CHECKING:
    from dlpguard.store.quarantine import Held, Moved

Version = Annotated[
    int | None, typer.Option(help="Only if it is still this version (see `show`).", min=1)
]
Campaign = Annotated[
    int | None,
    typer.Option(help="Only copies that its campaign had at this version (see `show`).", min=0),
]
To = Annotated[
    list[str] | None,
    typer.Option(help="Only to this recipient; may be given several times.", metavar="ADDRESS"),
]
InternalOnly = Annotated[
    bool, typer.Option("--internal-only", help="Only to recipients inside the organisation.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What is held for reviewers.", no_args_is_help=True)
    group.command("list")(list_)
    group.command()(show)
    group.command()(release)
    group.command("return")(return_)
    _sender.register(group)
    _keep.register(group)
    app.add_typer(group, name="quarantine")


def list_(config: Config = Path("dlpguard.toml"), as_json: Json = False) -> None:
    """List what is held, oldest first."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from dlpguard.commands import _terminal
    from dlpguard.policy import summary
    from dlpguard.store import quarantine

    store = open_store(config)
    try:
        held, now = store.database.read_now(lambda tx: (tuple(quarantine.held(tx)), tx.now()))
    finally:
        store.close()
    if as_json:
        for one in held:
            typer.echo(json.dumps(_line(one)))
        return
    if not held:
        typer.echo("Nothing is held.")
        return
    table = Table("people", f"{len(held)} held", show_lines=True, header_style="bold")
    for one in held:
        facts, verdict = one.record.facts, one.record.verdict
        text = Text(one.id, style="bold cyan")
        waits = _terminal.age(now - one.received_at)
        text.append(
            f"  from {one.envelope.sender or '<>'}, {waits} ago\n", style="default not bold"
        )
        text.append(_terminal.why(verdict, summary(facts)))
        for approval in one.approvals:
            said = f"\napproved by {approval.actor}, to be sent {approval.choice.words}"
            text.append(said, style="not bold yellow")
        if len(held_copies := one.copies) > 1:
            reach = facts.campaign.reach
            said = f"\n{len(held_copies)} copies of it are held, for {reach} outside recipients"
            text.append(said, style="not bold yellow")
        if one.left:
            said = f"\ncopies have left already, to {one.left} outside recipients"
            text.append(said, style="not bold red")
        table.add_row(_terminal.people(facts), text)
    Console(markup=False, highlight=False).print(table)


def show(
    id: Id,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Show why a message is held, and for whom it is.  Looking is recorded."""
    from dlpguard import review
    from dlpguard.commands import _terminal
    from dlpguard.store import quarantine

    store = open_store(config)
    try:
        whole = complete(store, id)
        held = review.look(store, whole, person(actor))
        history, outcomes = store.database.read_now(
            lambda tx: (tuple(quarantine.history(tx, whole)), quarantine.outcomes(tx, whole))
        )
    finally:
        store.close()
    if held is None:
        state = history[-1].target
        values = {"id": whole, "state": str(state)}
        words = f"{whole}: {_terminal.state(state)}; there is no verdict on it."
        typer.echo(json.dumps(values) if as_json else words)
    elif as_json:
        typer.echo(json.dumps(_line(held) | {"outcomes": outcomes, "history": _moves(history)}))
    else:
        _print(held, history, outcomes)


def release(
    id: Id,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    reason: Reason = "",
    to: To = None,
    internal_only: InternalOnly = False,
    version: Version = None,
    campaign_version: Campaign = None,
    as_json: Json = False,
) -> None:
    """Let a held message go; where two people have to agree, the second one does.

    To everybody, or to those that are named only: the others never get it.
    """
    from dlpguard import config as settings_file
    from dlpguard import review
    from dlpguard.commands import _opening

    actor = person(actor)
    settings = settings_file.load(config)
    store = _opening.store(settings)
    try:
        whole = complete(store, id)
        decision = review.release_to(
            store,
            _opening.letterhead(settings),
            whole,
            actor,
            chosen(to or [], inside=internal_only),
            reason,
            review.Seen(version, campaign_version),
            approver=is_approver(store, actor),
        )
    finally:
        store.close()
    if as_json:
        typer.echo(json.dumps(outcome(whole, decision)))
    elif decision.missing:
        people = "approver has" if decision.missing == 1 else "approvers have"
        typer.echo(f"{whole}: approved by {actor}; {decision.missing} more {people} to.")
    elif decision.left_out:
        reached = f"{decision.given} of {decision.given + decision.left_out}"
        typer.echo(
            f"{whole}{copies(decision)}: released by {actor}; it is on its way to {reached} "
            "recipients, and the others never get it."
        )
    else:
        typer.echo(f"{whole}{copies(decision)}: released by {actor}; it is on its way.")


def return_(
    id: Id,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    reason: Reason = "",
    version: Version = None,
    campaign_version: Campaign = None,
    as_json: Json = False,
) -> None:
    """Do not send a held message; its sender is told."""
    from dlpguard import config as settings_file
    from dlpguard import review
    from dlpguard.commands import _opening

    actor = person(actor)
    settings = settings_file.load(config)
    store = _opening.store(settings)
    try:
        whole = complete(store, id)
        head = _opening.letterhead(settings)
        decision = review.return_(
            store, head, whole, actor, reason, review.Seen(version, campaign_version)
        )
    finally:
        store.close()
    if as_json:
        typer.echo(json.dumps(outcome(whole, decision)))
    else:
        typer.echo(f"{whole}{copies(decision)}: returned by {actor}; it will not be sent.")


def _line(held: Held) -> dict[str, Any]:
    from dlpguard.commands import _json
    from dlpguard.policy import explain

    facts, verdict = held.record.facts, held.record.verdict
    audience = facts.audience
    return {
        "id": held.id,
        "version": held.version,
        "state": str(held.state),
        "received": datetime.fromtimestamp(held.received_at, UTC).isoformat(),
        "sender": held.envelope.sender,
        "recipients": len(held.envelope.recipients),
        "copies": list(held.copies),
        "campaign_version": held.campaign_version,
        "left": held.left,
        "action": verdict.action.label,
        "policies": _json.policies(verdict),
        "because": list(explain(verdict, facts)),
        "people": _json.counts(facts.people),
        "audience": {"reach": audience.reach, "exposure": audience.exposure},
        "approvals": {
            "needed": held.approvals_needed,
            "by": list(held.approved_by),
            "to": [approval.choice.words for approval in held.approvals],
        },
        "decided_by": held.decided_by,
        "kept_until": _day(held.kept_until) if held.kept_until else None,
    }


def _day(end: float) -> str:
    """The day at whose end something ends."""
    return datetime.fromtimestamp(end - 1, UTC).date().isoformat()


def _moves(history: tuple[Moved, ...]) -> list[dict[str, str]]:
    return [
        {
            "at": datetime.fromtimestamp(m.moved_at, UTC).isoformat(),
            "event": str(m.event),
            "to": str(m.target),
            "who": m.actor or m.who,
            "reason": m.reason,
        }
        for m in history
    ]


def _print(held: Held, history: tuple[Moved, ...], outcomes: dict[str, int]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.panel import Panel
    from rich.table import Table

    from dlpguard.commands import _terminal
    from dlpguard.policy import explain

    facts, verdict = held.record.facts, held.record.verdict
    console = Console(markup=False, highlight=False)
    headline, *reasons = explain(verdict, facts)
    console.print(
        Panel(
            _terminal.plain(headline),
            title=f"{held.id} · {_terminal.state(held.state, held.decided_by)}",
        )
    )
    for reason in reasons:
        console.print(Padding(_terminal.plain(f"• {reason}"), (0, 2)))
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_row("Sender", _terminal.plain(held.envelope.sender or "<>"))
    audience = facts.audience
    table.add_row(
        "Recipients",
        f"{len(held.envelope.recipients)}: {audience.internal} inside, {audience.partner} at "
        f"partners, {audience.external} outside, {audience.webmail} personal webmail",
    )
    people = facts.people
    table.add_row(
        "People",
        f"{people.visible} visible, {people.hidden} hidden; {people.private} private, "
        f"{people.listed} listed, {people.contact} contacts",
    )
    for place in facts.hidden[:10]:
        table.add_row("Hidden", _terminal.plain(f"{place.where}: {place.why}"))
    for gap in facts.gaps[:10]:
        table.add_row("Not read", _terminal.plain(f"{gap.where}: {gap.why} {gap.detail}"))
    approvals = f"{held.approvals_needed} needed"
    for one in held.approvals:
        approvals += f"; approved by {one.actor}, to be sent {one.choice.words}"
    table.add_row("Approvals", approvals)
    table.add_row("Outcomes", ", ".join(f"{n} {what}" for what, n in sorted(outcomes.items())))
    if held.left:
        table.add_row("Left already", f"copies to {held.left} outside recipients")
    if len(held.copies) > 1:
        table.add_row("Copies", f"{len(held.copies)}; a decision is for all of them")
    table.add_row("Version", f"{held.version}, campaign {held.campaign_version}")
    if held.kept_until:
        table.add_row("Kept", f"for an incident, until {_day(held.kept_until)}")
    for moved in history:
        at = datetime.fromtimestamp(moved.moved_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        said = f" “{moved.reason}”" if moved.reason else ""
        done = f"{moved.event} → {moved.target} by {moved.actor or moved.who}{said}"
        table.add_row(at, _terminal.plain(done))
    console.print(table)
