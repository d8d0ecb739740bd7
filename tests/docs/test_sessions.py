"""What the pages tell people to type, typed: one page after the other, each from its beginning."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.docs._blocks import PAGES, ROOT, blocks
from tests.docs._ground import Ground, ground
from tests.journeys._postfix import postfix_client, smtp_sink
from tests.journeys._programs import need

NOBODY = 25
"""The next hop's port where no mail is sent."""

SESSIONS = [
    page
    for page in PAGES
    if any(one.language == "console" and not one.why_not for one in blocks(page))
]


@pytest.mark.parametrize("page", SESSIONS)
def test_what_the_page_says_happens(page: str, tmp_path: Path) -> None:
    with PREPARED.get(page, with_nothing)(tmp_path) as here:
        for block in blocks(page):
            if block.title or (block.language == "console" and not block.why_not):
                here.live(block)


def with_nothing(folder: Path) -> contextlib.AbstractContextManager[Ground]:
    """What the page itself makes is all there is."""
    return ground(folder, NOBODY)


@contextlib.contextmanager
def beside_postfix(folder: Path) -> Iterator[Ground]:
    """A next hop, and the reader's own Postfix, which knows nothing of dlpguard yet."""
    with (
        smtp_sink() as hop,
        postfix_client(hop.port) as client,
        ground(folder, hop.port, MAIL_CONFIG=str(client.configuration)) as here,
    ):
        yield here


@contextlib.contextmanager
def with_postfix_installed(folder: Path) -> Iterator[Ground]:
    """Nothing runs, and Postfix's configuration is as it is when it is new."""
    need("postconf")
    (folder / "etc").mkdir()
    (folder / "etc/main.cf").write_text("compatibility_level = 3.6\n")
    (folder / "etc/master.cf").write_text("pickup unix n - n 60 1 pickup\n")
    with ground(folder, NOBODY, MAIL_CONFIG=str(folder / "etc")) as here:
        yield here


@contextlib.contextmanager
def with_sent_mail(folder: Path) -> Iterator[Ground]:
    """Some samples are what was sent, and the shipped policies lie where they were unpacked."""
    (folder / "sent").mkdir()
    for file in (ROOT / "samples/mail").glob("[ho]*.eml"):
        shutil.copy(file, folder / "sent")
    with ground(folder, NOBODY) as here:
        yield replace(here, instead={**here.instead, "POLICIES": str(ROOT / "policies")})


PREPARED = {
    "quick-start.md": beside_postfix,
    "postfix.md": with_postfix_installed,
    "tuning.md": with_sent_mail,
}
"""What a page needs that it does not make."""
