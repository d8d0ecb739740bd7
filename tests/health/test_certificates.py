"""Certificates: their ends, their keys, their names, and what Microsoft 365 asks of them."""

from __future__ import annotations

import time
from pathlib import Path
from unittest import mock

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dlpguard.health import (
    Around,
    Certificate,
    Level,
    certificates,
)
from dlpguard.store.opening import Store
from tests.health._lines import one
from tests.health._machine import certificate
from tests.smtp._clients import authority
from tests.store._world import Clock


@pytest.mark.parametrize(
    ("begin", "end", "level"),
    [(-9, 300, "FINE"), (-9, 20, "LOOK"), (-9, -1, "BROKEN"), (1, 300, "BROKEN")],
)
def test_the_end_of_a_certificate_is_noticed(
    store: Store, clock: Clock, tmp_path: Path, begin: int, end: int, level: str
) -> None:
    file = tmp_path / "relay.pem"
    certificate(file, clock() + begin * 86400, clock() + end * 86400)
    certificate(file, 0, 86400)  # whoever signed it: not ours to renew
    named = Certificate("listen.tls_certificate", file)

    assert level == one(certificates.look, store, Around(certificates=(named,))).level.name


def test_of_a_list_of_authorities_every_end_is_noticed(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "authorities.pem"
    certificate(file, 0, clock() + 300 * 86400)
    certificate(file, 0, clock() - 86400)
    named = Certificate("next_hop.authorities", file)

    assert Level.BROKEN is one(certificates.look, store, Around(certificates=(named,))).level


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_certificate_that_cannot_be_read_is_told(
    store: Store, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "relay.pem"
    if content is not None:
        file.write_bytes(content)
    named = Certificate("listen.tls_certificate", file)

    assert Level.BROKEN is one(certificates.look, store, Around(certificates=(named,))).level


@pytest.mark.parametrize("wrong", ["another's", "no key", "missing", "a password"])
def test_a_key_that_does_not_go_with_its_certificate_is_told(
    store: Store, clock: Clock, tmp_path: Path, wrong: str
) -> None:
    file = certificate(tmp_path / "relay.pem", clock() - 1, clock() + 300 * 86400)
    key = file.with_suffix(".key")
    named = Certificate("listen.tls_certificate", file, key)
    right = one(certificates.look, store, Around(certificates=(named,)))
    if wrong == "another's":
        certificate(tmp_path / "other.pem", 0, 1)
        (tmp_path / "other.key").replace(key)
    elif wrong == "a password":
        key.write_bytes(_locked())
    elif wrong == "missing":
        key.unlink()
    else:
        key.write_text("not a key")

    found = one(certificates.look, store, Around(certificates=(named,)))
    assert (Level.FINE, Level.BROKEN) == (right.level, found.level)
    assert "key" in found.said


def _locked() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("relay.council.example", "FINE"),
        ("RELAY.council.example", "FINE"),
        ("mx.council.example", "LOOK"),
        ("a.wild.example", "FINE"),
        ("a.b.wild.example", "LOOK"),
    ],
)
def test_a_certificate_for_another_name_is_noticed(
    store: Store, clock: Clock, tmp_path: Path, name: str, level: str
) -> None:
    its = "*.wild.example" if "wild" in name else "relay.council.example"
    file = certificate(tmp_path / "relay.pem", clock() - 1, clock() + 300 * 86400, its)
    named = Certificate("listen.tls_certificate", file, name=name)

    assert level == one(certificates.look, store, Around(certificates=(named,))).level.name


@pytest.mark.parametrize(
    ("name", "chain", "said"),
    [
        ("relay.elsewhere.example", True, "cannot tell by it whose mail this is"),
        ("relay.council.example", False, "no chain"),
        ("relay.council.example", True, "Valid until"),
        ("council.example", True, "Valid until"),
        ("notcouncil.example", True, "cannot tell by it"),
    ],
)
def test_what_microsoft_asks_of_a_certificate_is_looked_at(
    store: Store, clock: Clock, tmp_path: Path, name: str, chain: bool, said: str
) -> None:
    issuer = authority(tmp_path)
    file, key = issuer.issue(name, name)
    if chain:
        file.write_bytes(file.read_bytes() + issuer.certificate.read_bytes())
    clock.time = time.time()  # which is when it was issued
    named = Certificate("next_hop.certificate", file, key, domains=("council.example",))
    with mock.patch.object(certificates, "SOON_SECONDS", 60.0):
        found = one(certificates.look, store, Around(certificates=(named,)))

    assert said in found.said
    assert (Level.FINE if said == "Valid until" else Level.LOOK) is found.level


def test_a_certificate_of_our_own_making_is_not_for_microsoft(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    file = certificate(tmp_path / "relay.pem", clock() - 1, clock() + 300 * 86400)
    named = Certificate("next_hop.certificate", file, domains=("council.example",))
    found = one(certificates.look, store, Around(certificates=(named,)))

    assert (Level.LOOK, True) == (found.level, "Nobody but you has signed it" in found.said)
