"""Files as people get them wrong, and what they are told: where, what is wrong, what to do.

`broken/policies`, `broken/tests` and `broken/flows` hold the files; beside each stands the error.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dlpguard.policy import PolicyError, language, trial
from dlpguard.policy import flowfile as flows
from dlpguard.policy.parameters import Known

BROKEN = Path(__file__).parent / "broken"


def policy(file: Path) -> object:
    return language.read(file, Known({"finance"}))


READERS: dict[str, Callable[[Path], object]] = {
    "policies": policy,
    "tests": trial.cases,
    "flows": flows.read,
}
FILES = sorted(BROKEN.glob("*/*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_broken_file_is_told_where_what_and_how_to_fix_it(file: Path) -> None:
    beside = file.with_name(file.name.split(".")[0] + ".error")
    with pytest.raises(PolicyError) as caught:
        READERS[file.parent.name](file)

    assert beside.read_text("utf-8") == str(caught.value).replace(str(file), file.name) + "\n"
    for problem in caught.value.problems:
        assert problem.file == file
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.what
        assert problem.fix


def test_there_are_more_than_thirty_policies_and_none_without_its_error() -> None:
    assert len([file for file in FILES if file.parent.name == "policies"]) > 30
    errors = {file.with_suffix("").name for file in BROKEN.glob("*/*.error")}
    assert {file.name.split(".")[0] for file in FILES} == errors
