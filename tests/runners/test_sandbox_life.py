"""How a sandbox starts, and that nothing is left when it ends, however it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlpguard.errors import TemporaryError
from dlpguard.mail import MessageId
from dlpguard.runners.sandbox import Sandbox
from tests.runners._sandboxes import (
    ENVELOPE,
    HOOK,
    LIMITS,
    SETUP,
    Start,
    message,
    processes,
    zygotes,
)


def test_start_does_not_wait_for_the_parsers(start: Start) -> None:
    begun = time.monotonic()
    start()

    assert time.monotonic() - begun < 0.3


def test_nothing_is_left_after_stop() -> None:
    before = zygotes()

    async def live() -> set[int]:
        sandbox = Sandbox(3, LIMITS, SETUP, hook=HOOK)
        await sandbox.start()
        await sandbox.inspect(MessageId("m"), message("die-of-abort.hostile"), ENVELOPE)
        inside = zygotes() - before
        inside |= {pid for zygote in inside for pid in processes(zygote)}
        reading = asyncio.ensure_future(
            sandbox.inspect(MessageId("m"), message("hang.hostile"), ENVELOPE)
        )
        await asyncio.sleep(0.1)
        await sandbox.stop()
        with pytest.raises(TemporaryError):
            await reading
        with pytest.raises(TemporaryError):
            await sandbox.inspect(MessageId("m"), message(), ENVELOPE)
        return inside

    asyncio.run(live())
    others = set(processes(os.getpid()))
    descriptors = set(os.listdir("/proc/self/fd"))
    inside = asyncio.run(live())

    assert others == set(processes(os.getpid()))
    assert descriptors == set(os.listdir("/proc/self/fd"))
    assert [pid for pid in inside if Path(f"/proc/{pid}").exists()] == []


def test_stopping_while_the_zygote_imports_leaves_nothing() -> None:
    others = set(processes(os.getpid()))

    async def start_and_stop() -> None:
        sandbox = Sandbox(2, LIMITS, SETUP)
        await sandbox.start()
        await sandbox.stop()

    asyncio.run(start_and_stop())

    assert others == set(processes(os.getpid()))


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, sys\n"
        "from dlpguard.inspection import Setup\n"
        "from dlpguard.recipients import Organisation\n"
        "from dlpguard.runners.sandbox import Limits, Sandbox\n"
        "async def main():\n"
        "    sandbox = Sandbox(2, Limits(), Setup(Organisation(domains=('council.example',))))\n"
        "    await sandbox.start()\n"
        "    await sandbox.ready()\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        (zygote,) = processes(parent.pid)
        pids = {zygote, *processes(zygote)}
        parent.kill()
    deadline = time.monotonic() + 5
    while (left := [p for p in pids if is_running(p)]) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert len(pids) >= 2
    assert left == []


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_zygote_that_cannot_start_is_said_to_callers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hook = tmp_path / "broken.py"
    hook.write_text("raise ImportError('no such library')")

    async def try_it() -> None:
        sandbox = Sandbox(1, LIMITS, SETUP, hook=f"{hook}:meet")
        await sandbox.start()
        try:
            await sandbox.inspect(MessageId("m"), message(), ENVELOPE)
        finally:
            await sandbox.stop()

    with pytest.raises(TemporaryError, match="standard error says why"):
        asyncio.run(try_it())
    assert "no such library" in capfd.readouterr().err


def test_the_zygote_holds_no_database_no_server_and_no_policies() -> None:
    code = "import sys, dlpguard.runners._zygote; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True
    ).stdout.split()

    others = {"sqlalchemy", "sqlite3", "asyncio", "aiosmtpd", "cryptography", "pydantic"}
    assert set() == others & set(loaded)
