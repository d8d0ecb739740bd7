"""Every key: documented with its default, and to be set in the environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlpguard.config import Settings, keys, load, reference
from dlpguard.config.in_force import HIDDEN, settings_in_force
from dlpguard.errors import ConfigurationError
from tests.config.conftest import Make

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "settings.md"

HASH = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$pHPYXLqSs2Ze9p6dP1pGMQ"
TENANT = {
    "tenant": "00112233-4455-6677-8899-aabbccddeeff",
    "organisation": "council.example",
    "networks": ["192.0.2.0/24"],
}
CERTIFICATE = {"listen.tls_certificate": "c.pem", "listen.tls_key": "k.pem"}

OTHERS: dict[str, Any] = {
    "organisation.domains": ["b.example"],
    "organisation.phone_region": "DE",
    "organisation.case_references": [r"AB\d{4}"],
    "organisation.partners": [{"domain": "nhs.example"}],
    "organisation.groups": {"finance": ["*@finance.council.example"]},
    "listen.smtps": "127.0.0.1:465",
    "listen.site": "https://dlpguard.council.example",
    "listen.logins": [{"name": "scanner", "hash": HASH}],
    "listen.microsoft365": TENANT,
    "listen.microsoft365.tenant": "99112233-4455-6677-8899-aabbccddeeff",
    "listen.microsoft365.organisation": "other.example",
    "listen.microsoft365.networks": ["198.51.100.0/24"],
    "listen.bare_lines": "normalise",
    "listen.connections_per_client": 7,
    "next_hop.tls": "none",
    "store.url": "sqlite:///other.db",
    "policies.mode": "enforce",
    "review.working_hours": "Mon-Sun 00:00-24:00",
    "review.time_zone": "Europe/Berlin",
    "review.holidays": ["2026-12-25"],
    "review.escalate_to": ["chief@council.example"],
    "review.duty_officers": ["dora@council.example"],
    "review.digest_at": "07:00",
    "review.private_senders": {"legal": ["*@legal.council.example"]},
    "detectors.custom": [{"name": "library_card", "pattern": "LC[0-9]{8}"}],
    "retention.decisions": "800d",
    "log.format": "json",
    "log.destination": "syslog",
    "log.syslog": "logs.council.example:514",
    "log.level": "warning",
    "metrics.token": "a-token-of-some-length",
    **{f"review.{name}": "3h" for name in ("remind_after", "escalate_after", "return_after")},
    "review.answer_within": "3h",
}
"""A value other than the default, where none of the usual kinds is right."""

BESIDE: dict[str, dict[str, Any]] = {
    "listen.smtps": CERTIFICATE,
    "listen.logins": CERTIFICATE,
    "listen.tls_certificate": {"listen.tls_key": "k.pem"},
    "listen.tls_key": {"listen.tls_certificate": "c.pem"},
    "listen.tls_clients": {**CERTIFICATE, "listen.certificates": ["a.example"]},
    "listen.certificates": {**CERTIFICATE, "listen.tls_clients": "a.pem"},
    "next_hop.key": {"next_hop.certificate": "c.pem"},
    "store.password": {"store.url": "postgresql://dlpguard@db.council.example/dlpguard"},
    "store.password_file": {"store.url": "postgresql://dlpguard@db.council.example/dlpguard"},
    **{f"listen.microsoft365.{name}": {"listen.microsoft365": TENANT} for name in TENANT},
}
"""What else has to be there."""

SETTABLE = [key for key in keys.every() if key.variable]


def others(key: keys.Key) -> tuple[Any, ...]:
    """Values of a key that are not its default, of which one at least must be right."""
    if key.name in OTHERS:
        return (OTHERS[key.name],)
    default = json.loads(key.default)
    if isinstance(default, bool):
        return (not default,)
    if isinstance(default, int):
        return (default + 1,)
    if isinstance(default, list):
        return (["other.example"], ["10.0.0.0/8"])
    return tuple(one for one in ("9s", "3d", "127.0.0.1:99") if one != default)


def test_the_reference_is_up_to_date() -> None:
    """Else: python -m dlpguard.config.reference docs/settings.md"""
    text = DOCUMENTATION.read_text("utf-8")

    assert reference.renewed(text) == text


@pytest.mark.parametrize("key", keys.every(), ids=lambda key: key.name)
def test_every_key_is_documented_with_its_default_and_what_it_means(key: keys.Key) -> None:
    text = DOCUMENTATION.read_text("utf-8")
    [row] = [line for line in text.splitlines() if line.startswith(f"| `{key.name}` |")]

    assert key.meaning
    assert key.meaning.replace("|", "\\|") in row
    assert (f"`{key.default}`" if key.default else "|") in row
    assert (" reload " in row) == key.is_reloaded


@pytest.mark.parametrize("key", SETTABLE, ids=lambda key: key.name)
def test_every_key_can_be_set_in_the_environment(
    key: keys.Key, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make().source.file
    assert file
    for name, beside in BESIDE.get(key.name, {}).items():
        variable = "DLPGUARD_" + name.upper().replace(".", "__")
        monkeypatch.setenv(variable, beside if isinstance(beside, str) else json.dumps(beside))
    value, settings = _set(key, file, monkeypatch)

    for setting in settings_in_force(settings):
        if setting.key.place[: len(key.place)] == key.place:
            assert not setting.is_default
            assert setting.origin == key.variable
            shown: Any = HIDDEN if key.is_secret and key.name != "store.url" else value
            steps = setting.key.place[len(key.place) :]
            assert _same(setting.value, shown[steps[-1]] if steps else shown)


def _set(key: keys.Key, file: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Settings]:
    """The value that was set in the environment, and the settings with it."""
    *tried, last = others(key)
    for value in (*tried, last):
        monkeypatch.setenv(key.variable, value if isinstance(value, str) else json.dumps(value))
        try:
            return value, load(file)
        except ConfigurationError:
            if value == last:
                raise
    raise AssertionError


def _same(shown: Any, given: Any) -> bool:
    """Whether they are the same, but for what was not given of a table and for hidden hashes."""
    if isinstance(given, dict) and isinstance(shown, dict):
        return all(_same(shown[name], one) or name == "hash" for name, one in given.items())
    if isinstance(given, list) and isinstance(shown, list):
        return all(map(_same, shown, given)) and len(shown) == len(given)
    return bool(shown == given)


def test_nothing_is_reloaded_that_is_no_key() -> None:
    names = {key.name for key in keys.every()} | {key.section for key in keys.every()}

    assert set() == set(keys.RELOADED) - names


def test_a_secret_is_marked_and_may_come_from_a_file() -> None:
    secret = {key.name for key in keys.every() if key.is_secret}
    names = {key.name for key in keys.every()}

    assert {"next_hop.password", "store.password", "listen.logins[].hash"} <= secret
    # An address has its password apart; hashes are made to be written down.
    by_themselves = secret - {"store.url", "listen.logins[].hash"}
    assert {f"{name}_file" for name in by_themselves} <= names
