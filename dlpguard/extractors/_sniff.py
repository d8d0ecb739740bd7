"""What a file is, by its bytes.  Its name and declared type are hints, and may contradict them."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

from dlpguard.extractors._localheaders import unlisted
from dlpguard.mime.charsets import decode, wide_charset

_HEAD = 4096
"""Bytes in which a file says what it is; a PDF may begin with a kilobyte of something else."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", "rtf"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"-----BEGIN PGP MESSAGE-----", "pgp"),
    (b"SQLite format 3\0", "sqlite"),
    (b"\x00\x01\x00\x00Standard ", "access"),
    (b"!BDN", "pst"),
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
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "one"),
)
_NEEDS_BINARY = frozenset({"bz2", "bmp", "audio", "executable"})
"""Formats whose magic is so short that a text may begin with it."""

_IN_OLE = (
    ("EncryptedPackage", "encrypted-office"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "msg"),
    ("VisioDocument", "vsd"),
    ("Quill", "pub"),
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
_MIMETYPE = re.compile(rb"PK\x03\x04.{22}\x08\0..mimetype([a-z0-9.+/-]{1,80})", re.DOTALL)
_ENVELOPED = bytes.fromhex("06092a864886f70d010703")  # the object identifier of RFC 5652 6.1
_SIGNED = bytes.fromhex("06092a864886f70d010702")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SESSION_KEY = re.compile(rb"[\x84\xc1].\x03|\x85..\x03|[\x8c\xc3].\x04", re.DOTALL)
"""The packet that an encrypted OpenPGP message begins with (RFC 9580 5.1, 5.3)."""

_FIELD = r"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]?[^\r\n]{0,2000}"
_MAIL = re.compile(rf"(?:{_FIELD}\r?\n(?:[ \t][^\r\n]{{0,2000}}\r?\n){{0,50}}){{2}}")
_MAIL_NAMES = re.compile(
    r"^(?:from|to|subject|received|return-path|delivered-to|message-id|mime-version):",
    re.IGNORECASE | re.MULTILINE,
)
_HTML = re.compile(
    r"<(?:!doctype\s{1,20}html|html|head|body|table|div|p|br|span|meta|style|title|h1|a\s)\b",
    re.IGNORECASE,
)

_OFFICE = _words(
    "docx xlsx xlsb pptx doc xls ppt odt ods odp rtf html xml csv text mail zip encrypted-office"
    " vsdx vsd msg pub ole"
)
_IMAGES = _words("png jpeg gif tiff bmp webp heic psd wmf emf svg icon xml")
_TEXTS = _words("text html csv xml json calendar vcard mail mbox rtf pgp svg")
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
_TEXT_CLAIMS = {
    "csv": _words("csv tsv tab text/csv text/tab-separated-values"),
    "html": _words("html htm xhtml text/html"),
    "calendar": _words("ics text/calendar"),
    "vcard": _words("vcf text/vcard text/x-vcard"),
    "json": _words("json application/json"),
}
"""Texts do not say what they are; their names and types are believed."""

_SAYS_NOTHING = frozenset({"unknown", "empty"})


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`formats`: what the bytes are, the first foremost; more than one when several programs would
    each read something else in them.  `contradiction` says in words what the file pretends to be,
    "" when it pretends nothing.
    """

    formats: tuple[str, ...]
    contradiction: str = ""


def sniff(content: bytes, filename: str = "", declared_type: str = "") -> Sniffed:
    """What a file is.  Looks at every byte at most a few times, and unpacks nothing.

    >>> sniff(b"PK\\x05\\x06" + bytes(18), "holiday.jpg", "image/jpeg")
    Sniffed(formats=('zip',), contradiction='jpg that is zip')
    >>> sniff(b"a;b", "list.csv", "application/octet-stream")
    Sniffed(formats=('csv',), contradiction='')
    """
    ending = filename.lower().rpartition(".")[2].strip() if "." in filename else ""
    declared = declared_type.lower()
    kind = _binary(content) or _textual(content, ending, declared)
    if kind not in _ZIPS and kind not in _SAYS_NOTHING and _ends_as_zip(content):
        return Sniffed((kind, "zip"), f"{kind} that is a zip too")
    return Sniffed((kind,), _contradiction(kind, ending, declared))


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
    if head.startswith(b"%PDF-") or (b"%PDF-" in head[:1024] and not _is_text(head)):
        return "pdf"
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (kind not in _NEEDS_BINARY or b"\0" in head):
            return kind
    return _by_later_bytes(head)


def _by_later_bytes(head: bytes) -> str:
    """Formats whose magic does not stand at the beginning, or not alone."""
    found = {
        "tar": head[257:262] == b"ustar",
        "webp": head[:4] == b"RIFF" and head[8:12] == b"WEBP",
        "audio": head[:4] == b"RIFF" and head[8:12] == b"WAVE",
        "heic": head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"avif"},
        "video": head[:4] == b"RIFF" or head[4:8] == b"ftyp",
        "emf": head[:4] == b"\1\0\0\0" and head[40:44] == b" EMF",
        "smime": head[:1] == b"\x30" and _ENVELOPED in head[:64],
        "smime-signed": head[:1] == b"\x30" and _SIGNED in head[:64],
        "pgp": _SESSION_KEY.match(head) is not None,
    }
    return next((kind for kind, fits in found.items() if fits), "")


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
    return "iwork" if "index/document.iwa" in names else "zip"


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
    """What kind of file the streams of a compound file (MS-CFB) make it.

    Directory entries are 128 bytes at multiples of 128 and begin with the name in UTF-16.
    """
    for name, kind in _IN_OLE:
        sought = name.encode("utf-16-le") + b"\0\0"
        position = content.find(sought)
        while position != -1:
            if position % 128 == 0:
                return kind
            position = content.find(sought, position + 1)
    return "ole"


def _ends_as_zip(content: bytes) -> bool:
    """Whether a zip is appended to something else: its end record is the end of the file."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 66_000))
    if end == -1 or len(content) - end < 22:
        return False
    comment = int.from_bytes(content[end + 20 : end + 22], "little")
    members = int.from_bytes(content[end + 10 : end + 12], "little")
    if end + 22 + comment != len(content) or members == 0:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return bool(archive.filelist)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def _textual(content: bytes, ending: str, declared: str) -> str:
    """The format of a text, or "unknown" for bytes that are no text."""
    head = content[:_HEAD]
    if not _is_text(head, most=0.1 if declared.startswith("text/") else 0.01):
        return "unknown"
    text = decode(head).lstrip("\ufeff \t\r\n")
    by_content = _by_beginning(text, ending, declared)
    if by_content:
        return by_content
    claims = {ending, declared}
    for kind, names in _TEXT_CLAIMS.items():
        if claims & names:
            return kind
    return "text"


def _by_beginning(text: str, ending: str, declared: str) -> str:
    """The format of a text whose first words say it, "" otherwise."""
    if declared.startswith("message/rfc822") or ending == "eml":
        return "mail"
    if text.startswith("From ") and _MAIL.match(text.partition("\n")[2]):
        return "mbox"
    if not declared.startswith("text/") and _MAIL.match(text) and _MAIL_NAMES.search(text):
        return "mail"
    if text.startswith(("<?xml", "<svg")):
        return "html" if re.search(r"<html[\s>]", text[:2000]) else "xml"
    if not declared.startswith("text/plain") and _HTML.match(text):
        return "html"
    return ""


def _is_text(head: bytes, most: float = 0.01) -> bool:
    """Whether bytes read as text: hardly any control characters, at most that share."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or wide_charset(head):
        return True
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= len(head) * most


_CONTROLS = bytes(set(range(32)) - {8, 9, 10, 12, 13, 27})
