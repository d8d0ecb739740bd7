"""Where the commands of a page run: a folder, a next hop that takes everything, ports of its own.

A page names addresses as a reader would (10.0.0.5:2525); here they are ports on the loopback that
nobody else has.  What a reader has and a test has not (their smarthost) comes from the environment,
which counts more than the file that the page shows.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest

from dlpguard import commands
from tests.docs._blocks import Block, fits, steps
from tests.journeys._programs import DEADLINE, HOST, free_port, listens, wait_until

PASSWORD = "three words will do"
"""What is typed where a command asks for one."""


@dataclass
class Ground:
    """A folder in which a page is lived through.

    `instead` are words of the page and what stands for them here; `environment` is added to that
    of every command.
    """

    folder: Path
    instead: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    _background: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def live(self, block: Block) -> None:
        """Write the file, or run the commands, that a block shows."""
        if block.title:
            file = self.folder / self.here(block.title)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.here(block.text), "utf-8")
            return
        for step in steps(block):
            self._run(block, self.here(step.command), tuple(map(self.here, step.expected)))

    def here(self, text: str) -> str:
        """What the page says, with the addresses of this place."""
        for word, instead in self.instead.items():
            text = text.replace(word, instead)
        return text

    def stop(self) -> None:
        """End what still runs in the background."""
        for process in self._background:
            process.terminate()
        for process in self._background:
            try:
                process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, block: Block, command: str, expected: tuple[str, ...]) -> None:
        if command.endswith("&"):
            self._start(command.removesuffix("&").strip())
            return
        printed, code = "", 0

        def has_happened() -> bool:
            nonlocal printed, code
            printed, code = self._output(command)
            return fits(expected, printed)

        # What only looks may look again: mail takes a moment.
        if re.match(r"tail |grep |cat |ls ", command):
            with contextlib.suppress(pytest.fail.Exception):
                wait_until(has_happened, command)
        else:
            has_happened()
        if not fits(expected, printed):
            shown = "\n".join(expected)
            pytest.fail(f"{block.name}: $ {command}\nshows\n{shown}\nbut prints\n{printed}")
        # dlpguard's 1 is an answer: something was found.
        answers = {0, 1} if command.startswith("dlpguard ") else {0}
        if code not in answers:
            pytest.fail(f"{block.name}: $ {command}\nends with {code}:\n{printed}")

    def _output(self, command: str) -> tuple[str, int]:
        """What a command prints, and how it ends."""
        # A page has many commands, and half a second of each would be Python's start.
        if command.startswith("dlpguard ") and not re.search(r"[|&;<>]", command):
            return self._in_this_process(shlex.split(command.replace("\\\n", " ")))
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self._environment(),
            input=f"{PASSWORD}\n".encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=DEADLINE,
            check=False,
        )
        return done.stdout.decode("utf-8", "replace"), done.returncode

    def _in_this_process(self, words: list[str]) -> tuple[str, int]:
        printed = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        with (
            mock.patch.object(sys, "argv", words),
            mock.patch.object(sys, "stdin", io.StringIO(f"{PASSWORD}\n")),
            mock.patch.dict(os.environ, self._environment(), clear=True),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                commands.main()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        printed.seek(0)
        return printed.read(), code

    def _start(self, command: str) -> None:
        """Start `dlpguard serve` in the background and wait until it greets."""
        words = shlex.split(command)
        log = self.folder / words[words.index("2>") + 1]
        assert words[:2] == ["dlpguard", "serve"], command
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *words[: words.index("2>")]],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._background.append(process)
        port = int(self.instead["2525"])
        wait_until(lambda: listens(port) or process.poll() is not None, "the relay to greet")
        assert process.poll() is None, log.read_text("utf-8")

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("HOME",) if name in os.environ}
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"))
        return kept | {"PATH": path, "LC_ALL": "C.UTF-8", "COLUMNS": "100"} | dict(self.environment)


@contextlib.contextmanager
def ground(folder: Path, next_hop: int, **environment: str) -> Iterator[Ground]:
    """A ground whose next hop is a port on the loopback."""
    here = Ground(
        folder,
        {"2525": str(free_port()), "8080": str(free_port()), "10.0.0.5": HOST},
        {
            "DLPGUARD_NEXT_HOP__HOST": HOST,
            "DLPGUARD_NEXT_HOP__PORT": str(next_hop),
            "DLPGUARD_NEXT_HOP__TLS": "none",
            "DLPGUARD_INSPECT__WORKERS": "1",
            "DLPGUARD_NEXT_HOP__USERNAME": "",
            "DLPGUARD_NEXT_HOP__PASSWORD_FILE": "",
        }
        | environment,
    )
    try:
        yield here
    finally:
        here.stop()
