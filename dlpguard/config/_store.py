"""Where everything is kept, and under which keys: the section `store`."""

from __future__ import annotations

from pydantic import Field

from dlpguard.config._values import DatabaseUrl, Section


class Store(Section):
    """The database and the file with the keys."""

    url: DatabaseUrl = Field("sqlite:///dlpguard.db", repr=False)
    """the database; large messages stand in a folder beside it"""
    password: str = Field("", repr=False)
    """the password of a database on a server, put into `store.url`; better in the environment or a
    file"""
    password_file: str = ""
    """a file with that password, instead of `store.password`"""
    key_file: str = "dlpguard.key"
    """the keys; made at the first start, `chmod 600`. **Keep a copy apart: without it nothing can
    be read.** It is changed every week, so it cannot stand in the environment"""
