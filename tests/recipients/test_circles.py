import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.audience import Circle
from dlpguard.recipients import Organisation, may_ask, webmail
from dlpguard.recipients.circles import Circles, normalise, normalise_domain

COUNCIL = Circles(
    internal=("council.example",),
    partners=("nhs.example", "schools.council.example"),
    more_webmail=("webmail.example",),
    more_publishing=("foi.example",),
)


@pytest.mark.parametrize(
    ("circle", "address"),
    [
        (Circle.INTERNAL, "ann@council.example"),
        (Circle.INTERNAL, "ann@care.council.example"),
        (Circle.INTERNAL, "Ann@COUNCIL.EXAMPLE."),
        (Circle.PARTNER, "gp@trust.nhs.example"),
        (Circle.WEBMAIL, "someone@webmail.example"),
        (Circle.WEBMAIL, "someone@gmail.com"),
        (Circle.WEBMAIL, "someone@btinternet.com"),
        (Circle.PUBLISHING, "request-1-abc@whatdotheyknow.com"),
        (Circle.PUBLISHING, "request@foi.example"),
        (Circle.EXTERNAL, "someone@firm.example"),
    ],
)
def test_an_address_is_in_one_circle(circle: Circle, address: str) -> None:
    assert circle is COUNCIL.of(address)


@pytest.mark.parametrize(
    "address",
    ["x@notcouncil.example", "x@council.example.evil.example", "x@fakegmail.com", "x@com"],
)
def test_domains_match_on_label_borders_only(address: str) -> None:
    assert Circle.EXTERNAL is COUNCIL.of(address)


def test_a_partner_may_have_a_subdomain_of_ours() -> None:
    assert Circle.PARTNER is COUNCIL.of("head@hill.schools.council.example")


def test_our_own_domain_is_internal_even_when_it_is_listed_as_webmail() -> None:
    circles = Circles(internal=("webmail.example",), more_webmail=("webmail.example",))

    assert Circle.INTERNAL is circles.of("ann@webmail.example")


def test_a_domain_in_unicode_and_in_ascii_is_one() -> None:
    circles = Circles(internal=("bücher.example",))

    assert Circle.INTERNAL is circles.of("ann@xn--bcher-kva.example")
    assert Circle.INTERNAL is circles.of("ann@BÜCHER.example")


def test_a_domain_that_dns_cannot_hold_is_external() -> None:
    assert Circle.EXTERNAL is COUNCIL.of("ann@" + "ü" * 300 + ".example")


@pytest.mark.parametrize(
    ("expected", "spelling"),
    [
        ("ann@council.example", "ANN@Council.Example"),
        ("ann@council.example", "<ann@council.example.>"),
        ("ann@council.example", "ann+bins@council.example"),
        ("annbee@gmail.com", "Ann.Bee+x@googlemail.com"),
        ("ann.bee@webmail.example", "ann.bee@webmail.example"),
        ("+41@firm.example", "+41@firm.example"),
    ],
)
def test_spellings_of_a_mailbox_are_one(expected: str, spelling: str) -> None:
    assert expected == normalise(spelling)


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise_domain(text)

    assert once == normalise_domain(once)


def test_the_lists_hold_normalised_domains() -> None:
    assert len(webmail.DOMAINS) >= 100
    assert all(domain == normalise_domain(domain) and "." in domain for domain in webmail.DOMAINS)


@pytest.mark.parametrize(
    "address",
    ["ann%out.example@council.example", "out.example!ann@council.example", '"a@b"@nhs.example'],
)
def test_an_address_that_a_server_of_ours_sends_on_is_outside(address: str) -> None:
    assert Circle.EXTERNAL is COUNCIL.of(address)


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("ann@council.example", True),
        ("Ann@Care.Council.Example", True),
        ("ann@charity.example", False),
        ("ann@notcouncil.example", False),
        ("", True),
    ],
)
def test_only_senders_of_our_own_can_be_asked(sender: str, expected: bool) -> None:
    organisation = Organisation(("council.example",), partners=("charity.example",))

    assert expected == may_ask(sender, organisation)
