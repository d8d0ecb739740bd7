"""The roles of a process: quick to import, for the command line."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a process does: `serve --role`."""

    EDGE = "edge"
    INSPECT = "inspect"
    DELIVER = "deliver"
    WEB = "web"
