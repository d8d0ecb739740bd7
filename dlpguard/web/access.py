"""Whose mail a visitor looks after: the ordinary queue, and those of the groups that they are in.

Mail of councillors, unions or lawyers goes to a named group (DESIGN 9); to anybody else it is not
there, on no page and in no count.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from dlpguard.errors import NotFoundError
from dlpguard.store import messages
from dlpguard.web.session import Visitor, signed_in, site_of

ORDINARY_QUEUES = ("", "reviewers")


def queues(visitor: Visitor) -> tuple[str, ...]:
    """The queues that somebody looks after."""
    return (*ORDINARY_QUEUES, *visitor.account.groups)


def in_ones_queues(
    request: Request, id: str, visitor: Annotated[Visitor, Depends(signed_in)]
) -> None:
    """A dependency of every page of a message.  `NotFoundError` when it is another group's."""
    queue = site_of(request).store.database.read_now(lambda tx: messages.get(tx, id).queue)
    if queue not in queues(visitor):
        raise NotFoundError(f"there is no message {id}")


OnesOwnQueues = Depends(in_ones_queues)
