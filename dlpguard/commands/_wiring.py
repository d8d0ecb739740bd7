"""From settings to parts.  The only place that reads settings and builds things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dlpguard import config, telemetry
from dlpguard.commands._opening import hostname, letterhead, postmaster, shipped
from dlpguard.config import Settings
from dlpguard.conventions import Setup as DetectionSetup
from dlpguard.health import Around, Certificate, Running
from dlpguard.limits import Limits as ReadingLimits
from dlpguard.policy import Policies
from dlpguard.policy import load as load_policies
from dlpguard.recipients import Organisation
from dlpguard.runners.courier import Backoff
from dlpguard.runners.judging import Judging
from dlpguard.runners.sandbox import Limits, Sandbox
from dlpguard.runners.secretary import NEVER, Secretary
from dlpguard.setup import Setup
from dlpguard.smtp.client import Target
from dlpguard.smtp.server import Login, Rules, Tenant, server_context
from dlpguard.store.opening import Store
from dlpguard.store.whom_to_tell import Offices
from dlpguard.working_time import parse_time

if TYPE_CHECKING:
    from dlpguard.metrics import Metrics
    from dlpguard.web.rulebook import Rulebook
    from dlpguard.web.site import Site

MICROSOFT = ".mail.protection.outlook.com"
"""How the name of a tenant's server at Microsoft 365 ends, which asks more of certificates."""

_READING_SHARE = 0.8
"""Of the time after which a worker is killed: what a reader gives up by itself keeps what it has
read so far, what is killed keeps nothing."""


def policy_directory(settings: Settings) -> Path:
    """The directory of the policies in force: the one in the settings, or the shipped ones."""
    chosen = settings.path(settings.policies.directory)
    if not chosen.is_dir() and settings.policies.directory == config.Policies().directory:
        return shipped("policies")
    return chosen


def policies(settings: Settings, directory: Path | None = None) -> Policies:
    """The policies in force, or those in another directory."""
    kinds = [custom.name for custom in settings.custom_detectors]
    return load_policies(
        directory or policy_directory(settings), settings.organisation.groups, kinds
    )


def organisation(settings: Settings) -> Organisation:
    """Whose mail it is, as the audience sees it."""
    ours = settings.organisation
    partners = tuple(partner.domain for partner in ours.partners)
    return Organisation(ours.domains, partners, ours.webmail, ours.publishing)


def inspection_setup(settings: Settings) -> Setup:
    """What the workers of the sandbox are told."""
    ours, chosen = settings.organisation, settings.inspect
    return Setup(
        organisation(settings),
        DetectionSetup(ours.phone_region, ours.case_references, settings.custom_detectors),
        ReadingLimits(seconds=_READING_SHARE * min(chosen.document_seconds, chosen.document_cpu)),
        ours.contacts,
    )


def sandbox(settings: Settings, workers: int | None = None, hook: str = "") -> Sandbox:
    """The pool of workers.  `hook` is for tests of what happens when a worker fails."""
    chosen = settings.inspect
    limits = Limits(
        seconds=chosen.seconds,
        document_seconds=chosen.document_seconds,
        document_cpu=chosen.document_cpu,
        memory=chosen.memory,
    )
    return Sandbox(
        workers or chosen.workers,
        limits,
        inspection_setup(settings),
        chosen.messages_per_worker,
        hook,
    )


def accepted_gaps(settings: Settings) -> frozenset[tuple[str, str]]:
    """The kinds of gaps that the floor lets pass, by format."""
    return frozenset(
        (why, name)
        for why, formats in settings.gaps.model_dump(by_alias=True).items()
        for name in formats
    )


def judging(settings: Settings, directory: Path) -> Judging:
    """By what messages are judged; reads the policies in a directory."""
    return Judging(
        policies(settings, directory),
        settings.policies.mode,
        accepted_gaps(settings),
        organisation(settings),
        letterhead(settings),
        window=settings.campaign.window,
        settle=settings.campaign.settle,
        private=settings.review.private_senders,
    )


def edge_rules(settings: Settings, installation: str) -> Rules:
    """Who may send, and how much."""
    listen = settings.listen
    tls, microsoft = None, listen.microsoft365
    if listen.tls_certificate:
        tls = server_context(
            settings.path(listen.tls_certificate),
            settings.path(listen.tls_key),
            settings.path(listen.tls_clients) if listen.tls_clients else None,
        )
    return Rules(
        listen.clients,
        settings.senders,
        hostname(settings),
        installation,
        size=listen.size,
        recipients=listen.recipients,
        connections=listen.connections,
        connections_per_client=listen.most_of_one_client,
        bare_lines=listen.bare_lines,
        tls=tls,
        logins=tuple(Login(one.name, one.hash, one.senders) for one in listen.logins),
        certificates=listen.certificates,
        tenant=Tenant(microsoft.tenant, microsoft.organisation, microsoft.networks)
        if microsoft
        else None,
        proxies=listen.smtp_proxies,
        postmaster=postmaster(settings),
        idle_seconds=listen.idle,
        minimum_rate=listen.minimum_rate,
        mistakes=listen.mistakes,
    )


def target(settings: Settings) -> Target:
    """The next hop."""
    hop = settings.next_hop
    return Target(
        hop.host,
        hop.port,
        tls=hop.tls,
        username=hop.username,
        password=settings.next_hop_password,
        certificate=str(settings.path(hop.certificate)) if hop.certificate else "",
        key=str(settings.path(hop.key)) if hop.key else "",
        authorities=str(settings.path(hop.authorities)) if hop.authorities else "",
        hello=hostname(settings),
    )


def backoff(settings: Settings) -> Backoff:
    """How long to wait between deliveries that failed for now."""
    return Backoff(settings.queue.first_retry, settings.queue.longest_retry)


def site(
    settings: Settings,
    store: Store,
    running: Running | None = None,
    rules: Rulebook | None = None,
) -> Site:
    """The review site; `running` is what this process runs beside it, `rules` by what."""
    from dlpguard.web.site import Site, environment

    return Site(
        store,
        letterhead(settings),
        settings.organisation.name,
        environment(),
        url=settings.listen.site.rstrip("/"),
        proxies=settings.listen.proxies,
        second_factor=settings.review.second_factor,
        undo=settings.review.undo,
        offices=offices(settings),
        around=around(settings, running),
        detection=inspection_setup(settings).detection,
        rules=rules,
        metrics=metrics(settings, store, running),
    )


def metrics(settings: Settings, store: Store, running: Running | None = None) -> Metrics:
    """What Prometheus may ask of this process."""
    from dlpguard.metrics import Access, Metrics

    access = Access(settings.metrics.clients, settings.metrics_token)
    return Metrics(store, around(settings, running), access)


def observe(settings: Settings) -> None:
    """Write the log as the settings say, and count, from now on."""
    log = settings.log
    syslog = log.syslog if log.destination == "syslog" else ""
    telemetry.setup(log.level.upper(), as_json=log.format == "json", syslog=syslog)
    telemetry.measure()


def around(settings: Settings, running: Running | None = None) -> Around:
    """What checks of health are told."""
    return Around(
        target(settings),
        tuple(_certificates(settings)),
        settings.policies.mode,
        running or Running(),
        tuple(settings.review.private_senders),
    )


def _certificates(settings: Settings) -> Iterator[Certificate]:
    listen, hop = settings.listen, settings.next_hop
    is_microsoft = hop.host.endswith(MICROSOFT)
    for key, file, private in (
        ("listen.tls_certificate", listen.tls_certificate, listen.tls_key),
        ("listen.tls_clients", listen.tls_clients, ""),
        ("next_hop.certificate", hop.certificate, hop.key or hop.certificate),
        ("next_hop.authorities", hop.authorities, ""),
    ):
        if file:
            yield Certificate(
                key,
                settings.path(file),
                settings.path(private) if private else None,
                hostname(settings) if key == "listen.tls_certificate" else "",
                settings.organisation.domains
                if is_microsoft and key == "next_hop.certificate"
                else (),
            )


def offices(settings: Settings) -> Offices:
    """Who is told that something waits."""
    from dlpguard.web.offices import offices

    return offices(settings.review.escalate_to, settings.review.duty_officers)


def secretary(settings: Settings, store: Store) -> Secretary:
    """Who writes reminders and digests."""
    chosen = settings.review.digest_at
    at = parse_time(chosen) if chosen else NEVER
    return Secretary(store, letterhead(settings), offices(settings), at)
