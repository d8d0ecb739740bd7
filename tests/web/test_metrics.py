"""/metrics on the review site: who may read it, and that nobody is told more than numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from dlpguard import telemetry
from dlpguard.health import Around
from dlpguard.metrics import Access, Metrics
from dlpguard.web import app
from tests.metrics._scrape import parsed, value
from tests.web._site import MAIL_ADMINISTRATOR, Desk, sign_in

TOKEN = "b1946ac92492d2347c6235b4d2611184"


@pytest.fixture(autouse=True)
def _counting() -> Iterator[None]:
    before = telemetry.counted()
    telemetry.measure()
    yield
    telemetry.count_with(before)


def scraper(
    here: Desk, address: str = "127.0.0.1", token: str = "", proxies: tuple[str, ...] = ()
) -> TestClient:
    """A client at an address, before a site that has metrics."""
    metrics = Metrics(here.store, Around(), Access(token=token))
    site = replace(here.site, metrics=metrics, proxies=proxies)
    return TestClient(app.create(site), client=(address, 50000), follow_redirects=False)


def test_this_machine_reads_them_without_signing_in(here: Desk) -> None:
    answer = scraper(here).get("/metrics")
    found = parsed(answer.content)

    assert 200 == answer.status_code
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(here.held()) == value(found, "queue_messages", state="quarantined")


def test_others_do_not_however_they_signed_in(here: Desk) -> None:
    stranger = scraper(here, "192.0.2.7")
    before = stranger.get("/metrics")
    sign_in(stranger, MAIL_ADMINISTRATOR)

    assert [403, 403] == [before.status_code, stranger.get("/metrics").status_code]
    assert "dlpguard_" not in before.text


def test_a_token_opens(here: Desk) -> None:
    stranger = scraper(here, "192.0.2.7", TOKEN)
    closed = stranger.get("/metrics")
    wrong = stranger.get("/metrics", headers={"Authorization": "Bearer " + "x" * 32})
    opened = stranger.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert [401, 401, 200] == [a.status_code for a in (closed, wrong, opened)]
    assert "Bearer" == closed.headers["www-authenticate"]


@pytest.mark.parametrize("field", ["X-Forwarded-For", "Forwarded", "Via"])
def test_a_proxy_that_nobody_named_makes_nobody_local(here: Desk, field: str) -> None:
    answer = scraper(here).get("/metrics", headers={field: "127.0.0.1"})

    assert 403 == answer.status_code


@pytest.mark.parametrize(("forwarded", "status"), [("127.0.0.1", 200), ("192.0.2.7", 403)])
def test_a_proxy_of_ours_says_who_asks(here: Desk, forwarded: str, status: int) -> None:
    behind = scraper(here, "10.0.0.9", proxies=("10.0.0.9/32",))

    assert status == behind.get("/metrics", headers={"X-Forwarded-For": forwarded}).status_code


def test_a_site_without_metrics_has_no_such_page(here: Desk) -> None:
    assert 404 == here.visitor().get("/metrics").status_code
