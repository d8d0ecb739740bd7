import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.mail import Envelope, Recipient
from dlpguard.policy import split
from dlpguard.policy.splitting import FOR, AppliesTo
from dlpguard.verdict import Action, Match, Reason, Verdict

BOXES = {
    Circle.INTERNAL: "bob@council.example",
    Circle.PARTNER: "team@nhs.example",
    Circle.EXTERNAL: "desk@firm.example",
    Circle.WEBMAIL: "someone@webmail.example",
    Circle.PUBLISHING: "request-1@publishing.example",
}

Addresses = tuple[str, ...]


def match(policy: str, action: Action, applies_to: str, *, observed: bool = False) -> Match:
    return Match(
        policy, "Title", action, (Reason("a reason"),), observed=observed, applies_to=applies_to
    )


def rows(
    *matches: Match, to: tuple[Circle, ...] = tuple(Circle)
) -> list[tuple[Addresses, Verdict]]:
    """The rows of a message to one mailbox in each of these circles."""
    acting = [m.action for m in matches if not m.observed]
    verdict = Verdict(max(acting, default=Action.ALLOW), matches, "digest", flow="a-flow")
    envelope = Envelope("ann@council.example", tuple(Recipient(BOXES[c]) for c in to))
    viewers = tuple(Viewer(BOXES[c], c, receives=True, shown=True) for c in to)
    found = split(verdict, Audience(viewers), envelope)
    return [(tuple(r.address for r in row.recipients), row.verdict) for row in found]


def boxes(*circles: Circle) -> Addresses:
    return tuple(BOXES[circle] for circle in circles)


def test_colleagues_get_theirs_when_what_goes_outside_is_held() -> None:
    held, passed = rows(
        match("list", Action.QUARANTINE, "outside"), match("scans", Action.TAG, "everyone")
    )

    assert held[0] == boxes(Circle.PARTNER, Circle.EXTERNAL, Circle.WEBMAIL, Circle.PUBLISHING)
    assert [m.policy for m in held[1].matches] == ["list", "scans"]
    assert held[1].action is Action.QUARANTINE
    assert passed[0] == boxes(Circle.INTERNAL)
    assert [m.policy for m in passed[1].matches] == ["scans"]
    assert passed[1].action is Action.TAG


def test_each_row_keeps_by_what_it_was_decided() -> None:
    for _, verdict in rows(match("list", Action.QUARANTINE, "outside")):
        assert (verdict.policies, verdict.flow) == ("digest", "a-flow")


def test_who_no_policy_is_for_is_allowed() -> None:
    _, passed = rows(match("list", Action.QUARANTINE, "outside"))

    assert (passed[1].action, passed[1].matches) == (Action.ALLOW, ())


@pytest.mark.parametrize(
    ("applies_to", "expected"),
    [
        ("outside", {Circle.PARTNER, Circle.EXTERNAL, Circle.WEBMAIL, Circle.PUBLISHING}),
        ("external", {Circle.EXTERNAL, Circle.WEBMAIL, Circle.PUBLISHING}),
        ("webmail", {Circle.WEBMAIL}),
        ("publishing", {Circle.PUBLISHING}),
    ],
)
def test_each_word_means_its_circles(applies_to: str, expected: set[Circle]) -> None:
    held, passed = rows(match("a", Action.REJECT, applies_to))

    assert set(held[0]) == {BOXES[c] for c in expected}
    assert set(passed[0]) == {BOXES[c] for c in set(Circle) - expected}


def test_every_word_has_its_circles() -> None:
    assert set(AppliesTo) == set(FOR)


@pytest.mark.parametrize(
    ("matches", "to"),
    [
        ((), tuple(Circle)),
        ((match("a", Action.QUARANTINE, "everyone"),), tuple(Circle)),
        ((match("a", Action.QUARANTINE, "outside"),), (Circle.PARTNER, Circle.WEBMAIL)),
        ((match("a", Action.TAG, "outside"),), tuple(Circle)),
        (
            (
                match("a", Action.QUARANTINE, "webmail"),
                match("b", Action.QUARANTINE, "everyone"),
            ),
            tuple(Circle),
        ),
        ((match("a", Action.REJECT, "outside", observed=True),), tuple(Circle)),
    ],
    ids=["nothing", "everyone", "nobody inside", "a tag", "another is for everyone", "observed"],
)
def test_a_message_whose_recipients_fare_alike_stays_whole(
    matches: tuple[Match, ...], to: tuple[Circle, ...]
) -> None:
    [(whole, verdict)] = rows(*matches, to=to)

    assert whole == boxes(*to)
    assert verdict.matches == matches


def test_there_are_two_rows_at_most_and_the_weaker_one_takes_its_own_strongest() -> None:
    held, asked = rows(
        match("webmail", Action.QUARANTINE, "webmail"), match("list", Action.CONFIRM, "outside")
    )

    assert held[0] == boxes(Circle.WEBMAIL)
    assert [m.policy for m in held[1].matches] == ["webmail", "list"]
    assert asked[0] == boxes(Circle.INTERNAL, Circle.PARTNER, Circle.EXTERNAL, Circle.PUBLISHING)
    assert asked[1].action is Action.CONFIRM


def test_a_policy_that_observes_neither_splits_nor_stops() -> None:
    watching = match("a", Action.REJECT, "everyone", observed=True)
    held, passed = rows(match("b", Action.CONFIRM, "outside"), watching)

    assert held[1].action is Action.CONFIRM
    assert (passed[1].action, passed[1].matches) == (Action.ALLOW, (watching,))


@pytest.mark.parametrize("spelling", ["Bob+news@Council.Example", "<bob@council.example>"])
def test_a_recipient_is_found_however_it_is_spelled(spelling: str) -> None:
    viewers = tuple(Viewer(BOXES[c], c, receives=True, shown=True) for c in Circle)
    desk = Recipient(BOXES[Circle.EXTERNAL], ("NEVER",), "rfc822;desk@firm.example")
    envelope = Envelope("ann@council.example", (desk, Recipient(spelling)))
    verdict = Verdict(Action.QUARANTINE, (match("a", Action.QUARANTINE, "outside"),))

    held, passed = split(verdict, Audience(viewers), envelope)

    assert held.recipients == (desk,)
    assert [r.address for r in passed.recipients] == [spelling]


def test_a_recipient_that_nobody_has_placed_is_outside() -> None:
    envelope = Envelope("ann@council.example", (Recipient("who@firm.example"),))
    verdict = Verdict(Action.QUARANTINE, (match("a", Action.QUARANTINE, "outside"),))

    [whole] = split(verdict, Audience(), envelope)

    assert whole.verdict == verdict


MATCHES = st.builds(
    match,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(list(Action)[1:]),
    st.sampled_from(list(AppliesTo)),
    observed=st.booleans(),
)


@given(st.lists(MATCHES, max_size=5), st.lists(st.sampled_from(list(Circle)), max_size=8))
def test_every_recipient_is_in_one_row_and_none_fares_better_than_its_policies_say(
    matches: list[Match], circles: list[Circle]
) -> None:
    addresses = [f"r{i}@x.example" for i in range(len(circles))]
    viewers = [
        Viewer(a, c, receives=True, shown=True) for a, c in zip(addresses, circles, strict=True)
    ]
    envelope = Envelope("ann@council.example", tuple(Recipient(a) for a in addresses))
    whole = Verdict(
        max((m.action for m in matches if not m.observed), default=Action.ALLOW), tuple(matches)
    )
    found = split(whole, Audience(tuple(viewers)), envelope)

    assert len(found) <= 2
    assert sorted(addresses) == sorted(r.address for row in found for r in row.recipients)
    circle_of = dict(zip(addresses, circles, strict=True))
    for row in found:
        for recipient in row.recipients:
            own = [
                m.action
                for m in matches
                if circle_of[recipient.address] in FOR[AppliesTo(m.applies_to)] and not m.observed
            ]
            assert row.verdict.action >= max(own, default=Action.ALLOW)
