"""The question to a sender, and the code by which only they can answer it.

A code is the message's id and a keyed digest over it and the moment of the question.  An answer
moves the message, so a code works once; nothing of it is stored.
"""

from __future__ import annotations

import base64
import hmac

from dlpguard.errors import NotFoundError
from dlpguard.lifecycle import State
from dlpguard.store import messages
from dlpguard.store.database import Transaction

_DIGEST = 15
"""Bytes: 24 characters, and 120 bits that nobody guesses."""


def code(tx: Transaction, id: str) -> str:
    """The code for the question that is open now."""
    return f"{id}-{_proof(tx, id)}"


def find(tx: Transaction, code: str) -> str:
    """The id of the message that a code answers for.

    `NotFoundError` when the code is not one of ours, the question has been answered, or its time is
    over, whether or not anybody has returned the message since.
    """
    id, _, proof = code.strip().upper().partition("-")
    row = messages.get(tx, id)
    is_open = row.state == State.AWAITING_SENDER and row.expires_at > tx.now()
    if not is_open or not hmac.compare_digest(proof.encode(), _proof(tx, id).encode()):
        raise NotFoundError("this has been answered already, or waited too long, or is not a code")
    return id


def _proof(tx: Transaction, id: str) -> str:
    since = repr(float(messages.get(tx, id).state_since))
    digest = tx.keys.digest("answer", id, since)[:_DIGEST]
    return base64.b32encode(digest).decode()
