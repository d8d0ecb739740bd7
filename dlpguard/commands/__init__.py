"""The commands, one module each.  Exit codes: 0 fine, 1 something found or decided otherwise,
2 wrong use or cannot run.

Every module has `register(app)`.  What a command needs is imported when it runs: `dlpguard
quarantine list` must not load parsers.
"""

from __future__ import annotations

import atexit
import gc
import sys
from importlib import import_module

import typer

from dlpguard import faults, telemetry
from dlpguard.errors import DlpguardError

MEMBERS = (
    *("demo", "serve", "scan", "replay", "policy", "quarantine", "audit", "user", "keys", "db"),
    *("login", "config", "doctor", "backup", "restore"),
    *("subject", "incident"),
)
"""Every command, in the order in which the help shows them."""


def app() -> typer.Typer:
    """The command line, complete."""
    line = typer.Typer(
        name="dlpguard",
        help="Reads outgoing mail, and holds what would leak people's data.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # a traceback must not show what a local variable holds
    )
    for name in MEMBERS:
        import_module(f"dlpguard.commands.{name}").register(line)
    return line


def main() -> None:
    """Run the command line."""
    # Memory goes with the process: looking through all of it for cycles on the way out takes the
    # interpreter a quarter of a second, which is longer than many commands work.
    atexit.register(gc.freeze)
    try:
        faults.arm()
        app()(prog_name="dlpguard")
    except DlpguardError as error:
        print(f"dlpguard: {error}", file=sys.stderr)  # noqa: T201 - this is the terminal's answer
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - its text may quote a message: class and place only
        telemetry.crashed("command", error)
        sys.exit(2)
