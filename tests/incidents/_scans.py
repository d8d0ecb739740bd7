"""What never was mail: files put on a web site go through `dlpguard scan`, exit code and all."""

from __future__ import annotations

import json
from pathlib import Path

from dlpguard.verdict import Action
from tests.incidents._case import Case
from tests.incidents._trial import Ground, Result

PAGE = Path(__file__).resolve().parents[2] / "docs" / "smarthost.md"

SENTENCE = "Mail from one colleague to another"
"""How the page begins to say that internal mail is not seen."""


def scanned(here: Ground, case: Case, name: str, content: bytes) -> Result:
    """What `dlpguard scan` says about a file; its exit code has to say the same."""
    file = here.relay.folder / name
    file.write_bytes(content)
    words = ("scan", str(file), "--json")
    try:
        said = json.loads(here.relay.run(*words, expect=0))
        stopped = False
    except AssertionError:
        said = json.loads(here.relay.run(*words, expect=1))
        stopped = True
    finally:
        file.unlink()
    action = Action.named(said["action"])
    assert stopped == (action >= Action.CONFIRM), said["action"]
    strongest = [p["name"] for p in said["policies"] if p["action"] == said["action"]]
    counted = said["people"]
    return Result(
        case,
        action,
        0,
        tuple(strongest) if stopped else (),
        counted["visible"] + counted["hidden"],
        counted["private"],
        counted["hidden"],
    )


def is_out_of_scope_told() -> bool:
    """Whether the documentation says that internal mail never passes here."""
    return SENTENCE in PAGE.read_text("utf-8")
