"""Lines that go to syslog, on real sockets."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard import telemetry
from dlpguard.errors import ConfigurationError
from tests.telemetry._lines import EVENTS


def listening(path: Path) -> socket.socket:
    """What a syslog daemon has at /dev/log."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(path))
    made.settimeout(5)
    return made


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # a socket's path has 107 characters at most
    return tmp_path / "log"


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(5)
        yield made


def test_a_line_to_this_machine_has_time_and_name_as_others_write_them(path: Path) -> None:
    with listening(path) as daemon:
        telemetry.setup(syslog=str(path))
        EVENTS["accepted"]()
        said = daemon.recv(4096).decode()

    assert re.fullmatch(
        rf"<22>[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d dlpguard\[{os.getpid()}\]: "
        r"accepted id=01J5 bytes=1234 recipients=157",
        said,
    )


@pytest.mark.parametrize(
    ("event", "priority"), [("stopping", 22), ("deferred", 20), ("failed", 19)]
)
def test_the_level_is_in_the_priority(event: str, priority: int, path: Path) -> None:
    with listening(path) as daemon:
        telemetry.setup(syslog=str(path))
        EVENTS[event]()

        assert daemon.recv(4096).startswith(b"<%d>" % priority)


def test_a_line_to_another_machine_is_one_of_rfc_5424(udp: socket.socket) -> None:
    telemetry.setup(as_json=True, syslog=f"127.0.0.1:{udp.getsockname()[1]}")
    EVENTS["over budget"]()
    found = re.fullmatch(
        r"<20>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 (\S+) "
        r"dlpguard (\d+) over_budget - (.*)",
        udp.recv(4096).decode(),
    )

    assert found
    assert (socket.gethostname(), str(os.getpid())) == (found[1], found[2])
    said = json.loads(found[3])
    assert (26, 25) == (said["held"], said["budget"])


def test_a_daemon_that_was_restarted_gets_the_next_line(path: Path) -> None:
    with listening(path):
        telemetry.setup(syslog=str(path))
    path.unlink()
    with listening(path) as daemon:
        telemetry.stopping()

        assert daemon.recv(4096).endswith(b": stopping")


def test_without_a_daemon_lines_go_to_standard_error(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(path):
        telemetry.setup(syslog=str(path))
    telemetry.stopping()

    assert "stopping\n" == capsys.readouterr().err


def test_a_daemon_that_does_not_read_is_not_waited_for(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(path):
        telemetry.setup(syslog=str(path))
        for _ in range(1000):  # a socket keeps some hundred datagrams at most
            telemetry.stopping()

    assert "stopping\n" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["/there/is/nothing", "no-such-host.invalid:514"])
def test_syslog_that_is_not_there_is_an_error_at_start(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"log\.syslog: .* cannot be reached"):
        telemetry.setup(syslog=address)
