"""The settings file: every key, the environment, and an error that names what is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dlpguard.config import Mode, Settings, build, keys, load
from dlpguard.errors import ConfigurationError

DOCUMENTATION = (Path(__file__).parents[1] / "docs" / "settings.md").read_text("utf-8")

DESIGNED = r"""
[organisation]
domains = ["council.example"]
case_references = ['ILS/\d{4}/\d{5}']
phone_region = "GB"
webmail = []
[[organisation.partners]]
domain = "nhs.example"

[listen]
smtp = "127.0.0.1:2525"
web = "127.0.0.1:8080"
clients = ["127.0.0.0/8", "10.0.0.0/8"]
senders = []
tls_certificate = ""
tls_key = ""
bare_lines = "reject"

[next_hop]
host = "127.0.0.1"
port = 1025
tls = "verify"
username = ""
certificate = ""
key = ""

[store]
url = "sqlite:///dlpguard.db"
key_file = "dlpguard.key"

[policies]
directory = "policies"
mode = "observe"

[campaign]
window = "60m"
settle = "20s"
"""
"""The example of DESIGN 12: these keys stay."""

WHO = '[organisation]\ndomains = ["council.example"]\n'


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("DLPGUARD_")]:
        monkeypatch.delenv(name)


def settings(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "dlpguard.toml"
    file.write_text(text, "utf-8")
    return load(file)


def problem(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        settings(tmp_path, text)
    return str(raised.value)


def test_every_key_of_the_designed_example_is_taken(tmp_path: Path) -> None:
    said: dict[str, Any] = tomllib.loads(DESIGNED)
    made = settings(tmp_path, DESIGNED).model_dump(mode="json")

    durations = said.pop("campaign")
    assert {"window": "60m", "settle": "20s"} == durations
    assert {"window": 3600.0, "settle": 20.0} == made["campaign"]
    [partner] = said["organisation"].pop("partners")
    assert partner.items() <= made["organisation"]["partners"][0].items()
    for section, values in said.items():
        assert values.items() <= made[section].items()


def test_only_the_domains_must_be_given_and_a_new_installation_observes(tmp_path: Path) -> None:
    made = settings(tmp_path, WHO)

    assert Mode.OBSERVE is made.policies.mode
    assert ("council.example",) == made.senders
    assert "organisation.domains: is missing" in problem(tmp_path, "[organisation]\n")
    assert "organisation: is missing" in problem(tmp_path, "")


def test_every_documented_key_exists() -> None:
    rows = re.findall(r"^\| `([a-z0-9_.\[\]-]+)` \|", DOCUMENTATION, re.MULTILINE)

    assert sorted(key.name for key in keys.every()) == sorted(rows)


def test_the_documented_examples_are_right(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCUMENTATION, re.DOTALL)

    assert examples
    for example in examples:
        assert settings(tmp_path, example).organisation.domains


def test_domains_are_compared_without_case_and_final_dot(tmp_path: Path) -> None:
    made = settings(tmp_path, '[organisation]\ndomains = ["Council.Example."]\n')

    assert ("council.example",) == made.organisation.domains


def test_senders_other_than_the_own_domains_can_be_named(tmp_path: Path) -> None:
    made = settings(tmp_path, WHO + '[listen]\nsenders = ["mail.council.example"]\n')

    assert ("mail.council.example",) == made.senders


@pytest.mark.parametrize(
    ("written", "seconds"),
    [('"20s"', 20.0), ('"60m"', 3600.0), ('"1.5 h"', 5400.0), ('"5d"', 432000.0), ("7", 7.0)],
)
def test_a_duration_is_a_number_with_a_unit_or_seconds(
    tmp_path: Path, written: str, seconds: float
) -> None:
    assert seconds == settings(tmp_path, WHO + f"[queue]\ngive_up = {written}\n").queue.give_up


def test_senders_can_be_put_into_groups(tmp_path: Path) -> None:
    text = '[organisation.groups]\nfinance = ["*@finance.council.example", "ann@council.example"]\n'
    made = settings(tmp_path, WHO + text)

    assert {"finance": ("*@finance.council.example", "ann@council.example")} == (
        made.organisation.groups
    )
    assert {} == settings(tmp_path, WHO).organisation.groups


def test_working_time_is_that_of_the_organisation(tmp_path: Path) -> None:
    text = (
        "[review]\nworking_hours = 'Mon-Thu 08:00-18:00, Fri 08:00-12:00'\n"
        "time_zone = 'Europe/Berlin'\nholidays = ['2026-12-25', 2026-12-28]\nreturn_after = '3d'\n"
    )
    review = settings(tmp_path, WHO + text).review

    assert "Europe/Berlin" == str(review.calendar.zone)
    assert {date(2026, 12, 25), date(2026, 12, 28)} == review.calendar.holidays
    assert (3 * 10 * 3600.0, 3600.0) == (
        review.seconds(review.return_after),
        review.seconds(review.remind_after),
    )
    assert "Europe/London" == settings(tmp_path, WHO).review.time_zone


HASH = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$pHPYXLqSs2Ze9p6dP1pGMQ"

WRONG = {
    "group of nobody": ("[organisation.groups]\nhr = []", "organisation.groups.hr:"),
    "group of no senders": (
        "[organisation.groups]\nhr = ['hr']",
        "organisation.groups.hr.0: a sen",
    ),
    "group's name": ("[organisation.groups]\nH-R = ['a@b.example']", "organisation.groups.H-R"),
    "unit": ("[queue]\ngive_up = '5 days'", "queue.give_up: a duration is a number and one of"),
    "negative duration": ("[queue]\ngive_up = -1", "queue.give_up:"),
    "endless duration": ("[queue]\nfirst_retry = inf", "queue.first_retry:"),
    "no duration": ("[queue]\nfirst_retry = nan", "queue.first_retry:"),
    "network": ("[listen]\nclients = ['10.0.0.0/33']", "listen.clients.0: '10.0.0.0/33'"),
    "network of a host": ("[listen]\nclients = ['10.0.0.1/8']", "listen.clients.0: 10.0.0.1/8"),
    "address": ("[listen]\nsmtp = '2525'", "listen.smtp: an address to listen on is host:port"),
    "port": ("[listen]\nsmtp = 'localhost:99999'", "listen.smtp: an address to listen on"),
    "word": ("[next_hop]\ntls = 'maybe'", "next_hop.tls: must be 'verify'"),
    "number": ("[next_hop]\nport = 0", "next_hop.port:"),
    "half of TLS": (
        "[listen]\ntls_key = 'k'",
        "listen.tls_certificate and listen.tls_key go",
    ),
    "other half": ("[listen]\ntls_certificate = 'c'", "listen.tls_certificate and"),
    "hash": (
        "[listen]\nlogins = [{name='a', hash='secret'}]",
        "listen.logins.0.hash: not an argon2id hash; dlpguard login NAME makes one",
    ),
    "name of a login": ("[listen]\nlogins = [{name='a b', hash='x'}]", "listen.logins.0.name:"),
    "login's senders": (
        f"[listen]\nlogins = [{{name='a', hash='{HASH}', senders=['a@b@c']}}]",
        "listen.logins.0.senders.0: an address or a domain",
    ),
    "two logins of one name": (
        f"[listen]\nlogins = [{{name='a', hash='{HASH}'}}, {{name='a', hash='{HASH}'}}]",
        "listen.logins: two logins have the same name",
    ),
    "login without TLS": (
        f"[listen]\nlogins = [{{name='a', hash='{HASH}'}}]",
        "listen.logins needs listen.tls_certificate",
    ),
    "smtps without TLS": (
        "[listen]\nsmtps = '127.0.0.1:465'",
        "listen.smtps needs listen.tls_certificate",
    ),
    "clients' certificates by half": (
        "[listen]\ncertificates = ['a.example']",
        "listen.tls_clients and listen.certificates go",
    ),
    "tenant": (
        "[listen.microsoft365]\ntenant='x'\norganisation='a.example'\nnetworks=['10.0.0.0/8']",
        "listen.microsoft365.tenant: a tenant's id looks like",
    ),
    "tenant from nowhere": (
        "[listen.microsoft365]\ntenant='00112233-4455-6677-8899-aabbccddeeff'\n"
        "organisation='a.example'",
        "listen.microsoft365.networks: is missing",
    ),
    "no time at all": ("[listen]\nidle = 0", "listen.idle:"),
    "key alone": ("[next_hop]\nkey = 'k'", "next_hop.key is the key of next_hop.certificate"),
    "working hours": ("[review]\nworking_hours='9-5'", "review.working_hours: working hours look"),
    "time zone": ("[review]\ntime_zone='Mars'", "review.time_zone: 'Mars' is no time zone that"),
    "holiday": ("[review]\nholidays=['Christmas']", "review.holidays.0:"),
    "working time": ("[review]\nremind_after='1 hour'", "review.remind_after: working time is a"),
    "endless question": ("[review]\nanswer_within='0h'", "review.answer_within: a question has to"),
    "time of day": ("[review]\ndigest_at='half past eight'", "review.digest_at: a time of day"),
    "who is told outside": (
        "[review]\nescalate_to=['chief@elsewhere.example']",
        "review.escalate_to: chief@elsewhere.example is not in organisation.domains",
    ),
    "who is on duty outside": (
        "[review]\nduty_officers=['dora@council.example', 'x@y.example']",
        "review.duty_officers: x@y.example is not in organisation.domains",
    ),
    "no address": ("[review]\nescalate_to=['chief']", "review.escalate_to.0:"),
    "budget": ("[review]\ndaily_budget=-1", "review.daily_budget:"),
    "unknown key": (
        "[listen]\nsmpt = 'x:1'",
        "unknown key listen.smpt; did you mean listen.smtp? docs/settings.md lists",
    ),
    "unknown section": ("[lisen]\nsmtp = 'x:1'", "unknown key lisen; docs/settings.md"),
    "base": ("[base]\nx = 1", "unknown key base"),
    "section that is none": ("gaps = 3", "gaps: "),
    "unknown gap": ("[gaps]\ntoo-big = ['mp4']", "unknown key gaps.too-big"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_file_and_key(tmp_path: Path, case: str) -> None:
    text, said = WRONG[case]
    # A bare key has to stand before the first table.
    whole = text + "\n" + WHO if not text.startswith("[") else WHO + text + "\n"

    said_with_place = re.sub(r"\.toml:\d+:", ".toml:", problem(tmp_path, whole))

    assert f"dlpguard.toml: {said}" in said_with_place


def test_a_client_may_have_half_of_all_connections_unless_said_otherwise(tmp_path: Path) -> None:
    assert 100 == settings(tmp_path, WHO).listen.most_of_one_client
    assert 1 == settings(tmp_path, WHO + "[listen]\nconnections = 1\n").listen.most_of_one_client
    text = WHO + "[listen]\nconnections = 10\nconnections_per_client = 9\n"
    assert 9 == settings(tmp_path, text).listen.most_of_one_client


def test_a_login_is_not_shown(tmp_path: Path) -> None:
    text = (
        f"[listen]\ntls_certificate = 'c'\ntls_key = 'k'\nlogins = [{{name='a', hash='{HASH}'}}]\n"
    )

    assert "argon2" not in repr(settings(tmp_path, WHO + text))


def test_a_tenant_can_stand_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = "00112233-4455-6677-8899-AABBCCDDEEFF"
    monkeypatch.setenv("DLPGUARD_LISTEN__MICROSOFT365__TENANT", tenant)
    text = WHO + "[listen.microsoft365]\norganisation = 'a.example'\nnetworks = ['10.0.0.0/8']\n"
    made = settings(tmp_path, text).listen.microsoft365

    assert made
    assert (tenant.lower(), ("10.0.0.0/8",)) == (made.tenant, made.networks)


@pytest.mark.parametrize("pattern", ["(?<=x)y", "(a", r"(\d)\1"])
def test_a_pattern_that_re2_does_not_take_is_refused(tmp_path: Path, pattern: str) -> None:
    text = WHO + f"case_references = ['ILS/\\d', '{pattern}']\n"
    said = problem(tmp_path, text)

    assert "organisation.case_references.1: not a pattern that google-re2 takes: " in said
    assert "b'" not in said


@pytest.mark.parametrize("region", ["UK", "gb", "GBR", ""])
def test_a_region_that_does_not_exist_is_refused(tmp_path: Path, region: str) -> None:
    said = problem(tmp_path, WHO + f'phone_region = "{region}"\n')

    assert 'phone_region: a country by the two letters of ISO 3166, such as "GB"' in said


def test_other_regions_can_be_chosen(tmp_path: Path) -> None:
    assert "DE" == settings(tmp_path, WHO + 'phone_region = "DE"\n').organisation.phone_region


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = problem(tmp_path, WHO + "[next_hop]\nport = 0\n[queue]\ngive_up = 'x'\n")

    assert 2 == len(said.splitlines())


@pytest.mark.parametrize("broken", [b"[organisation", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_not_toml_says_so(tmp_path: Path, broken: bytes) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(broken)

    with pytest.raises(ConfigurationError, match=r"broken\.toml(?::\d)?: not TOML"):
        load(file)


def test_a_file_that_is_missing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no such file.*--config"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path)


def test_the_environment_wins_and_the_rest_of_its_section_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLPGUARD_NEXT_HOP__HOST", "mx.council.example")
    monkeypatch.setenv("DLPGUARD_ORGANISATION__DOMAINS", '["a.example", "b.example"]')
    monkeypatch.setenv("DLPGUARD_QUEUE__GIVE_UP", "2d")
    hop = "[next_hop]\nhost = 'old.example'\nport = 26\n"
    made = settings(tmp_path, WHO + hop)

    assert ("mx.council.example", 26) == (made.next_hop.host, made.next_hop.port)
    assert ("a.example", "b.example") == made.organisation.domains
    assert 172800.0 == made.queue.give_up


def test_a_password_can_stand_in_the_environment_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLPGUARD_NEXT_HOP__PASSWORD", "hunter2")
    made = settings(tmp_path, WHO)

    assert "hunter2" == made.next_hop.password
    assert "hunter2" not in repr(made)


def test_gaps_have_names_without_hyphens_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = WHO + '[gaps]\ntoo-large = ["iso"]\ntoo-slow = ["pdf"]\n'
    before = settings(tmp_path, text).gaps
    monkeypatch.setenv("DLPGUARD_GAPS__TOO_LARGE", '["mp4"]')
    after = settings(tmp_path, text).gaps

    assert (("iso",), ("pdf",)) == (before.too_large, before.too_slow)
    assert (("mp4",), ("pdf",)) == (after.too_large, after.too_slow)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DLPGUARD_LISTEN__SMPT", "x", "unknown key listen.smpt"),
        ("DLPGUARD_POLICY__MODE", "enforce", "DLPGUARD_POLICY__MODE: unknown key"),
        ("DLPGUARD_ORGANISATION__DOMAINS", "council.example", "are JSON"),
        ("DLPGUARD_LISTEN", "127.0.0.1:25", "are JSON"),
        ("DLPGUARD_POLICIES__MODE", "enforced", "policies.mode: must be 'observe'"),
    ],
)
def test_a_variable_that_is_wrong_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)

    assert said in problem(tmp_path, WHO)


def test_variables_of_others_that_begin_alike_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kubernetes gives every container the addresses of a service called dlpguard."""
    monkeypatch.setenv("DLPGUARD_PORT_2525_TCP_ADDR", "10.0.0.1")
    monkeypatch.setenv("DLPGUARD_BASE", "/somewhere/else")

    assert tmp_path == settings(tmp_path, WHO).base


def test_relative_paths_start_from_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "dlpguard.toml").write_text(WHO)
    monkeypatch.chdir(tmp_path)
    made = load(Path("etc") / "dlpguard.toml")

    assert tmp_path / "etc" / "dlpguard.key" == made.path(made.store.key_file)
    assert Path("/run/key") == made.path("/run/key")


def test_settings_can_be_built_without_a_file() -> None:
    made = build({"organisation": {"domains": ["a.example"]}}, Path("/srv"), "a test")

    assert Path("/srv/x") == made.path("x")
    with pytest.raises(ConfigurationError, match=r"a test: organisation\.domains"):
        build({"organisation": {"domains": []}}, Path("/srv"), "a test")
