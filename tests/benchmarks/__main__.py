"""Everything that dlpguard's speed is held to, in one table, or one benchmark by its name.

    python -m tests.benchmarks

The others take longer, or want a folder: `relay --rounds N` (beside its peers, all loads), `kept`
(a million messages in the database), `store` (commits, and what they write), `inspection` (a
message, stage by stage), `startup`, `memory`, `sandbox`, `scaling`, `limits` (hostile input),
`site` (pages of the review site), `pivots`, `extraction --data FOLDER` (recall, speed, other
programs), `detection --data FOLDER` (names and people).
"""

from __future__ import annotations

import importlib
import sys

import typer

from tests.benchmarks import goals

if __name__ == "__main__":
    named = len(sys.argv) > 1 and not sys.argv[1].startswith("-")
    module = importlib.import_module(f"tests.benchmarks.{sys.argv.pop(1)}") if named else goals
    typer.run(module.main)
