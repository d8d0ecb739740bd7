"""Reading settings again while dlpguard runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlpguard.config import build
from dlpguard.config.reread import reread
from dlpguard.errors import ConfigurationError
from tests.config.conftest import Make
from tests.config.test_keys import HASH

LOGIN = (
    "[listen]\ntls_certificate='c.pem'\ntls_key='k.pem'\n"
    f"logins=[{{name='scanner', hash='{HASH}'}}]\n"
)


def test_what_may_change_counts_at_once(make: Make) -> None:
    before = make()
    make(LOGIN + "[gaps]\ntoo-large=['mp4']\n")
    found = reread(before)

    assert ("scanner",) == tuple(login.name for login in found.settings.listen.logins)
    assert ("mp4",) == found.settings.gaps.too_large
    assert ("listen.tls_certificate", "listen.tls_key", "listen.logins", "gaps.too-large") == (
        found.changed
    )
    assert () == found.waiting


def test_what_needs_a_restart_keeps_its_value_and_is_named(make: Make) -> None:
    before = make()
    make("[listen]\nsmtp='127.0.0.1:26'\nsize=7\n[inspect]\nworkers=9\n")
    found = reread(before)

    assert ("listen.size",) == found.changed
    assert ("listen.smtp", "inspect.workers") == found.waiting
    assert ("127.0.0.1:2525", 7, 2) == (
        found.settings.listen.smtp,
        found.settings.listen.size,
        found.settings.inspect.workers,
    )


def test_what_waits_is_named_again_until_the_restart(make: Make) -> None:
    before = make()
    make("[inspect]\nworkers=9\n")
    once = reread(before)
    twice = reread(once.settings)

    assert once.waiting == twice.waiting


def test_settings_that_are_wrong_now_change_nothing(make: Make) -> None:
    before = make()
    with pytest.raises(ConfigurationError):
        make("[listen]\nsize='big'\n")

    with pytest.raises(ConfigurationError, match=r"dlpguard\.toml:4: listen\.size"):
        reread(before)


def test_a_certificate_is_not_taken_from_a_port_that_needs_it(make: Make) -> None:
    tls = "[listen]\ntls_certificate='c.pem'\ntls_key='k.pem'\nsmtps='127.0.0.1:465'\n"
    before = make(tls)
    make()

    with pytest.raises(ConfigurationError, match=r"listen\.smtps needs .* until the restart"):
        reread(before)


def test_nothing_new_is_nothing_changed(make: Make) -> None:
    found = reread(make(LOGIN))

    assert ((), ()) == (found.changed, found.waiting)


def test_settings_from_no_file_stay(tmp_path: Path) -> None:
    settings = build({"organisation": {"domains": ["a.example"]}}, tmp_path, "a test")

    assert settings is reread(settings).settings


def test_paths_still_start_from_the_file(make: Make, tmp_path: Path) -> None:
    assert tmp_path / "x" == reread(make()).settings.path("x")
