"""Secrets: out of the settings, the environment, or a file of their own; and what is shown of them.

A key that is a secret has `repr=False`, and beside it a key that ends in `_file`, which names a
file that holds it (as container engines hand secrets over).
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from dlpguard.config._store import Store
from dlpguard.errors import ConfigurationError

LONGEST = 64 * 1024
"""Bytes of a file with a secret: more is another file, named by mistake."""


def read(key: str, given: str, file: str, base: Path) -> str:
    """A secret: as it was given, or what stands in its file but for the final line end.

    `ConfigurationError` when the file cannot be read, or holds none.
    """
    if not file:
        return given
    path = base / file
    try:
        with path.open("rb") as stream:
            found = stream.read(LONGEST + 1)
        secret = found.decode("utf-8").strip("\r\n")
    except OSError as error:
        raise ConfigurationError(
            f"{key}_file: cannot be read ({error.strerror}): {path}; "
            "may the user who runs dlpguard read it?"
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{key}_file: {path} is not text") from None
    if not secret or len(found) > LONGEST or "\n" in secret:
        raise ConfigurationError(f"{key}_file: {path} must hold one line, the secret")
    return secret


def check_store(store: Store) -> None:
    """`ValueError` where the database's password is given twice, or there is nobody it is for."""
    given = [key for key in ("password", "password_file") if getattr(store, key)]
    if not given:
        return
    url = urlsplit(store.url)
    if len(given) > 1:
        raise ValueError("store.password and store.password_file: give one of them")
    if url.scheme.startswith("sqlite"):
        raise ValueError(f"store.{given[0]}: a database in a file has no password")
    if url.password:
        raise ValueError(f"store.{given[0]}: store.url has a password already; remove one")
    if not url.username:
        raise ValueError(f"store.{given[0]}: store.url names no user, such as dlpguard@")


def with_password(url: str, password: str) -> str:
    """The address of a database with a password in it.

    >>> with_password("postgresql://dlpguard@db.council.example/mail", "a/b")
    'postgresql://dlpguard:a%2Fb@db.council.example/mail'
    """
    if not password:
        return url
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def masked_url(url: str) -> str:
    """The address of a database without its password.

    >>> masked_url("postgresql://dlpguard:secret@db.council.example/mail")
    'postgresql://dlpguard:***@db.council.example/mail'
    >>> masked_url("sqlite:///dlpguard.db")
    'sqlite:///dlpguard.db'
    >>> masked_url("postgresql:///mail?user=dlpguard&password=secret")
    'postgresql:///mail?user=dlpguard&password=***'
    """
    scheme, _, rest = re.sub(r"(\bpassword=)[^&]*", r"\1***", url).partition("://")
    where, slash, name = rest.partition("/")
    credentials, at, host = where.rpartition("@")
    if not at or ":" not in credentials:
        return f"{scheme}://{rest}"
    return f"{scheme}://{credentials.partition(':')[0]}:***@{host}{slash}{name}"
