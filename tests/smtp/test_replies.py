from __future__ import annotations

import re

from dlpguard.smtp import replies


def test_every_reply_has_an_enhanced_code_of_its_class_and_says_something() -> None:
    texts = {
        name: text
        for name, text in vars(replies).items()
        if name.isupper() and isinstance(text, str) and name != "IDENT"
    }
    assert len(texts) > 40

    for name, text in texts.items():
        if name == "GO_AHEAD":  # RFC 2034 4: 3xx has none
            continue
        match = re.fullmatch(r"([245])\d\d ([245])\.\d{1,2}\.\d{1,2} [A-Z].{1,100}", text)
        assert match, name
        assert match[1] == match[2], name


def test_aiosmtpd_own_replies_are_given_as_ours() -> None:
    assert replies.UNKNOWN_COMMAND == replies.ours('500 Error: command "BOB" not recognized')
    assert replies.BYE == replies.ours("221 Bye")
    assert replies.LOOP == replies.ours(replies.LOOP)


def test_the_code_of_a_reply_has_nothing_of_its_text() -> None:
    assert "550 5.7.1" == replies.code(replies.NOT_A_SENDER)
    assert "354" == replies.code(replies.GO_AHEAD)
    assert "500" == replies.code('500 Error: command "X" not recognized')
