from dlpguard.audience import Circle
from dlpguard.mail import Envelope, Mailbox, Recipient
from dlpguard.recipients import Organisation, audience

COUNCIL = Organisation(
    ("council.example",), partners=("nhs.example",), webmail=("webmail.example",)
)
ANN = Mailbox("Ann Bee", "ann@council.example")


def envelope(*recipients: str) -> Envelope:
    return Envelope("ann@council.example", tuple(Recipient(a) for a in recipients))


def boxes(*addresses: str) -> tuple[Mailbox, ...]:
    return tuple(Mailbox("", a) for a in addresses)


def test_reach_counts_the_envelope_and_exposure_the_header() -> None:
    outside = [f"r{n}@firm.example" for n in range(157)]
    found = audience(envelope(*outside), (ANN,), boxes("list@council.example"), (), COUNCIL)

    assert (157, 0) == (found.reach, found.exposure)


def test_a_missed_bcc_has_both() -> None:
    outside = [f"r{n}@webmail.example" for n in range(30)]
    found = audience(envelope(*outside), (ANN,), boxes(*outside), (), COUNCIL)

    assert (30, 30, 1.0) == (found.reach, found.exposure, found.exposed_webmail_share)


def test_an_expanded_list_has_reach_and_little_exposure() -> None:
    members = [f"m{n}@firm.example" for n in range(300)]
    found = audience(envelope(*members), (ANN,), boxes("members@lists.example"), (), COUNCIL)

    assert (300, 1) == (found.reach, found.exposure)


def test_partners_are_outside() -> None:
    found = audience(envelope("gp@nhs.example", "bob@council.example"), (ANN,), (), (), COUNCIL)

    assert (1, 1, 1) == (found.reach, found.partner, found.internal)


def test_two_spellings_of_a_mailbox_are_one_viewer() -> None:
    found = audience(
        envelope("Eve@Firm.example", "eve+x@firm.example"),
        (ANN,),
        boxes("eve@firm.example."),
        boxes("EVE@FIRM.EXAMPLE"),
        COUNCIL,
    )

    assert [("eve@firm.example", True, True)] == [
        (v.address, v.receives, v.shown) for v in found.viewers
    ]


def test_a_header_without_addresses_shows_nobody() -> None:
    found = audience(
        envelope("eve@firm.example"), (ANN,), boxes("undisclosed-recipients:;", ""), (), COUNCIL
    )

    assert (1, 0) == (found.reach, found.exposure)


def test_the_address_decides_and_not_the_display_name() -> None:
    trick = (Mailbox("ann@council.example", "eve@webmail.example"),)
    found = audience(envelope("eve@webmail.example"), (ANN,), trick, (), COUNCIL)

    assert [Circle.WEBMAIL] == [v.circle for v in found.viewers]


def test_a_null_sender_sends_nothing_to_itself() -> None:
    found = audience(Envelope("", (Recipient("a@webmail.example"),)), (), (), (), COUNCIL)

    assert "" == found.self_send


def test_a_self_send_is_noticed_by_envelope_and_by_header() -> None:
    sender = (Mailbox("", "ann.bee@council.example"),)
    found = audience(envelope("beeann9@webmail.example"), sender, (), (), COUNCIL)

    assert "ann.bee → beeann9" == found.self_send
