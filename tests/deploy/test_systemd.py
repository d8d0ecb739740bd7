"""The unit of systemd: how exposed it is, and that the sandbox still has all its protections."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dlpguard.runners import _confine, _isolate
from dlpguard.runners.sandbox import PROTECTIONS
from tests import _needs
from tests.deploy import _unit
from tests.deploy._compose import ROOT
from tests.journeys._programs import DEADLINE

MOST_EXPOSED = 2.2
"""Of 10; what is left is the network, and what the sandbox is made of."""

READ = """
import asyncio, json
from dlpguard.inspection import Setup
from dlpguard.recipients import Organisation
from dlpguard.runners import _wire
from dlpguard.runners._converter import Converter
from dlpguard.runners.sandbox import Limits, Sandbox

async def read():
    converter = Converter(1 << 20)
    converted = await converter.convert(_wire.Convert(rb"{\\rtf1 Dear Bob\\par}"))
    in_use = converter.protections
    await converter.close()
    sandbox = Sandbox(1, Limits(), Setup(Organisation(domains=("council.example",))))
    await sandbox.start()
    protections = await sandbox.ready()
    await sandbox.stop()
    print(json.dumps([converted.text, converted.detail, in_use, protections]))

asyncio.run(read())
"""


@pytest.fixture(autouse=True)
def _with_systemd() -> None:
    _needs.need(_unit.is_here(), "systemd")


def test_it_is_little_exposed() -> None:
    said = _unit.analysed("security", "--offline=yes", str(_unit.FILE))
    found = re.search(r"exposure level for dlpguard\.service: ([0-9.]+)", said)
    assert found

    assert float(found[1]) <= MOST_EXPOSED


def test_systemd_knows_every_line_of_it() -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", str(_unit.FILE)], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if "dlpguard.service" in line]

    assert [] == [line for line in said if "is not executable" not in line]


def test_it_is_reloaded_by_the_signal_that_serve_knows() -> None:
    assert ["/bin/kill -HUP $MAINPID"] == _unit.values("ExecReload")


def test_its_account_owns_what_it_writes_and_only_reads_its_settings(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root gives files away")
    (tmp_path / "etc").mkdir()
    for program, kind, more in (
        ("systemd-sysusers", "sysusers", ()),
        ("systemd-tmpfiles", "tmpfiles", ("--create",)),
    ):
        file = _unit.FILE.with_name(f"dlpguard.{kind}.conf")
        subprocess.run([program, *more, f"--root={tmp_path}", str(file)], check=True)
    account = (tmp_path / "etc/passwd").read_text().split(":")
    uid = int(account[2])

    assert (["dlpguard"], "/usr/sbin/nologin\n") == (_unit.values("User"), account[-1])
    found = {}
    for name in ("etc/dlpguard", "etc/dlpguard/policies", "var/lib/dlpguard"):
        seen = (tmp_path / name).stat()
        found[name] = (stat.S_IMODE(seen.st_mode), seen.st_uid)
    assert {
        "etc/dlpguard": (0o750, 0),
        "etc/dlpguard/policies": (0o750, 0),
        "var/lib/dlpguard": (0o700, uid),
    } == found


def test_behind_its_filter_the_sandbox_reads_with_all_protections() -> None:
    _needs.need_module("iscc_tika", "iscc-tika")
    done = subprocess.run(
        _unit.behind([sys.executable, "-c", READ]),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    converted, detail, of_converter, of_worker = json.loads(done.stdout)

    assert ("Dear Bob", "") == (converted, detail)
    assert {_confine.PRIVATE_TMP, *_confine.EVERYTHING} <= set(of_converter)
    # Landlock's scopes are as old as Linux 6.12.
    assert set(PROTECTIONS) - {_isolate.LANDLOCK_SCOPES} <= set(of_worker)
