"""What is wrong in a file that an administrator wrote: where, what it is, what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dlpguard.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.  Lines and columns count from 1; 0 is the file as a whole.

    >>> str(Problem(Path("a.yaml"), 4, 5, "unknown condition `poeple`", "did you mean `people`?"))
    'a.yaml:4:5: unknown condition `poeple`; did you mean `people`?'
    """

    file: Path
    line: int
    column: int
    what: str
    fix: str

    def __str__(self) -> str:
        """One line, as compilers write it, so that editors can follow it."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else f"{self.file}"
        return f"{place}: {self.what}; {self.fix}"


class PolicyError(ConfigurationError):
    """Policies, their tests or the flows are wrong: `problems` has everything that is, in order.

    The text of the error has a line for each.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
