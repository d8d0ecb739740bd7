"""From the section `review` of the settings to who is told what, and when."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from dlpguard import config
from dlpguard.commands import _opening, _wiring
from dlpguard.config import Settings
from dlpguard.runners.secretary import NEVER

CHIEF, DORA = "chief@council.example", "dora@council.example"


def settings(folder: Path, **review: object) -> Settings:
    values = {"organisation": {"domains": ["council.example"]}, "review": review}
    return config.build(values, folder, "test")


def test_what_the_settings_say_is_what_counts(tmp_path: Path) -> None:
    made = settings(
        tmp_path,
        working_hours="Mon-Sun 00:00-24:00",
        remind_after="30m",
        escalate_after="0h",
        return_after="1d",
        answer_within="2h",
        daily_budget=7,
    )
    with closing(_opening.store(made)) as store:
        patience = store.periods.patience

    assert (1800.0, 0.0) == (patience.remind, patience.escalate)
    assert (86400.0, 7200.0, 7) == (patience.give_back, patience.answer, patience.daily_budget)
    assert "Europe/London" == str(patience.calendar.zone)
    # July: an hour later than UTC.
    assert "Wednesday 1 July, 11:00" == _opening.letterhead(made).when(1_782_900_000.0)


def test_settings_that_say_nothing_are_the_usual_ones(tmp_path: Path) -> None:
    with closing(_opening.store(settings(tmp_path))) as store:
        patience = store.periods.patience

    assert (8 * 3600.0, 16 * 3600.0) == (patience.answer, patience.give_back)


def test_addresses_and_roles_say_who_is_told(tmp_path: Path) -> None:
    offices = _wiring.offices(settings(tmp_path, escalate_to=[CHIEF], duty_officers=[DORA]))

    assert ((CHIEF,), (DORA,)) == (offices.escalate_to, offices.duty_officers)
    assert {"reviewer", "approver", "duty-officer"} == offices.deciding
    assert {"duty-officer"} == offices.breaking_glass
    assert {"approver", "auditor"} == offices.looking_into
    assert {"mail-administrator"} == offices.running


def test_a_digest_can_be_switched_off_for_everybody(tmp_path: Path) -> None:
    for chosen, minutes in (("07:15", 435), ("", NEVER)):
        made = settings(tmp_path, digest_at=chosen)
        with closing(_opening.store(made)) as store:
            assert minutes == _wiring.secretary(made, store)._digest_at
