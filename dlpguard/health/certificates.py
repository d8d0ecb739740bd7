"""Certificates that the settings name: whether they can be read, fit their keys, have the name that
they should, and how long they are valid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import NameOID

from dlpguard.health._lines import Around, Certificate, Level, Line
from dlpguard.health._words import day, lasting
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store

RENEW = "Renew it, put it in its place, and reload dlpguard (SIGHUP)."

SOON_SECONDS = 21 * 86400.0
"""Before the end: those that renew themselves do it a month before; others take a week to get."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """A line for each certificate."""
    now = store.database.read_now(Transaction.now)
    yield from look_at(around.certificates, now)


def look_at(named: Sequence[Certificate], now: float) -> Iterator[Line]:
    """The same where there is no store; `now` in seconds since 1970."""
    for one in named:
        yield _line(one, now)
    if not named:
        said = "The settings name no certificate."
        yield Line("Certificates", Level.FINE, said)


def end_of(one: Certificate) -> float:
    """When it ends, in seconds since 1970; 0.0 for one that cannot be read."""
    try:
        return _end(_that_count(one, x509.load_pem_x509_certificates(one.file.read_bytes())))
    except (OSError, ValueError):
        return 0.0


def _line(one: Certificate, now: float) -> Line:
    about = f"Certificate {one.key}"
    try:
        found = x509.load_pem_x509_certificates(one.file.read_bytes())
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a PEM file"
        return Line(about, Level.BROKEN, f"{one.file} cannot be read: {why}.", RENEW)
    return _validity(one, found, now)


def _validity(one: Certificate, found: list[x509.Certificate], now: float) -> Line:
    about = f"Certificate {one.key}"
    checked = _that_count(one, found)
    wrong = _key_trouble(one, found[0]) if one.private else ""
    if wrong:
        advice = "Put the key beside the certificate that it was made for."
        return Line(about, Level.BROKEN, wrong, advice)
    end = _end(checked)
    begin = max(each.not_valid_before_utc.timestamp() for each in checked)
    if end < now:
        return Line(about, Level.BROKEN, f"It ended on {day(end)}: others refuse it.", RENEW)
    if begin > now:
        said = f"It is only valid from {day(begin)} on."
        return Line(about, Level.BROKEN, said, "See Clock, or use the certificate from before.")
    said = f"Valid until {day(end)}, for {lasting(end - now)}."
    if end - now < SOON_SECONDS:
        return Line(about, Level.LOOK, said, RENEW)
    doubt = _doubt(one, found)
    if doubt:
        return Line(about, Level.LOOK, f"{said} {doubt[0]}", doubt[1])
    return Line(about, Level.FINE, said)


def _doubt(one: Certificate, found: list[x509.Certificate]) -> tuple[str, str] | None:
    """What others may not like about a certificate that is valid, and what to do."""
    names = names_of(found[0])
    its = f"It is for {', '.join(names[:3]) or 'no name'}"
    if one.name and not any(_covers(name, one.name) for name in names):
        advice = f"Get one for {one.name}, or correct listen.name."
        return f"{its}, and not for {one.name}.", advice
    if not one.domains:
        return None
    if not any(f".{name}".endswith(f".{domain}") for name in names for domain in one.domains):
        advice = "Get one for a name in, or below, a domain that is accepted there; see 5.7.64."
        return f"{its}: Microsoft 365 cannot tell by it whose mail this is.", advice
    if found[0].issuer == found[0].subject:
        advice = "Get one from a public authority; see 5.7.64."
        return "Nobody but you has signed it: Microsoft 365 does not believe it.", advice
    if len(found) == 1:
        advice = "Put the certificates of those who signed it behind it, into the same file."
        return "Its file has no chain, which Microsoft 365 needs to check it.", advice
    return None


def _that_count(one: Certificate, found: list[x509.Certificate]) -> list[x509.Certificate]:
    """Of a chain ours is the first; of a list of authorities the first to end is what matters."""
    return found if one.key in _LISTS else found[:1]


def _end(found: list[x509.Certificate]) -> float:
    return min(each.not_valid_after_utc.timestamp() for each in found)


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The DNS names of a certificate; where it has none, its common names."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return tuple(str(one.value) for one in found)
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def _covers(name: str, wanted: str) -> bool:
    """Whether a name of a certificate stands for a host; `*` for its first label (RFC 9525 6.3)."""
    name, wanted = name.casefold(), wanted.casefold()
    if name.startswith("*."):
        return wanted.partition(".")[2] == name[2:]
    return name == wanted


def _key_trouble(one: Certificate, certificate: x509.Certificate) -> str:
    """Why the key does not go with the certificate; "" when it does."""
    assert one.private
    try:
        key = serialization.load_pem_private_key(one.private.read_bytes(), None)
    except TypeError:
        return f"The key in {one.private} has a password, which nobody can give at a start."
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no key in PEM form"
        return f"The key in {one.private} cannot be read: {why}."
    if _public(key.public_key()) != _public(certificate.public_key()):
        return f"The key in {one.private} is not the one of this certificate."
    return ""


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


_LISTS = frozenset({"listen.tls_clients", "next_hop.authorities"})
