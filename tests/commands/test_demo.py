"""`dlpguard demo --once`, as somebody who tries dlpguard for the first time runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dlpguard.commands import demo
from tests.commands._line import SAMPLES

PEOPLE = (
    "157 outside recipients would get the names, phone numbers and case references of 40 people"
)


def test_the_demonstration_shows_what_is_held_and_why_and_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlpguard", "demo", "--once"],
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    shown = done.stdout.decode()
    rows = [" ".join(row.replace("│", " ").split()) for row in shown.split("├")]
    samples = list(demo.samples(SAMPLES))
    mailings = [row for row in rows if PEOPLE in row]

    assert (0, b"") == (done.returncode, done.stderr)
    assert len([s for s in samples if s.file.name.startswith("a4e-") and s.expect != "allow"]) == (
        len(mailings)
    )
    assert all("HELD 40" in row for row in mailings)
    assert all("people-list-mass-mailing:" in row for row in mailings)
    for sample in samples:
        assert [sample.title] == [sample.title for row in rows if sample.title in row][:1]
    assert "Not as expected" not in shown
    held = sum(sample.expect not in {"allow", "tag"} for sample in samples)
    assert f"{held} held for a reviewer, {len(samples) - held} forwarded unchanged" in shown
    assert [] == list(tmp_path.iterdir()), "nothing is left behind"
