"""Check digits and formats against somebody else's reading of the issuers' rules."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum import isbn, luhn
from stdnum.gb import nhs, utr
from stdnum.iso7064 import mod_97_10
from stdnum.us import ssn

from dlpguard.detectors import (
    Setup,
    _check_digits,
    gb_driving_licence,
    gb_nhs_number,
    gb_utr,
    iban,
    ip_address,
    passport,
    payment_card,
    secret,
    us_ssn,
)
from dlpguard.document import Text
from dlpguard.finding import Confidence

GB = Setup()
TEN = st.integers(0, 10**10 - 1).map("{:010d}".format)


@given(st.text("0123456789", min_size=1, max_size=25))
def test_luhn_is_stdnum_s(value: str) -> None:
    assert luhn.is_valid(value) == _check_digits.luhn(value)


@given(st.text("0123456789ABCXYZ", min_size=1, max_size=30))
def test_mod97_is_stdnum_s(value: str) -> None:
    assert mod_97_10.is_valid(value) == _check_digits.mod97(value)


@given(st.text("0123456789", min_size=9, max_size=9), st.sampled_from("0123456789X"))
def test_mod11_is_that_of_isbns(body: str, last: str) -> None:
    assert isbn.is_valid(body + last) == _check_digits.mod11(body + last)


@given(TEN)
def test_nhs_numbers_are_stdnum_s(value: str) -> None:
    assert nhs.is_valid(value) == (gb_nhs_number.read_cell(value, GB) is not None)


@given(TEN)
def test_utrs_are_stdnum_s(value: str) -> None:
    assert utr.is_valid(value) == gb_utr.is_valid(value)


@given(st.integers(0, 10**9 - 1).map("{:09d}".format))
def test_ssns_are_stdnum_s(value: str) -> None:
    written = f"{value[:3]}-{value[3:5]}-{value[5:]}"

    assert ssn.is_valid(written) == (us_ssn.read_cell(written, GB) is not None)


def test_ibans_that_stdnum_takes_are_taken_whatever_the_country() -> None:
    generator = random.Random(4)
    for country, length in iban.LENGTHS.items():
        bban = "".join(generator.choices("0123456789", k=length - 4))
        value = country + stdnum_iban.calc_check_digits(f"{country}00{bban}") + bban

        assert value == iban.read_cell(value, GB)
        assert mod_97_10.is_valid(value[4:] + value[:4])


@pytest.mark.parametrize(
    "value",
    [
        "4111111111111111", "5555555555554444", "2223003122003222", "378282246310005",
        "6011111111111117", "30569309025904", "3530111333300000", "6200000000000005",
        "6759649826438453", "4222222222222",
    ],
)  # fmt: skip
def test_the_issuers_own_numbers_for_trials_are_cards(value: str) -> None:
    assert luhn.is_valid(value)
    assert value == payment_card.read_cell(value, GB)


@pytest.mark.parametrize(
    "text",
    [
        "94111111111111111", "4111111111111111.50", "4111 1111 1111 1111 1", "4444444444444444",
        "order 4111111111111111", "£4111111111111111", "4111-1111 1111-1111", "4111111111111112",
    ],
)  # fmt: skip
def test_what_is_no_card(text: str) -> None:
    assert [] == list(payment_card.find(Text("body", text), GB))


def test_a_machine_readable_zone_with_a_wrong_digit_is_none() -> None:
    right = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"  # ICAO Doc 9303 part 4, appendix B
    spoilt = [
        right[:at] + str((int(right[at]) + 1) % 10) + right[at + 1 :] for at in (2, 14, 22, 43)
    ]

    assert passport.is_zone(right)
    assert [False] * 4 == [passport.is_zone(zone) for zone in spoilt]


@pytest.mark.parametrize(
    "text",
    [
        "passport photos cost 533380006 pence", "533380006", "passports 533380006",
        "passport no 5333800061", "passport no AB1234567",
    ],
)  # fmt: skip
def test_nine_digits_are_a_passport_s_only_directly_after_the_word(text: str) -> None:
    assert [] == list(passport.find(Text("body", text), GB))


def test_eight_digits_are_a_northern_irish_licence_only_after_the_word() -> None:
    read = [
        [f.value for f in gb_driving_licence.find(Text("body", text), GB)]
        for text in ("Driving licence (NI): 12345678", "licence fee 12345678", "order 12345678")
    ]

    assert [["12345678"], [], []] == read


@pytest.mark.parametrize(
    "value", ["81.2.3.4", "203.0.113.9", "2a00:1450:4009:815::200e", "2001:db8::1"]
)
def test_addresses_on_the_internet_are_found_and_sure_beside_a_word(value: str) -> None:
    alone = list(ip_address.find(Text("log", f"from {value} to"), GB))
    labelled = list(ip_address.find(Text("log", f"IP: {value}."), GB))

    assert [(value, Confidence.LOW)] == [(f.value, f.confidence) for f in alone]
    assert [(value, Confidence.HIGH)] == [(f.value, f.confidence) for f in labelled]


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1", "192.168.1.1", "127.0.0.1", "version 81.2.3.4", "81.2.3.4.5", "181.2.3.456",
        "fe80::1", "::1", "09:15:30", "00:1B:44:11:3A:B7", "a::b::c", "std::vector", "12:30",
    ],
)  # fmt: skip
def test_what_is_nobody_s_address(text: str) -> None:
    assert [] == list(ip_address.find(Text("log", text), GB))


TOKENS = {
    "AWS": "AK" + "IAIOSFODNN7EXAMPLE",
    "GitHub": "gh" + "p_" + "a1B2" * 9,
    "GitLab": "glp" + "at-" + "a1B2c" * 4,
    "Slack": "xox" + "b-123456789012-abcdefABCDEF",
    "Google": "AI" + "za" + "a1B2c" * 7,
    "Stripe": "sk_" + "live_" + "a1B2" * 6,
    "SendGrid": "S" + "G." + "a" * 22 + "." + "b" * 43,
    "a login (JWT)": "ey" + "JhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTYifQ." + "c" * 43,
    "a private key": "-----BEGIN " + "OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk",
}


@pytest.mark.parametrize("service", TOKENS)
def test_a_secret_is_known_by_its_prefix(service: str) -> None:
    (finding,) = secret.find(Text("body", f"use {TOKENS[service]}"), GB)

    assert service in finding.evidence
    assert finding.value not in finding.evidence + repr(finding)


@pytest.mark.parametrize(
    "text",
    [
        "sk_" + "test_" + "a1B2" * 6, "-----BEGIN PUBLIC KEY-----", "AKIA", "AKIATOOSHORT",
        "eyJ.eyJ.x", "SG.1", "the xox-b form", "npm_install",
    ],
)  # fmt: skip
def test_what_is_no_secret(text: str) -> None:
    assert [] == list(secret.find(Text("body", text), GB))
