"""Every page of the site in every state that looks different: what is checked, and pictured.

To add a page, add its line: a route that no line goes to is noticed (`test_views`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyotp
from playwright.sync_api import Page

from tests.browser import _house
from tests.browser._house import CODED, SECOND_APPROVER, STARTING, VOLUNTEERS
from tests.web._site import (
    APPROVER,
    AUDITOR,
    DUTY_OFFICER,
    MAIL_ADMINISTRATOR,
    NOBODY,
    PASSWORD,
    POLICY_ADMINISTRATOR,
    REVIEWER,
)

VISITOR = ""
"""Nobody who is signed in."""

MESSAGE = "/messages/{id}"

LIST = "\n".join(f"{name}, {number}, 3 April 1970" for name, number in VOLUNTEERS)
"""What somebody pastes."""

Then = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class View:
    """`path` as `House.path` reads it, `who` is signed in, `then` does what leads to the state.

    `asks_for_codes`: at the site that does so.  `is_framed`: a part of a page, and
    what else makes a page is around it.
    """

    name: str
    route: str
    path: str
    who: str = REVIEWER
    then: Then | None = None
    asks_for_codes: bool = False
    is_framed: bool = False


def press(button: str) -> Then:
    """Press a button."""
    return lambda page: page.get_by_role("button", name=button, exact=True).first.click()


def unfold(words: str) -> Then:
    """Open what is folded up."""
    return lambda page: page.locator("summary", has_text=words).first.click()


def fill(label: str, text: str, button: str) -> Then:
    """Fill in one field, and press a button."""

    def then(page: Page) -> None:
        page.get_by_label(label).first.fill(text)
        press(button)(page)

    return then


def both(*steps: Then) -> Then:
    """One after another."""

    def then(page: Page) -> None:
        for step in steps:
            step(page)

    return then


def password_of(name: str) -> Then:
    """Sign in, as far as the password goes."""

    def then(page: Page) -> None:
        page.get_by_label("Email address at work").fill(name)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press("Sign in")(page)

    return then


def code_of_the_page(page: Page) -> None:
    """The code that the key on the page gives now."""
    secret = page.locator("code").inner_text()
    page.get_by_label("Code from your app").fill(pyotp.TOTP(secret).at(int(_house.NOW)))
    press("Continue")(page)


def out_of_its_frame(page: Page) -> None:
    """The page in the frame, where axe can run: under its own policy nothing does."""
    address = page.locator("iframe").first.get_attribute("src")
    html = page.request.get(address or "").text()
    page.goto("about:blank")
    page.set_content(html)


def choose_some(page: Page) -> None:
    """Choose whom it goes to."""
    page.get_by_label("Only to some").check()
    page.get_by_label("outside (5)").check()


def say_nothing_found(page: Page) -> None:
    """Say that a release in an emergency was not right, and not why."""
    page.get_by_label("No", exact=True).first.check()
    press("Put it on record")(page)


reveal = both(
    unfold("Show what is masked"),
    fill("Why do you need to see it?", "To tell whether these are clients of ours", "Show"),
)

ALL_PAGES = (
    View("sign-in", "/sign-in", "/sign-in", VISITOR),
    View(
        "sign-in-wrong",
        "/sign-in",
        "/sign-in",
        VISITOR,
        fill("Email address", "x@y.example", "Sign in"),
    ),
    View(
        "code-set-up",
        "/sign-in/code",
        "/sign-in",
        VISITOR,
        password_of(STARTING),
        asks_for_codes=True,
    ),
    View("code", "/sign-in/code", "/sign-in", VISITOR, password_of(CODED)),
    View(
        "code-wrong",
        "/sign-in/code",
        "/sign-in",
        VISITOR,
        both(password_of(CODED), fill("Code from your app", "1", "Continue")),
    ),
    View(
        "recovery-codes",
        "POST /sign-in/code",
        "/sign-in",
        VISITOR,
        both(password_of(STARTING), code_of_the_page),
        asks_for_codes=True,
    ),
    View("queue", "/queue", "/queue"),
    View("queue-asked", "/queue", "/queue?show=asked"),
    View("queue-empty", "/queue", "/queue?sender=nobody@council.example"),
    View("queue-auditor", "/queue", "/queue", AUDITOR),
    View("message", MESSAGE, "/messages/{mailing}"),
    View("message-approver", MESSAGE, "/messages/{mailing}", APPROVER),
    View("message-hidden", MESSAGE, "/messages/{hidden}"),
    View("message-shown", MESSAGE, "/messages/{shown}"),
    View("message-some", MESSAGE, "/messages/{shown}", then=choose_some),
    View("message-nobody-chosen", MESSAGE, "/messages/{shown}?missing=recipients"),
    View("message-no-reason", MESSAGE, "/messages/{shown}?missing=reason"),
    View("message-no-question", MESSAGE, "/messages/{shown}?missing=question"),
    View("message-own-words", MESSAGE, "/messages/{shown}?note=bcc"),
    View("message-unread", MESSAGE, "/messages/{unread}"),
    View("message-approved", MESSAGE, "/messages/{webmail}", APPROVER),
    View("message-my-approval", MESSAGE, "/messages/{webmail}", SECOND_APPROVER),
    View("message-returned", MESSAGE, "/messages/{returned}?done=returned"),
    View("message-released", MESSAGE, "/messages/{released}?done=released"),
    View("message-asked", MESSAGE, "/messages/{asked}?done=asked"),
    View("message-urgent", MESSAGE, "/messages/{urgent}"),
    View("message-duty-officer", MESSAGE, "/messages/{urgent}?missing=emergency", DUTY_OFFICER),
    View("message-emergency", MESSAGE, "/messages/{emergency}?done=emergency"),
    View("message-auditor", MESSAGE, "/messages/{hidden}", AUDITOR),
    View("recipients", MESSAGE + "/recipients", "/messages/{mailing}/recipients"),
    View("people", MESSAGE + "/people", "/messages/{mailing}/people"),
    View("file", MESSAGE + "/files/{file}", "/messages/{hidden}/files/2"),
    View("file-unread", MESSAGE + "/files/{file}", "/messages/{unread}/files/2"),
    View("mail", MESSAGE + "/mail", "/messages/{letter}/mail"),
    View(
        "mail-frame",
        MESSAGE + "/mail/{number}",
        "/messages/{letter}/mail",
        then=out_of_its_frame,
        is_framed=True,
    ),
    View("mail-download", MESSAGE + "/mail", "/messages/{mailing}/mail?missing=reason", APPROVER),
    View("headers", MESSAGE + "/headers", "/messages/{mailing}/headers"),
    View("urgent", "/urgent", "/urgent", APPROVER),
    View("urgent-missing", "/urgent", "/urgent", APPROVER, say_nothing_found),
    View("figures", "/figures", "/figures"),
    View("policies", "/policies", "/policies"),
    View("policy", "/policies/{id}", "/policies/people-list-webmail"),
    View("flows", "/flows", "/flows", POLICY_ADMINISTRATOR),
    View("flows-reviewer", "/flows", "/flows"),
    View("flow", "/flows/{id}", "/flows/{code:flow}", POLICY_ADMINISTRATOR),
    View(
        "flow-wrong",
        "POST /flows/{id}/accept",
        "/flows/{code:flow}",
        POLICY_ADMINISTRATOR,
        press("Register it"),
    ),
    View("try", "/try", "/try", POLICY_ADMINISTRATOR),
    View(
        "tried",
        "POST /try",
        "/try",
        POLICY_ADMINISTRATOR,
        fill("Or write the text", LIST, "Try it"),
    ),
    View("audit", "/audit", "/audit", AUDITOR),
    View("audit-nothing", "/audit", "/audit?actor=nobody", AUDITOR),
    View("accounts", "/accounts", "/accounts", MAIL_ADMINISTRATOR),
    View("accounts-add", "/accounts/add", "/accounts/add", MAIL_ADMINISTRATOR),
    View(
        "accounts-add-wrong",
        "POST /accounts/add",
        "/accounts/add",
        MAIL_ADMINISTRATOR,
        press("Add, and send the link"),
    ),
    View("account-of-another", "/accounts/{id}", "/accounts/1", MAIL_ADMINISTRATOR),
    View("health", "/health", "/health", MAIL_ADMINISTRATOR),
    View("account", "/account", "/account"),
    View("account-wrong", "POST /account/password", "/account", then=press("Change")),
    View("account-nobody", "/account", "/account", NOBODY),
    View("tokens", "/account/tokens", "/account/tokens"),
    View("tokens-wrong", "POST /account/tokens", "/account/tokens", then=press("Make token")),
    View("answer", "/answer/{code}", "/answer/{code:asked}", VISITOR),
    View(
        "answer-missing",
        "POST /answer/{code}",
        "/answer/{code:asked}",
        VISITOR,
        press("I meant it: send this answer"),
    ),
    View(
        "answer-yes",
        "POST /answer/{code}",
        "/answer/{code:answered}",
        VISITOR,
        fill(
            "If you meant it",
            "For the committee, who know each other.",
            "I meant it: send this answer",
        ),
    ),
    View(
        "answer-no",
        "POST /answer/{code}",
        "/answer/{code:cancelled}",
        VISITOR,
        press("Do not send it"),
    ),
    View("answer-over", "/answer/{code}", "/answer/nothing", VISITOR),
    View("risk", "/urgent/{code}", "/urgent/{code:shown}", VISITOR),
    View("risk-again", "/urgent/{code}", "/urgent/{code:urgent}", VISITOR),
    View(
        "risk-told",
        "POST /urgent/{code}",
        "/urgent/{code:shown}",
        VISITOR,
        press("Someone is at risk: tell the duty officer"),
    ),
    View("risk-over", "/urgent/{code}", "/urgent/{code:returned}", VISITOR),
    View("welcome", "/welcome/{code}", "/welcome/{code:newcomer}", VISITOR),
    View(
        "welcome-short",
        "POST /welcome/{code}",
        "/welcome/{code:newcomer}",
        VISITOR,
        fill("Your new password", "short", "Set password"),
    ),
    View(
        "welcome-done",
        "POST /welcome/{code}",
        "/welcome/{code:latecomer}",
        VISITOR,
        fill("Your new password", PASSWORD, "Set password"),
    ),
    View("welcome-over", "/welcome/{code}", "/welcome/nothing", VISITOR),
    View("error-nothing-here", "404", "/nowhere"),
    View("error-not-allowed", "403", "/accounts"),
    # What changes what other pages show comes last.
    View("revealed", "POST " + MESSAGE + "/reveal", "/messages/{hidden}/files/2", then=reveal),
    View("audit-verified", "POST /audit/verify", "/audit", AUDITOR, press("Verify the whole log")),
)

NO_PAGE = {
    "/queue/news": "a sentence, put into the queue",
    "/": "leads on",
    "/figures.csv": "a file",
    "/readyz": "for programs",
    "/metrics": "for programs",
}
"""Routes that show nobody a page, and why."""

PICTURED = frozenset(
    {
        "sign-in",
        "code-set-up",
        "queue",
        "queue-auditor",
        "message-approver",
        "message-hidden",
        "message-shown",
        "message-some",
        "message-released",
        "message-returned",
        "message-asked",
        "message-urgent",
        "message-duty-officer",
        "message-auditor",
        "message-approved",
        "recipients",
        "people",
        "file",
        "revealed",
        "mail",
        "headers",
        "urgent",
        "figures",
        "policies",
        "policy",
        "flows",
        "flow",
        "try",
        "tried",
        "audit",
        "audit-verified",
        "accounts",
        "account-of-another",
        "health",
        "account",
        "tokens",
        "answer",
        "risk",
        "welcome",
    }
)
"""Of these `docs/images/` has pictures: each page once, and what the guide shows."""
