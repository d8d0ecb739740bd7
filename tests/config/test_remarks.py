"""What is doubtful or wrong in settings that are taken all the same."""

from __future__ import annotations

import pytest

from dlpguard.config.remarks import Remark, remarks
from tests.config.conftest import Make

WRONG = {
    "certificate": ("[listen]\ntls_certificate='c.pem'\ntls_key='k.pem'\n", "listen.tls_key"),
    "authorities": ("[next_hop]\nauthorities='none.pem'\n", "next_hop.authorities"),
    "password file": (
        "[next_hop]\nusername='u'\npassword_file='none'\n",
        "next_hop.password_file",
    ),
    "database's": (
        "[store]\nurl='postgresql://a@b/c'\npassword_file='none'\n",
        "store.password_file",
    ),
    "one port for two": ("[listen]\nsmtp='127.0.0.1:80'\nweb='127.0.0.1:80'\n", "listen.web"),
    "a circle": ("[next_hop]\nport=2525\n", "next_hop.port"),
    "a circle by name": (
        "[listen]\nsmtp='0.0.0.0:25'\nname='relay.council.example'\n"
        "[next_hop]\nhost='relay.council.example'\nport=25\n",
        "next_hop.port",
    ),
    "a password in the clear": (
        "[next_hop]\ntls='none'\nusername='u'\npassword='p'\n",
        "next_hop.username",
    ),
    "no password": ("[next_hop]\nusername='u'\n", "next_hop.username"),
    "no policies": ("[policies]\ndirectory='none'\n", "policies.directory"),
}

DOUBTFUL = {
    "a site without TLS": ("[listen]\nweb='0.0.0.0:80'\n", "listen.web"),
    "a site without address": ("", "listen.site"),
    "a site in the clear": ("[listen]\nsite='http://mail.council.example'\n", "listen.site"),
    "everybody": ("[listen]\nclients=['0.0.0.0/0']\n", "listen.clients"),
    "proxies everywhere": ("[listen]\nsmtp_proxies=['10.0.0.0/8']\n", "listen.smtp_proxies"),
    "a client among proxies": (
        "[listen]\nclients=['10.0.0.4/32']\nsmtp_proxies=['10.0.0.0/24']\n",
        "listen.smtp_proxies",
    ),
    "nearly everybody": ("[listen]\nclients=['2000::/3']\n", "listen.clients"),
    "another tenant": (
        "[listen.microsoft365]\ntenant='00112233-4455-6677-8899-aabbccddeeff'\n"
        "organisation='elsewhere.example'\nnetworks=['192.0.2.0/24']\n",
        "listen.microsoft365.organisation",
    ),
    "a password for nobody": ("[next_hop]\npassword='p'\n", "next_hop.username"),
    "mail in the clear": ("[next_hop]\nhost='h.example'\ntls='none'\n", "next_hop.tls"),
    "a retry": ("[queue]\nfirst_retry='2h'\n", "queue.first_retry"),
    "a notice too late": ("[queue]\ntell_delay='6d'\n", "queue.tell_delay"),
    "a document": ("[inspect]\ndocument_seconds='2m'\n", "inspect.document_seconds"),
    "settling": ("[campaign]\nsettle='2h'\n", "campaign.settle"),
    "a partner inside": (
        "[[organisation.partners]]\ndomain='council.example'\n",
        "organisation.partners",
    ),
    "one factor": (
        "[listen]\nweb='10.0.0.1:80'\n[review]\nsecond_factor=false\n",
        "review.second_factor",
    ),
}


def about(found: tuple[Remark, ...], key: str) -> Remark:
    """The remark about a key."""
    return next(remark for remark in found if remark.key == key)


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_place_and_what_to_do(make: Make, case: str) -> None:
    text, key = WRONG[case]
    found = about(remarks(make(text)), key)

    assert found.is_wrong
    assert "dlpguard.toml:" in found.where
    assert found.advice


@pytest.mark.parametrize("case", DOUBTFUL)
def test_what_is_doubtful_is_said(make: Make, case: str) -> None:
    text, key = DOUBTFUL[case]
    found = about(remarks(make(text)), key)

    assert not found.is_wrong
    assert found.advice


def test_what_is_right_has_nothing_said_of_it(make: Make) -> None:
    text = (
        "[listen]\nsmtp='10.0.0.5:25'\nsite='https://dlpguard.council.example'\n"
        "clients=['10.0.0.0/8', '192.0.2.0/24', '2001:db8:40::/48']\n"
        "[next_hop]\nhost='smarthost.example'\nport=25\n"
    )

    assert () == remarks(make(text))


def test_a_secret_that_everybody_may_read_is_noticed(make: Make) -> None:
    settings = make("[next_hop]\nusername='u'\npassword_file='secret'\n")
    secret = settings.path("secret")
    secret.write_text("hunter2")
    secret.chmod(0o644)
    open_to_all = about(remarks(settings), "next_hop.password_file")
    secret.chmod(0o640)

    assert f"run: chmod o= {secret}" == open_to_all.advice
    assert "next_hop.password_file" not in {remark.key for remark in remarks(settings)}


def test_a_password_in_a_file_that_everybody_may_read_is_noticed(make: Make) -> None:
    settings = make("[next_hop]\nusername='u'\npassword='hunter2'\n")
    assert settings.source.file
    settings.source.file.chmod(0o644)
    found = about(remarks(settings), "next_hop.password")
    settings.source.file.chmod(0o600)

    assert "chmod o=" in found.advice
    assert "hunter2" not in str(found)
    assert "next_hop.password" not in {remark.key for remark in remarks(settings)}


def test_what_is_wrong_comes_first(make: Make) -> None:
    found = remarks(make("[listen]\nclients=['0.0.0.0/0']\n[next_hop]\nport=2525\n"))

    assert [one.is_wrong for one in found] == sorted((one.is_wrong for one in found), reverse=True)
