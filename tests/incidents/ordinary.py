"""The ordinary mail of offices: what a guard may not hold, and hardly ever ask about.

`ordinary(3000)` makes so many mails from the templates in samples/ordinary/, the same ones
for the same seed.  A sensible reviewer would let every one of them pass without a question.

    python -m tests.incidents.ordinary FOLDER [NUMBER [SEED]]    writes them as .eml files
    python -m tests.incidents.ordinary --index                   writes samples/ordinary/index.toml
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.incidents import _ordinary_files as files
from tests.incidents import _ordinary_mail as mail
from tests.incidents import _ordinary_template as template
from tests.incidents import _ordinary_world as world
from tests.incidents._ordinary_draw import Draw
from tests.incidents._ordinary_template import Filling, Section, Variant

KEPT = 440
"""How many mails, of seed 1, samples/ordinary/index.toml lists."""

INDEX = world.FOLDER / "index.toml"

_OURS = frozenset({"From", "To", "Cc", "Subject", "Sort", "Envelope", "Type", "Html", "Bcc"})
"""Fields of a template that are instructions; others are header fields as they stand."""

_HTML = 45
"""One text in so many of a hundred comes with HTML; the templates can say otherwise."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as a client hands it over: the envelope, and the bytes after DATA."""

    kind: str
    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)


def ordinary(number: int, seed: int = 1) -> Iterator[Mail]:
    """So many mails, the kinds in turn, the variants of a kind in turn.

    Every mail depends on nothing but its place and the seed: the first hundred of a thousand are
    the hundred.
    """
    kinds = template.kinds()
    for place in range(number):
        turn, which = divmod(place, len(kinds))
        variants = template.variants(kinds[which])
        yield _mail(variants[turn % len(variants)], Draw(seed, place))


def write(folder: Path, number: int, seed: int) -> None:
    """The mails as files, each with its envelope in a .txt beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, each in enumerate(ordinary(number, seed)):
        stem = folder / f"{place:04}-{each.kind}"
        stem.with_suffix(".eml").write_bytes(each.content)
        lines = "\n".join((each.sender or "<>", *each.recipients))
        stem.with_suffix(".txt").write_text(f"{lines}\n", "ascii")


def index() -> str:
    """What samples/ordinary/index.toml says: kind, recipients, size and digest of each mail."""
    lines = [
        "# The ordinary mails of seed 1: what the templates here give.  Written by",
        "# `python -m tests.incidents.ordinary --index`; README.md explains.",
        "mails = [",
    ]
    for place, each in enumerate(ordinary(KEPT)):
        digest = hashlib.blake2b(each.content, digest_size=8).hexdigest()
        lines.append(
            f'    {{ n = {place}, kind = "{each.kind}", from = "{each.sender}",'
            f" to = {len(each.recipients)}, size = {len(each.content)},"
            f' digest = "{digest}" }},'
        )
    return "\n".join((*lines, "]", ""))


def _mail(variant: Variant, draw: Draw) -> Mail:
    home, sort = _sort(variant.fields.get("Sort", "contractor"))
    filling = Filling(draw, sort, home=home)
    author, sender = _author(variant, filling)
    to = _boxes(variant.fields.get("To", "you"), filling)
    cc = _boxes(variant.fields.get("Cc", ""), filling)
    hidden = _hidden_readers(variant.fields.get("Bcc", ""), filling)
    subject = filling.text(variant.fields["Subject"])
    entity = _entity(variant, filling)
    when = filling.text("{date header}")
    fields = [
        f"Received: from pc{draw.hex(4)} ([10.20.{draw.below(250)}.{draw.below(250)}])\r\n"
        f" by mail.{filling.own.domain} with ESMTP id {draw.hex(12)}; {when}",
        f"From: {author}",
        f"To: {_listed(to, draw) or 'undisclosed-recipients:;'}",
        *([f"Cc: {_listed(cc, draw)}"] if cc else []),
        f"Subject: {mail.words(subject)}",
        f"Date: {when}",
        f"Message-ID: <{draw.hex(24)}@mail.{filling.own.domain}>",
    ]
    for name, value in variant.fields.items():
        if name not in _OURS:
            fields.append(f"{name}: {mail.words(filling.text(value))}")
    addresses = dict.fromkeys((*(a for _, a in to), *(a for _, a in cc), *hidden))
    return Mail(variant.kind, sender, tuple(addresses), mail.message(fields, entity, draw))


def _sort(given: str) -> tuple[bool, str]:
    """Whether a private person is written to, and the sort of the organisation there is."""
    first, _, rest = given.partition(" ")
    return (True, rest or "contractor") if first == "home" else (False, given)


def _author(variant: Variant, filling: Filling) -> tuple[str, str]:
    """The From field, and the sender of the envelope."""
    given = variant.fields.get("From", "me")
    if given == "me":
        me = filling.me
        name = filling.draw.pick((str(me), str(me), me.reversed, f"{me} ({filling.own})"))
        author, sender = mail.mailbox(name, me.mail, filling.draw), me.mail
    else:
        name, _, address = filling.text(given).rpartition(" ")
        sender = address.strip("<>")
        author = mail.mailbox(name.strip(), sender, filling.draw)
    return author, "" if variant.fields.get("Envelope") == "<>" else sender


def _boxes(given: str, filling: Filling) -> list[tuple[str, str]]:
    """The names and addresses of a field: `you`, `p2`, `q1`, `me_home`, or as written."""
    found = []
    for each in filter(None, given.split(", ")):
        if "@" in each:
            found.append(("", world.plain(filling.text(each)).replace("'", "").lower()))
        elif each == "me_home":
            found.append((str(filling.me), filling.text("{me_home}")))
        else:
            someone = filling.person(each)
            names = (str(someone), str(someone), someone.reversed, "")
            found.append((filling.draw.pick(names), someone.mail))
    return found


def _hidden_readers(given: str, filling: Filling) -> list[str]:
    """Those in Bcc: `home 100-400` or `firms 20-60`; they stand in the envelope only."""
    if not given:
        return []
    sort, _, span = given.partition(" ")
    lowest, _, highest = span.partition("-")
    draw = filling.draw
    count = draw.between(int(lowest), int(highest))
    if sort == "home":
        return [world.person(draw).mail for _ in range(count)]
    sorts = ("charity", "school", "supplier", "consultant", "surgery")
    firms = (world.firm(draw, draw.pick(sorts)) for _ in range(count))
    return [f"{draw.pick(('office', 'info', 'enquiries'))}@{each.domain}" for each in firms]


def _listed(boxes: Iterable[tuple[str, str]], draw: Draw) -> str:
    return ",\r\n ".join(mail.mailbox(name, address, draw) for name, address in boxes)


def _entity(variant: Variant, filling: Filling) -> mail.Entity:
    """Everything below the header."""
    draw = filling.draw
    body = filling.text(variant.text)
    wanted = {"never": 0, "always": 100}.get(variant.fields.get("Html", ""), _HTML)
    parts = [mail.text(mail.shown(body, draw), draw)]
    if draw.chance(wanted):
        parts.append(mail.text(mail.web(body, draw, filling.own.name), draw, "html"))
    invitations = [s for s in variant.sections if s.format == "invitation"]
    parts += [mail.calendar(filling.text(s.text), s.name or "REQUEST") for s in invitations]
    inner = mail.multipart("alternative", draw, *parts)
    reports = [s for s in variant.sections if "/" in s.format]
    if reports:
        kept = [mail.report(filling.text(s.text), s.format) for s in reports]
        kind = f"report; report-type={reports[0].format.partition('/')[2]}"
        return mail.multipart(kind, draw, inner, *kept)
    rest = [s for s in variant.sections if s not in invitations]
    attached = [_attached(s, filling) for s in rest]
    return mail.multipart("mixed", draw, inner, *attached)


def _attached(section: Section, filling: Filling) -> mail.Entity:
    """A file; `stock.csv in stock.zip` is one in an archive."""
    if section.format == "png":
        colour = (filling.draw.below(256), filling.draw.below(256), filling.draw.below(256))
        return mail.attachment(section.name, files.picture(24, 12, colour))
    name, _, packed = filling.text(section.name).partition(" in ")
    filled = Section(section.format, name, filling.text(section.text))
    content = files.attachment(filled, str(filling.me))
    if packed:
        return mail.attachment(packed, files.packed(name, content))
    return mail.attachment(name, content)


def main(arguments: list[str]) -> int:
    """Write the index, or mails to a folder.  Returns the exit status."""
    match arguments:
        case ["--index"]:
            INDEX.write_text(index(), "utf-8")
        case [folder, *numbers] if len(numbers) <= 2 and all(n.isdecimal() for n in numbers):
            number, seed = (*map(int, numbers), *(KEPT, 1)[len(numbers) :])
            write(Path(folder), number, seed)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
