"""What the OpenAPI document promises, held against the application by requests made from it, right and wrong ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shangmai.apps import site, status, wiring
from shangmai.apps.api import default_authenticator
from shangmai.kernel.db.embedded import Server
from tests.doors.house import House, a_house
from tests.doors.test_matrix import NAMES

EXAMPLES: Final = {GenerationMode.POSITIVE: 5, GenerationMode.NEGATIVE: 3}
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ACTION: Final = "/api/v1/actions/"
ITEMS_MAX: Final = 3
"""Of a list that is made up, unless it must be longer: most of the time would go into drawing more of the same."""
UNAVAILABLE: Final = {"GET /readyz", "POST /api/v1/customer/code"}
"""Nothing is wrong when these answer 503: there is no worker here, and nobody who sends short messages."""


def _document() -> dict[str, Any]:
    """The one of the installation, without the actions that tests declare."""
    document = site.document([*status.routes, *wiring.routes()])
    document["paths"] = {
        path: methods
        for path, methods in document["paths"].items()
        if not path.startswith(ACTION) or path.removeprefix(ACTION) in NAMES
    }
    return document


def _operations(document: dict[str, Any]) -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(document)
    operations: list[Any] = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == sum(len(methods) for methods in document["paths"].values())
    return {one.label: one for one in operations}


def _with_short_lists(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_with_short_lists(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    short = {name: _with_short_lists(one) for name, one in schema.items()}
    if short.get("type") == "array":
        short["maxItems"] = min(short.get("maxItems", ITEMS_MAX), max(ITEMS_MAX, short.get("minItems", 0)))
    return short


DOCUMENT: Final = _document()
OPERATIONS: Final = _operations(DOCUMENT)
"""What answers are held against."""
ASKED: Final = _operations(_with_short_lists(DOCUMENT))
"""What requests are made from."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(server: Server, template: str) -> AsyncIterator[House]:
    async with a_house(server, template, default_authenticator()) as one:
        one.client.headers["authorization"] = f"Bearer {one.owner_key}"
        yield one


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("mode", list(EXAMPLES), ids=lambda mode: mode.value)
async def test_it_keeps_what_it_promises(house: House, label: str, mode: GenerationMode) -> None:
    for number, case in enumerate(_cases(ASKED[label], mode)):
        case.operation = OPERATIONS[label]
        if number % 2:
            _name_what_exists(case, house.ids)
        answer = await _send(house.client, case)
        case.validate_response(answer, checks=CHECKS[1:] if label in UNAVAILABLE else CHECKS)


def _cases(operation: Any, mode: GenerationMode) -> list[Any]:
    """The same few requests in every run, whatever else this process has loaded."""
    found: list[Any] = []

    @settings(
        max_examples=EXAMPLES[mode],
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        found.append(case)

    try:
        with _drawing_nothing_of_ours():
            collect()
    except Exception as error:
        if type(error).__name__ not in ("Unsatisfiable", "SkipTest", "Skipped"):
            raise  # an operation without any input cannot be asked wrongly
    return found


@contextmanager
def _drawing_nothing_of_ours() -> Iterator[None]:
    """Hypothesis likes to draw words and numbers that stand in the source of whichever modules are loaded by then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "_get_local_constants", Constants)  # patch: there are none
        providers.CONSTANTS_CACHE.cache.clear()
        yield
    providers.CONSTANTS_CACHE.cache.clear()


def _name_what_exists(case: Any, ids: dict[str, UUID]) -> None:
    """Put ids of existing things where the request names one."""
    for part in (case.path_parameters, case.query, case.body):
        for name in part if isinstance(part, dict) else ():
            known = ids.get("".join(word.capitalize() for word in name.split("_")))
            if known is not None and isinstance(part[name], str):
                part[name] = str(known)


async def _send(client: httpx.AsyncClient, case: Any) -> httpx.Response:
    given = case.as_transport_kwargs(base_url="http://test")
    headers = {name: text for name, text in given["headers"].items() if name.lower() != "authorization"}
    body = {name: given[name] for name in ("json", "content") if given.get(name) is not None}
    if given.get("data") is not None:
        body["content"] = given["data"]
    return await client.request(
        given["method"], given["url"], params=given.get("params"), headers=headers, cookies=given.get("cookies"), **body
    )
