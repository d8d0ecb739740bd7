"""Certificates that the settings name: whether they can be read, and how long they are valid."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509

from dlpguard.health._lines import Around, Certificate, Level, Line
from dlpguard.health._words import day, lasting
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store

SOON_SECONDS = 21 * 86400.0
"""Before the end: those that renew themselves do it a month before; others take a week to get."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """A line for each certificate."""
    now = store.database.read_now(Transaction.now)
    for one in around.certificates:
        yield _line(one, now)
    if not around.certificates:
        said = "The settings name no certificate."
        yield Line("Certificates", Level.FINE, said)


def _line(one: Certificate, now: float) -> Line:
    about = f"Certificate {one.key}"
    renew = "Renew it, put it in its place, and restart dlpguard."
    try:
        found = x509.load_pem_x509_certificates(one.file.read_bytes())
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a PEM file"
        return Line(about, Level.BROKEN, f"{one.file} cannot be read: {why}.", renew)
    # Of a chain ours is the first; of a list of authorities the first to end is what matters.
    checked = found if one.key in _LISTS else found[:1]
    end = min(each.not_valid_after_utc.timestamp() for each in checked)
    begin = max(each.not_valid_before_utc.timestamp() for each in checked)
    if end < now:
        return Line(about, Level.BROKEN, f"It ended on {day(end)}: others refuse it.", renew)
    if begin > now:
        said = f"It is only valid from {day(begin)} on."
        return Line(about, Level.BROKEN, said, "See Clock, or use the certificate from before.")
    said = f"Valid until {day(end)}, for {lasting(end - now)}."
    if end - now < SOON_SECONDS:
        return Line(about, Level.LOOK, said, renew)
    return Line(about, Level.FINE, said)


_LISTS = frozenset({"listen.tls_clients", "next_hop.authorities"})
