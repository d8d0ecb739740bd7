"""Fuzz one target with atheris, coverage-guided, for as long as there is time.

    python -m tests.fuzz TARGET [--seconds N] [--found FOLDER]

atheris has wheels for Python 3.11 to 3.13 on x86-64 Linux; elsewhere it is built by clang, or only
`test_fuzz.py` runs.  What crashes a target is written into FOLDER (crash-…, timeout-…,
oom-…); put it, made as small as it goes, into the tests of what it crashed.
"""

from __future__ import annotations

import importlib
import resource
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

PACKAGES = ("dlpguard.mime", "dlpguard.extractors", "dlpguard.counting")
"""What is instrumented: our own code; native libraries are not built for it."""


def main(
    target: Annotated[
        str, typer.Argument(help="mime, message, or a module of dlpguard.extractors")
    ],
    seconds: Annotated[int, typer.Option(help="how long", min=1)] = 600,
    found: Annotated[Path, typer.Option(help="for what crashes")] = Path("fuzz-found"),
) -> None:
    """Run until something crashes, or the time is over."""
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        typer.echo("atheris is not installed: there is no wheel for this machine", err=True)
        raise typer.Exit(2) from None
    with atheris.instrument_imports(include=list(PACKAGES)):
        from tests.fuzz._targets import targets  # noqa: PLC0415 - instrumented on import
    chosen = targets()
    if target not in chosen:
        raise typer.BadParameter(f"one of: {', '.join(chosen)}")
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    found.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(chosen[target].seeds()):
            Path(corpus, f"{number:03}").write_bytes(seed)
        options = (
            *(f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2000"),
            *("-max_len=65536", "-print_final_stats=1", f"-artifact_prefix={found}/{target}-"),
        )
        atheris.Setup([sys.argv[0], *options, corpus], chosen[target].run)
        atheris.Fuzz()


if __name__ == "__main__":
    typer.run(main)
