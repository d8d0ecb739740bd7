"""By what mail is judged: the sections `policies` and `campaign`."""

from __future__ import annotations

from enum import StrEnum

from dlpguard.config._values import Duration, Section


class Mode(StrEnum):
    """Observe: everything is inspected and recorded, nothing is held, asked or delayed."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


class Policies(Section):
    """Where the policies are, and whether they act."""

    directory: str = "policies"
    """your policies; where there is no such folder, those that are shipped"""
    mode: Mode = Mode.OBSERVE
    """`"enforce"` makes policies act; what `dlpguard policy enforce` or `observe` said last counts
    more"""


class CampaignSection(Section):
    """How long messages with the same content belong together."""

    window: Duration = 3600.0
    """how long after each other messages of one sender with the same text or attachment are still
    one mailing: its outside recipients are added up"""
    settle: Duration = 20.0
    """how long a message waits for other copies of the same mailing, when it carries people who
    come with something private, or a list; all that its sender sent within that time is inspected
    before it leaves. `"0s"`: it does not wait"""
