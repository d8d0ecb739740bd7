"""Who may do what on the site: one table, which the pages ask and the tests walk."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What somebody is on the site (DESIGN 9).  One can be several."""

    REVIEWER = "reviewer"
    APPROVER = "approver"
    AUDITOR = "auditor"
    POLICY_ADMINISTRATOR = "policy-administrator"
    MAIL_ADMINISTRATOR = "mail-administrator"
    DUTY_OFFICER = "duty-officer"


class Right(StrEnum):
    """One thing that the site can be asked to do."""

    SEE_QUEUE = "see the queue and a message's counts"
    SEE_CONTENT = "see what a message says"
    DECIDE = "return, ask and release"
    APPROVE = "approve what takes two people"
    BREAK_GLASS = "release alone when somebody is at risk"
    LOOK_INTO = "look into what was released because somebody was at risk"
    DOWNLOAD = "download a message"
    SEE_FIGURES = "see the figures"
    SEE_POLICIES = "see policies and flows"
    CHANGE_POLICIES = "accept flows"
    SEE_AUDIT = "see and verify the audit log"
    SEE_HEALTH = "see the system's health"
    MANAGE_ACCOUNTS = "manage accounts"


_ANYBODY = frozenset({Right.SEE_FIGURES, Right.SEE_POLICIES})
_REVIEWING = frozenset({Right.SEE_QUEUE, Right.SEE_CONTENT, Right.DECIDE}) | _ANYBODY

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.REVIEWER: _REVIEWING,
    Role.APPROVER: _REVIEWING | {Right.APPROVE, Right.DOWNLOAD, Right.LOOK_INTO},
    Role.AUDITOR: _ANYBODY | {Right.SEE_QUEUE, Right.SEE_AUDIT, Right.LOOK_INTO},
    Role.POLICY_ADMINISTRATOR: _ANYBODY | {Right.CHANGE_POLICIES},
    Role.MAIL_ADMINISTRATOR: _ANYBODY | {Right.SEE_HEALTH, Right.MANAGE_ACCOUNTS},
    Role.DUTY_OFFICER: _REVIEWING | {Right.BREAK_GLASS},
}
"""Who runs the machine does not read the mail, and who checks the reviewers does not either."""


def rights(roles: Iterable[str]) -> frozenset[Right]:
    """What somebody with these roles may do; names that are no role give nothing."""
    known = [RIGHTS[Role(role)] for role in roles if role in set(Role)]
    return frozenset().union(*known)
