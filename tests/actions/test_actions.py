import pkgutil

import pytest

from dlpguard import actions
from dlpguard.lifecycle import Event
from dlpguard.mail import Envelope, Recipient
from dlpguard.verdict import Action, Match, Notice, Plan, Verdict

ANN = Envelope("ann@council.example", (Recipient("someone@webmail.example"),))
NOBODY = Envelope("", ANN.recipients)


def tagged(title: str, *, observed: bool = False) -> Match:
    return Match("scans", title, Action.TAG, (), observed=observed)


def test_every_module_of_the_family_is_listed() -> None:
    modules = {m.name for m in pkgutil.iter_modules(actions.__path__) if m.name[0] != "_"}

    assert modules == {member.NAME for member in actions.ACTIONS}
    assert list(Action) == [member.ACTION for member in actions.ACTIONS]
    assert [action.label for action in Action] == [member.NAME for member in actions.ACTIONS]


@pytest.mark.parametrize(
    ("action", "event", "template"),
    [
        (Action.ALLOW, Event.PASS, ""),
        (Action.TAG, Event.PASS, ""),
        (Action.CONFIRM, Event.ASK, "asked"),
        (Action.QUARANTINE, Event.HOLD, "held"),
        (Action.REJECT, Event.REFUSE, "returned"),
    ],
)
def test_each_action_makes_its_move_and_tells_the_sender_what_stopped_it(
    action: Action, event: Event, template: str
) -> None:
    notices = (Notice(("ann@council.example",), template),) if template else ()

    assert Plan(event, (), notices) == actions.plan(ANN, Verdict(action))


@pytest.mark.parametrize("action", list(Action))
def test_the_null_sender_is_never_told_anything(action: Action) -> None:
    assert actions.plan(NOBODY, Verdict(action)).notices == ()


def test_mail_of_the_null_sender_has_nobody_to_ask_and_is_held() -> None:
    assert Event.HOLD is actions.plan(NOBODY, Verdict(Action.CONFIRM)).event


@pytest.mark.parametrize("action", [Action.TAG, Action.CONFIRM, Action.QUARANTINE])
def test_a_tag_names_policy_and_title(action: Action) -> None:
    verdict = Verdict(action, (tagged("A picture"), tagged("Watched", observed=True)))

    assert actions.plan(ANN, verdict).add_headers == (("X-DLPGuard-Tag", "scans; A picture"),)


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("Höher – weiter", "scans; Hoher weiter"),
        ("one\r\nBcc: x@y.example", "scans; one Bcc: x@y.example"),
        ("nul\0 and\ttab", "scans; nul and tab"),
        ("x" * 500, "scans; " + "x" * 193),
    ],
)
def test_a_tag_is_one_line_of_ascii(title: str, value: str) -> None:
    [(name, found)] = actions.plan(ANN, Verdict(Action.TAG, (tagged(title),))).add_headers

    assert ("X-DLPGuard-Tag", value) == (name, found)
    assert found.isascii()
    assert found.isprintable()
