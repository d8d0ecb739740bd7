"""`dlpguard incident`: the facts of an incident, for a report within 72 hours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._officers import Reason, officer, reason_of
from dlpguard.commands._options import Actor, Config

if TYPE_CHECKING:
    from dlpguard.store.opening import Store


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Facts for a report of a breach.", no_args_is_help=True)
    group.command()(export)
    group.callback()(lambda: None)  # a group even with a single command
    app.add_typer(group, name="incident")


def export(
    ids: Annotated[
        list[str], typer.Argument(help="The messages; the beginnings of ids are enough.")
    ],
    to: Annotated[Path, typer.Option(help="The zip file to make.", metavar="FILE")],
    config: Config = Path("dlpguard.toml"),
    reason: Reason = "a report to the supervisory authority",
    with_content: Annotated[
        bool,
        typer.Option("--with-content", help="With names, places, subjects and the mail itself."),
    ] = False,
    actor: Actor = "",
) -> None:
    """Write the facts of an incident as data (incident.json) and as a page (incident.html).

    When it came, was held and left; who sent it, who got it, what was found of how many people;
    which policies, decisions and reasons; the audit log's entries and their proof.
    """
    from dlpguard import casefile
    from dlpguard import config as settings_file
    from dlpguard.casefile.masking import masker
    from dlpguard.commands import _opening
    from dlpguard.commands._decisions import complete
    from dlpguard.conventions import Setup
    from dlpguard.policy import words
    from dlpguard.store import audit

    settings = settings_file.load(config)
    ours = settings.organisation
    why = reason_of(reason) + (" (with content)" if with_content else "")
    store = _opening.store(settings)
    try:
        name = officer(store, actor, content=with_content)
        whole = list(dict.fromkeys(complete(store, id) for id in ids))
        for id in whole:
            store.database.write_now(
                lambda tx, id=id: audit.record(tx, name, "export incident", id, why)  # type: ignore[misc]
            )
        masked = masker(Setup(ours.phone_region, ours.case_references, settings.custom_detectors))
        incident = store.database.read_now(
            lambda tx: casefile.gather(tx, whole, ours.domains[0], masked, content=with_content)
        )
        packed = json.dumps(incident.facts, indent=1, ensure_ascii=False)
        files = {
            "incident.json": packed.encode(),
            "incident.html": casefile.page(incident).encode(),
        }
        if with_content:
            files |= _mails(store, whole)
        casefile.pack(to, files)
    finally:
        store.close()
    totals = incident.facts["totals"]
    typer.echo(
        f"{to}: {words.count(totals['messages'], 'message', 'messages')}, data of "
        f"{words.count(totals['people_at_most'], 'person', 'people')}; "
        f"{totals['outside_got_it']} of {totals['outside']} outside recipients got it."
    )
    aware, by = (incident.facts[name][:16] for name in ("first_looked_at", "report_by"))
    if aware:
        typer.echo(f"Somebody first looked at it at {aware} UTC; 72 hours after that is {by} UTC.")
    if incident.facts["audit"]["faults"]:
        typer.echo("The audit log is not as it was written: dlpguard audit verify")


def _mails(store: Store, ids: list[str]) -> dict[str, bytes]:
    """The mail itself, where it is kept still."""
    from dlpguard.errors import NotFoundError
    from dlpguard.store import bodies

    found: dict[str, bytes] = {}
    for id in ids:
        try:
            body = store.database.read_now(lambda tx, id=id: bodies.find(tx, id))  # type: ignore[misc]
        except NotFoundError:  # forgotten: the facts say so
            continue
        found[f"messages/{id}.eml"] = body.read(store.keys, store.shelf)
    return found
