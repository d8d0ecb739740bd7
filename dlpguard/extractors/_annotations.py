"""What a PDF says beside its pages' text: notes, form values, attached files, properties.

All through pdfium; nothing here draws.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

_KEYS = (b"Contents", b"V", b"T", b"TU", b"RC")
"""Texts of an annotation (ISO 32000-2 12.5.2): note, value, author or field, tip, rich text."""

_PLACEHOLDERS = frozenset({"(anonymous)", "(unspecified)", "untitled", "Untitled"})
"""What programs write where nobody wrote anything."""

_MOST = 10_000
"""Annotations of one page that are looked at; a form has hundreds."""

_LONGEST = 1_000_000
"""Bytes of one annotation's text."""


def properties(document: Any) -> str:
    """Title, author, subject and keywords, a line each; "" when there are none."""
    values = document.get_metadata_dict()
    wanted = (values.get(key, "") for key in ("Title", "Author", "Subject", "Keywords"))
    return "\n".join(v for v in dict.fromkeys(wanted) if v.strip() and v not in _PLACEHOLDERS)


def notes(page: Any) -> tuple[str, list[tuple[str, bytes]]]:
    """The texts of a page's annotations, and the files that are attached to them."""
    from pypdfium2 import raw  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    texts: dict[str, None] = {}
    files: list[tuple[str, bytes]] = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            texts.update((text, None) for text in _texts(annotation, raw) if text.strip())
            attached = raw.FPDFAnnot_GetFileAttachment(annotation)
            if attached:
                files.extend(_file(page.pdf, attached))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return "\n".join(texts), files


def _texts(annotation: Any, raw: Any) -> Iterator[str]:
    for key in _KEYS:
        if not raw.FPDFAnnot_HasKey(annotation, key):
            continue
        size = raw.FPDFAnnot_GetStringValue(annotation, key, None, 0)
        if 2 < size <= _LONGEST:
            buffer = (ctypes.c_ushort * (size // 2 + 1))()
            raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size)
            yield bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _file(document: Any, attached: Any) -> Iterator[tuple[str, bytes]]:
    import pypdfium2  # noqa: PLC0415 - see notes()

    attachment = pypdfium2.PdfAttachment(attached, document)
    try:
        yield attachment.get_name(), bytes(attachment.get_data())
    except pypdfium2.PdfiumError:
        # The annotation names a file that is not embedded: there is nothing to read.
        return
