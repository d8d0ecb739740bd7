"""What a PDF holds beside the text of its pages, by looking at every object in it.

Every dictionary is looked at, whether the file's trees lead to it or not: a tree may be cut, loop
or be hostile, and what a viewer does not list is still in the file.  (ISO 32000-2: annotations
12.5, fields 12.7, attached files 7.11.4, scripts 12.6.4.17, outlines 12.3.3, structure 14.7.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _pdfstrings, _xmltext
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part

_MOST = 500_000
"""Dictionaries of one file that are looked at; books have 50,000."""

_DEPTH = 30
"""Dictionaries in dictionaries; writers nest five."""

_PARENTS = 20
"""Steps up from a field to the field that names it."""

_HIDDEN_FLAGS = 2 | 32
"""Of an annotation: Hidden and NoView (ISO 32000-2 table 167)."""

_SHOWN_NOTES = frozenset({"/FreeText", "/Stamp"})
"""Annotations whose text stands on the page itself."""

_PLACEHOLDERS = frozenset({"(anonymous)", "(unspecified)", "untitled", "Untitled"})
"""What programs write where nobody wrote anything."""

_NOTE_KEYS = ("/Contents", "/RC", "/Subj")
_FIELD_KEYS = ("/TU", "/DV", "/Opt")
_SIGNATURE_KEYS = ("/Name", "/Reason", "/Location", "/ContactInfo")
_ALTERNATE_KEYS = ("/Alt", "/ActualText", "/E")
_INTERESTING = frozenset(
    {*_NOTE_KEYS, *_FIELD_KEYS, *_ALTERNATE_KEYS, "/V", "/T", "/JS", "/EF", "/URI", "/Title"}
    | {"/Type", "/Subtype", "/XFA", "/ByteRange"}
)


Entries = Mapping[str, Any]
"""Of a dictionary, by key.  They are taken out once: each question to qpdf costs more than one
to a dictionary of Python's."""


class _Said(NamedTuple):
    """A text that somebody wrote: where it stands, and why it is not seen."""

    where: str
    text: str
    hidden: Hidden | None


def read(document: Any, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Fields, notes, scripts, outlines, properties and attached files of an open `pikepdf.Pdf`."""
    scan = _Scan(document, place, budget)
    for number, (owner, item, entries) in enumerate(_dictionaries(document)):
        if number % 1000 == 0:
            budget.charge()
        if number >= _MOST:
            yield Gap(place, Unread.TOO_LARGE, f"more than {_MOST} objects", "pdf")
            break
        scan.look_at(owner, item, entries)
        scan.keep_strings(entries)
    scan.properties()
    yield from scan.texts()
    yield from scan.files(part)


def layers_off(document: Any) -> frozenset[str]:
    """The names of optional-content groups that a viewer does not show at first (8.11.4)."""
    import pikepdf  # noqa: PLC0415 - 40 ms that most mail does not need

    properties = document.Root.get("/OCProperties")
    if not isinstance(properties, pikepdf.Dictionary):
        return frozenset()
    usual = properties.get("/D", pikepdf.Dictionary())
    off = [*usual.get("/OFF", ())]
    if str(usual.get("/BaseState", "")) == "/OFF":
        on = {group.objgen for group in usual.get("/ON", ())}
        off += [group for group in properties.get("/OCGs", ()) if group.objgen not in on]
    return frozenset(str(group.get("/Name", "")) for group in off)


def _dictionaries(document: Any) -> Iterator[tuple[Any, Any, Entries]]:
    """Every dictionary (a stream has one) with its entries, after the indirect object that it is
    or stands in.
    """
    import pikepdf  # noqa: PLC0415 - see layers_off()

    having_entries = (pikepdf.Dictionary, pikepdf.Stream)
    nesting = (pikepdf.Dictionary, pikepdf.Array)  # a stream is always an object of its own
    for owner in document.objects:
        stack = [(owner, 0)]
        while stack:
            item, depth = stack.pop()
            values: Iterable[Any]
            if isinstance(item, having_entries):
                entries = dict(item.items())
                yield owner, item, entries
                values = entries.values()
            elif isinstance(item, pikepdf.Array):
                values = item
            else:
                continue
            if depth < _DEPTH:
                stack.extend(
                    (value, depth + 1)
                    for value in values
                    if isinstance(value, nesting) and not value.is_indirect
                )


class _Scan:
    """Collects what is found, each text once."""

    def __init__(self, document: Any, place: str, budget: Budget) -> None:
        import pikepdf  # noqa: PLC0415 - see layers_off()

        self._pikepdf = pikepdf
        self._document = document
        self._place = place
        self._budget = budget
        self._said: dict[_Said, None] = {}
        self._files: dict[tuple[int, int], tuple[str, str, Any]] = {}
        self._packets: set[tuple[int, int]] = set()
        self._gaps: list[Gap] = []
        self._others: dict[str, None] = {}
        self._pages = self._places()

    def _places(self) -> dict[tuple[int, int], str]:
        """The pages' own places and those of their annotations, by object number."""
        places: dict[tuple[int, int], str] = {}
        for number, page in enumerate(self._document.pages, 1):
            if number > self._budget.limits.pages:
                break
            where = f"{self._place}{SEPARATOR}page {number}"
            places[page.objgen] = where
            notes = page.obj.get("/Annots")
            for note in notes if isinstance(notes, self._pikepdf.Array) else ():
                if isinstance(note, self._pikepdf.Object) and note.is_indirect:
                    places.setdefault(note.objgen, where)
        return places

    def keep_strings(self, entries: Entries) -> None:
        """Take every string of a dictionary, in case nothing else finds it."""
        if "/ByteRange" not in entries:  # a signature's are certificates
            self._others.update(dict.fromkeys(_pdfstrings.words(entries)))

    def look_at(self, owner: Any, item: Any, entries: Entries) -> None:
        """Take from a dictionary what somebody could read."""
        keys = _INTERESTING.intersection(entries)
        if not keys:
            return
        where = self._pages.get(owner.objgen, self._place)
        if "/EF" in keys:
            self._attachment(entries, where)
        if "/Type" in keys and entries.get("/Type") == "/EmbeddedFile":
            self._stream(item, "", where)
        if "/JS" in keys:
            self._say(f"{where}{SEPARATOR}script", self._string(entries["/JS"]), Hidden.SCRIPT)
        if "/URI" in keys:
            self._say(
                f"{where}{SEPARATOR}links", self._string(entries["/URI"]), Hidden.PDF_ANNOTATION
            )
        if "/Title" in keys and not {"/Author", "/Producer", "/Creator"}.intersection(entries):
            outline = f"{self._place}{SEPARATOR}outline"
            self._say(outline, self._string(entries["/Title"]), Hidden.PDF_ANNOTATION)
        for key in keys.intersection(_ALTERNATE_KEYS):
            self._say(where, self._string(entries[key]), Hidden.ALTERNATIVE)
        if "/ByteRange" in keys:
            for key in _SIGNATURE_KEYS:
                signature = f"{self._place}{SEPARATOR}signature"
                self._say(signature, self._string(entries.get(key)), Hidden.PROPERTY)
            return  # its Contents are certificates
        if "/XFA" in keys:
            self._xfa(entries["/XFA"])
        if (
            str(entries.get("/Type", "")) == "/Metadata"
            or str(entries.get("/Subtype", "")) == "/XML"
        ):
            self._xml(item, f"{self._place}{SEPARATOR}properties", Hidden.PROPERTY)
        if keys & {*_NOTE_KEYS, "/T", "/TU", "/V"}:
            self._note(item, entries, keys, where)

    def _note(self, item: Any, entries: Entries, keys: frozenset[str], where: str) -> None:
        """An annotation or a field: its text, its value after its name."""
        flags = entries.get("/F", 0)
        kind = str(entries.get("/Subtype", ""))
        concealed = isinstance(flags, int) and bool(flags & _HIDDEN_FLAGS)
        hidden = None if kind in _SHOWN_NOTES and not concealed else Hidden.PDF_ANNOTATION
        notes = f"{where}{SEPARATOR}notes"
        for key in _NOTE_KEYS:
            value = entries.get(key)
            # The Contents of a page are no text but the program that draws it.
            text = self._string(value) if key == "/RC" or not self._is_stream(value) else ""
            self._say(notes, _xmltext.plain(text) if key == "/RC" else text, hidden)
        is_field = kind == "/Widget" or "/FT" in entries or "/Kids" in entries
        if not is_field:
            self._say(notes, self._string(entries.get("/T")), Hidden.PDF_ANNOTATION)
            return
        label = self._label(item)
        value = "; ".join(self._strings(entries["/V"])) if "/V" in keys else ""
        # Without a place on a page nobody sees it.
        seen = kind == "/Widget" and not concealed
        fields = f"{where}{SEPARATOR}form"
        if value and value != "Off":
            self._say(fields, f"{label}: {value}", None if seen else Hidden.PDF_ANNOTATION)
        for key in _FIELD_KEYS:
            for text in self._strings(entries.get(key)):
                self._say(fields, text, Hidden.PDF_ANNOTATION)

    def _label(self, item: Any) -> str:
        """What a field is called for people (its tip), or else in the file."""
        for key in ("/TU", "/T"):
            field = item
            for _ in range(_PARENTS):
                if text := self._string(field.get(key)).strip():
                    return text
                field = field.get("/Parent")
                if not isinstance(field, self._pikepdf.Dictionary):
                    break
        return ""

    def properties(self) -> None:
        """The values of the information dictionary, whatever their names."""
        info = self._document.trailer.get("/Info")
        if not isinstance(info, self._pikepdf.Dictionary):
            return
        for key, value in info.items():
            text = self._string(value)
            if key not in {"/CreationDate", "/ModDate"} and text not in _PLACEHOLDERS:
                self._say(f"{self._place}{SEPARATOR}properties", text, Hidden.PROPERTY)

    def texts(self) -> Iterator[Piece]:
        """What was said, one block for each place and reason."""
        blocks: dict[tuple[str, Hidden | None], list[str]] = {}
        known = _PLACEHOLDERS.union(said.text for said in self._said)
        for text in self._others:
            if _clean(text) not in known:
                self._say(f"{self._place}{SEPARATOR}other strings", text, Hidden.PROPERTY)
        for said in self._said:
            blocks.setdefault((said.where, said.hidden), []).append(said.text)
        for (where, hidden), lines in blocks.items():
            yield Text(where, "\n".join(lines), hidden)

    def files(self, part: Part) -> Iterator[Piece]:
        """What is attached, inside."""
        for number, (name, where, stream) in self._files.items():
            if number in self._packets:
                continue  # read as a form already
            self._budget.charge(members=1)
            full = f"{where}{SEPARATOR}{name}"
            content = self._bytes(stream, full)
            if content is not None:
                yield self._budget.open(Part(part.path, content, filename=name), full)
        yield from self._gaps

    def _attachment(self, entries: Entries, where: str) -> None:
        """A file specification with the file in it."""
        names = [self._string(entries.get(key)) for key in ("/UF", "/F", "/Unix", "/DOS", "/Mac")]
        name = next((name for name in names if name), "attachment")
        notes = f"{where}{SEPARATOR}attached files"
        for text in dict.fromkeys([*names, self._string(entries.get("/Desc"))]):
            self._say(notes, text, Hidden.PDF_ANNOTATION)
        files = entries.get("/EF")
        if isinstance(files, self._pikepdf.Dictionary):
            for _, stream in files.items():
                self._stream(stream, name, where)

    def _stream(self, stream: Any, name: str, where: str) -> None:
        """A file; its name is known when a specification leads to it."""
        if isinstance(stream, self._pikepdf.Stream) and (name or stream.objgen not in self._files):
            number = f"attachment {stream.objgen[0]}"
            self._files[stream.objgen] = (name or number, where, stream)

    def _xfa(self, packets: Any) -> None:
        """The form's own XML: its texts, tips and what was filled in (XFA 3.3, "packets")."""
        where = f"{self._place}{SEPARATOR}XFA form"
        if isinstance(packets, self._pikepdf.Stream):
            self._xml(packets, where, Hidden.PDF_ANNOTATION)
        elif isinstance(packets, self._pikepdf.Array):
            for index in range(0, len(packets) - 1, 2):
                self._packets.add(packets[index + 1].objgen)
                if str(packets[index]) in {"template", "datasets", "form"}:
                    self._xml(packets[index + 1], where, Hidden.PDF_ANNOTATION)

    def _xml(self, stream: Any, where: str, hidden: Hidden) -> None:
        if isinstance(stream, self._pikepdf.Stream):
            content = self._bytes(stream, where) or b""
            # The attributes of a form are measures and fonts, those of metadata their values.
            attributes = hidden is Hidden.PROPERTY
            for line in _xmltext.lines(content, self._budget, attributes=attributes):
                self._say(where, line, hidden)

    def _string(self, value: Any) -> str:
        """A string, or a stream that stands for a long one; "" for anything else."""
        if isinstance(value, self._pikepdf.String):
            return str(value)
        if isinstance(value, self._pikepdf.Stream):
            content = self._bytes(value, self._place) or b""
            return str(self._pikepdf.String(content))
        return ""

    def _is_stream(self, value: Any) -> bool:
        return isinstance(value, self._pikepdf.Stream)

    def _strings(self, value: Any) -> list[str]:
        """The strings of a value that may be a list; a name is one too."""
        if isinstance(value, self._pikepdf.Array):
            return [text for item in value for text in self._strings(item)]
        if isinstance(value, self._pikepdf.Name):
            return [str(value).removeprefix("/")]
        return [text for text in [self._string(value)] if text.strip()]

    def _bytes(self, stream: Any, where: str) -> bytes | None:
        """The decoded content of a stream; None, and a gap, when there is none to be had."""
        try:
            content: bytes = stream.read_bytes()
        except self._pikepdf.PdfError as fault:
            self._gaps.append(Gap(where, Unread.CORRUPT, type(fault).__name__, "pdf"))
            return None
        self._budget.charge(inflated=len(content))
        return content

    def _say(self, where: str, text: str, hidden: Hidden | None) -> None:
        if cleaned := _clean(text):
            self._said[_Said(where, cleaned, hidden)] = None


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
