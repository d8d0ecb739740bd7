"""What every answer of the API is: a problem where something is wrong, and nothing for browsers."""

from __future__ import annotations

import pytest

from dlpguard.errors import TemporaryError
from dlpguard.store import lines
from dlpguard.web import app
from tests.web._site import REVIEWER, Desk
from tests.web.api._program import made, program, program_of


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/messages/%0A", 404),
        ("POST", "/messages/0%0A/undo", 404),
        ("GET", "//", 404),
        ("DELETE", "/queue", 405),
        ("POST", "/me", 405),
        ("GET", "/queue?page=0", 422),
    ],
)
def test_every_error_is_a_problem(here: Desk, method: str, path: str, status: int) -> None:
    answer = program_of(here).request(method, path)

    assert status == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    said = answer.json()
    assert status == said["status"]
    assert said["type"].startswith("urn:dlpguard:problem:")
    assert said["title"]
    assert said["detail"].endswith(".")
    if status == 405:
        assert answer.headers["allow"]


def test_a_body_that_is_too_long_or_endless_is_refused(here: Desk) -> None:
    client = program_of(here)
    path = f"/messages/{here.held()[0].id}/comments"

    long = client.post(path, json={"text": "x" * app.LONGEST_FORM})
    endless = client.post(path, content=(b"x" for _ in range(3)))

    for answer in (long, endless):
        assert 413 == answer.status_code
        assert "urn:dlpguard:problem:too-long" == answer.json()["type"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b"null", b'"x"', b"1e999", b"{}" * 9])
def test_what_is_no_json_is_a_problem_and_no_crash(here: Desk, body: bytes) -> None:
    path = f"/messages/{here.held()[0].id}/comments"

    answer = program_of(here).post(path, content=body, headers={"content-type": "application/json"})

    assert 422 == answer.status_code


def test_deep_json_is_a_problem_and_no_crash(here: Desk) -> None:
    path = f"/messages/{here.held()[0].id}/comments"
    body = b"[" * 30_000 + b"]" * 30_000

    answer = program_of(here).post(path, content=body, headers={"content-type": "application/json"})

    assert 422 == answer.status_code


def test_a_database_that_is_busy_says_when_to_try_again(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = program_of(here)

    def busy(*_: object) -> None:
        raise TemporaryError("the database cannot be written now")

    monkeypatch.setattr(lines, "page", busy)
    answer = client.get("/queue")

    assert 503 == answer.status_code
    assert "5" == answer.headers["retry-after"]
    assert "urn:dlpguard:problem:busy" == answer.json()["type"]


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = made(here)

    def broken(*_: object) -> None:
        raise RuntimeError("John Smith, 07700 900123")

    monkeypatch.setattr(lines, "page", broken)
    with program(here, token) as client:
        client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
        answer = client.get("/queue")

    assert 500 == answer.status_code
    assert "urn:dlpguard:problem:failed" == answer.json()["type"]
    assert "Smith" not in answer.text


def test_no_other_site_may_read_an_answer_and_none_is_kept(here: Desk) -> None:
    client = program_of(here)
    headers = {"origin": "https://evil.example", "access-control-request-method": "GET"}

    for answer in (
        client.get("/queue", headers=headers),
        client.options("/queue", headers=headers),
        client.get("/nothing", headers=headers),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "set-cookie" not in answer.headers
        assert "no-store" == answer.headers["cache-control"]
        assert "nosniff" == answer.headers["x-content-type-options"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_cookie_counts_for_nothing_beside_a_token(here: Desk) -> None:
    browser = here.visitor(REVIEWER)
    token = made(here, scopes=["see-figures"])

    answer = browser.get("/api/v1/queue", headers={"authorization": f"Bearer {token}"})

    assert 403 == answer.status_code
