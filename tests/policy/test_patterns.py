import pytest

from dlpguard.policy import patterns
from dlpguard.policy.patterns import is_like


@pytest.mark.parametrize(
    ("address", "pattern", "expected"),
    [
        ("ann@council.example", "ann@council.example", True),
        ("ANN@council.EXAMPLE", "Ann@Council.example", True),
        ("ann@care.council.example", "*@*.council.example", True),
        ("ann@council.example", "*@*.council.example", False),
        ("ann@notcouncil.example", "*@council.example", False),
        ("ann@council.example.evil.example", "*@council.example", False),
        ("ann@xn--mnchen-3ya.example", "*@münchen.example", True),
        ("ann@[10.0.0.1]", "ann@[10.0.0.1]", True),
        ("ann@1", "ann@[10.0.0.1]", False),
        ("anns@council.example", "ann?@council.example", False),
        ("", "*@council.example", False),
        ("", "*", True),
    ],
)
def test_an_address_is_like_a_pattern(address: str, pattern: str, expected: bool) -> None:
    assert is_like(address, pattern) is expected


def test_hostile_addresses_cost_no_time() -> None:
    assert not is_like("a" * 100_000 + "@" + "a" * 100_000, "*a*a*a*a*a*@*b*.example")


@pytest.mark.parametrize(
    "good", ["a@b.example", "*@firm.example", "*@*.firm.example", "*@*.nhs.uk", "*@*.firm.co.uk"]
)
def test_a_flow_may_go_to_those_who_are_named(good: str) -> None:
    assert patterns.problem(good) == ""


@pytest.mark.parametrize(
    "wide",
    [
        "*",
        "*@*",
        "*@*.example",
        "*@example",
        "firm.example",
        "@firm.example",
        "a@",
        "*@f*.e",
        "*@*.co.uk",
    ],
)
def test_a_flow_goes_to_nobody_in_particular(wide: str) -> None:
    assert "; write" in patterns.problem(wide)
