"""Sets of policies that can be told apart, ways to put them in place, and ways to break them.

A set holds lists of people, and mail whose subject says `even` or `odd` by its own number: so each
verdict shows which set it is of, and one of a mixture is of none.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.policy import Policies, load

POLICY = "title: {title}\nwhy: W\nwhen:\n  - {when}\nthen: {then}\n"
FLOW = """\
- name: payroll
  from: payroll@council.example
  to: '*@payroll.example'
  kinds: [gb_nino]
  max_people: 20
  agreement: Agreement {number}
  owner: Head of Human Resources
  since: 2026-04-01
  until: 2027-03-31
"""
FLICKER = "flicker.yaml"


def held_by(number: int) -> str:
    """The word in the subject that this set holds; the other passes."""
    return "odd" if number % 2 else "even"


def write(directory: Path, number: int) -> None:
    """A good set, in a directory that is made if there is none."""
    directory.mkdir(exist_ok=True)
    for name, when, then in (
        ("clients", "people: {listed: true, private: true, at_least: 3}", "quarantine"),
        ("turn", f"subject: {{contains: {held_by(number)}}}", "quarantine"),
        ("said", "reach: 1", "tag"),
    ):
        text = POLICY.format(title=f"Set {number}", when=when, then=then)
        (directory / f"{name}.yaml").write_text(text)
    (directory / "flows.yaml").write_text(FLOW.format(number=number))


@dataclass
class Sets:
    """The policy directory of a relay, and the good sets that were ever in it, by digest."""

    directory: Path
    number: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    digests: dict[int, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        write(self.directory, 0)
        self._know(self.directory)

    def now(self) -> set[str]:
        """How the log calls the set that was put in place last."""
        return self.digests[self.number]

    def good(self) -> None:
        """The next set, written over the one that is there."""
        self.number += 1
        shutil.rmtree(self.directory)
        write(self.directory, self.number)
        self._know(self.directory)

    def mended(self) -> None:
        """The set that is in force, whole again."""
        shutil.rmtree(self.directory, ignore_errors=True)
        write(self.directory, self.number)

    def swapped(self) -> None:
        """The next set, in a directory that takes the place of the other by renaming."""
        self.number += 1
        new, old = self.directory.with_name("new"), self.directory.with_name("old")
        write(new, self.number)
        self._know(new)
        self.directory.rename(old)
        new.rename(self.directory)
        shutil.rmtree(old)

    @contextmanager
    def flickering(self) -> Iterator[None]:
        """A policy of no consequence comes and goes all the time."""
        file = self.directory / FLICKER
        text = POLICY.format(title=f"Set {self.number}", when="size: 100 MB", then="tag")
        file.write_text(text)
        self._know(self.directory)

        def once() -> None:
            file.unlink(missing_ok=True)
            file.write_text(text)

        with _again_and_again(once):
            yield
        file.unlink()

    @contextmanager
    def swapping(self) -> Iterator[None]:
        """Two good sets take each other's place by renaming all the time; the newer one stays."""
        before = self.number
        self.swapped()
        other, aside = self.directory.with_name("other"), self.directory.with_name("aside")
        write(other, before)

        def once() -> None:
            self.directory.rename(aside)
            other.rename(self.directory)
            aside.rename(other)

        def twice() -> None:
            once()
            once()

        with _again_and_again(twice):
            yield
        shutil.rmtree(other)

    def _know(self, directory: Path) -> None:
        policies: Policies = load(directory)
        effective = policies.in_effect(enforce=True, accepted_gaps=frozenset())
        self.numbers[effective] = self.number
        self.digests.setdefault(self.number, set()).add(policies.digest[:12])


@contextmanager
def _again_and_again(once: Callable[[], None]) -> Iterator[None]:
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            once()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def unknown_condition(directory: Path) -> None:
    (directory / "turn.yaml").write_text(POLICY.format(title="T", when="reech: 3", then="tag"))


def broken_flows(directory: Path) -> None:
    (directory / "flows.yaml").write_text(FLOW.format(number=1).replace("until", "untill"))


def not_text(directory: Path) -> None:
    (directory / "turn.yaml").write_bytes(b"title: \xff\xfe\n")


def a_pipe(directory: Path) -> None:
    (directory / "turn.yaml").unlink()
    os.mkfifo(directory / "turn.yaml")


def a_link_to_nothing(directory: Path) -> None:
    (directory / "turn.yaml").unlink()
    (directory / "turn.yaml").symlink_to("gone")


def half_written(directory: Path) -> None:
    text = (directory / "clients.yaml").read_text()
    (directory / "clients.yaml").write_text(text[: len(text) // 2])


def gone(directory: Path) -> None:
    shutil.rmtree(directory)


BREAKS: dict[Callable[[Path], None], str] = {
    unknown_condition: "turn.yaml:4:5: unknown condition `reech`; did you mean `reach`?",
    broken_flows: "flows.yaml:9:3: unknown key `untill`; did you mean `until`?",
    not_text: "turn.yaml: not UTF-8 (byte 7); save it as UTF-8",
    a_pipe: "turn.yaml: is no file; put it somewhere else",
    a_link_to_nothing: "turn.yaml: no such file; name one that there is",
    half_written: "clients.yaml",
    gone: "policies: no such directory; name one that holds policies",
}
"""How a set breaks, and what the log says about it."""
