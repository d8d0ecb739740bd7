"""One variant of each incident is stopped for the right reason, and one of its twins passes.

All of them, through the whole relay: `make incidents`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from dlpguard import inspection
from dlpguard.runners.trying import UNKNOWN
from dlpguard.verdict import Action
from tests.incidents import _all, _scans
from tests.incidents._case import OWN, Case, Copy, facts
from tests.incidents._concealed import published
from tests.incidents._desk import Desk, desk

PUBLISHED = tuple(published())
SCANNED = {case.incident for case, _, _ in PUBLISHED}


def one_each(cases: Sequence[Case]) -> list[Case]:
    """The last of each incident's."""
    return list({case.incident: case for case in cases}.values())


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("incidents")) as opened:
        yield opened


@pytest.mark.parametrize("case", one_each(_all.incidents()), ids=lambda case: case.name)
def test_an_incident_is_stopped_for_the_right_reason(case: Case, here: Desk) -> None:
    # The last of several: what went before counts, and 157 times the same says nothing more.
    verdicts = [here.judge(copy) for copy in case.send()[:11]]

    assert min(v.action for v in verdicts) >= Action.CONFIRM
    assert not case.right.isdisjoint(m.policy for m in verdicts[-1].matches)


@pytest.mark.parametrize("case", one_each(_all.twins()), ids=lambda case: case.name)
def test_a_benign_twin_passes(case: Case, here: Desk) -> None:
    verdicts = [here.judge(copy) for copy in case.send()[:11]]

    assert max(v.action for v in verdicts) <= max(case.most, Action.TAG)


@pytest.mark.parametrize(
    ("case", "name", "make"), PUBLISHED, ids=[case.name for case, _, _ in PUBLISHED]
)
def test_a_file_is_judged_before_it_is_published(
    case: Case, name: str, make: Callable[[], bytes], here: Desk
) -> None:
    sender = f"press@{OWN}"
    raw = inspection.attach(make(), name, sender=sender, to=(UNKNOWN,))
    verdict = here.judge(Copy(sender, (UNKNOWN,), raw))

    assert (verdict.action < Action.CONFIRM) == case.benign
    assert case.benign or not case.right.isdisjoint(m.policy for m in verdict.matches)


def test_every_incident_is_rebuilt_or_told_to_be_out_of_reach() -> None:
    rebuilt = {case.incident for case in _all.incidents()} | SCANNED

    assert rebuilt | {_all.NOT_SEEN} == set(facts())


def test_internal_mail_is_told_to_be_out_of_reach() -> None:
    assert _scans.is_out_of_scope_told()


def test_every_incident_has_three_twins() -> None:
    twins = [c.incident for c in _all.twins()]
    twins += [case.incident for case, _, _ in PUBLISHED if case.benign]

    assert [i for i in facts() if twins.count(i) < 3 and i != _all.NOT_SEEN] == []


def test_the_a4e_mailing_is_varied_in_all_that_is_not_known() -> None:
    variants = {c.variant for c in _all.incidents() if c.incident == "A4E-2013"}

    assert 6 * 3 * 3 == len(variants)


def test_every_incident_has_a_public_source() -> None:
    assert [id for id, row in facts().items() if not row["source"].strip()] == []
