"""From settings to the store: all that the commands for reviewers need, and quick to import."""

from __future__ import annotations

import socket
from pathlib import Path

from dlpguard.config import Settings
from dlpguard.errors import ConfigurationError
from dlpguard.notices import Letterhead
from dlpguard.store.opening import Store, open_store
from dlpguard.store.periods import Patience, Periods

DEFAULT_CONFIG = Path("dlpguard.toml")
"""What `--config` names when it is not given."""


def shipped(name: str) -> Path:
    """A directory that comes with dlpguard: `policies` or `samples`.

    Inside an installed package, or at the top of a checkout.
    """
    package = Path(__file__).resolve().parent.parent
    for place in (package / "_shipped" / name, package.parent / name):
        if place.is_dir():
            return place
    raise ConfigurationError(f"the {name} that come with dlpguard are missing; install it again")


def store(settings: Settings, *, with_all_keys: bool = True) -> Store:
    """The store that the settings name; `with_all_keys` as for `open_store`."""
    return open_store(
        settings.database,
        settings.path(settings.store.key_file),
        settings.base,
        periods=Periods(**settings.retention.model_dump(), patience=patience(settings)),
        with_all_keys=with_all_keys,
    )


def patience(settings: Settings) -> Patience:
    """How long people may take to decide."""
    review = settings.review
    return Patience(
        review.calendar,
        remind=review.seconds(review.remind_after),
        escalate=review.seconds(review.escalate_after),
        give_back=review.seconds(review.return_after),
        answer=review.seconds(review.answer_within),
        daily_budget=review.daily_budget,
    )


def hostname(settings: Settings) -> str:
    """The name under which we greet."""
    return settings.listen.name or socket.getfqdn()


def postmaster(settings: Settings) -> str:
    """Who looks after this relay: gets mail to `<postmaster>`, and signs notices."""
    return f"postmaster@{settings.organisation.domains[0]}"


def letterhead(settings: Settings) -> Letterhead:
    """In whose name notices are written."""
    domains = settings.organisation.domains
    site = settings.listen.site.rstrip("/")
    zone = settings.review.calendar.zone
    return Letterhead(hostname(settings), postmaster(settings), domains, site, zone)
