"""Addresses that no link of ours has: what no row can have is told like what no row has."""

from __future__ import annotations

import pytest

from tests.web._site import MAIL_ADMINISTRATOR, REVIEWER, Desk


@pytest.mark.parametrize(
    "path",
    [
        *("/messages/a%00b", "/messages/a%00b/recipients", "/messages/a%00b/mail/1"),
        *("/answer/a%00b", "/urgent/a%00b"),
    ],
)
def test_nothing_is_called_by_a_name_with_a_nul(here: Desk, path: str) -> None:
    assert 404 == here.visitor(REVIEWER).get(path).status_code


@pytest.mark.parametrize("number", ["0", "99999999999", "9" * 30])
def test_an_account_of_a_number_that_none_has_is_refused(here: Desk, number: str) -> None:
    assert 400 == here.visitor(MAIL_ADMINISTRATOR).get(f"/accounts/{number}").status_code


def test_a_page_that_no_list_has_is_refused(here: Desk) -> None:
    assert 400 == here.visitor(REVIEWER).get(f"/queue?page={'9' * 30}").status_code


def test_a_list_of_what_has_a_name_with_a_nul_is_empty(here: Desk) -> None:
    assert 200 == here.visitor(REVIEWER).get("/queue?policy=a%00b").status_code
