"""docker-compose.yml as an engine would read it: merged, with variables filled in."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"

OURS = "dlpguard:"
"""How the name of the image begins that the Dockerfile makes."""

_VARIABLE = re.compile(r"\$\{[A-Z_]+:-([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file, folder or named volume of the engine's machine, and where a container has it."""

    source: str
    target: str
    is_read_only: bool

    @property
    def is_volume(self) -> bool:
        """Whether the engine keeps it."""
        return not self.source.startswith(".")


@dataclass(frozen=True, slots=True)
class Service:
    """One service; `values` are those of the file."""

    name: str
    values: Mapping[str, Any]

    @property
    def is_ours(self) -> bool:
        """Whether it runs dlpguard."""
        return str(self.values["image"]).startswith(OURS)

    @property
    def command(self) -> tuple[str, ...]:
        """What is run, without the entry point of its image."""
        return tuple(self.values.get("command", ()))

    @property
    def environment(self) -> dict[str, str]:
        """Its variables, those of our image included."""
        image = dict(image_environment()) if self.is_ours else {}
        return image | {name: str(value) for name, value in self.values["environment"].items()}

    @property
    def health_check(self) -> tuple[str, ...]:
        """The words of its health check, that of our image where it has none; () for none."""
        check = self.values.get("healthcheck", {})
        if check.get("disable"):
            return ()
        if "test" not in check:
            return image_health_check() if self.is_ours else ()
        kind, *words = check["test"]
        assert kind == "CMD", "without a shell, which an image may not have"
        return tuple(words)

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """Its volumes."""
        return tuple(_mount(text) for text in self.values.get("volumes", ()))

    @property
    def published(self) -> tuple[str, ...]:
        """The addresses of the engine's machine at which its ports can be reached."""
        return tuple(str(text) for text in self.values.get("ports", ()))


def services() -> dict[str, Service]:
    """Every service by its name."""
    return {name: Service(name, values) for name, values in read()["services"].items()}


def read() -> Any:
    """The whole file."""
    text = _VARIABLE.sub(lambda found: found[1], FILE.read_text("utf-8"))
    return YAML(typ="safe").load(text)


def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile: for each stage its instructions in order, as (word, the rest)."""
    lines = DOCKERFILE.read_text("utf-8").replace("\\\n", " ").splitlines()
    found: list[list[tuple[str, str]]] = []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest.strip()))
    return found


def image_environment() -> dict[str, str]:
    """The variables of the image."""
    words = [w for word, rest in stages()[-1] if word == "ENV" for w in shlex.split(rest)]
    return dict(word.split("=", 1) for word in words)


def image_health_check() -> tuple[str, ...]:
    """The words of the image's health check."""
    [rest] = [rest for word, rest in stages()[-1] if word == "HEALTHCHECK"]
    return tuple(json.loads(rest.partition("CMD ")[2]))


def _mount(text: str) -> Mount:
    source, target, *options = text.split(":")
    return Mount(source, target, "ro" in options)
