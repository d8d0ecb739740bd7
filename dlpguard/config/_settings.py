"""All settings together, checked against each other."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, PrivateAttr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dlpguard.config import _secrets
from dlpguard.config._delivery import NextHop, Queue
from dlpguard.config._judging import CampaignSection, Policies
from dlpguard.config._listen import Listen
from dlpguard.config._log import Log, Metrics
from dlpguard.config._organisation import Organisation
from dlpguard.config._reading import Detectors, Gaps, Inspect, customs
from dlpguard.config._retention import Retention
from dlpguard.config._review import Review
from dlpguard.config._source import NOWHERE, PREFIX, Source
from dlpguard.config._store import Store
from dlpguard.conventions import Custom


class Settings(BaseSettings):
    """All settings, checked."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
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
    log: Log = Log()
    metrics: Metrics = Metrics()
    _source: Source = PrivateAttr(NOWHERE)

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
        if self.next_hop.password and self.next_hop.password_file:
            raise ValueError("next_hop.password and next_hop.password_file: give one of them")
        _secrets.check_store(self.store)
        self.review.check_addresses(self.organisation.domains)
        return self

    @property
    def custom_detectors(self) -> tuple[Custom, ...]:
        """The organisation's own kinds of findings, as detectors take them."""
        return customs(self.detectors.custom)

    @property
    def source(self) -> Source:
        """What the settings were read from."""
        return self._source

    @property
    def base(self) -> Path:
        """The directory that relative paths start from: that of the settings file."""
        return self._source.base

    def path(self, name: str) -> Path:
        """A file named in the settings, relative to the settings file."""
        return self.base / name

    @property
    def senders(self) -> tuple[str, ...]:
        """The MAIL FROM domains that may send."""
        return self.listen.senders or self.organisation.domains

    @property
    def next_hop_password(self) -> str:
        """The password for the next hop, from wherever it is ("": none).

        `ConfigurationError` when its file cannot be read.
        """
        hop = self.next_hop
        return _secrets.read("next_hop.password", hop.password, hop.password_file, self.base)

    @property
    def database(self) -> str:
        """The address of the database, with its password.  `ConfigurationError` as above."""
        store = self.store
        password = _secrets.read("store.password", store.password, store.password_file, self.base)
        return _secrets.with_password(store.url, password)

    @property
    def metrics_token(self) -> str:
        """The token that opens the metrics ("": none).  `ConfigurationError` as above."""
        metrics = self.metrics
        return _secrets.read("metrics.token", metrics.token, metrics.token_file, self.base)
