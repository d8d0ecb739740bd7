"""The policies in force, as the site shows them, and what can be done about them from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dlpguard.policy import Policies, language, yamlfile
from dlpguard.policy.language import TEST_SUFFIX
from dlpguard.policy.problem import PolicyError

if TYPE_CHECKING:
    from dlpguard.mail import Envelope
    from dlpguard.runners.judging import Judging
    from dlpguard.runners.reading import Reading


@dataclass(frozen=True, slots=True)
class Rulebook:
    """`judging` gives what mail is judged by now, `directory` is where its policies were read from.

    `is_own`: the directory is the organisation's, and not what came with dlpguard.  `reload` has
    the relay read it again; it may be called in any thread and returns at once.  `load` reads the
    policies in another directory by the same settings.  `read` reads a message in the sandbox, for
    whoever tries one; None where there is no sandbox beside the site.
    """

    judging: Callable[[], Judging] = field(repr=False)
    directory: Path
    is_own: bool = True
    reload: Callable[[], None] = field(default=lambda: None, repr=False)
    load: Callable[[Path], Policies] = field(default=language.load, repr=False)
    read: Callable[[bytes, Envelope], Awaitable[Reading]] | None = field(default=None, repr=False)

    @property
    def policies(self) -> Policies:
        """Those in force."""
        return self.judging().policies

    def is_as_read(self) -> bool:
        """Whether the files are still those that are in force."""
        policies = self.policies
        try:
            return language.digest(self.directory, policies.groups) == policies.digest
        except PolicyError:
            return False

    def text(self, name: str) -> str:
        """What stands in the file of a policy, "" where it cannot be read.

        Only for names of policies in force: a name becomes a path.
        """
        try:
            return yamlfile.content(self.directory / f"{name}.yaml").decode("utf-8", "replace")
        except PolicyError:
            return ""

    def tests(self, name: str) -> tuple[tuple[str, str], ...]:
        """The tests beside a policy: what each shows, and what is expected of the policy."""
        from dlpguard.policy import trial  # noqa: PLC0415 - 100 ms, for who looks at one policy

        try:
            found = trial.cases(self.directory / f"{name}{TEST_SUFFIX}")
        except PolicyError:
            return ()
        return tuple((case.name, case.expect.label) for case in found)
