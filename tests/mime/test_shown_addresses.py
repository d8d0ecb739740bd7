"""Whose addresses every reader of a message can see."""

import pytest

from dlpguard import mime
from dlpguard.mail import Envelope, MessageId


def shown(header: str) -> list[str]:
    raw = f"From: ann@council.example\r\n{header}\r\n\r\nhello\r\n".encode()
    message, _ = mime.parse(raw, Envelope("ann@council.example", ()), MessageId("1"))
    return [box.address for box in (*message.to, *message.cc)]


@pytest.mark.parametrize(
    ("header", "addresses"),
    [
        ("To: a@x.example, b@y.example", ["a@x.example", "b@y.example"]),
        ("To: Panel: a@x.example, b@y.example;", ["a@x.example", "b@y.example"]),
        ("To: undisclosed-recipients:;", []),
        ("To: a@x.example\r\nBcc: b@y.example", ["a@x.example", "b@y.example"]),
        ("To: a@x.example\r\nResent-To: b@y.example", ["a@x.example", "b@y.example"]),
        ("Apparently-To: a@x.example", ["a@x.example"]),
        ('To: "a@x.example" <a@x.example>', ["a@x.example"]),
        ('To: "b@y.example; c@z.example" <a@x.example>',
         ["a@x.example", "b@y.example", "c@z.example"]),
        ("To: a@x.example (and b@y.example)", ["a@x.example", "b@y.example"]),
        ("To: a@x.example;b@y.example c@z.example", ["a@x.example", "c@z.example", "b@y.example"]),
        ("To: =?utf-8?q?b=40y.example?= <a@x.example>", ["a@x.example", "b@y.example"]),
        ("To: a@x.example\r\nTo: b@y.example", ["a@x.example", "b@y.example"]),
    ],
)  # fmt: skip
def test_an_address_is_shown_wherever_it_stands(header: str, addresses: list[str]) -> None:
    assert sorted(addresses) == sorted(shown(header))


def test_five_thousand_addresses_in_a_display_name_end_soon() -> None:
    many = ", ".join(f"p{n}@y.example" for n in range(5000))

    assert len(shown(f'To: "{many}" <a@x.example>')) == 5001
