"""A posting rule is tried on what has happened before it is published."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from shangmai.kernel.actors import DIMENSIONS, EVERYTHING, SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.modules.ledger import http
from shangmai.modules.organization.contract import CompanyId
from tests.ledger.conftest import Happen
from tests.routes import reading

ADJUSTED = "inventory.adjusted.v1"


def accountant(*companies: UUID) -> Actor:
    scopes = dict.fromkeys(DIMENSIONS, EVERYTHING) | {"company": frozenset(companies)}
    return Actor(id=uuid4(), kind="user", name="a", grants=frozenset({"ledger.read"}), scopes=scopes)


def rule(company: CompanyId, **more: Any) -> dict[str, Any]:
    line = {"debit": {"account": "5602"}, "credit": {"account": "1405"}, "amount": "loss_minor"}
    published = {
        "company_id": str(company),
        "name": "own.loss",
        "event": ADJUSTED,
        "when": [{"field": "loss_minor", "op": "ge", "value": 500}],
        "lines": [line],
        "summary": "盘亏 {number}",
    }
    return {"company_id": str(company), "rule": published | more}


async def ask(db: Database, actor: Actor, body: dict[str, Any]) -> tuple[int, Any]:
    async with reading(db, http.routes, actor) as client:
        answer = await client.post("/api/v1/ledger/rule-trials", json=body)
        return answer.status_code, answer.json()


async def test_a_rule_says_what_it_would_have_posted(db: Database, company: CompanyId, happen: Happen) -> None:
    await happen(ADJUSTED, {"number": "A1", "loss_minor": 700, "gain_minor": 0, "currency": "CNY"}, key="a1")
    await happen(ADJUSTED, {"number": "A2", "loss_minor": 400, "gain_minor": 0, "currency": "CNY"}, key="a2")
    await happen(ADJUSTED, {"number": "A3", "loss_minor": 10**19, "gain_minor": 0, "currency": "CNY"}, key="a3")
    await happen(ADJUSTED, {"number": "B1", "loss_minor": 900, "company_id": str(uuid4())}, key="b1")
    await happen("inventory.received.v1", {"number": "C1", "loss_minor": 900}, key="c1")
    before = await entries(db)
    status, told = await ask(db, accountant(company), rule(company))
    assert status == 200
    assert (told["looked"], told["met"], told["unfit"]) == (3, 2, 1)
    unfit, met = told["shown"]
    assert (unfit["key"], unfit["lines"]) == ("a3", [])
    assert "loss_minor" in unfit["problem"]
    assert (met["summary"], met["currency"], met["problem"]) == ("盘亏 A1", "CNY", "")
    assert met["lines"] == [{"debit": "5602", "credit": "1405", "amount_minor": 700}]
    assert await entries(db) == before


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"lines": [{"debit": {"account": "9999"}, "credit": {"account": "1405"}, "amount": "loss_minor"}]}, "9999"),
        ({"when": [{"field": "nothing", "op": "eq", "value": 1}]}, "nothing"),
    ],
)
async def test_a_rule_that_could_not_be_published_says_why(
    db: Database, company: CompanyId, more: dict[str, Any], word: str
) -> None:
    status, told = await ask(db, accountant(company), rule(company, **more))
    assert (status, told["code"]) == (422, "ledger.RuleInvalid")
    assert word in str(told["data"])


async def test_nobody_tries_on_another_company(db: Database, company: CompanyId) -> None:
    assert (await ask(db, accountant(uuid4()), rule(company)))[0] == 403


async def test_events_tell_their_fields(db: Database, company: CompanyId) -> None:
    async with reading(db, http.routes, accountant(company)) as client:
        shapes = (await client.get("/api/v1/ledger/rule-events")).json()
    for shape in shapes:
        assert "company_id" in [field["name"] for field in shape["fields"]]


async def entries(db: Database) -> int:
    async with db.reading(SYSTEM) as tx:
        count: int = await tx.fetchval("SELECT count(*) FROM ledger_entries")
        return count
