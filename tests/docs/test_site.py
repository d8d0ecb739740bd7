"""The documentation as a site: every link leads somewhere, and nothing comes from elsewhere."""

from __future__ import annotations

import html.parser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests._needs import need_module
from tests.docs._blocks import DOCS, PAGES, ROOT

LOADED = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "object": "data",
}
"""The elements by which a browser loads something, and the attribute that says what."""

LISTS = re.compile(r"^(?!\s*([-*+|>#]|\d+\. |```|<!--))[^\n]*\S[^\n]*\n([-*+] |1\. )", re.MULTILINE)
"""A list without an empty line before it, which the site shows as running text."""

FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_module("properdocs", "properdocs")
    folder = tmp_path_factory.mktemp("site")
    command = (sys.executable, "-m", "properdocs", "build", "--strict", "--site-dir", str(folder))
    done = subprocess.run(
        (*command, "--config-file", str(ROOT / "mkdocs.yml")),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    # Strict: a link, an anchor or a page of the navigation that is not there is an error.
    assert 0 == done.returncode, done.stderr
    return folder


class Loading(html.parser.HTMLParser):
    """What a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "link" and values.get("rel") in {"canonical", "prev", "next", "edit"}:
            return  # says where something is, and loads nothing
        if address := values.get(LOADED.get(tag, "")):
            self.addresses.append(address)


def test_every_page_of_the_documentation_is_on_the_site(site: Path) -> None:
    made = {str(file.relative_to(site)) for file in site.rglob("*.html")}
    expected = {page.removesuffix(".md").replace("README", "index") + ".html" for page in PAGES}

    assert expected <= made


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    assert [] == sorted(set(loaded_from_elsewhere(site)))


def loaded_from_elsewhere(site: Path) -> Iterator[str]:
    for page in site.rglob("*.html"):
        parser = Loading()
        parser.feed(page.read_text("utf-8"))
        yield from (f"{page.name}: {a}" for a in parser.addresses if re.match(r"(\w+:)?//", a))
    for sheet in site.rglob("*.css"):
        found = re.findall(
            r"(?:url\(|@import )[\"']?((?:https?:)?//[^)\"']+)", sheet.read_text("utf-8")
        )
        yield from (f"{sheet.name}: {address}" for address in found)


def test_the_pages_for_three_readers_are_there() -> None:
    assert {"quick-start.md", "data-protection/index.md", "for-senders.md"} <= PAGES.keys()


@pytest.mark.parametrize("page", PAGES)
def test_a_list_has_an_empty_line_before_it(page: str) -> None:
    text = re.sub(
        r"^( *)```.*?^\1```$", "", PAGES[page].read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    found = [match[0] for match in LISTS.finditer(text) if not continues_a_list(text, match)]

    assert [] == found


def continues_a_list(text: str, match: re.Match[str]) -> bool:
    """Whether the line before belongs to an item of a list already."""
    paragraph = text[: match.start()].rpartition("\n\n")[2] + match[0]
    return re.match(r"\s*([-*+]|\d+\.) ", paragraph.lstrip("\n")) is not None


def test_no_page_names_a_place_of_ours() -> None:
    pattern = re.compile(r"(?<![\w.])/(work|tmp)/|\.\./shared")

    assert [] == [page for page, file in PAGES.items() if pattern.search(file.read_text("utf-8"))]


def test_the_folder_of_the_documentation_holds_nothing_that_is_not_shown_or_used() -> None:
    text = "".join(file.read_text("utf-8") for file in PAGES.values())
    text += (ROOT / "README.md").read_text("utf-8")
    pictures = {str(file.relative_to(DOCS / "images")) for file in (DOCS / "images").iterdir()}

    # The pages of the review site are all kept, for those who want to look before they install.
    assert {name for name in pictures if not name.startswith("page-") and name not in text} == set()


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "samples/README.md"])
def test_what_leads_from_outside_into_the_documentation_is_there(name: str) -> None:
    file = ROOT / name
    links = re.findall(r"\]\((?!\w+:|#)([^)#]+)", file.read_text("utf-8"))

    assert [] == [link for link in links if not (file.parent / link).exists()]
