"""Office documents in one XML file ("Flat OPC", Word's XML format since 2007) as packages."""

from __future__ import annotations

import binascii
import io
import zipfile

from dlpguard.extractors._budget import Budget

_NAMESPACE = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
MARK = b"http://schemas.microsoft.com/office/2006/xmlPackage"
"""Stands near the beginning of every such file."""

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def package(content: bytes, budget: Budget) -> bytes:
    """The same document as a zip, which the readers of Office documents take; b"" of no parts."""
    from lxml import etree  # noqa: PLC0415 - 20 ms that most mail does not need

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(content, parser)
    types = etree.Element("Types", xmlns=_TYPES)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part in root.iter(f"{_NAMESPACE}part"):
            name = part.get(f"{_NAMESPACE}name", "").lstrip("/")
            body = _body(part)
            budget.charge(members=1, inflated=len(body))
            archive.writestr(zipfile.ZipInfo(name or "part"), body)
            kind = part.get(f"{_NAMESPACE}contentType", "")
            etree.SubElement(types, "Override", PartName=f"/{name}", ContentType=kind)
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), etree.tostring(types))
    return packed.getvalue() if len(types) else b""


def _body(part: object) -> bytes:
    from lxml import etree  # noqa: PLC0415 - see package()

    if not isinstance(part, etree._Element):
        return b""
    data = part.find(f"{_NAMESPACE}xmlData")
    if data is not None and len(data):
        return bytes(etree.tostring(data[0]))
    binary = part.findtext(f"{_NAMESPACE}binaryData") or ""
    try:
        return binascii.a2b_base64(binary.encode("ascii", "ignore"))
    except binascii.Error:
        return b""
