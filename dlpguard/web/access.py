"""Whose mail a visitor looks after: the ordinary queue, and those of the groups that they are in.

Mail of councillors, unions or lawyers goes to a named group (DESIGN 9); to anybody else it is not
there, on no page and in no count.
"""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import Depends, Request

from dlpguard.errors import NotFoundError
from dlpguard.store import messages
from dlpguard.store.accounts import Account
from dlpguard.store.opening import Store
from dlpguard.web.roles import Right
from dlpguard.web.session import Visitor, signed_in, site_of


class Asker(Protocol):
    """Somebody who asks: at a browser (`session.Visitor`), or by a token (`web.api`)."""

    @property
    def account(self) -> Account:
        """Whose rights count."""

    @property
    def name(self) -> str:
        """What they are called in records."""

    def may(self, right: Right) -> bool:
        """Whether they may do this."""


def queues(asker: Asker) -> tuple[str, ...]:
    """The queues that somebody looks after."""
    return asker.account.queues


def only_ones_own(store: Store, asker: Asker, id: str) -> None:
    """`NotFoundError` when a message is another group's, as when there is none."""
    queue = store.database.read_now(lambda tx: messages.get(tx, id).queue)
    if queue not in queues(asker):
        raise NotFoundError(f"there is no message {id}")


def in_ones_queues(
    request: Request, id: str, visitor: Annotated[Visitor, Depends(signed_in)]
) -> None:
    """A dependency of every page of a message.  `NotFoundError` when it is another group's."""
    only_ones_own(site_of(request).store, visitor, id)


OnesOwnQueues = Depends(in_ones_queues)
