"""How much of what a recipient could read is read, and how fast.

    python -m tests.benchmarks.extraction --data FOLDER [--peers PYTHON] [--misses]

FOLDER has `pairs.tsv` (file, format, kind, expected string), `protected.tsv` (file, expect) and
the files in `files/`.  Strings are compared after NFKC, letters and digits only, casefolded, over
everything that a program gives.  Each program is measured in the same run, each in a process
that a file may end; PYTHON is an interpreter in whose environment the other programs are.
"""

from __future__ import annotations

import csv
import tempfile
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.benchmarks import _pivots
from tests.benchmarks._programs import Program
from tests.benchmarks._reader import Answer

DLPGUARD = "dlpguard"
PEERS = ("kreuzberg", "markitdown")

IMAGES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp"})
"""Not counted in documents a second: nobody here reads pictures, so they would be free."""

GOALS = {"all": 0.96, "hidden": 0.97}
DOCUMENTS = 100.0
"""A second, of one core."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A string that reading a file must give."""

    file: str
    format: str
    kind: str
    expected: str


@dataclass
class Measured:
    """What one program did with all files.  Counts are (found, of how many).

    `told`: how many of the hidden strings that it found it says are hidden.
    """

    program: str
    found: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    told: list[bool] = field(default_factory=list)
    protected: list[bool] = field(default_factory=list)
    pivots: list[bool] = field(default_factory=list)
    misses: list[Pair] = field(default_factory=list)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    documents: int = 0
    size: int = 0
    seconds: float = 0.0
    deaths: int = 0

    def share(self, kinds: Iterable[str] = ("visible", "hidden"), format: str = "") -> list[bool]:
        """Which strings of these kinds (and this format) were found."""
        chosen = (
            found
            for (name, kind), found in self.found.items()
            if kind in kinds and format in {"", name}
        )
        return [one for found in chosen for one in found]


def main(
    data: Annotated[Path, typer.Option(help="The folder with pairs.tsv.", file_okay=False)],
    peers: Annotated[
        str, typer.Option(help="A Python that has kreuzberg and markitdown.", metavar="PYTHON")
    ] = "",
    misses: Annotated[bool, typer.Option("--misses", help="List what was not found.")] = False,
) -> None:
    """Print recall and speed of dlpguard, and of others where there are some."""
    console = Console()
    programs = [Program(DLPGUARD)]
    programs += [Program(name, peers) for name in PEERS] if peers else []
    measured = []
    for program in programs:
        if not program.is_there():
            console.print(f"{program.name} is not measured: {program.missing}")
            continue
        measured.append(measure(program, data))
        program.stop()
    if not peers:
        console.print(f"{' and '.join(PEERS)} are not measured: no --peers")
    console.print(by_format(measured), summary(measured))
    if misses:
        console.print(missed(measured[0]))


def measure(program: Program, data: Path) -> Measured:
    """Have a program read every file twice: what it finds counts once, its speed warm."""
    result = Measured(program.name)
    pairs = defaultdict(list)
    for pair in _pairs(data):
        pairs[pair.file].append(pair)
    protected = {row["file"]: row["expect"] for row in _rows(data / "protected.tsv")}
    names = sorted({*pairs, *protected})
    console = Console(stderr=True)
    for name in track(names, f"{program.name}: what it finds", console=console):
        answer = program.read(data / "files" / name)
        _score(result, pairs[name], answer)
        # Others say what they like about a file with a password; only ours can be judged.
        if program.name == DLPGUARD and (expect := protected.get(name)):
            right = _is_right(expect, answer)
            result.protected.append(right)
            if not right:
                gaps = ", ".join(answer["gaps"]) if answer else "no answer"
                result.wrong.append((name, expect, gaps or "no gap"))
    for name, strings, answer in pivoted(program):
        text = normalised(answer["text"]) if answer else ""
        hits = [normalised(string) in text for string in strings]
        result.pivots += hits
        result.misses += [
            Pair(name, "xlsx", "pivot", s) for s, hit in zip(strings, hits, strict=True) if not hit
        ]
    result.deaths = program.deaths
    for name in track(sorted(pairs), f"{program.name}: how fast", console=console):
        path = data / "files" / name
        if path.suffix.lower() in IMAGES or not (answer := program.read(path)):
            continue
        result.documents += 1
        result.size += path.stat().st_size
        result.seconds += answer["seconds"]
    return result


def normalised(text: str) -> str:
    """Letters and digits only, in one form and one case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def by_format(measured: list[Measured]) -> Table:
    """A line for each format: found of how many, visible and hidden, for each program."""
    table = Table(title="Strings found, by format", title_justify="left")
    table.add_column("format")
    for one in measured:
        for kind in ("visible", "hidden"):
            table.add_column(f"{one.program}\n{kind}", justify="right")
    for format in sorted({name for one in measured for name, _ in one.found}):
        cells = (_of(m.share((k,), format)) for m in measured for k in ("visible", "hidden"))
        table.add_row(format, *cells)
    return table


def summary(measured: list[Measured]) -> Table:
    """A column for each program, and the goals."""
    table = Table(title="In all", title_justify="left")
    table.add_column("")
    for heading in (*(one.program for one in measured), "goal"):
        table.add_column(heading, justify="right")
    rows: tuple[tuple[str, Callable[[Measured], str], str], ...] = (
        ("strings found", lambda one: _percent(one.share()), f"{GOALS['all']:.0%}"),
        ("visible", lambda one: _percent(one.share(("visible",))), ""),
        ("hidden", lambda one: _percent(one.share(("hidden",))), f"{GOALS['hidden']:.0%}"),
        ("hidden, and said to be", lambda one: _percent(one.told), ""),
        ("in a pivot cache only", lambda one: _of(one.pivots), "12/12"),
        ("protected files judged rightly", lambda one: _of(one.protected), "all"),
        ("documents/s of one core", lambda one: _rate(one.documents, one), f"{DOCUMENTS:.0f}"),
        ("MB/s of one core", lambda one: f"{_rate(one.size / 1e6, one)}", ""),
        ("files that ended it", lambda one: str(one.deaths), "0"),
    )
    for name, value, goal in rows:
        table.add_row(name, *map(value, measured), goal)
    return table


def missed(measured: Measured) -> Table:
    """Each string that was not found, and each protected file that was judged wrongly."""
    table = Table("file", "kind", "string", title=f"Not found by {measured.program}")
    for miss in measured.misses:
        table.add_row(miss.file, miss.kind, miss.expected)
    for name, expect, gaps in measured.wrong:
        table.add_row(name, expect, gaps)
    return table


def _score(result: Measured, pairs: list[Pair], answer: Answer | None) -> None:
    text = normalised(answer["text"]) if answer else ""
    hidden = normalised(answer["hidden"]) if answer else ""
    for pair in pairs:
        wanted = normalised(pair.expected)
        hit = wanted in text
        result.found[pair.format, pair.kind].append(hit)
        if not hit:
            result.misses.append(pair)
        elif pair.kind == "hidden" and result.program == DLPGUARD:
            result.told.append(wanted in hidden)


def _is_right(expect: str, answer: Answer | None) -> bool:
    """A protected file is a gap, unless a default password opens it; others are no such gap."""
    if answer is None:
        return False
    encrypted = "encrypted" in answer["gaps"]
    was_read = bool(answer["text"].strip())
    if expect == "check-encrypted":
        return encrypted or (was_read and not answer["gaps"])
    return was_read and not encrypted


def pivoted(program: Program) -> Iterator[tuple[str, tuple[str, ...], Answer | None]]:
    """Workbooks with strings that only a pivot cache holds: name, strings, what was read."""
    with tempfile.TemporaryDirectory() as folder:
        for name, workbook, strings in _pivots.workbooks():
            path = Path(folder, name)
            path.write_bytes(workbook)
            yield name, strings, program.read(path)


def _pairs(data: Path) -> list[Pair]:
    return [
        Pair(row["file"], row["format"], row["kind"], row["expected"])
        for row in _rows(data / "pairs.tsv")
    ]


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _of(hits: list[bool]) -> str:
    return f"{sum(hits)}/{len(hits)}" if hits else "–"


def _rate(amount: float, measured: Measured) -> str:
    """So much of something a second of CPU."""
    return f"{amount / measured.seconds:.3g}" if measured.seconds else "–"


def _percent(hits: list[bool]) -> str:
    return f"{sum(hits) / len(hits):.1%} ({_of(hits)})" if hits else "–"


if __name__ == "__main__":
    typer.run(main)
