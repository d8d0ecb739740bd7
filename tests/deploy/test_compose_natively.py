"""What docker-compose.yml starts takes mail through HAProxy, holds a leak, and survives a relay."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Iterator

import httpx2 as httpx
import pytest

from tests import _needs
from tests.deploy._stack import Stack, stack, start_prometheus
from tests.journeys._programs import DEADLINE, wait_until
from tests.web._site import PASSWORD, SAMPLES, csrf

ANN = "ann.bee@council.example"
RITA = "rita.reid@council.example"
LEAK = SAMPLES / "mail/a4e-xlsx.eml"


@pytest.fixture(scope="module")
def running() -> Iterator[Stack]:
    with stack() as made:
        yield made


def send(running: Stack, subject: str) -> str:
    """An ordinary message; returns which relay took it."""
    with running.client() as client:
        client.sendmail(ANN, ["dan@outside.example"], f"Subject: {subject}\r\n\r\nAt two?\r\n")
    wait_until(lambda: running.mailbox.has(subject.encode()), f"{subject} to arrive")
    return running.mailbox.one(subject.encode()).decode()


def test_mail_arrives_and_says_from_whom_it_really_came(running: Stack) -> None:
    arrived = send(running, "Thursday")

    assert f"[{running.prefix}1]" in arrived.partition("Subject:")[0]
    assert running.address("haproxy") not in arrived


def test_who_is_no_client_is_none_behind_haproxy_either(running: Stack) -> None:
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        running.client(99)

    assert 554 == refused.value.smtp_code


def test_a_leak_is_held_and_a_reviewer_sees_it(running: Stack) -> None:
    words = ("user", "add", RITA, "--role", "reviewer", "--config", "/etc/dlpguard/dlpguard.toml")
    running.run("site", *words, given=f"{PASSWORD}\n".encode())
    with running.client() as client:
        client.sendmail(ANN, ["someone@webmail.example"], LEAK.read_bytes())
    base = f"http://{running.address('site')}:8080"
    with httpx.Client(base_url=base, timeout=DEADLINE, trust_env=False) as visitor:
        data = {"csrf": csrf(visitor.get("/sign-in").text), "name": RITA, "password": PASSWORD}
        visitor.post("/sign-in", data=data)
        wait_until(lambda: "40 people in sight" in visitor.get("/queue").text, "the queue")

    to = [address for mail in running.mailbox.mails for address in mail.rcpt_tos]
    assert not [address for address in to if address.endswith("@webmail.example")]


def test_prometheus_asks_every_node_and_knows_the_alerts(running: Stack) -> None:
    _needs.need(shutil.which("prometheus") is not None, "prometheus")
    start_prometheus(running)
    base = f"http://{running.address('prometheus')}:9090/api/v1"
    with httpx.Client(base_url=base, timeout=DEADLINE, trust_env=False) as client:

        def up() -> list[str]:
            found = client.get("/query", params={"query": "up == 1"}).json()["data"]["result"]
            return sorted(one["metric"]["instance"] for one in found)

        wanted = [("haproxy", 8404), ("relay-1", 8081), ("relay-2", 8081), ("site", 8081)]
        nodes = sorted(f"{running.address(name)}:{port}" for name, port in wanted)
        wait_until(lambda: up() == nodes, "Prometheus to have asked everybody")
        groups = client.get("/rules").json()["data"]["groups"]

    assert "DlpguardNodeDown" in {rule["name"] for group in groups for rule in group["rules"]}


def test_mail_flows_on_when_a_relay_is_gone(running: Stack) -> None:
    running.kill("relay-1")

    for number in range(4):
        send(running, f"after the death {number}")
