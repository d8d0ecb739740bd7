"""The tables of docs/settings.md, made from the settings themselves.

    python -m dlpguard.config.reference docs/settings.md

writes them again between the marks that say which keys go there; all else is left as it is.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from dlpguard.config import keys
from dlpguard.config.keys import Key

_HEADING = "| key | default | after a change | |\n|---|---|---|---|\n"
_BLOCK = re.compile(r"<!-- keys: (\S+) -->\n(.*?)<!-- end -->", re.DOTALL)


def renewed(text: str) -> str:
    """The text with every table as it must be."""
    return _BLOCK.sub(lambda found: block(found[1]), text)


def block(table: str) -> str:
    """The table of the keys of one table of the settings ("listen.logins[]"), with its marks."""
    rows = "".join(_row(key) for key in keys.every() if _table_of(key) == table)
    return f"<!-- keys: {table} -->\n{_HEADING}{rows}<!-- end -->"


def _table_of(key: Key) -> str:
    return key.name.rpartition(".")[0]


def _row(key: Key) -> str:
    default = f"`{key.default}`" if key.default else "must be given" if key.must_be_given else ""
    after = "reload" if key.is_reloaded else "restart"
    meaning = key.meaning.replace("|", r"\|")
    return f"| `{key.name}` | {default} | {after} | {meaning} |\n"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        file = Path(name)
        file.write_text(renewed(file.read_text("utf-8")), "utf-8")
