"""What dlpguard raises, and what catching each one means.

Nothing here is raised for the content of a message: what cannot be read is data
(`document.Gap`), because an unreadable file decides like a finding.
"""

from __future__ import annotations


class DlpguardError(Exception):
    """Anything dlpguard raises on purpose."""


class TemporaryError(DlpguardError):
    """Waiting may help: answer 45x, or try again later.  Nothing was changed."""


class NoRoomError(TemporaryError):
    """The disk is full, or as full as it may become."""


class PermanentError(DlpguardError):
    """Waiting will not help: answer 55x, or bounce.  Nothing was changed."""


class ConfigurationError(DlpguardError):
    """Settings, keys or policies are wrong; the text says where, what, and what to do.

    At start it stops dlpguard (exit code 2); at reload the old ones stay in force.
    """


class StaleError(DlpguardError):
    """Somebody else was first: the lease, the state or the version is no longer the one seen.

    Whatever was asked for was not done.  A runner drops its work; a person is told.
    """


class NotFoundError(DlpguardError):
    """There is no such message, account or file; the text names it."""


class RefusedError(DlpguardError):
    """This is not for that person to do, or cannot be done like that; the text says why, for them.

    Nothing was changed.
    """


class KeyDestroyedError(DlpguardError):
    """What is asked for was encrypted under a key that has been destroyed (retention)."""
