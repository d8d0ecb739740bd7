"""docs/performance.md, as far as it is measured.

What programs write stands between a pair of comments (`<!-- relay: begin -->`); the rest of the
page is written by hand.
"""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks import _goals
from tests.benchmarks._goals import Goal

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
PICTURE = PAGE.parent / "images" / "performance.svg"


def put(name: str, text: str, page: str) -> str:
    """A page with a text in its place.  ValueError where the page has no such place."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    before, opened, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        raise ValueError(f"the page has no place for {name}")
    return f"{before}{begin}{text}{end}{after}"


def put_goals(goals: Iterable[Goal], page: str) -> str:
    """The page with these goals in its first table: in their rows, new ones below the others."""
    rows = {_name(line): line for line in _between("goals", page).splitlines()[2:]}
    heading, rule, *lines = _goals.markdown(goals).splitlines()
    rows |= {_name(line): line for line in lines}
    return put("goals", "\n".join((heading, rule, *rows.values())) + "\n", page)


def machine() -> str:
    """What was measured on, in a sentence: processors, memory, system, file system, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GB of memory, Linux "
        f"{platform.release()}, {_file_system()}; Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}."
    )


def _name(line: str) -> str:
    return line.split("|")[1].strip()


def _between(name: str, page: str) -> str:
    return page.partition(f"<!-- {name}: begin -->\n")[2].partition(f"<!-- {name}: end -->\n")[0]


def _processor() -> str:
    told = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return told[1] if told else platform.machine()


def _file_system() -> str:
    """Of the temporary folder, where all that is durable is kept meanwhile."""
    folder, best = os.path.realpath(tempfile.gettempdir()), ("", "")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        is_above = folder == place or folder.startswith(place.rstrip("/") + "/")
        if is_above and len(place) >= len(best[0]):
            best = (place, kind)
    return best[1]
