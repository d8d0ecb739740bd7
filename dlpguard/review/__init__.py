"""What a reviewer, or its sender, may do to a message that waits.

Each is one transaction: the decision, its record, the audit entry and the notice to the sender
are committed together, and of two who act at once one wins and the other is told.  A decision is
about a mailing: it covers the copies with the same content that wait in the same campaign.  A
sender's covers those that they were asked about.
"""

from dlpguard.review._release import ChoiceError
from dlpguard.review._waiting import Seen
from dlpguard.review.answers import asked, cancel, confirm
from dlpguard.review.casework import assign, comment, look, mark
from dlpguard.review.decisions import Decision, ask, release, release_to, return_, undo
from dlpguard.store.choices import EVERYBODY, INSIDE, Choice

__all__ = [
    "EVERYBODY",
    "INSIDE",
    "Choice",
    "ChoiceError",
    "Decision",
    "Seen",
    "ask",
    "asked",
    "assign",
    "cancel",
    "comment",
    "confirm",
    "look",
    "mark",
    "release",
    "release_to",
    "return_",
    "undo",
]
