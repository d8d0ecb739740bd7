"""How often chance makes an identifier: what each docstring says, measured on random numbers."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from dlpguard.detectors import BY_KIND, Setup, case_reference
from dlpguard.detectors.iban import LENGTHS
from dlpguard.document import Text

TRIED = 20_000
GB = Setup()


class Chance:
    """Random strings: `shape("LL99")` has two capital letters and two digits."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def shape(self, shape: str) -> str:
        """A random string of a shape."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return "".join(
            self.rng.choice(letters) if c == "L" else str(self.rng.randrange(10)) if c == "9" else c
            for c in shape
        )

    def iban(self) -> str:
        """A country and as many digits as it has."""
        country = self.rng.choice(sorted(LENGTHS))
        return country + self.shape("9" * (LENGTHS[country] - 2))

    def address(self) -> str:
        """Four numbers up to 255."""
        return ".".join(str(self.rng.randrange(256)) for _ in range(4))


RATES: dict[str, tuple[float, str, Callable[[Chance], str]]] = {
    "payment_card": (1 / 35, "sixteen digits in 35", lambda c: c.shape("9" * 16)),
    "us_ssn": (8 / 9, "nine random numbers in ten", lambda c: c.shape("999-99-9999")),
    "gb_utr": (1 / 10, "ten digits in ten", lambda c: c.shape("9" * 10)),
    "gb_nhs_number": (1 / 11, "ten-digit number in eleven", lambda c: c.shape("9" * 10)),
    "gb_nino": (1 / 12.5, "one in thirteen", lambda c: c.shape("LL999999L")),
    "iban": (1 / 95, "in 97", Chance.iban),
    "gb_driving_licence": (1 / 13, "one in 13", lambda c: c.shape("LLLLL999999LL9LL")),
    "gb_vehicle_registration": (1 / 2.9, "one in three", lambda c: c.shape("LL99 LLL")),
    "ip_address": (6 / 7, "six in seven", Chance.address),
    "phone": (2 / 7, "two in seven", lambda c: c.shape("0" + "9" * 10)),
    "postal_address": (1 / 9.6, "in ten", lambda c: c.shape("LL9 9LL")),
}


@pytest.mark.parametrize("kind", RATES)
def test_the_chance_rate_in_the_docstring_holds(kind: str) -> None:
    rate, said, make = RATES[kind]
    detector, chance = BY_KIND[kind], Chance(seed=5)
    hits = sum(detector.read_cell(make(chance), GB) is not None for _ in range(TRIED))

    assert said in " ".join((detector.__doc__ or "").split())
    assert 0.8 * rate < hits / TRIED < 1.2 * rate


def test_the_chance_rate_of_pnc_ids_in_the_docstring_holds() -> None:
    chance = Chance(seed=6)
    hits = sum(case_reference.is_pnc_id(chance.shape("2099/9999999L")) for _ in range(TRIED))

    assert "one in 26" in " ".join((case_reference.__doc__ or "").split())
    assert 1 / 31 < hits / TRIED < 1 / 22


def test_chance_makes_no_secret_and_no_machine_readable_zone() -> None:
    chance = Chance(seed=7)
    for _ in range(TRIED // 4):
        zone = chance.shape("LL99999999LLL9999999L9999999" + "<" * 14 + "99")

        assert BY_KIND["secret"].read_cell(chance.shape("LL99LL99LL99LL99LL99"), GB) is None
        assert [] == list(BY_KIND["passport"].find(Text("scan", zone), GB))
