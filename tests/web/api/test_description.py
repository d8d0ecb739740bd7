"""The API's description of itself: whole, true, and enough to write a client from."""

from __future__ import annotations

from collections import Counter
from typing import Any

import jsonschema
import pytest
from fastapi.routing import APIRoute

from dlpguard.web.api import create, routers
from dlpguard.web.roles import Right
from dlpguard.web.scopes import SCOPES, scope
from dlpguard.web.throttle import Throttle
from tests.web._site import Desk
from tests.web.api._program import program
from tests.web.api.test_scopes import NEEDS


@pytest.fixture
def described(here: Desk) -> dict[str, Any]:
    answer = program(here).get("http://testserver/api/openapi.json")
    assert 200 == answer.status_code
    made: dict[str, Any] = answer.json()
    return made


def operations(described: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, item in described["paths"].items()
        for method, operation in item.items()
    }


def test_every_route_is_described_and_nothing_else(described: dict[str, Any]) -> None:
    assert {(method, f"/v1{path}") for method, path in NEEDS} == set(operations(described))
    assert "3.1.0" == described["openapi"]
    assert [{"url": "/api"}] == described["servers"]


def test_each_says_what_it_does_what_it_takes_and_what_can_come_of_it(
    described: dict[str, Any],
) -> None:
    for (method, path), operation in operations(described).items():
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"].rstrip().endswith("."), where
        assert operation["tags"], where
        needs = NEEDS[method, path.removeprefix("/v1")]
        scopes = [scope(needs)] if isinstance(needs, Right) else []
        assert [{"token": scopes}] == operation["security"], where
        statuses = set(operation["responses"])
        expected = {"401", "429", "503"} | ({"403"} if scopes else set())
        assert expected <= statuses, where
        assert {"200", "204"} & statuses, where
        if "{id}" in path:
            assert {"404", "422"} <= statuses, where
        if "requestBody" in operation:
            assert {"413", "422"} <= statuses, where
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description") or parameter["schema"].get("description"), where
        for status, answer in operation["responses"].items():
            assert answer["description"], where
            if status >= "400":
                assert ["application/problem+json"] == list(answer["content"]), (where, status)


def test_operations_have_names_that_are_one_of_a_kind_and_stay(described: dict[str, Any]) -> None:
    """Clients are generated from these names: a change of one is a change of the API."""
    names = [operation["operationId"] for operation in operations(described).values()]

    assert [] == [name for name, n in Counter(names).items() if n > 1]
    assert {
        "me",
        "list_queue",
        "get_message",
        "get_history",
        "list_people",
        "list_recipients",
        "get_file",
        "reveal_message",
        "download_message",
        "return_message",
        "ask_sender",
        "release_message",
        "undo_release",
        "set_owner",
        "add_comment",
        "mark_message",
        "raise_alarm",
        "list_emergencies",
        "look_into_emergency",
        "get_figures",
        "list_policies",
        "get_policy",
        "list_flows",
        "list_audit",
        "verify_audit",
        "get_health",
        "list_accounts",
    } == set(names)


def test_every_model_and_every_field_of_a_request_is_described(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    for name, model in schemas.items():
        assert model.get("description") or "enum" in model, name
    requests = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
        for operation in operations(described).values()
        if "requestBody" in operation
    }
    for name in requests:
        assert schemas[name]["additionalProperties"] is False, name


def test_the_examples_are_right(described: dict[str, Any]) -> None:
    checked = 0
    schemas = described["components"]["schemas"]
    for name, model in schemas.items():
        for field, schema in model.get("properties", {}).items():
            for example in schema.get("examples", ()):
                jsonschema.validate(example, schema | {"components": {"schemas": schemas}})
                checked += 1
                assert name
                assert field
    assert checked > 20


def test_a_route_without_a_right_would_be_noticed() -> None:
    """Every route asks for a token: none is open by having been forgotten."""
    for router in routers():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            assert any(d.call is not None for d in route.dependant.dependencies), route.path


def test_there_is_no_page_that_loads_scripts_from_elsewhere(here: Desk) -> None:
    client = program(here)
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert 404 == client.get(f"http://testserver/api{path}").status_code


def test_the_description_says_what_tokens_look_like_and_what_scopes_there_are(
    described: dict[str, Any], here: Desk
) -> None:
    scheme = described["components"]["securitySchemes"]["token"]
    assert ("http", "bearer") == (scheme["type"], scheme["scheme"])
    for name, right in SCOPES.items():
        assert f"`{name}`: {right}" in described["info"]["description"]
    assert create(here.site, Throttle()).openapi()["paths"] == described["paths"]
