"""Forks `dlpguard serve` on request, with everything imported: a life then costs half as much.

    python -m tests.faults._mother

Reads lines of JSON, {"config", "fault", "log", "walls", "roles", "machine", "environment"}; answers
{"started": PID}, and {"ended": PID, "signal": NUMBER, "code": NUMBER} when that has ended.  The
child is `_impatient`, as if started by itself; without `walls` it reads messages in its own process
(`_reader`).  With "decide", [ID, ACT, NAME], it is a reviewer who decides once; the code is that of
`TOLD`.  With "roles" it is a node that takes itself to be on "machine", with more in its
environment.
"""

from __future__ import annotations

import gc
import json
import os
import select
import sys
import traceback
from pathlib import Path
from typing import Any

from dlpguard import commands, faults
from dlpguard import config as settings_file
from dlpguard.commands import _opening, _service, _wiring, serve
from dlpguard.store import presences
from tests.faults import _impatient, _reader, _reviewer

READY = (commands, _opening, _service, serve)
"""What `serve` would import when it starts."""

TOLD = {"done": 0, "stale": 3, "failed": 4}
"""Exit codes of a reviewer."""

_LOOK = 0.02
"""Seconds between two looks whether a child has ended."""

_CHUNK = 1 << 16
"""Bytes of requests that are read at once."""


def main() -> None:
    """Fork until nobody asks any more; then kill what is left."""
    import uvloop  # noqa: F401, PLC0415 - `serve` imports it when it starts

    _impatient.shorten()
    gc.collect()
    gc.freeze()
    children = set[int]()
    rest = b""
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], _LOOK)
        if readable:
            # Not through `sys.stdin`: of two requests at once it would keep one in its buffer,
            # where `select` does not see it.
            chunk = os.read(sys.stdin.fileno(), _CHUNK)
            if not chunk:
                break
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                pid = _fork(json.loads(line))
                children.add(pid)
                _say({"started": pid})
        for pid in tuple(children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                children.discard(pid)
                signaled = os.WIFSIGNALED(status)
                number = os.WTERMSIG(status) if signaled else 0
                code = 0 if signaled else os.waitstatus_to_exitcode(status)
                _say({"ended": pid, "signal": number, "code": code})
    for pid in children:
        os.kill(pid, 9)


def _say(words: dict[str, int]) -> None:
    print(json.dumps(words), flush=True)


def _fork(wanted: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        with open(os.devnull, "rb") as nothing, open(wanted["log"], "ab") as log:
            os.dup2(nothing.fileno(), 0)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        os.environ |= {**wanted["environment"], faults.VARIABLE: wanted["fault"]}
        if "decide" in wanted:
            os._exit(_decide(Path(wanted["config"]), *wanted["decide"]))
        if not wanted["walls"]:
            _wiring.sandbox = _reader.sandbox
        if machine := wanted["machine"]:
            presences._machine = lambda: machine
        roles = [word for role in wanted["roles"] for word in ("--role", role)]
        sys.argv = ["dlpguard", "serve", "--config", wanted["config"], *roles]
        commands.main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    except BaseException:  # noqa: BLE001 - the end of this process, whatever it is
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _decide(config: Path, id: str, act: str, name: str) -> int:
    faults.arm()
    settings = settings_file.load(config)
    store = _opening.store(settings)
    try:
        return TOLD[_reviewer.decide(store, _opening.letterhead(settings), id, act, name)]
    finally:
        store.close()


if __name__ == "__main__":
    main()
