import time

import pytest

from dlpguard.audience import Circle, Viewer
from dlpguard.mail import Mailbox
from dlpguard.recipients.self_send import MANY, looks_own, reason

JOHN = Mailbox("John Smith", "j.smith@council.example")


def viewer(address: str, circle: Circle = Circle.WEBMAIL) -> Viewer:
    return Viewer(address, circle, receives=True, shown=True)


@pytest.mark.parametrize(
    "address",
    [
        "smithj74@webmail.example",
        "j.smith@webmail.example",
        "john.smith@webmail.example",
        "john_smith_1974@webmail.example",
        "smith.john@webmail.example",
        "jsmith@webmail.example",
        "smith74@webmail.example",
        "johnsmith@webmail.example",
        "mrsmith@webmail.example",
    ],
)
def test_the_senders_own_webmail_is_noticed(address: str) -> None:
    assert looks_own(JOHN.address, JOHN.name, address, webmail=True)


@pytest.mark.parametrize(
    "address",
    [
        "a.smith@webmail.example",
        "jane.smithson@webmail.example",
        "mary.smith@webmail.example",
        "smithfield.butchers@webmail.example",
        "blacksmith@webmail.example",
        "sunny74@webmail.example",
        "1974@webmail.example",
    ],
)
def test_somebody_elses_webmail_is_not(address: str) -> None:
    assert not looks_own(JOHN.address, JOHN.name, address, webmail=True)


@pytest.mark.parametrize(
    ("name", "address", "own"),
    [
        ("Siân O'Neill", "s.oneill@council.example", "sian.oneill@webmail.example"),
        ("Smith, John (Adult Care)", "x123@council.example", "jsmith60@webmail.example"),
        ("", "ann.bee@council.example", "beeann@webmail.example"),
        ("", "ann.bee@council.example", "annbee82@webmail.example"),
        ("Dr Ann Bee", "ab@council.example", "ann.bee@webmail.example"),
        ("Robert Chen", "r.chen@council.example", "rob.chen@webmail.example"),
        ("Wei Ng", "w.ng@council.example", "weing@webmail.example"),
    ],
)
def test_names_are_compared_however_they_are_written(name: str, address: str, own: str) -> None:
    assert looks_own(address, name, own, webmail=True)


def test_the_essex_case_says_why() -> None:
    sender = Mailbox("Ann Smith", "ann.smith@council.example")

    assert "ann.smith → smithann62" == reason([sender], [viewer("smithann62@homemail.example")])


def test_the_display_name_gives_a_fancy_address_away() -> None:
    box = Mailbox("John Smith", "sunny77@webmail.example")

    assert "j.smith → sunny77" == reason([JOHN], [viewer("sunny77@webmail.example")], [box])


def test_a_namesake_at_a_partner_is_somebody_else() -> None:
    assert "" == reason([JOHN], [viewer("john.smith@nhs.example", Circle.PARTNER)])


def test_a_shared_surname_and_initial_in_another_firm_is_somebody_else() -> None:
    assert "" == reason([JOHN], [viewer("j.smith@firm.example", Circle.EXTERNAL)])


@pytest.mark.parametrize(
    "address", ["john@smith.example", "me@x.example", "john@johnsmith.example"]
)
def test_a_domain_of_ones_own_counts_when_it_has_the_name(address: str) -> None:
    expected = not address.startswith("me")

    assert expected == bool(reason([JOHN], [viewer(address, Circle.EXTERNAL)]))


@pytest.mark.parametrize("local", ["info", "enquiries", "office"])
def test_functions_write_to_functions(local: str) -> None:
    sender = Mailbox("", f"{local}@council.example")

    assert "" == reason([sender], [viewer(f"{local}@webmail.example")])


def test_who_only_is_shown_receives_nothing() -> None:
    shown = Viewer("smithj74@webmail.example", Circle.WEBMAIL, receives=False, shown=True)

    assert "" == reason([JOHN], [shown])


def test_a_colleague_inside_is_no_self_send() -> None:
    assert "" == reason([JOHN], [viewer("john.smith2@council.example", Circle.INTERNAL)])


def others(count: int) -> list[Viewer]:
    return [viewer(f"resident{number}@webmail.example") for number in range(count)]


@pytest.mark.parametrize("own", ["smithj74", "jsmith", "smith74", "j.smith"])
def test_a_namesake_among_many_recipients_is_somebody_else(own: str) -> None:
    namesake = viewer(f"{own}@webmail.example")

    assert reason([JOHN], [*others(MANY - 1), namesake])
    assert "" == reason([JOHN], [*others(MANY), namesake])


@pytest.mark.parametrize("own", ["john.smith", "smithjohn74"])
def test_the_full_name_counts_among_many_too(own: str) -> None:
    assert f"j.smith → {own}" == reason([JOHN], [*others(156), viewer(f"{own}@webmail.example")])


def test_colleagues_are_no_crowd() -> None:
    inside = [viewer(f"c{n}@council.example", Circle.INTERNAL) for n in range(30)]

    assert "j.smith → smithj74" == reason([JOHN], [*inside, viewer("smithj74@webmail.example")])


@pytest.mark.parametrize("hostile", ["((((" * 5000, "a." * 5000, "-" * 20_000, ",," * 9000])
def test_hostile_names_cost_little(hostile: str) -> None:
    start = time.perf_counter()
    looks_own(f"{hostile}@council.example", hostile, f"{hostile}@webmail.example", webmail=True)

    assert time.perf_counter() - start < 1
