"""Mail that readers disagree about: in each case some mail program would show the secret.

The first forty-seven are those that were compared across libraries before dlpguard was written; no
library reads all of them.
"""

import base64
import quopri

import pytest

from dlpguard import mime
from dlpguard.document import Table, Text
from dlpguard.extractors import extract
from dlpguard.mail import Envelope, MessageId

SECRET = "Ann Bee 07700 900123 ILS/2013/04417"
PLAIN = SECRET.encode()
B64 = base64.b64encode(PLAIN)
UUENCODED = (
    b'begin 644 list.txt\r\nC06YN($)E92`P-S<P,"`Y,#`Q,C,@24Q3+S(P,3,O,#0T,3<`\r\n`\r\nend\r\n'
)
TEXT = b"Content-Type: text/plain\r\n"
TO_BASE64 = b"Content-Transfer-Encoding: base64\r\n"
PARTS = b"\r\n--b\r\n" + TEXT + TO_BASE64 + b"\r\n" + B64 + b"\r\n--b--\r\n"
OTHER_PARTS = b"\r\n--other\r\n\r\nharmless\r\n--other--\r\n"


def encoded_as(header: bytes, body: bytes = B64) -> bytes:
    return TEXT + header + b"\r\n\r\n" + body + b"\r\n"


def multipart(content_type: bytes, body: bytes = PARTS) -> bytes:
    return b"Content-Type: multipart/mixed" + content_type + b"\r\n" + body


def attached(header: bytes, body: bytes = PLAIN) -> bytes:
    return multipart(
        b"; boundary=b", b"\r\n--b\r\n" + header + b"\r\n\r\n" + body + b"\r\n--b--\r\n"
    )


ENTITIES = b"<p>" + b"".join(b"&#%d;" % byte for byte in PLAIN)
YENCODED = (
    b"=ybegin line=128 size=35 name=a.txt\r\n%s"
    + bytes((byte + 42) % 256 for byte in PLAIN)
    + b"\r\n=yend size=35\r\n"
)
BINHEX = b"""See:\r
(This file must be converted with BinHex 4.0)\r
\r
:\"@%ZG(Kd!&4&@&4dG(Kd!!!!!!!M!!!!!\"k%3@jZ)%*PC5!`0cF`-#!j-$!a-M-\r
J58a6,c)`-6-[-$3d-6HXT3!!:\r
"""
CASES = {
    # Transfer encodings
    "base64, as it should be": encoded_as(b"Content-Transfer-Encoding: base64"),
    "7bit, then base64": encoded_as(
        b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64"
    ),
    "base64, then 7bit": encoded_as(
        b"Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit"
    ),
    "a word behind base64": encoded_as(b"Content-Transfer-Encoding: base64 indeed"),
    "base64 in quotes": encoded_as(b'Content-Transfer-Encoding: "base64"'),
    "a comment before base64": encoded_as(b"Content-Transfer-Encoding: (really) base64"),
    "a comment inside base64": encoded_as(b"Content-Transfer-Encoding: base(really)64"),
    "base64 with a semicolon": encoded_as(b"Content-Transfer-Encoding: base64; x=y"),
    "a space before the colon": encoded_as(b"Content-Transfer-Encoding : base64"),
    "the encoding on the next line": encoded_as(b"Content-Transfer-Encoding:\r\n base64"),
    "x-uuencode": encoded_as(b"Content-Transfer-Encoding: x-uuencode", UUENCODED),
    "uuencode without its first line": encoded_as(
        b"Content-Transfer-Encoding: x-uuencode", UUENCODED.partition(b"\r\n")[2]
    ),
    "uuencode in a text": encoded_as(b"X-A: b", b"See:\r\n" + UUENCODED),
    "base64 by uuencode": encoded_as(
        b"X-A: b", b"See:\r\nbegin-base64 644 a.txt\r\n" + B64 + b"\r\n====\r\n"
    ),
    "an encoding nobody knows": encoded_as(b"Content-Transfer-Encoding: x-what", PLAIN),
    "an encoding nobody knows on base64": encoded_as(
        b"Content-Transfer-Encoding: x-what", base64.b64encode(PLAIN * 3)
    ),
    "base64 called 8bit": encoded_as(
        b"Content-Transfer-Encoding: 8bit", base64.b64encode(PLAIN * 3)
    ),
    "plain text called base64": encoded_as(b"Content-Transfer-Encoding: base64", PLAIN),
    "plain text called quoted-printable": encoded_as(
        b"Content-Transfer-Encoding: quoted-printable", PLAIN + b" 1+1=2"
    ),
    "junk in base64": encoded_as(
        b"Content-Transfer-Encoding: base64", b"!#".join((B64[:9], B64[9:]))
    ),
    "padding in the middle": encoded_as(
        b"Content-Transfer-Encoding: base64",
        base64.b64encode(PLAIN[:10]) + base64.b64encode(PLAIN[10:]),
    ),
    "padding missing": encoded_as(b"Content-Transfer-Encoding: base64", B64.rstrip(b"=")),
    "a character too many": encoded_as(
        b"Content-Transfer-Encoding: base64", B64.rstrip(b"=") + b"A"
    ),
    "text before base64": encoded_as(
        b"Content-Transfer-Encoding: base64", b"Hello there:\r\n" + B64
    ),
    "text behind base64": encoded_as(
        b"Content-Transfer-Encoding: base64", B64 + b"\r\n\r\nSent by list software, x.example"
    ),
    "base64 for addresses of the web": encoded_as(
        b"Content-Transfer-Encoding: base64",
        base64.urlsafe_b64encode(PLAIN + "ÿ~ÿ~".encode()),
    ),
    "one character a line": encoded_as(
        b"Content-Transfer-Encoding: base64", b"\r\n".join(bytes([c]) for c in B64)
    ),
    "broken quoted-printable": encoded_as(
        b"Content-Transfer-Encoding: quoted-printable", b"=ZZ" + quopri.encodestring(PLAIN)
    ),
    "quoted-printable in small letters": encoded_as(
        b"Content-Transfer-Encoding: quoted-printable", b"".join(b"=%02x" % byte for byte in PLAIN)
    ),
    "base64 in a text": encoded_as(b"X-A: b", b"See:\r\n" + base64.encodebytes(PLAIN * 3)),
    # Boundaries
    "two boundaries, the first is right": multipart(b"; boundary=b; boundary=c"),
    "two boundaries, the second is right": multipart(b"; boundary=c; boundary=b"),
    "two boundaries, both are used": multipart(
        b"; boundary=other; boundary=b", OTHER_PARTS + PARTS
    ),
    "text, then multipart": TEXT + multipart(b"; boundary=b"),
    "multipart, then text": b"Content-Type: multipart/mixed; boundary=b\r\n" + TEXT + PARTS,
    "a boundary in sections": multipart(
        b'; boundary*0="b"; boundary*1="0"', PARTS.replace(b"--b", b"--b0")
    ),
    "a boundary in percent": multipart(b"; boundary*=us-ascii''%62"),
    "a boundary in sections and one whole": multipart(b'; boundary=other; boundary*0="b"'),
    "an escape in the boundary": multipart(b'; boundary="\\b"'),
    "a space behind the boundary": multipart(b'; boundary="b "'),
    "a comment behind the boundary": multipart(b"; boundary=b (the one)"),
    "an empty boundary": multipart(b'; boundary=""', PARTS.replace(b"--b", b"--")),
    "a boundary without a quote's end": multipart(b'; boundary="b'),
    "a boundary in single quotes": multipart(b"; boundary='b'"),
    "no semicolon": multipart(b" boundary=b"),
    "no boundary at all": multipart(b""),
    "a wrong boundary": multipart(b"; boundary=c"),
    "spaces around the equals sign": multipart(b"; boundary = b"),
    "capital letters": multipart(b"; BOUNDARY=b").replace(b"multipart/mixed", b"MULTIPART/Mixed"),
    "a tab behind the delimiter": multipart(
        b"; boundary=b", PARTS.replace(b"--b\r\n", b"--b\t\r\n")
    ),
    "a delimiter that begins like the boundary": multipart(
        b"; boundary=b", PARTS.replace(b"--b--", b"--bb--")
    ),
    "a multipart nobody knows": multipart(b"; boundary=b").replace(b"mixed", b"x-secret"),
    "a boundary at a type that is no multipart": multipart(b"; boundary=b").replace(
        b"multipart/mixed", b"text/plain"
    ),
    "a multipart in base64": b"Content-Type: multipart/mixed; boundary=b\r\n"
    + TO_BASE64
    + b"\r\n"
    + base64.encodebytes(PARTS),
    # Where text stands
    "the preamble": multipart(b"; boundary=b", b"\r\n" + PLAIN + b"\r\n--b\r\n\r\nx\r\n--b--\r\n"),
    "the epilogue": multipart(b"; boundary=b", b"\r\n--b\r\n\r\nx\r\n--b--\r\n" + PLAIN),
    "a part behind the end": multipart(b"; boundary=b", b"\r\n--b\r\n\r\nx\r\n--b--" + PARTS),
    "never closed": multipart(b"; boundary=b", PARTS.replace(b"--b--", b"")),
    "cut off in base64": multipart(b"; boundary=b", PARTS.replace(b"\r\n--b--\r\n", b"")),
    "no empty line between header and body": b"Content-Type: text/plain\r\n" + PLAIN,
    "a part that is only header": attached(b"Content-Type: text/plain\r\nX: " + PLAIN, b"").replace(
        b"X: ", b"Comments: "
    ),
    "a line that is no field": b"Subject: x\r\nnot a field\r\n" + encoded_as(TO_BASE64.strip()),
    "a continuation without a field": b" continued\r\n" + encoded_as(TO_BASE64.strip()),
    "a continuation of white space only": b"Content-Type: multipart/mixed;\r\n \r\n boundary=b\r\n"
    + PARTS,
    "NUL in the header of a part": attached(b"Content-Type: text/plain; x=\0y"),
    "a field called twice, once in capitals": TEXT
    + b"CONTENT-TRANSFER-ENCODING: base64\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    + B64,
    # Line ends
    "bare CR": multipart(b"; boundary=b").replace(b"\r\n", b"\r"),
    "bare LF": multipart(b"; boundary=b").replace(b"\r\n", b"\n"),
    # Messages in messages
    "a message in base64": b"Content-Type: message/rfc822\r\n"
    + TO_BASE64
    + b"\r\n"
    + base64.b64encode(b"Subject: x\r\n\r\n" + PLAIN),
    "a piece of a message": b'Content-Type: message/partial; id="a"; number=2; total=3\r\n\r\n'
    + base64.encodebytes(PLAIN * 4),
    "a body that stands elsewhere": b"Content-Type: message/external-body; access-type=URL;\r\n"
    b' URL="https://x.example/' + PLAIN.replace(b" ", b"_") + b'"\r\n\r\n'
    b"Content-Type: text/plain\r\n\r\n" + PLAIN,
    "a global message": b"Content-Type: message/global\r\n\r\nSubject: x\r\n\r\n" + PLAIN,
    # Types and character sets
    "an encoded word as the type": b"Content-Type: =?utf-8?q?text/plain?=\r\n\r\n" + PLAIN,
    "no MIME-Version": multipart(b"; boundary=b"),
    "a type nobody knows": b"Content-Type: x-secret/x-list\r\n\r\n" + PLAIN,
    "no type at all": b"Content-Type:\r\n\r\n" + PLAIN,
    "UTF-7": b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + PLAIN.replace(b"B", b"+AEI-"),
    "UTF-16 called ASCII": b"Content-Type: text/plain; charset=us-ascii\r\n"
    + TO_BASE64
    + b"\r\n"
    + base64.b64encode(SECRET.encode("utf-16-le")),
    "ASCII called UTF-16": b"Content-Type: text/plain; charset=utf-16\r\n\r\n" + PLAIN,
    "a charset nobody knows": b"Content-Type: text/plain; charset=klingon\r\n\r\n" + PLAIN,
    "two charsets": b"Content-Type: text/plain; charset=utf-16; charset=us-ascii\r\n\r\n" + PLAIN,
    "HTML called text": b"Content-Type: text/plain\r\n\r\n<html><body><p>" + PLAIN + b"</p>",
    # Names
    "a name read from right to left": attached(
        b'Content-Disposition: attachment; filename="x\xe2\x80\xaefdp.exe"', PLAIN
    ),
    "a name in percent": attached(
        b"Content-Disposition: attachment; filename*=utf-8''"
        + PLAIN.replace(b" ", b"%20").replace(b"/", b"%2F"),
        b"x",
    ),
    "a name in sections": attached(
        b'Content-Disposition: attachment; filename*0="'
        + PLAIN[:12]
        + b'"; filename*1="'
        + PLAIN[12:]
        + b'"',
        b"x",
    ),
    "a name as an encoded word": attached(
        b'Content-Type: text/plain; name="=?utf-8?b?' + B64 + b'?="', b"x"
    ),
    "a second name": attached(
        b'Content-Disposition: attachment; filename="a.txt"; filename="' + PLAIN + b'"', b"x"
    ),
    "a name only at the type": attached(
        b'Content-Disposition: attachment; filename="a.txt"\r\nContent-Type: text/plain; name="'
        + PLAIN
        + b'"',
        b"x",
    ),
    "a description of a part": attached(b"Content-Description: " + PLAIN, b"x"),
    "a subject in two encoded words": b"Subject: =?utf-8?q?"
    + PLAIN[:10].replace(b" ", b"_")
    + b"?=\r\n =?utf-8?q?"
    + PLAIN[10:].replace(b" ", b"_")
    + b"?=\r\n\r\nx",
    # Fields and parameters that nobody expects text in
    "a parameter nobody knows": attached(b'Content-Type: text/plain; note="' + PLAIN + b'"', b"x"),
    "a boundary that says something": multipart(
        b'; boundary="' + PLAIN + b'"', PARTS.replace(b"--b", b"--" + PLAIN).replace(B64, b"")
    ),
    "the subject of a mail server": b"Content-Type: message/external-body; access-type=mail-server;"
    b' server="a@x.example"; subject="' + PLAIN + b'"\r\n\r\n',
    "a second disposition": attached(
        b'Content-Disposition: attachment; filename="a"\r\n'
        b'Content-Disposition: attachment; filename="' + PLAIN + b'"',
        b"x",
    ),
    "an encoded word without its end": b"Subject: =?utf-8?b?" + B64 + b"\r\n\r\nx",
    "headers in a part of their own": attached(
        b"Content-Type: text/rfc822-headers", b"Subject: =?utf-8?b?" + B64 + b"?=\r\nX-A: b\r\n"
    ),
    # A header that begins or ends where others see another line
    "a byte order mark first": b"\xef\xbb\xbf" + encoded_as(TO_BASE64.strip()),
    "a byte order mark before multipart": b"\xef\xbb\xbf" + multipart(b"; boundary=b"),
    "an empty line first": b"\r\n" + multipart(b"; boundary=b"),
    "an empty line first in a part": attached(b"\r\nContent-Type: text/plain\r\n" + TO_BASE64, B64),
    "an empty line of CR": b"X-A: b\r\r" + TO_BASE64 + b"\r\n" + B64,
    "an empty line of LF": b"X-A: b\n\r\n" + TO_BASE64 + b"\r\n" + B64,
    "an encoding over two lines": encoded_as(b"Content-Transfer-Encoding: base\r\n 64"),
    "an encoded word as the encoding": encoded_as(b"Content-Transfer-Encoding: =?utf-8?q?base64?="),
    "the encoding at the type": TEXT[:-2] + b"; content-transfer-encoding=base64\r\n\r\n" + B64,
    "a dash line in base64": encoded_as(TO_BASE64.strip(), B64[:8] + b"\r\n--more\r\n" + B64[8:]),
    "base64 for addresses of the web, from the start": encoded_as(
        TO_BASE64.strip(), base64.urlsafe_b64encode("~ÿ~ÿ ".encode() + PLAIN)
    ),
    "letters in quoted-printable that is not said": encoded_as(
        b"Content-Transfer-Encoding: 7bit", b"".join(b"=%02X" % byte for byte in PLAIN)
    ),
    "a type behind a comment": b"Content-Type: (a page) text/html\r\n\r\n" + ENTITIES,
    "spaces around the slash": b"Content-Type: text / html\r\n\r\n" + ENTITIES,
    "a page called text": b"Content-Type: text/plain\r\n\r\n<html><body>" + ENTITIES,
    "a delimiter that goes on": multipart(
        b"; boundary=b", PARTS.replace(b"--b\r\n", b"--b-or-not\r\n")
    ),
    "a delimiter that goes on behind another": multipart(
        b"; boundary=b", b"\r\n--b\r\n\r\nx" + PARTS.replace(b"--b\r\n", b"--b-or-not\r\n")
    ),
    # Character sets
    "two charsets, the second of another alphabet": TEXT[:-2]
    + b"; charset=iso-8859-1; charset=cp037\r\n"
    + TO_BASE64
    + b"\r\n"
    + base64.b64encode(SECRET.encode("cp037")),
    "UTF-7 nobody speaks of": TEXT + b"\r\n" + PLAIN.replace(b"Ann", b"+AEE-nn"),
    # Encodings from before MIME
    "two spaces behind begin": encoded_as(
        b"X-A: b", b"See:\r\n" + UUENCODED.replace(b"begin 644 ", b"begin  644  ")
    ),
    "yEnc": encoded_as(b"X-A: b", YENCODED % b""),
    "a piece of yEnc": encoded_as(b"X-A: b", YENCODED % b"=ypart begin=1 end=35\r\n"),
    "BinHex": encoded_as(b"X-A: b", BINHEX),
    # Lines that flow
    "words over flowing lines": TEXT[:-2]
    + b"; format=flowed; delsp=yes\r\n\r\nAnn B \r\nee 07700 90 \r\n0123 ILS/20 \r\n13/04417\r\n",
    "flowing lines that are quoted": TEXT[:-2]
    + b'; DelSp="Yes"; Format=Flowed\r\n\r\n> Ann B \r\n> ee 07700 900123 IL \r\n> S/2013/04417',
    "a second subject": b"Subject: x\r\nSubject: " + PLAIN + b"\r\n\r\nx",
}


@pytest.mark.parametrize("case", CASES)
def test_what_some_reader_would_show_is_read(case: str) -> None:
    assert squeezed(SECRET) in squeezed(everything(CASES[case]))


def test_there_are_more_cases_than_libraries_were_compared_on() -> None:
    assert len(CASES) > 47


def everything(raw: bytes) -> str:
    message, _ = mime.parse(raw, Envelope("", ()), MessageId("1"))
    documents = [extract(part) for part in message.parts]
    texts = [message.subject, *(each.text for each in message.written)]
    for document in (inner for outer in documents for inner in outer.walk()):
        for block in document.blocks:
            match block:
                case Text():
                    texts.append(block.text)
                case Table():
                    texts += [cell for row in (block.heading, *block.rows) for cell in row]
    return "\n".join(texts)


def squeezed(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
