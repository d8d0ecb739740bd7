"""What the policies say about a message, why, and what should therefore happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from dlpguard.lifecycle import Event


class Action(IntEnum):
    """What a policy asks for.  The strongest wins."""

    ALLOW = 0
    TAG = 1
    CONFIRM = 2
    QUARANTINE = 3
    REJECT = 4

    @property
    def label(self) -> str:
        """The word policies, tables and JSON use."""
        return self.name.lower()

    @classmethod
    def named(cls, label: str) -> Action:
        """The action with this label; ValueError when there is none."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ValueError(f"no action is called {label!r}") from None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why a condition holds, as the rest of a sentence about the message.

    `findings` are the kinds it rests on, so that a page can show them in place.
    """

    text: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A policy that applies, and the reasons of each of its conditions.

    `observed` is true where the policy only watches: it is recorded and changes nothing.
    `applies_to` names the recipients that the action is for ("everyone", "outside").  `why` is
    the policy's text for the person whose mail was stopped.
    """

    policy: str
    title: str
    action: Action
    reasons: tuple[Reason, ...]
    approvals: int = 1
    severity: str = "normal"
    queue: str = "reviewers"
    observed: bool = False
    applies_to: str = "everyone"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a message: the strongest action of what matched.

    `policies` is a digest of the policies in force (with flows, groups, mode and accepted gaps),
    so that a record says by what was decided.  `observed` is the action that would have been taken
    while everything is only observed.  `flow` names the registered flow that covers the message,
    `inherits` the copy of it that a person let go, whose decision covers this one too.  `queue` is
    the group that alone may see mail of this sender, "" where the policies say who looks after it.
    """

    action: Action
    matches: tuple[Match, ...] = ()
    policies: str = ""
    observed: Action = Action.ALLOW
    flow: str = ""
    inherits: str = ""
    queue: str = ""

    @property
    def approvals(self) -> int:
        """How many different people have to release it."""
        return max(
            (m.approvals for m in self.matches if m.action is self.action and not m.observed),
            default=1,
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail of our own that a move causes.  Sent to addresses of the organisation only.

    `template` names the text ("held", "returned"); it never repeats what was found.
    """

    recipients: tuple[str, ...] = field(repr=False)
    template: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What should happen; the runner makes it happen, in one transaction."""

    event: Event
    add_headers: tuple[tuple[str, str], ...] = ()
    notices: tuple[Notice, ...] = ()
