"""docker-compose.yml by its published schema, and by what our Dockerfile and settings say."""

from __future__ import annotations

import ipaddress
import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

import dlpguard
from dlpguard import config
from tests import _needs
from tests.deploy import _compose
from tests.deploy._compose import ROOT, Service

SERVICES = _compose.services()
SETTINGS = ROOT / "deploy/compose/dlpguard.toml"
HAPROXY = ROOT / "deploy/haproxy/haproxy.cfg"


def test_it_is_what_the_compose_specification_asks_for() -> None:
    _needs.need_module("check_jsonschema", "check-jsonschema")
    schema = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"

    jsonschema.validate(_compose.read(), json.loads(schema.read_text("utf-8")))


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
def test_no_service_has_more_rights_than_it_needs(service: Service) -> None:
    values = service.values

    assert (True, ["ALL"], ["no-new-privileges:true"]) == (
        values["read_only"],
        values["cap_drop"],
        values["security_opt"],
    )
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & values.keys()
    assert not any("docker.sock" in mount.source for mount in service.mounts)
    assert all("noexec" in mount for mount in values.get("tmpfs", ()))


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
def test_no_service_can_be_reached_from_other_machines_unless_somebody_says_so(
    service: Service,
) -> None:
    assert all(published.startswith("127.0.0.1:") for published in service.published)


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
def test_what_a_service_mounts_is_there_and_cannot_be_changed_by_it(service: Service) -> None:
    volumes = set(_compose.read()["volumes"])
    for mount in service.mounts:
        if mount.is_volume:
            assert mount.source in volumes
        else:
            assert (ROOT / mount.source).exists(), mount.source
            assert mount.is_read_only


def test_images_are_of_one_version() -> None:
    images = [str(service.values["image"]) for service in SERVICES.values()]

    assert f"dlpguard:{dlpguard.__version__}" in images
    assert not [image for image in images if ":" not in image or image.endswith(":latest")]


def test_every_service_that_stays_has_a_health_check() -> None:
    assert {"keys"} == {name for name, service in SERVICES.items() if not service.health_check}


def test_every_node_has_the_same_keys_settings_and_policies() -> None:
    ours = [service for service in SERVICES.values() if service.is_ours]

    assert 4 == len(ours)
    assert len({service.mounts for service in ours}) == 1


def test_no_password_stands_in_the_file() -> None:
    names = {name for one in SERVICES.values() for name in one.values.get("environment", {})}
    given = config.load(SETTINGS)

    assert ["POSTGRES_PASSWORD_FILE"] == [name for name in names if "PASSWORD" in name]
    assert ("", "") == (given.store.password, given.next_hop.password)
    ignored = (ROOT / "deploy/compose/.gitignore").read_text("utf-8").split()
    [secret] = _compose.read()["secrets"].values()
    assert Path(secret["file"]).parent.name + "/" in ignored


def test_haproxy_is_the_only_one_who_may_say_who_connects() -> None:
    settings = config.load(SETTINGS)
    network = _compose.read()["networks"]["inside"]["ipam"]["config"][0]
    address = SERVICES["haproxy"].values["networks"]["inside"]["ipv4_address"]

    assert (f"{address}/32",) == settings.listen.smtp_proxies
    assert (f"{network['gateway']}/32",) == settings.listen.clients
    assert ipaddress.ip_address(address) in ipaddress.ip_network(network["subnet"])
    assert network["subnet"] in settings.metrics.clients


def test_haproxy_and_prometheus_know_every_node() -> None:
    relays = {name for name, one in SERVICES.items() if one.is_ours and "edge" in one.command}
    nodes = {name for name, one in SERVICES.items() if one.is_ours and one.health_check}
    words = [line.split() for line in HAPROXY.read_text("utf-8").splitlines()]
    prometheus = YAML(typ="safe").load(ROOT / "deploy/compose/prometheus.yml")
    targets = [t for job in prometheus["scrape_configs"] for t in job["static_configs"]]

    assert relays == {line[1] for line in words if line[:1] == ["server"]}
    assert nodes | {"haproxy"} == {t.split(":")[0] for one in targets for t in one["targets"]}
