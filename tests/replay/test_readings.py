"""What was read, sealed: found again, gone on with, and noise to everybody else."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlpguard.errors import ConfigurationError
from dlpguard.facts import Facts
from dlpguard.mail import Envelope
from dlpguard.replay.readings import Readings, Stored, lasting, passing, remove

SETUP = b"settings"
READ = Stored(Facts(sender="ann@council.example", subject="Unmistakable"))

Opened = Callable[[Readings], Readings]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Closes what is opened."""
    with contextlib.ExitStack() as stack:
        yield lambda kept: stack.enter_context(contextlib.closing(kept))


def test_a_reading_is_found_by_bytes_and_envelope(tmp_path: Path, opened: Opened) -> None:
    kept = opened(passing(tmp_path, SETUP))
    envelope = Envelope("ann@council.example", ())
    digest = kept.digest(b"raw", envelope)
    kept.add(digest, READ)
    kept.add(kept.digest(b"other", envelope), Stored(Facts(sender=""), crashed=True))

    assert READ == kept.find(digest)
    assert kept.find(kept.digest(b"raw", Envelope("bo@council.example", ()))) is None
    assert 2 == len(kept)


def test_another_run_goes_on_and_drops_what_was_half_written(
    tmp_path: Path, opened: Opened
) -> None:
    first = lasting(tmp_path / "state", SETUP, resume=False)
    first.add(b"a" * 16, READ)
    first.add(b"b" * 16, READ)
    first.close()
    file = tmp_path / "state" / "readings"
    file.write_bytes(file.read_bytes()[:-5])

    second = opened(lasting(tmp_path / "state", SETUP, resume=True))

    assert (READ, None) == (second.find(b"a" * 16), second.find(b"b" * 16))
    second.add(b"b" * 16, READ)
    assert READ == second.find(b"b" * 16)


def test_only_its_owner_may_read_what_is_left(tmp_path: Path, opened: Opened) -> None:
    kept = opened(lasting(tmp_path / "state", SETUP, resume=False))
    kept.add(b"a" * 16, READ)
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "state").iterdir()}

    assert {"key": 0o600, "readings": 0o600} == modes
    assert 0o700 == stat.S_IMODE((tmp_path / "state").stat().st_mode)
    assert b"Unmistakable" not in (tmp_path / "state" / "readings").read_bytes()


def test_a_passing_key_is_in_no_file(tmp_path: Path, opened: Opened) -> None:
    kept = opened(passing(tmp_path, SETUP))
    kept.add(b"a" * 16, READ)

    assert ["readings"] == [file.name for file in tmp_path.iterdir()]
    assert b"Unmistakable" not in (tmp_path / "readings").read_bytes()


def test_readings_of_other_settings_are_not_gone_on_with(tmp_path: Path) -> None:
    kept = lasting(tmp_path / "state", SETUP, resume=False)
    kept.add(b"a" * 16, READ)
    kept.close()

    with pytest.raises(ConfigurationError, match="written with other settings"):
        lasting(tmp_path / "state", b"others", resume=True)


def test_an_interrupted_run_is_not_begun_anew_by_mistake(tmp_path: Path) -> None:
    lasting(tmp_path / "state", SETUP, resume=False).close()

    with pytest.raises(ConfigurationError, match="go on with --resume, or remove"):
        lasting(tmp_path / "state", SETUP, resume=False)


def test_what_was_not_begun_cannot_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no interrupted run; leave out --resume"):
        lasting(tmp_path / "state", SETUP, resume=True)


def test_a_directory_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o755)

    with pytest.raises(ConfigurationError, match="chmod 700"):
        lasting(tmp_path / "state", SETUP, resume=False)


def test_what_is_removed_leaves_other_files_alone(tmp_path: Path) -> None:
    lasting(tmp_path / "state", SETUP, resume=False).close()
    (tmp_path / "state" / "mine").touch()
    remove(tmp_path / "state")

    assert ["mine"] == [file.name for file in (tmp_path / "state").iterdir()]
