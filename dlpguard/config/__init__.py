"""The settings: `dlpguard.toml`, and every key also as `DLPGUARD_SECTION__KEY` in the environment.

Only `commands` reads them; everything else takes what it needs as arguments.
"""

from __future__ import annotations

import os
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from dlpguard.config._listen import Listen
from dlpguard.config._listen import LoginSection as LoginSection
from dlpguard.config._retention import Retention
from dlpguard.config._review import Review
from dlpguard.config._values import (
    USUAL_REGION,
    Domain,
    Duration,
    GroupName,
    Pattern,
    Region,
    Section,
    SenderPattern,
)
from dlpguard.errors import ConfigurationError

if TYPE_CHECKING:
    from dlpguard.detectors import Custom

_ENVIRONMENT = "DLPGUARD_"


class Partner(Section):
    """An organisation with which data is shared by agreement; its subdomains are included."""

    domain: Domain
    agreement: str = ""
    owner: str = ""
    review: str = ""


class Organisation(Section):
    """Who we are, what our references look like, who our partners are."""

    domains: tuple[Domain, ...] = Field(min_length=1)
    name: str = ""
    case_references: tuple[Pattern, ...] = ()
    phone_region: Region = USUAL_REGION
    webmail: tuple[Domain, ...] = ()
    publishing: tuple[Domain, ...] = ()
    partners: tuple[Partner, ...] = ()
    contacts: tuple[str, ...] = ()
    groups: dict[GroupName, Annotated[tuple[SenderPattern, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )


class Tls(StrEnum):
    """How the connection to the next hop is protected."""

    VERIFY = "verify"
    REQUIRE = "require"
    OPPORTUNISTIC = "opportunistic"
    NONE = "none"


class NextHop(Section):
    """Where accepted mail goes.  The password: `DLPGUARD_NEXT_HOP__PASSWORD` or a file."""

    host: str = "127.0.0.1"
    port: int = Field(1025, gt=0, le=65535)
    tls: Tls = Tls.VERIFY
    username: str = ""
    password: str = Field("", repr=False)
    password_file: str = ""
    authorities: str = ""
    certificate: str = ""
    key: str = ""
    connections: int = Field(8, gt=0)


class Store(Section):
    """The database and the file with the keys; relative paths are relative to the settings file."""

    url: str = "sqlite:///dlpguard.db"
    key_file: str = "dlpguard.key"


class Mode(StrEnum):
    """Observe: everything is inspected and recorded, nothing is held, asked or delayed."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


class Policies(Section):
    """Where the policies are, and whether they act.  Without the directory: those shipped."""

    directory: str = "policies"
    mode: Mode = Mode.OBSERVE


class CampaignSection(Section):
    """How long messages with the same content belong together."""

    window: Duration = 3600.0
    settle: Duration = 20.0


class Queue(Section):
    """How long and how often delivery is tried (RFC 5321 4.5.4.1)."""

    first_retry: Duration = 60.0
    longest_retry: Annotated[Duration, Field(le=86400)] = 3600.0
    give_up: Duration = 5 * 86400.0
    tell_delay: Duration = 4 * 3600.0


class Inspect(Section):
    """How much one message may cost, and how many are inspected at once."""

    workers: int = Field(2, gt=0, le=64)
    seconds: Duration = 60.0
    document_seconds: Duration = 30.0
    document_cpu: Duration = 15.0
    memory: int = Field(1 << 30, gt=0)
    messages_per_worker: int = Field(200, gt=0)


class CustomDetector(Section):
    """A kind of finding of the organisation's own; `detectors.Custom` says what the keys mean."""

    name: str
    pattern: str
    support: tuple[str, ...] = ()
    validator: Literal["none", "luhn", "mod11", "mod97"] = "none"
    private: bool = False
    strong: bool = False


class Detectors(Section):
    """What is looked for besides what dlpguard knows."""

    custom: tuple[CustomDetector, ...] = ()

    @field_validator("custom")
    @classmethod
    def _can_be_used(cls, chosen: tuple[CustomDetector, ...]) -> tuple[CustomDetector, ...]:
        if faults := _faults(chosen):
            raise ValueError("; ".join(faults))
        return chosen


class Gaps(Section):
    """Kinds of gaps that an organisation accepts, by format: `too-large = ["mp4"]`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-")
    )

    corrupt: tuple[str, ...] = ()
    too_large: tuple[str, ...] = ()
    too_deep: tuple[str, ...] = ()
    too_slow: tuple[str, ...] = ()
    crashed: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _as_in_the_file(cls, values: object) -> object:
        """A name in the environment cannot have a hyphen: `DLPGUARD_GAPS__TOO_LARGE`."""
        if not isinstance(values, dict):
            return values
        environment_last = sorted(values.items(), key=lambda item: "_" in item[0])
        return {name.replace("_", "-"): formats for name, formats in environment_last}


class Settings(BaseSettings):
    """All settings, checked."""

    model_config = SettingsConfigDict(
        env_prefix=_ENVIRONMENT, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    organisation: Organisation
    listen: Listen = Listen()
    next_hop: NextHop = NextHop()
    store: Store = Store()
    policies: Policies = Policies()
    campaign: CampaignSection = CampaignSection()
    queue: Queue = Queue()
    review: Review = Field(default_factory=Review)
    retention: Retention = Retention()
    inspect: Inspect = Inspect()
    detectors: Detectors = Detectors()
    gaps: Gaps = Gaps()
    _base: Path = PrivateAttr(Path())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        if self.next_hop.key and not self.next_hop.certificate:
            raise ValueError("next_hop.key is the key of next_hop.certificate, which is missing")
        self.review.check_addresses(self.organisation.domains)
        return self

    @property
    def custom_detectors(self) -> tuple[Custom, ...]:
        """The organisation's own kinds of findings, as detectors take them."""
        return _customs(self.detectors.custom)

    @property
    def base(self) -> Path:
        """The directory that relative paths start from: that of the settings file."""
        return self._base

    def path(self, name: str) -> Path:
        """A file named in the settings, relative to the settings file."""
        return self.base / name

    @property
    def senders(self) -> tuple[str, ...]:
        """The MAIL FROM domains that may send."""
        return self.listen.senders or self.organisation.domains


def _faults(chosen: tuple[CustomDetector, ...]) -> list[str]:
    """What is wrong with the organisation's own detectors, each with its name and key."""
    if not chosen:
        return []
    from dlpguard import detectors  # noqa: PLC0415 - 100 ms for the few that have some

    return [
        f"{key} of “{chosen[index].name}”: {what}"
        for index, key, what in detectors.problems(_customs(chosen))
    ]


def _customs(chosen: tuple[CustomDetector, ...]) -> tuple[Custom, ...]:
    if not chosen:
        return ()
    from dlpguard.detectors import Custom, Validator  # noqa: PLC0415 - see above

    return tuple(
        Custom(c.name, c.pattern, c.support, Validator(c.validator), c.private, c.strong)
        for c in chosen
    )


def load(file: Path, **overrides: Any) -> Settings:
    """The settings in a file.  `ConfigurationError` says which key is wrong, and how."""
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{file}: no such file. Write one (docs/settings.md has an example), "
            "or name another with --config"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: not TOML: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from None
    return build(values, file.resolve().parent, str(file), **overrides)


def build(values: dict[str, Any], base: Path, source: str, **overrides: Any) -> Settings:
    """Settings from values; `source` names them in errors."""
    _check_environment()
    try:
        settings = Settings(**{**values, **overrides})
    except ValidationError as error:
        lines = [f"{source}: {_explain(e['loc'], e['msg'], e['type'])}" for e in error.errors()]
        raise ConfigurationError("\n".join(lines)) from None
    except SettingsError as error:
        raise ConfigurationError(
            f"{error}; in a variable, lists and tables are JSON: "
            f"{_ENVIRONMENT}ORGANISATION__DOMAINS='[\"council.example\"]'"
        ) from None
    settings._base = base
    return settings


def _check_environment() -> None:
    """A variable for a section that there is not would be passed over in silence."""
    for name in os.environ:
        section, separator, _ = name.upper().removeprefix(_ENVIRONMENT).partition("__")
        if not name.upper().startswith(_ENVIRONMENT) or not separator:
            continue
        if section.lower() not in Settings.model_fields:
            raise ConfigurationError(f"{name}: unknown key; docs/settings.md lists all keys")


def _explain(place: tuple[int | str, ...], message: str, kind: str) -> str:
    key = ".".join(str(step) for step in place) or "settings"
    if kind == "extra_forbidden":
        return f"unknown key {key}; docs/settings.md lists all keys"
    return f"{key}: {message.removeprefix('Value error, ')}"
