"""When somebody is at risk: a program raises the alarm, and a person releases."""

from __future__ import annotations

from dlpguard.lifecycle import State
from dlpguard.review import urgency
from dlpguard.web.scopes import SCOPES
from tests.web._site import APPROVER, AUDITOR, DUTY_OFFICER, REVIEWER, Desk
from tests.web.api._program import made, program, program_of


def test_an_alarm_is_raised_once_and_releases_nothing(here: Desk) -> None:
    id = here.held()[0].id
    client = program_of(here)

    first = client.post(f"/messages/{id}/alarm", json={"said": "a child needs it today"})
    second = client.post(f"/messages/{id}/alarm", json={})

    assert 200 == first.status_code == second.status_code
    assert (True, False) == (first.json()["is_first"], second.json()["is_first"])
    assert first.json()["told"] >= 1
    assert State.QUARANTINED is here.state(id)


def test_no_token_releases_alone(here: Desk) -> None:
    client = program(here, made(here, DUTY_OFFICER, SCOPES))
    id = here.held()[0].id

    assert "break-glass" not in SCOPES
    for path in ("break-glass", "urgent"):
        assert 404 == client.post(f"/messages/{id}/{path}", json={"reason": "x"}).status_code
    assert State.QUARANTINED is here.state(id)


def test_what_was_released_alone_is_looked_into_by_another(here: Desk) -> None:
    held = here.held()[0]
    urgency.break_glass(here.store, held.id, DUTY_OFFICER, "ring Ann Bee on 07700 900123")
    approver, auditor = program_of(here, APPROVER), program_of(here, AUDITOR)
    (told,) = approver.get("/emergencies").json()["emergencies"]
    (masked,) = auditor.get("/emergencies").json()["emergencies"]
    assert ("ring Ann Bee on 07700 900123", None) == (told["reason"], told["looked_at"])
    assert "07700" not in masked["reason"]

    body = {"justified": True, "found": "it was so"}
    done = approver.post(f"/emergencies/{held.id}", json=body)
    again = auditor.post(f"/emergencies/{held.id}", json=body)

    assert (204, 409) == (done.status_code, again.status_code)
    (after,) = auditor.get("/emergencies").json()["emergencies"]
    assert (APPROVER, True) == (after["looked_at_by"], after["justified"])
    assert 403 == program_of(here, REVIEWER).get("/emergencies").status_code


def test_what_was_not_released_alone_is_not_there(here: Desk) -> None:
    body = {"justified": True, "found": "x"}

    answer = program_of(here, APPROVER).post(f"/emergencies/{here.held()[0].id}", json=body)

    assert 404 == answer.status_code
