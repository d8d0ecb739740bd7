"""A short run of what `make torture` does for hours: nothing that was promised is broken."""

from __future__ import annotations

from pathlib import Path

from tests.faults._schedule import Plan, run

SHORT = Plan(seed=20131019, messages=60, kills=5)
"""A quarter of a minute of one core."""


def test_everything_that_was_promised_holds_whatever_is_broken(tmp_path: Path) -> None:
    found = run(SHORT, tmp_path)

    assert [] == found.broken
    assert SHORT.messages <= found.counts["messages accepted"] + found.counts["attempts unanswered"]
    kills = [n for what, n in found.counts.items() if what.startswith("kills")]
    assert sum(kills) >= SHORT.kills
    assert found.counts["recipients delivered"] > SHORT.messages / 2
