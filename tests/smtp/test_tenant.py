"""Mail of our own Microsoft 365 tenant, and of the others that send from the same addresses."""

from __future__ import annotations

import time

import pytest

from dlpguard.smtp._guards import Senders
from dlpguard.smtp._tenant import Tenant, is_ours

ID = "00112233-4455-6677-8899-aabbccddeeff"
OTHER = "ffeeddcc-bbaa-9988-7766-554433221100"
TENANT = Tenant(ID, "council.example", ("40.92.0.0/15",))
SENDERS = Senders(("council.example",))

WHO = f"X-MS-Exchange-CrossTenant-Id: {ID}\r\nX-OriginatorOrg: council.example\r\n"
BY_RULE = "X-MS-Exchange-Inbox-Rules-Loop: ann@council.example\r\n"


@pytest.mark.parametrize(
    ("expected", "header", "sender"),
    [
        (True, WHO, "ann@council.example"),
        (True, WHO, ""),
        (True, WHO.upper(), "ann@council.example"),
        (True, WHO.replace(": ", ":\r\n "), "ann@council.example"),
        (True, WHO + BY_RULE, "bob@elsewhere.example"),
        (True, WHO + "Resent-From: Ann Bee <ann@council.example>\r\n", "bob@elsewhere.example"),
        (
            True,
            WHO + f"X-MS-Exchange-ForwardingLoop: ann@council.example;{OTHER}\r\n",
            "bob@elsewhere.example",
        ),
        (False, "", "ann@council.example"),
        (False, WHO.splitlines(keepends=True)[0], "ann@council.example"),
        (False, WHO.splitlines(keepends=True)[1], "ann@council.example"),
        (False, WHO.replace(ID, OTHER), "ann@council.example"),
        (False, WHO.replace("council", "elsewhere"), "ann@council.example"),
        (False, WHO.replace("council.example", "xcouncil.example"), "ann@council.example"),
        (False, WHO + f"X-MS-Exchange-CrossTenant-Id: {OTHER}\r\n", "ann@council.example"),
        (False, "X-OriginatorOrg: elsewhere.example\r\n" + WHO, "ann@council.example"),
        (False, WHO, "bob@elsewhere.example"),
        (False, WHO + BY_RULE.replace("council", "elsewhere"), "bob@elsewhere.example"),
        (False, WHO + "Resent-From: council.example\r\n", "bob@elsewhere.example"),
        (False, WHO.replace(ID, OTHER), ""),
        (False, "Subject: x\r\n " + WHO.replace("\r\n", "\r\n "), "ann@council.example"),
    ],
)
def test_only_what_microsoft_says_is_ours_is_ours(expected: bool, header: str, sender: str) -> None:
    assert expected is is_ours(header.encode(), sender, TENANT, SENDERS)


def test_a_long_hostile_header_is_looked_at_in_linear_time() -> None:
    header = b"Resent-From: " + b"<" * 500_000 + b"\r\n" + b"X-OriginatorOrg: ;<@>\r\n" * 20_000
    before = time.process_time()

    assert not is_ours(header, "ann@council.example", TENANT, SENDERS)
    assert time.process_time() - before < 1
