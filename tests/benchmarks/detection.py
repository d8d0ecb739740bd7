"""How well names are found and people counted, and how fast.

    python -m tests.benchmarks detection --data FOLDER [--peers PYTHON]

FOLDER has the marked texts (`*.jsonl`: id, text, spans of names).  PYTHON is an interpreter in
whose environment Presidio is; it is measured in the same run, because only ratios of one run mean
anything on a machine that others use.  Seconds are of CPU.  Ends with status 1 when a goal is
missed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table

from dlpguard import counting, detectors, extractors, names
from dlpguard.counting import Participants
from dlpguard.detectors import Setup
from dlpguard.document import Text
from dlpguard.mail import Part
from tests.benchmarks import _presidio, _rosters, _spans
from tests.benchmarks._programs import Program
from tests.benchmarks._rosters import Roster
from tests.benchmarks._spans import Marked
from tests.counting import _files

PRESIDIO = "presidio"

NAMES_GOALS = {"wnut17_test": 0.50, "presidio_synth": 0.78, "ewt_email_dev": 0.82}
"""Exact F1; more files are measured without a goal."""

NAMES_FILES = (*NAMES_GOALS, "re3d_test")

ROSTER_GOALS = {"full": 0.97, "split": 0.99, "list": 0.95}
"""Share of the people found, in the text as it is."""

FILE_GOAL = 0.95
"""Share of the people found in files without a heading row."""

PROSE_GOAL = 1.0
"""MB/s of one core, all detectors."""

RATIO_GOAL = 60.0
"""Times Presidio's speed on prose."""

ROWS_GOAL = 2.0
"""MB/s of one core, from the bytes of a CSV to people."""

COUNT_GOAL = 1.0
"""One less the error: a table with headings is counted exactly."""

ROWS = 50_000
"""People in that CSV."""

_PEER_SLICE = 40_000
"""Characters of prose that the peer reads: seconds, where everything would be a minute."""

_MESSAGE = 4_000
"""Characters of a message of some pages."""

_ROUNDS = 3
"""Ours is measured so often, and the fastest counts: a third of a second is soon disturbed."""

_FIRST = (
    "Ann", "Robert", "Siân", "Mary", "Agnieszka", "Omar", "Chidi", "Wei", "Priya", "Declan",
    "Kate", "John", "Fatima", "Piotr", "Grace", "Imran", "Bronwen", "Mohammed", "Ngozi", "Sarah",
)  # fmt: skip
_LAST = (
    "Bee", "Smith", "Jones", "Khan", "Patel", "Brown", "Okafor", "O'Neill", "Nowak", "Chen",
    "Walsh", "Llwyd", "Begum", "Taylor", "Ahmed", "Hughes", "Singh", "Murphy", "Wright", "Lee",
)  # fmt: skip
_STREETS = ("Station Road", "Church Lane", "High Street", "Mill Close", "Park Avenue")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: a figure of Presidio's and of ours (None: not measured), and the goal."""

    name: str
    peer: float | None
    ours: float | None
    goal: float | None = None
    note: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether a goal was not reached."""
        return self.goal is not None and self.ours is not None and self.ours < self.goal


def main(
    data: Annotated[
        Path, typer.Option(help="The folder with the marked texts.", exists=True, file_okay=False)
    ],
    peers: Annotated[
        str, typer.Option(help="A Python that has Presidio and its model.", metavar="PYTHON")
    ] = "",
) -> None:
    """Print what is found and how fast, beside Presidio where there is one."""
    console = Console(width=max(Console().width, 110))
    peer = Program(PRESIDIO, peers, Path(_presidio.__file__)) if peers else None
    if peer and not peer.is_there():
        console.print(f"{PRESIDIO} is not measured: {peer.missing}")
        peer = None
    rows = []
    for title, measured, decimals in (
        ("Names in text (F1)", list(tagging(data, peer)), 3),
        ("People found, of 400", list(rosters(data, peer)), 3),
        ("Speed (CPU of one core)", list(speed(data, peer)), 2),
    ):
        console.print(table(title, measured, decimals))
        rows += measured
    if peer:
        peer.stop()
    missed = [row.name for row in rows if row.is_missed]
    if missed:
        console.print(f"[red]Missed:[/] {', '.join(missed)}")
        raise typer.Exit(1)


def table(title: str, rows: list[Row], decimals: int) -> Table:
    """A line for each figure."""
    made = Table(title=title, title_justify="left", min_width=90)
    made.add_column("", no_wrap=True)
    for heading in (PRESIDIO, "dlpguard", "goal"):
        made.add_column(heading, justify="right")
    made.add_column("")
    for row in rows:
        peer, ours = ("–" if f is None else f"{f:.{decimals}f}" for f in (row.peer, row.ours))
        goal = "" if row.goal is None else f"≥ {row.goal:g}"
        style = "red" if row.is_missed else "green" if row.goal is not None else ""
        made.add_row(row.name, peer, f"[{style}]{ours}[/]" if style else ours, goal, row.note)
    return made


def tagging(data: Path, peer: Program | None) -> Iterator[Row]:
    """Exact F1, and of spans that overlap, for each file."""
    for name in NAMES_FILES:
        texts = _spans.load(data / f"{name}.jsonl")
        ours, theirs = _spans.Tally(), _spans.Tally()
        for one in texts:
            ours.add(one.text, one.spans, names.find(one.text))
            if peer:
                theirs.add(one.text, one.spans, _named(peer, one.text))
        exact, overlap = ours.as_exact, ours.as_overlap
        yield Row(
            f"{name}, exact",
            theirs.as_exact.f1 if peer else None,
            exact.f1,
            NAMES_GOALS.get(name),
            f"P {exact.precision:.3f}  R {exact.recall:.3f}",
        )
        yield Row(
            f"{name}, overlap",
            theirs.as_overlap.f1 if peer else None,
            overlap.f1,
            note=f"P {overlap.precision:.3f}  R {overlap.recall:.3f}",
        )


def rosters(data: Path, peer: Program | None) -> Iterator[Row]:
    """The share of people found in lists: as text, and in files without a heading row.

    Presidio does not count people and reads no files: its share is of names found in the text.
    """
    read = {"full": _rosters.full, "split": _rosters.split, "list": _rosters.listed}
    made: list[Roster] = []
    for name, goal in ROSTER_GOALS.items():
        (marked,) = _spans.load(data / f"roster_{name}.jsonl")
        roster = read[name](marked.text)
        made.append(roster)
        filename = "people.csv" if name == "split" else "people.txt"
        yield _found(roster, roster.text.encode(), filename, "text", goal, _recall(peer, marked))
    for kind, (filename, write) in _rosters.FORMATS.items():
        for roster in made:
            if filename.endswith(".pdf") and not _rosters.FONT.exists():
                yield Row(f"{roster.name}, {kind}", None, None, FILE_GOAL, "no DejaVu font here")
                continue
            yield _found(roster, write(roster.rows), filename, kind, FILE_GOAL, None)


def _found(
    roster: Roster, content: bytes, filename: str, kind: str, goal: float, theirs: float | None
) -> Row:
    ours = _rosters.counted(roster, content, filename)
    note = f"{ours.found} found, {ours.counted} counted"
    return Row(f"{roster.name}, {kind}", theirs, ours.share, goal, note)


def _recall(peer: Program | None, marked: Marked) -> float | None:
    if not peer:
        return None
    tally = _spans.Tally()
    tally.add(marked.text, marked.spans, _named(peer, marked.text))
    return tally.as_exact.recall


def _named(peer: Program, text: str) -> list[_spans.Span]:
    return [(start, end) for start, end, _ in _ask(peer, text, "PERSON")["spans"]]


def _ask(peer: Program, text: str, *entities: str) -> _presidio.Answer:
    """What Presidio says; a text that ends it ends the measurement, which would be unfair to it."""
    answer = peer.ask(_presidio.Question(text=text, entities=list(entities)))
    if answer is None:
        raise RuntimeError(f"{peer.name} did not survive a text")
    return cast("_presidio.Answer", answer)


def speed(data: Path, peer: Program | None) -> Iterator[Row]:
    """MB/s of all detectors on prose, and of everything on a long CSV."""
    texts = [one.text for name in NAMES_FILES for one in _spans.load(data / f"{name}.jsonl")]
    # Sentences of a line each are made messages: nobody sends 1,500 mails of a line.
    messages = _messages(texts)
    size = sum(len(text.encode()) for text in messages)
    ours = size / 1e6 / min(_seconds_of_detection(messages) for _ in range(_ROUNDS))
    theirs = _speed_of(peer, messages) if peer else None
    note = f"{size / 1e3:.0f} kB of prose"
    yield Row("all detectors, prose, MB/s", theirs, ours, PROSE_GOAL, note)
    if theirs:
        yield Row("times Presidio", 1.0, ours / theirs, RATIO_GOAL)
    content = people_csv(ROWS)
    begun = time.process_time()
    document = extractors.extract(Part("1", content, "", "people.csv"))
    extracted = time.process_time()
    people = counting.examine(document, Participants(), Setup()).people
    done = time.process_time()
    mega, seconds = len(content) / 1e6, done - begun
    note = f"{mega:.1f} MB, {extracted - begun:.1f} s read, {done - extracted:.1f} s counted"
    yield Row(f"CSV of {ROWS:,}, MB/s", None, mega / seconds, ROWS_GOAL, note)
    error = abs(len(people.everyone) - ROWS) / ROWS
    note = f"{len(people.everyone)} counted"
    yield Row(f"CSV of {ROWS:,}, counted rightly", None, 1 - error, COUNT_GOAL, note)


def people_csv(people: int) -> bytes:
    """So many people, each with a reference, a birth date, an address and a telephone."""
    chosen = random.Random(4)
    rows = [["Client ref", "Surname", "Forename", "DOB", "Address", "Postcode", "Phone"]]
    for n in range(people):
        born = f"{chosen.randint(1, 28):02}/{chosen.randint(1, 12):02}/{chosen.randint(1930, 2010)}"
        rows.append([
            f"ILS/2013/{n:05}",
            chosen.choice(_LAST),
            chosen.choice(_FIRST),
            born,
            f"{chosen.randint(1, 200)} {chosen.choice(_STREETS)}, Plymouth",
            f"PL{chosen.randint(1, 9)} {chosen.randint(1, 9)}A{chosen.choice('BDE')}",
            f"07700 900{n % 1000:03}",
        ])  # fmt: skip
    return _files.delimited(rows)


def _messages(texts: list[str]) -> list[str]:
    """The same texts, joined until each is as long as a message."""
    messages, pieces, length = [], [], 0
    for text in texts:
        pieces.append(text)
        length += len(text)
        if length > _MESSAGE:
            messages.append("\n".join(pieces))
            pieces, length = [], 0
    return [*messages, "\n".join(pieces)] if pieces else messages


def _seconds_of_detection(messages: list[str]) -> float:
    setup = Setup()
    begun = time.process_time()
    for message in messages:
        detectors.detect(Text("body", message), setup)
    return time.process_time() - begun


def _speed_of(peer: Program, messages: list[str]) -> float:
    """MB/s of everything that Presidio looks for, on messages from all over."""
    step = max(1, sum(map(len, messages)) // _PEER_SLICE)
    size, seconds = 0, 0.0
    _ask(peer, messages[0])  # what it loads when first asked
    for message in messages[::step]:
        answer = _ask(peer, message)
        size += len(message.encode())
        seconds += answer["seconds"]
    return size / 1e6 / seconds


if __name__ == "__main__":
    typer.run(main)
