"""Who may read the metrics."""

from __future__ import annotations

import pytest

from dlpguard.errors import ConfigurationError
from dlpguard.metrics import Access

TOKEN = "b1946ac92492d2347c6235b4d2611184"


@pytest.mark.parametrize(
    ("address", "authorization", "through", "expected"),
    [
        ("10.1.2.3", "", False, True),
        ("::ffff:10.1.2.3", "", False, True),
        ("fd00::7", "", False, True),
        ("127.0.0.1", "", False, False),
        ("192.0.2.7", "", False, False),
        ("", "", False, False),
        ("testclient", "", False, False),
        ("10.1.2.3", "", True, False),  # a proxy's address, whoever asked it
        ("192.0.2.7", f"Bearer {TOKEN}", False, True),
        ("192.0.2.7", f"bearer  {TOKEN} ", True, True),
        ("192.0.2.7", f"Basic {TOKEN}", False, False),
        ("192.0.2.7", TOKEN, False, False),
        ("192.0.2.7", f"Bearer {TOKEN[:-1]}", False, False),
        ("192.0.2.7", f"Bearer {TOKEN}é", False, False),
        ("192.0.2.7", "Bearer ", False, False),
    ],
)
def test_networks_and_the_token_open(
    address: str, authorization: str, through: bool, expected: bool
) -> None:
    access = Access(("10.0.0.0/8", "fd00::/8"), TOKEN)

    assert expected is access.allows(address, authorization, through)


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer"])
def test_no_token_opens_where_there_is_none(given: str) -> None:
    assert not Access(()).allows("127.0.0.1", given, False)
    assert not Access().has_token


def test_without_settings_it_is_for_this_machine() -> None:
    found = [Access().allows(a, "", False) for a in ("127.0.0.1", "::1", "10.1.2.3")]

    assert [True, True, False] == found


def test_a_token_that_could_be_guessed_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError, match="openssl rand") as raised:
        Access(token="SESAME")

    assert "SESAME" not in str(raised.value)
    assert TOKEN not in repr(Access(token=TOKEN))
