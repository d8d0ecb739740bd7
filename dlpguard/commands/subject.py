"""`dlpguard subject`: what is kept about one person; for an answer to them, and erasing it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlpguard.commands._officers import Reason, Whose, officer, reason_of
from dlpguard.commands._options import Actor, Config, Json

if TYPE_CHECKING:
    from dlpguard.casefile import Erased, Found
    from dlpguard.config import Settings
    from dlpguard.store.opening import Store

LISTED = 50
"""Messages that a terminal shows; `--json` has all of them."""

KEPT = 1
"""Exit code: something has to stay."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What is kept about one person.", no_args_is_help=True)
    for command in (find, export, erase):
        group.command()(command)
    app.add_typer(group, name="subject")


def find(
    whose: Whose,
    reason: Reason,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """List where data of one person is kept.  Nothing of it is shown."""
    with _looking(config, whose, reason, actor, "find person", content=False) as (found, _, _):
        if as_json:
            typer.echo(json.dumps(_values(found)))
            return
        for line in _lines(found):
            typer.echo(line)


def export(
    whose: Whose,
    reason: Reason,
    to: Annotated[Path, typer.Option(help="The zip file to make.", metavar="FILE")],
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
) -> None:
    """Write what is kept about one person, for an answer to them: as a text and as JSON.

    What detectors find of others in it is masked.  Read it before you send it.
    """
    from dlpguard import casefile

    with _looking(config, whose, reason, actor, "export person", content=True) as looked:
        found, store, settings = looked
        now = store.database.read_now(lambda tx: tx.now())
        data, text = casefile.answer(found, store.periods, now, _setup(settings))
        packed = json.dumps(data, indent=1, ensure_ascii=False)
        casefile.pack(to, {"answer.json": packed.encode(), "answer.txt": text.encode()})
    typer.echo(f"{to}: {_messages(found.mentions)}. Read it before you send it: it is masked")
    typer.echo("by machine, and a person decides what others' data in it may be told.")


def erase(
    whose: Whose,
    reason: Reason,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be erased, and erase nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase what is kept about one person: messages that have ended, with all that belongs to
    them, and digests.  Exit code 1 when something has to stay; it is told, with the reason."""
    from dlpguard import casefile

    with _looking(config, whose, reason, actor, "find person", content=True) as (found, store, _):
        if dry_run:
            now = store.database.read_now(lambda tx: tx.now())
            done = casefile.plan(found, now)
        else:
            name = officer(store, actor, content=True)
            done = casefile.erase(store, found, name, reason_of(reason))
    if as_json:
        typer.echo(json.dumps(_erased(done) | {"dry_run": dry_run}))
    else:
        for line in _told(done, dry_run=dry_run):
            typer.echo(line)
    if done.kept:
        raise typer.Exit(KEPT)


@contextmanager
def _looking(
    config: Path, whose: list[str], reason: str, actor: str, act: str, *, content: bool
) -> Iterator[tuple[Found, Store, Settings]]:
    """What was found, after the audit says who looks, and why."""
    from dlpguard import casefile
    from dlpguard import config as settings_file
    from dlpguard.commands import _opening
    from dlpguard.commands._progress import progress
    from dlpguard.store import audit

    sought, why = casefile.Sought.of(whose), reason_of(reason)
    settings = settings_file.load(config)
    store = _opening.store(settings)
    try:
        name = officer(store, actor, content=content)
        mark = sought.mark(store.keys)
        store.database.write_now(lambda tx: audit.record(tx, name, act, mark, why))
        with progress() as told:
            found = casefile.find(store, sought, lambda looked: told("messages", looked, 0))
        yield found, store, settings
    finally:
        store.close()


def _setup(settings: Settings) -> Any:
    from dlpguard.conventions import Setup

    ours = settings.organisation
    return Setup(ours.phone_region, ours.case_references, settings.custom_detectors)


def _values(found: Found) -> dict[str, Any]:
    return {
        "messages": [
            {
                "id": m.id,
                "received": _time(m.received_at),
                "state": str(m.state),
                "roles": list(m.roles),
                "kinds": list(m.kinds),
                "content": m.has_content,
                "kept_until": _time(m.kept_until) if m.kept_until else None,
            }
            for m in found.mentions
        ],
        "accounts": list(found.accounts),
        "audit": {"acted": found.acted, "told_of": found.told_of},
        "digests": found.links,
        "unread": found.unread,
    }


def _lines(found: Found) -> Iterator[str]:
    roles: dict[str, int] = {}
    for mention in found.mentions:
        for role in mention.roles:
            roles[role] = roles.get(role, 0) + 1
    yield f"{_messages(found.mentions)}."
    for role, number in sorted(roles.items()):
        yield f"{number:>7,}  {role}"
    for m in found.mentions[:LISTED]:
        content = "content kept" if m.has_content else "no content"
        yield f"  {m.id}  {_time(m.received_at)}  {m.state}, {content}: {', '.join(m.roles)}"
    if len(found.mentions) > LISTED:
        yield f"  and {len(found.mentions) - LISTED:,} more: --json"
    for name in found.accounts:
        yield f"An account: {name}."
    yield f"The audit log: {found.acted:,} entries by them, {found.told_of:,} that name them."
    digests = ", ".join(f"{number:,} {what}" for what, number in found.links.items() if number)
    yield f"Digests: {digests or 'none'}."
    if found.unread:
        yield f"{found.unread:,} could not be read whole: damaged, or the key is destroyed."


def _erased(done: Erased) -> dict[str, Any]:
    return {
        "messages": list(done.messages),
        "digests": done.links,
        "kept": [{"what": kept.what, "why": kept.why} for kept in done.kept],
    }


def _told(done: Erased, *, dry_run: bool) -> Iterator[str]:
    would = "would be erased" if dry_run else "erased"
    yield f"{_messages(done.messages)} {would}, with all that belongs to it."
    digests = ", ".join(f"{number:,} {what}" for what, number in done.links.items() if number)
    yield f"Digests that {'would be' if dry_run else 'were'} erased: {digests or 'none'}."
    for kept in done.kept:
        yield f"Kept: {kept.what}: {kept.why}."
    if not dry_run:
        yield "Backups that were made before hold it until their epoch keys are destroyed:"
        yield "dlpguard keys list shows when, and dlpguard keys destroy does it now."


def _messages(some: Sequence[object]) -> str:
    from dlpguard.policy import words

    return words.count(len(some), "message", "messages")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
