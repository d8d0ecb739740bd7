"""What inspection is told: of the organisation, and what a message may cost.

It stands apart from `inspection`: the relay's own process hands it to the workers of the sandbox,
and loads nothing that reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard import conventions
from dlpguard.limits import Limits
from dlpguard.recipients import Organisation


@dataclass(frozen=True, slots=True)
class Setup:
    """What inspection has to know about the organisation, and what a message may cost.

    `contacts` are the published contacts (addresses or names) whom no message discloses.
    """

    organisation: Organisation
    detection: conventions.Setup = field(default_factory=conventions.Setup)
    limits: Limits = field(default_factory=Limits)
    contacts: tuple[str, ...] = ()
