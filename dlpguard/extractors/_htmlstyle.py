"""Which elements of a web page are not seen, by their attributes and by simple style rules.

No cascade: an element's own style, the attributes of old mail, and rules of the page for a single
class, id or element.  Where that cannot tell what is behind a text, the text counts as seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_RULE = re.compile(r"(?:\A|(?<=[{}]))([^{}]{1,4000})\{([^{}]{0,4000})\}")
_AT_RULE = re.compile(
    r"@(?:media|supports|keyframes|font-face)[^{}]{0,500}\{(?:[^{}]{0,4000}\{[^{}]{0,4000}\}){0,500}[^{}]{0,4000}\}"
)
_SELECTOR = re.compile(r"[\s>+~]{0,10}([.#]?[a-zA-Z][\w-]{0,100})\s{0,10}$")
_DECLARATION = re.compile(r"([a-zA-Z-]{2,40})\s{0,20}:\s{0,20}([^;]{0,500})")
_ZERO = re.compile(r"-?0(?:\.0{1,5})?(?:px|pt|em|rem|%|cm|mm|in)?")
_FAR = re.compile(r"-\d{3,6}(?:\.\d{1,5})?(?:px|pt|em|rem|%)?")
_RGB = re.compile(r"rgba?\(\s{0,5}(\d{1,3})[\s,]{1,5}(\d{1,3})[\s,]{1,5}(\d{1,3})\s{0,5}[,/)]")
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})")
_NAMED = {
    "white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "blue": (0, 0, 255),
    "yellow": (255, 255, 0), "gray": (128, 128, 128), "grey": (128, 128, 128),
    "silver": (192, 192, 192), "green": (0, 128, 0), "snow": (255, 250, 250),
    "ivory": (255, 255, 240), "whitesmoke": (245, 245, 245), "navy": (0, 0, 128),
}  # fmt: skip
_SAME = 8
"""Of 255: colours that differ less in every channel look the same."""

_MOST_RULES = 5000

_Colour = tuple[int, int, int] | None


class _Look(NamedTuple):
    """What an element hands down: its colours (None: cannot be told)."""

    colour: _Colour
    ground: _Colour


class Styles:
    """The looks of the elements that are open."""

    def __init__(self) -> None:
        self._looks = [_Look((0, 0, 0), (255, 255, 255))]
        self._hiding: set[str] = set()
        self._painted: set[str] = set()

    def learn(self, css: str) -> None:
        """Take the rules of a style element that hold for every screen."""
        for selectors, body in _RULE.findall(_AT_RULE.sub(" ", css))[:_MOST_RULES]:
            declared = _declared(body)
            for selector in selectors.split(","):
                if (name := _SELECTOR.search(selector)) is None:
                    continue
                # `div .x` may be true of other elements too; that is enough not to be sure of a
                # colour, and not enough to call something hidden.
                if _hides(declared) and selector.strip() == name[1]:
                    self._hiding.add(name[1].lower())
                if any(key.startswith(("background", "color")) for key in declared):
                    self._painted.add(name[1].lower())

    def enter(self, tag: str, attributes: Mapping[str, str]) -> bool:
        """An element begins.  Whether it hides everything in it."""
        look = self._looks[-1]
        if not attributes and not self._painted and not self._hiding:
            self._looks.append(look)
            return tag == "template"
        names = _names(tag, attributes)
        declared = _declared(attributes.get("style", ""))
        if self._painted and not self._painted.isdisjoint(names):
            look = _Look(None, None)
        colour = declared.get("color") or attributes.get("color") or attributes.get("text", "")
        if colour and (tag != "input"):
            look = look._replace(colour=_colour(colour))
        ground = next(
            (declared[key] for key in ("background-color", "background") if key in declared),
            attributes.get("bgcolor", ""),
        )
        if ground:
            look = look._replace(ground=_ground(ground, look.ground))
        if "background-image" in declared or "background" in attributes:
            look = look._replace(ground=None)
        self._looks.append(look)
        return (
            tag == "template"
            or "hidden" in attributes
            or _hides(declared)
            or not self._hiding.isdisjoint(names)
        )

    def leave(self) -> None:
        """The element that was entered last ends."""
        if len(self._looks) > 1:
            self._looks.pop()

    def is_unseen(self) -> bool:
        """Whether text here has the colour of what is behind it."""
        colour, ground = self._looks[-1]
        return (
            colour is not None
            and ground is not None
            and all(abs(a - b) < _SAME for a, b in zip(colour, ground, strict=True))
        )


def _names(tag: str, attributes: Mapping[str, str]) -> set[str]:
    """How rules call an element: its tag, its classes, its id."""
    names = {tag}
    names.update(f".{name}" for name in attributes.get("class", "").lower().split()[:50])
    if identifier := attributes.get("id", ""):
        names.add(f"#{identifier.lower()}")
    return names


def _declared(style: str) -> dict[str, str]:
    if not style:
        return {}
    return {
        key.lower(): value.lower().replace("!important", "").strip()
        for key, value in _DECLARATION.findall(style)
    }


def _hides(declared: Mapping[str, str]) -> bool:
    """Whether declarations make an element invisible."""
    if not declared:
        return False
    get = declared.get
    clipped = get("overflow", "").startswith("hidden")
    return (
        get("display") == "none"
        or get("visibility") in {"hidden", "collapse"}
        or get("mso-hide") == "all"
        or get("color") == "transparent"
        or any(_ZERO.fullmatch(get(key, "")) is not None for key in ("font-size", "opacity"))
        or (
            clipped
            and any(
                _ZERO.fullmatch(get(key, "")) is not None
                for key in ("height", "width", "max-height", "max-width")
            )
        )
        or any(_FAR.fullmatch(get(key, "")) is not None for key in ("text-indent", "left", "top"))
        or get("clip", "").replace(" ", "").startswith("rect(0,0,0")
    )


def _ground(value: str, behind: _Colour) -> _Colour:
    """A background; what is behind shines through one that is transparent."""
    if value in {"transparent", "none", "inherit", "initial", "unset"}:
        return behind
    return _colour(value)


def _colour(value: str) -> _Colour:
    text = value.strip().lower()
    if text in _NAMED:
        return _NAMED[text]
    if rgb := _RGB.match(text):
        red, green, blue = (min(int(channel), 255) for channel in rgb.groups())
        return red, green, blue
    if hexadecimal := _HEX.fullmatch(text):
        digits = hexadecimal[1]
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    return None
