"""What a file is, by its bytes.  Its name and declared type are hints, and may contradict them."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

from dlpguard.extractors import _disguise, _texts
from dlpguard.extractors._compound import root_names
from dlpguard.extractors._localheaders import unlisted

_HEAD = 4096
"""Bytes in which a file says what it is; a PDF may begin with a kilobyte of something else."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"{\\rt", "rtf"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"MSCF\0\0\0\0", "cab"),
    (b"070701", "cpio"),
    (b"070702", "cpio"),
    (b"070707", "cpio"),
    (b"!<arch>\n", "ar"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"-----BEGIN PGP MESSAGE-----", "pgp"),
    (b"-----BEGIN PKCS7-----", "smime-signed"),
    (b"-----BEGIN CMS-----", "smime-signed"),
    (b"(This file must be converted with BinHex", "binhex"),
    (b"\0\x05\x16\x07\0", "applefile"),
    (b"\0\x05\x16\x00\0", "applefile"),
    (b"SQLite format 3\0", "sqlite"),
    (b"\x00\x01\x00\x00Standard ", "access"),
    (b"!BDN", "pst"),
    (b"\xffWPC", "wordperfect"),
    (b"ITSF\3\0\0\0", "chm"),
    (b"AC10", "dwg"),
    (b"\0\0\x1a\0", "lotus"),
    (b"\0\0\2\0", "quattro"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"BM", "bmp"),
    (b"8BPS", "psd"),
    (b"\xd7\xcd\xc6\x9a", "wmf"),
    (b"ID3", "audio"),
    (b"OggS", "audio"),
    (b"fLaC", "audio"),
    (b"\x1a\x45\xdf\xa3", "video"),
    (b"MZ", "executable"),
    (b"\x7fELF", "executable"),
    (b"\x09\x00\x04\x00", "xls"),
    (b"\x09\x02\x06\x00", "xls"),
    (b"\x09\x04\x06\x00", "xls"),
    (b"\x09\x08\x08\x00\x00\x05", "xls"),
    (b"\x09\x08\x10\x00\x00\x06", "xls"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "one"),
)
_NEEDS_BINARY = frozenset(
    {"bz2", "bmp", "dwg", "audio", "executable", "cpio", "gif", "psd", "pst", "video"}
)
"""Formats whose magic is printable, so that a text may begin with it; their headers have zeros."""

_IN_OLE = (
    ("EncryptedPackage", "encrypted-office"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "msg"),
    ("VisioDocument", "vsd"),
    ("Quill", "pub"),
    ("MatOST", "works"),
    ("\x05HwpSummaryInformation", "hwp"),
    ("Props14", "project"),
    ("Props12", "project"),
    ("Props9", "project"),
    ("PerfectOffice_MAIN", "wordperfect"),
)
_IN_ZIP = (
    ("word/", "docx"),
    ("xl/workbook.bin", "xlsb"),
    ("xl/", "xlsx"),
    ("ppt/", "pptx"),
    ("visio/", "vsdx"),
    ("fixeddocseq.fdseq", "xps"),
)
_MIMETYPES = (
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
    ("application/vnd.oasis.opendocument", "odf"),
    ("application/epub+zip", "epub"),
)
_IWORK = frozenset({
    "index/document.iwa", "index.zip", "index.apxl", "index.apxl.gz", "index.xml.gz",
    "buildversionhistory.plist", ".iwpv2", "metadata/buildversionhistory.plist",
})  # fmt: skip
_MIMETYPE = re.compile(rb"PK\x03\x04.{22}\x08\0..mimetype([a-z0-9.+/-]{1,80})", re.DOTALL)
# Object identifiers: RFC 5652 6.1 and RFC 5083 encrypt, RFC 5652 5.1 and RFC 3274 do not.
_ENVELOPED = tuple(map(bytes.fromhex, ("06092a864886f70d010703", "060b2a864886f70d0109100117")))
_SIGNED = tuple(map(bytes.fromhex, ("06092a864886f70d010702", "060b2a864886f70d0109100109")))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SESSION_KEY = re.compile(rb"[\x84\xc1].\x03|\x85..\x03|[\x8c\xc3].\x04", re.DOTALL)
"""The packet that an encrypted OpenPGP message begins with (RFC 9580 5.1, 5.3)."""

_OFFICE = _words(
    "docx xlsx xlsb pptx doc xls ppt odt ods odp rtf html xml csv text mail zip encrypted-office"
    " vsdx vsd msg pub ole slk"
)
_IMAGES = _words("png jpeg gif tiff bmp webp heic psd wmf emf svg icon xml")
_TEXTS = _words("text html csv xml json calendar vcard mail mbox rtf pgp svg slk")
_ZIPS = _words("zip docx xlsx xlsb pptx odt ods odp odf epub vsdx xps iwork")
_MEDIA = _words("audio video")

_CLAIMED_BY_NAME: dict[str, frozenset[str]] = {
    **dict.fromkeys(_words("png jpg jpeg gif tif tiff bmp webp heic"), _IMAGES),
    **dict.fromkeys(_words("mp3 mp4 mov avi wav mkv ogg"), _MEDIA),
    **dict.fromkeys(_words("docx docm dotx"), _words("docx encrypted-office")),
    **dict.fromkeys(_words("xlsx xlsm xltx"), _words("xlsx xlsb encrypted-office")),
    **dict.fromkeys(_words("pptx pptm ppsx"), _words("pptx encrypted-office")),
    # Programs have saved web pages, RTF and text under these names for decades.
    **dict.fromkeys(_words("doc xls ppt dot xlt pps"), _OFFICE - {"zip"}),
    **dict.fromkeys(_words("txt csv tsv log htm html xml json ics vcf md"), _TEXTS),
    "pdf": _words("pdf"),
    "zip": _ZIPS,
}
"""Formats that a name's ending may stand for.  Endings that are not here claim nothing."""

_CLAIMED_BY_TYPE: tuple[tuple[str, frozenset[str]], ...] = (
    ("image/svg", _IMAGES | _TEXTS),
    ("image/", _IMAGES),
    ("audio/", _MEDIA),
    ("video/", _MEDIA),
    ("application/pdf", frozenset({"pdf"})),
    ("application/vnd.openxmlformats-officedocument", _OFFICE),
    ("application/msword", _OFFICE),
    ("application/vnd.ms-", _OFFICE | _TEXTS),
    ("application/zip", _ZIPS),
)
_WITHOUT_TEXT = _words("png jpeg gif tiff bmp webp heic psd pgp smime")
"""Formats whose readers look for no text."""

_SAYS_NOTHING = frozenset({"unknown", "empty"})


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`formats`: what the bytes are, the first foremost; more than one when several programs would
    each read something else in them.  `contradiction` says in words what the file pretends to be,
    "" when it pretends nothing.
    """

    formats: tuple[str, ...]
    contradiction: str = ""


def sniff(
    content: bytes, filename: str = "", declared_type: str = "", *, is_body: bool = False
) -> Sniffed:
    """What a file is.  Looks at every byte at most a few times, and unpacks nothing.

    What a mail program shows as text (`is_body`, a declared type or a name that says so) is a text
    as well, whatever its first bytes are; "printable" when it is one in a few words only.

    >>> sniff(b"PK\\x05\\x06" + bytes(18), "holiday.jpg", "image/jpeg")
    Sniffed(formats=('zip',), contradiction='jpg that is zip')
    >>> sniff(b"a;b", "list.csv", "application/octet-stream")
    Sniffed(formats=('csv',), contradiction='')
    """
    ending = filename.lower().rpartition(".")[2].strip() if "." in filename else ""
    declared = declared_type.lower()
    kinds = _kinds(content, ending, declared, is_body)
    kind = kinds[0]
    also = _disguise.also(content, kind)
    if also and also not in kinds:
        return Sniffed((*kinds, also), f"{kind} that is a {also} too")
    return Sniffed(kinds, _disguise.turned(filename) or _contradiction(kind, ending, declared))


def _kinds(content: bytes, ending: str, declared: str, is_body: bool) -> tuple[str, ...]:
    """Every format that some program would read the bytes as, the foremost first."""
    kind = _binary(content)
    shown = is_body or _texts.is_shown(ending, declared)
    head = content[:_HEAD]
    if kind == "empty":
        return (kind,)
    if kind and not shown:
        pretends = kind in _WITHOUT_TEXT and _texts.is_text(head, _texts.ODD_CONTROLS)
        return (kind, "printable") if pretends else (kind,)
    if kind:
        return _in_spite_of(kind, head, ending, declared, is_body)
    unreadable = _texts.is_noise(head) if shown else not _texts.is_text(head)
    if unreadable and not is_body:
        return ("unknown",)
    return _texts.formats(head, ending, declared, is_body=is_body)


def _in_spite_of(
    kind: str, head: bytes, ending: str, declared: str, is_body: bool
) -> tuple[str, ...]:
    """The formats of what is shown as text although its bytes are of another format."""
    if kind == "rtf" and not is_body and "rtf" in {ending, declared.rpartition("/")[2]}:
        return (kind,)
    if is_body or declared == "text/html" or _texts.is_text(head, _texts.ODD_CONTROLS):
        return (kind, *_texts.formats(head, ending, declared, is_body=is_body))
    return (kind, "printable")


def _contradiction(kind: str, ending: str, declared: str) -> str:
    if kind in _SAYS_NOTHING:
        return ""
    if kind not in _CLAIMED_BY_NAME.get(ending, {kind}):
        return f"{ending} that is {kind}"
    for prefix, claimed in _CLAIMED_BY_TYPE:
        if declared.startswith(prefix):
            return "" if kind in claimed else f"{declared} that is {kind}"
    return ""


def _binary(content: bytes) -> str:
    """The format of a file that is not text, "" when its bytes say nothing."""
    head = content[:_HEAD]
    if not content:
        return "empty"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK")):
        return _zipped(content)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(content)
    if head.startswith(b"%PDF-") or (b"%PDF-" in head[:1024] and not _texts.is_text(head)):
        return "pdf"
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (kind not in _NEEDS_BINARY or b"\0" in head):
            return kind
    return _by_later_bytes(head)


def _by_later_bytes(head: bytes) -> str:
    """Formats whose magic does not stand at the beginning, or not alone."""
    found = {
        "tar": head[257:262] == b"ustar" or _is_old_tar(head),
        "webp": head[:4] == b"RIFF" and head[8:12] == b"WEBP",
        "audio": head[:4] == b"RIFF" and head[8:12] == b"WAVE",
        "heic": head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"avif"},
        "video": head[:4] == b"RIFF" or head[4:8] == b"ftyp",
        "emf": head[:4] == b"\1\0\0\0" and head[40:44] == b" EMF",
        "smime": head[:1] == b"\x30" and any(kind in head[:64] for kind in _ENVELOPED),
        "smime-signed": head[:1] == b"\x30" and any(kind in head[:64] for kind in _SIGNED),
        "pgp": _SESSION_KEY.match(head) is not None,
    }
    return next((kind for kind, fits in found.items() if fits), "")


def _is_old_tar(head: bytes) -> bool:
    """Whether a tar header without a magic begins the file: its checksum fits (POSIX ustar)."""
    digits = head[148:156].strip(b" \0")
    if len(head) < 512 or not digits.isdigit() or len(digits) > 7:
        return False
    stated = int(digits, 8) if not digits.strip(b"01234567") else -1
    return stated == sum(head[:148]) + 8 * 32 + sum(head[156:512])


def _zipped(content: bytes) -> str:
    """What kind of file the names in a zip make it."""
    if mimetype := _MIMETYPE.match(content):
        declared = mimetype[1].decode("latin-1")
        for prefix, kind in _MIMETYPES:
            if declared.startswith(prefix):
                return kind
    names = {name.replace("\\", "/").lstrip("/").lower() for name in _names_in_zip(content)}
    if "[content_types].xml" in names or "_rels/.rels" in names:
        for prefix, kind in _IN_ZIP:
            if any(name.startswith(prefix) for name in names):
                return kind
    if {"content.xml", "meta-inf/manifest.xml"} <= names:
        return "odf"
    if any(name.endswith(".fdseq") for name in names):
        return "xps"
    return "iwork" if names & _IWORK else "zip"


def _names_in_zip(content: bytes) -> list[str]:
    """The names that the directory lists; of a file that was cut off, those of local headers."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        infos = []
    if infos and min(info.header_offset for info in infos) == 0:
        return [info.filename for info in infos]
    # A directory that leaves out the beginning is that of an archive stored inside.
    return [local.name for local in unlisted(content, [])]


def _compound(content: bytes) -> str:
    """What kind of file the streams of a compound file (MS-CFB) make it."""
    names = _names_in_compound(content)
    return next((kind for name, kind in _IN_OLE if name.lower() in names), "ole")


def _names_in_compound(content: bytes) -> set[str]:
    """What stands at the root, in lower case: a workbook may have a document in a storage inside.

    Of a damaged file, names anywhere: directory entries are 128 bytes at multiples of 128 and begin
    with the name in UTF-16.
    """
    import olefile  # noqa: PLC0415 - only old formats need it

    if (names := root_names(content)) is not None:
        return names
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as compound:
            return {path[0].lower() for path in compound.listdir(streams=True, storages=True)}
    except Exception:  # noqa: BLE001 - it raises anything for what is damaged
        found: set[str] = set()
        for name, _ in _IN_OLE:
            sought = name.encode("utf-16-le") + b"\0\0"
            position = content.find(sought)
            while position != -1 and position % 128:
                position = content.find(sought, position + 1)
            if position != -1:
                found.add(name.lower())
        return found
