"""The Windows code page that goes with a language or with a Windows character set.

Programs of the nineties wrote text in the code page of their machine and said only which language
(MS-LCID) or character set (MS-WMF 2.1.1.5) it was.
"""

from __future__ import annotations

_BY_LANGUAGE = {
    "cp1250": (0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x1C, 0x24),
    "cp1251": (0x02, 0x19, 0x22, 0x23, 0x2F),
    "cp1253": (0x08,),
    "cp1254": (0x1F, 0x2C),
    "cp1255": (0x0D,),
    "cp1256": (0x01, 0x20, 0x29),
    "cp1257": (0x25, 0x26, 0x27),
    "cp1258": (0x2A,),
    "cp874": (0x1E,),
    "cp932": (0x11,),
    "cp936": (0x04,),
    "cp949": (0x12,),
}
_CHARSETS = {charset: name for name, languages in _BY_LANGUAGE.items() for charset in languages}
_TRADITIONAL_CHINESE = frozenset({0x0404, 0x0C04, 0x1404})

_BY_CHARSET = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "cp936", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 255: "cp437",
}  # fmt: skip


def charset_of(language: int) -> str:
    """The charset in which Windows in this language (LCID) writes.

    >>> charset_of(0x0419)
    'cp1251'
    >>> charset_of(0x0809)
    'cp1252'
    """
    if language in _TRADITIONAL_CHINESE:
        return "cp950"
    return _CHARSETS.get(language & 0xFF, "cp1252")


def windows_charset(number: int) -> str:
    """The charset behind the number of a Windows character set, "" where it says nothing.

    >>> windows_charset(238)
    'cp1250'
    """
    return _BY_CHARSET.get(number, "")


def codepage_charset(number: int) -> str:
    """The name of a Windows code page's character set; "" for what nobody here knows."""
    name = {10000: "mac_roman", 65001: "utf-8"}.get(number, f"cp{number}")
    try:
        "".encode(name)
    except LookupError:
        return ""
    return name
