"""`dlpguard quarantine ask|confirm|cancel`: the question to a sender, and their answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._decisions import Id, complete, copies, open_store, outcome
from dlpguard.commands._options import Actor, Config, Json, person

if TYPE_CHECKING:
    from dlpguard.store.opening import Store

Code = Annotated[
    str, typer.Argument(help="The code in the notice, or the id of the message.", metavar="CODE")
]


def register(group: typer.Typer) -> None:
    """Add the commands to `dlpguard quarantine`."""
    group.command()(ask)
    group.command()(confirm)
    group.command()(cancel)


def ask(
    id: Id,
    question: Annotated[str, typer.Option(help="What the sender is asked.", prompt=True)],
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """Ask the sender of a held message; their answer comes back to the reviewers."""
    from dlpguard import config as settings_file
    from dlpguard import review
    from dlpguard.commands import _opening

    settings = settings_file.load(config)
    store = _opening.store(settings)
    try:
        whole = complete(store, id)
        head = _opening.letterhead(settings)
        decision = review.ask(store, head, whole, person(actor), question)
    finally:
        store.close()
    words = f"{whole}{copies(decision)}: its sender is asked."
    typer.echo(json.dumps(outcome(whole, decision)) if as_json else words)


def confirm(
    code: Code,
    answer: Annotated[str, typer.Option(help="Who is it for, and why?", prompt=True)],
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    as_json: Json = False,
) -> None:
    """The sender meant it: send it, or give the reviewer who asked the answer."""
    from dlpguard import review
    from dlpguard.lifecycle import State

    store = open_store(config)
    try:
        id, who = _asked(store, code, actor)
        decision = review.confirm(store, id, who, answer)
    finally:
        store.close()
    goes = "it is on its way" if decision.state is State.READY else "a reviewer decides"
    words = f"{id}{copies(decision)}: confirmed by {who}; {goes}."
    typer.echo(json.dumps(outcome(id, decision)) if as_json else words)


def cancel(
    code: Code,
    config: Config = Path("dlpguard.toml"),
    actor: Actor = "",
    reason: Annotated[str, typer.Option(help="Why; recorded.")] = "",
    as_json: Json = False,
) -> None:
    """The sender takes it back: it is never sent."""
    from dlpguard import review

    store = open_store(config)
    try:
        id, who = _asked(store, code, actor)
        decision = review.cancel(store, id, who, reason)
    finally:
        store.close()
    words = f"{id}{copies(decision)}: taken back by {who}; it will not be sent."
    typer.echo(json.dumps(outcome(id, decision)) if as_json else words)


def _asked(store: Store, code: str, actor: str) -> tuple[str, str]:
    """The message, and who answers: whoever has the code is its sender."""
    from dlpguard import review

    if "-" in code:
        return review.asked(store, code)
    return complete(store, code), person(actor)
