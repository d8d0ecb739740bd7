"""What each act of the audit is called: a sentence that begins with who did it.

`{}` is what it was about.  An act that is missing here is shown by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an act is about."""

    DECISIONS = "decisions"
    LOOKS = "looks"
    ACCOUNTS = "accounts"
    POLICIES = "policies"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Act:
    """An act: of which kind, and what comes behind the name of who did it."""

    kind: Kind
    words: str


_D, _L, _A, _P, _S = Kind

ACTS = {
    "release": Act(_D, "released {}, or approved its release"),
    "return": Act(_D, "returned {}"),
    "ask": Act(_D, "asked the sender of {}"),
    "confirm": Act(_D, "meant to send {}, and said so"),
    "cancel": Act(_D, "took {} back"),
    "undo": Act(_D, "took the release of {} back"),
    "assign": Act(_D, "changed who looks after {}"),
    "comment": Act(_D, "commented on {}"),
    "mark": Act(_D, "said whether {} was rightly held"),
    "alarm": Act(_D, "said that somebody is at risk over {}"),
    "break-glass": Act(_D, "released {} alone, because somebody is at risk"),
    "looked into": Act(_D, "looked into the release of {}"),
    "keep": Act(_D, "kept the content of {} for an incident"),
    "show": Act(_L, "looked at {}"),
    "reveal": Act(_L, "saw {} unmasked"),
    "download": Act(_L, "downloaded {}"),
    "read audit": Act(_L, "read the audit log"),
    "export audit": Act(_L, "exported the audit log"),
    "verify audit": Act(_L, "verified the audit log"),
    "checkpoint": Act(_L, "took a checkpoint of the audit log"),
    "find person": Act(_L, "looked for what is kept about a person ({})"),
    "export person": Act(_L, "exported what is kept about a person ({})"),
    "erase person": Act(_D, "erased what is kept about a person ({})"),
    "export incident": Act(_L, "exported the facts of {} for a report"),
    "sign in": Act(_A, "signed in"),
    "sign out": Act(_A, "signed out"),
    "second factor": Act(_A, "set up one-time codes"),
    "change password": Act(_A, "changed their password"),
    "end session": Act(_A, "signed out in another place"),
    "add account": Act(_A, "added an account for {}"),
    "change account": Act(_A, "changed what {} may do"),
    "rename account": Act(_A, "changed what {} is called"),
    "stop account": Act(_A, "stopped the account of {}"),
    "restart account": Act(_A, "let {} use their account again"),
    "unlock account": Act(_A, "unlocked the account of {}"),
    "reset codes": Act(_A, "reset the one-time codes of {}"),
    "end sessions": Act(_A, "signed {} out everywhere"),
    "make token": Act(_A, "made a token for programs"),
    "revoke token": Act(_A, "revoked a token of {}"),
    "set password": Act(_A, "set a new password for {}"),
    "in-force": Act(_P, "put policies in force"),
    "enforce": Act(_P, "had the policies act"),
    "observe": Act(_P, "had the policies only watch"),
    "accept flow": Act(_P, "registered the flow {}"),
    "refuse flow": Act(_P, "refused a flow that was suggested"),
    "backup": Act(_S, "made a backup ({})"),
    "restore": Act(_S, "restored the backup of {}"),
    "rotate": Act(_S, "began a new key ({})"),
    "destroy": Act(_S, "destroyed a key ({})"),
    "cut": Act(_S, "deleted entries {}, whose time was over"),
    "chained": Act(_S, "took earlier entries into the chain ({})"),
    "broken": Act(_S, "found that {} had been changed"),
    "moves": Act(_S, "sealed moves of messages ({})"),
    "retired": Act(_S, "sealed what is left of moves"),
}


def of(kind: str) -> tuple[str, ...]:
    """The acts of a kind; () for what is no kind."""
    return tuple(name for name, act in ACTS.items() if act.kind == kind)


def sentence(name: str) -> tuple[str, str, str]:
    """What an act is called: before what it was about, whether that is told, and behind it.

    >>> sentence("undo"), sentence("sign in"), sentence("knit")
    (('took the release of ', '{}', ' back'), ('signed in', '', ''), ('knit ', '{}', ''))
    """
    act = ACTS.get(name)
    return (act.words if act else f"{name} {{}}").partition("{}")
