"""Posting rules are data: versions, conditions, companies of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from msgspec import Struct

from shangmai.kernel.actions.contract import ACTIONS, Call, NotGranted, OutOfScope
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.contract import TYPES_BY_NAME, TYPES_BY_STRUCT, event
from shangmai.kernel.ids import new_id
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract.errors import (
    BooksNotOpen,
    PeriodClosed,
    RuleInvalid,
    RuleNotFound,
    RuleStartsTooEarly,
)
from shangmai.modules.ledger.rules.chart import DEFAULT_RULES
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act
from tests.ledger.conftest import MID_JANUARY, Happen, Post, closing, vouchers, written


class FeeCharged(Struct, frozen=True, kw_only=True):
    """What a module above might emit."""

    fee_id: UUID
    company_id: UUID
    platform: str
    amount_minor: int
    note: str | None = None


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    """The event is there while these tests run, and in nobody's list of events else."""
    event("ledgertest.fee_charged.v1", key="fee_id")(FeeCharged)
    yield
    del TYPES_BY_NAME["ledgertest.fee_charged.v1"], TYPES_BY_STRUCT[FeeCharged]


def rule(**change: Any) -> dict[str, Any]:
    return {
        "name": "fee",
        "event": "ledgertest.fee_charged.v1",
        "summary": "平台服务费 {platform}",
        "when": [{"field": "platform", "op": "in", "value": ["jd", "pdd"]}],
        "lines": [{"debit": {"account": "560102"}, "credit": {"account": "2241"}, "amount": "amount_minor"}],
        "active_from": "2026-01-01T00:00:00Z",
    } | change


def fee(platform: str = "jd", amount_minor: int = 100) -> dict[str, Any]:
    return {"fee_id": str(new_id()), "platform": platform, "amount_minor": amount_minor}


async def versions(db: Database, company: CompanyId, name: str = "fee") -> list[tuple[int, Any, Any]]:
    async with db.reading(SYSTEM) as tx:
        listed = await service.list_rules(tx, company)
    return [(one.version, one.active_from, one.active_to) for one in listed if one.name == name]


async def test_a_published_rule_posts(db: Database, company: CompanyId, act: Act, happen: Happen, post: Post) -> None:
    await act("ledger.publish_rule", rule())
    for platform in ("jd", "pdd", "taobao"):
        await happen("ledgertest.fee_charged.v1", fee(platform))
    await post()
    assert [(e.summary, e.rule, e.rule_version, written(e)) for e in await vouchers(db, company)] == [
        ("平台服务费 jd", "fee", 1, ["560102/2241 100"]),
        ("平台服务费 pdd", "fee", 1, ["560102/2241 100"]),
    ]


async def test_an_event_is_posted_by_the_version_of_its_time(
    db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
) -> None:
    await act("ledger.publish_rule", rule())
    second = rule(active_from="2026-02-01T00:00:00Z", lines=[rule()["lines"][0] | {"credit": {"account": "1012"}}])
    published = await act("ledger.publish_rule", second)
    assert (published.version, published.active_to) == (2, None)
    since, turn = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert await versions(db, company) == [(1, since, turn), (2, turn, None)]
    for at in (turn, datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)):
        await happen("ledgertest.fee_charged.v1", fee(), at=at)
    await post()
    assert [(e.rule_version, written(e)) for e in await vouchers(db, company)] == [
        (2, ["560102/1012 100"]),
        (1, ["560102/2241 100"]),
    ]


async def test_a_companys_own_rule_takes_the_place_of_the_general_one(
    db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
) -> None:
    other = (await act("organization.create_company", {"code": "BJ", "name": "北京"})).id
    await act("ledger.open_books", {"company_id": str(other)})
    await act("ledger.publish_rule", rule())
    own = rule(company_id=str(company), active_from="2026-01-10T00:00:00Z", lines=[], summary="不记账")
    await act("ledger.publish_rule", own)
    for at in (datetime(2026, 1, 5, tzinfo=UTC), MID_JANUARY):
        await happen("ledgertest.fee_charged.v1", fee(), at=at)
        await happen("ledgertest.fee_charged.v1", fee() | {"company_id": str(other)}, at=at)
    await post()
    assert await closing(db, company) == {"560102": 100, "2241": -100}
    assert await closing(db, CompanyId(other)) == {"560102": 200, "2241": -200}


async def test_a_retired_rule_posts_no_more(
    db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
) -> None:
    await act("ledger.publish_rule", rule())
    turn = datetime(2026, 1, 16, tzinfo=UTC)
    retired = await act("ledger.retire_rule", {"name": "fee", "active_to": turn.isoformat()})
    assert retired.active_to == turn
    for at in (MID_JANUARY, turn):
        await happen("ledgertest.fee_charged.v1", fee(), at=at)
    await post()
    assert await closing(db, company) == {"560102": 100, "2241": -100}
    with pytest.raises(RuleNotFound):
        await act("ledger.retire_rule", {"name": "fee"})
    with pytest.raises(RuleNotFound):
        await act("ledger.retire_rule", {"name": "fee", "company_id": str(company)})
    again = await act("ledger.publish_rule", rule(active_from="2026-01-20T00:00:00Z"))
    assert again.version == 2
    assert (await versions(db, company))[0][2] == turn


async def test_two_rules_of_one_event_make_two_vouchers_and_zero_lines_are_left_out(
    db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
) -> None:
    await act("ledger.publish_rule", rule())
    big = [{"field": "amount_minor", "op": "ge", "value": 100}, {"field": "note", "op": "eq", "value": None}]
    await act("ledger.publish_rule", rule(name="fee.tax", when=big, summary="大额"))
    await happen("ledgertest.fee_charged.v1", fee(amount_minor=100))
    await happen("ledgertest.fee_charged.v1", fee(amount_minor=99))
    await happen("ledgertest.fee_charged.v1", fee(amount_minor=0))
    await post()
    assert [(e.rule, written(e)) for e in await vouchers(db, company)] == [
        ("fee", ["560102/2241 100"]),
        ("fee.tax", ["560102/2241 100"]),
        ("fee", ["560102/2241 99"]),
    ]


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (
            {"lines": [{"debit": {"account": "9999"}, "credit": {"account": "2241"}, "amount": "amount_minor"}]},
            ["lines"],
        ),
        (
            {"lines": [{"debit": {"account": "2241"}, "credit": {"account": "2241"}, "amount": "amount_minor"}]},
            ["lines.0"],
        ),
        (
            {"lines": [{"debit": {"account": "1002"}, "credit": {"account": "2241"}, "amount": "platform"}]},
            ["lines.0.amount"],
        ),
        (
            {
                "lines": [
                    {
                        "debit": {"account": "1002", "party": "buyer_id"},
                        "credit": {"account": "2241", "party": "seller_id"},
                        "amount": "price_minor",
                    }
                ]
            },
            ["lines.0.amount", "lines.0.debit.party", "lines.0.credit.party"],
        ),
        ({"when": [{"field": "shop", "op": "eq", "value": "x"}]}, ["when.0.field"]),
        ({"when": [{"field": "platform", "op": "in", "value": "x"}]}, ["when.0.value"]),
        ({"when": [{"field": "platform", "op": "gt", "value": "x"}]}, ["when.0.value"]),
        ({"when": [{"field": "platform", "op": "eq", "value": ["x"]}]}, ["when.0.value"]),
        ({"summary": "{nothing}"}, ["summary"]),
        ({"summary": "{platform.__class__}"}, ["summary"]),
    ],
)
async def test_a_faulty_rule_is_refused_and_nothing_changes(
    db: Database, company: CompanyId, act: Act, change: dict[str, Any], places: list[str]
) -> None:
    with pytest.raises(RuleInvalid) as refused:
        await act("ledger.publish_rule", rule(**change))
    assert [field.path for field in refused.value.fields] == places
    assert await versions(db, company) == []


async def test_versions_go_forward_and_never_into_a_closed_period(db: Database, company: CompanyId, act: Act) -> None:
    await act("ledger.publish_rule", rule(active_from="2026-02-01T00:00:00Z"))
    for at in ("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"):
        with pytest.raises(RuleStartsTooEarly):
            await act("ledger.publish_rule", rule(active_from=at))
        with pytest.raises(RuleStartsTooEarly):
            await act("ledger.retire_rule", {"name": "fee", "active_to": at})
    await act("ledger.lock_period", {"company_id": str(company), "period": 202602})
    before = await versions(db, company)
    for owner in (None, str(company)):
        with pytest.raises(PeriodClosed):
            await act("ledger.publish_rule", rule(company_id=owner, active_from="2026-02-28T15:59:59Z"))
    with pytest.raises(PeriodClosed):
        await act("ledger.retire_rule", {"name": "fee", "active_to": "2026-02-20T00:00:00Z"})
    assert await versions(db, company) == before
    await act("ledger.publish_rule", rule(active_from="2026-02-28T16:00:00Z"))
    assert [version for version, _, _ in await versions(db, company)] == [1, 2]


async def test_many_at_once_give_versions_one_after_the_other(db: Database, company: CompanyId) -> None:
    spec = ACTIONS["ledger.publish_rule"]
    calls = [
        Call(
            action=spec.name,
            input=read_input(spec, rule(active_from=f"2026-01-{day:02}T00:00:00Z")),
            actor=SYSTEM,
            door="test",
        )
        for day in range(1, 9)
    ]
    answers = await asyncio.gather(*(Runner(db).run(call) for call in calls))
    assert {type(answer.error) for answer in answers} <= {type(None), RuleStartsTooEarly}
    found = await versions(db, company)
    assert [version for version, _, _ in found] == list(range(1, len(found) + 1))
    assert all(this[2] == following[1] for this, following in pairwise(found))


async def test_a_companys_accountant_publishes_for_it_alone(db: Database, company: CompanyId, act: Act) -> None:
    clerk = Actor(
        id=new_id(),
        kind="user",
        name="会计",
        grants=frozenset({"ledger.publish_rule"}),
        scopes={"company": frozenset({company})},
    )
    assert (await act("ledger.publish_rule", rule(company_id=str(company)), actor=clerk)).version == 1
    with pytest.raises(OutOfScope):
        await act("ledger.publish_rule", rule(name="general"), actor=clerk)
    with pytest.raises(OutOfScope):
        await act("ledger.publish_rule", rule(company_id=str(new_id())), actor=clerk)
    with pytest.raises(NotGranted):
        await act("ledger.retire_rule", {"name": "fee"}, actor=clerk)
    assert await versions(db, company, "general") == []
    async with db.reading(clerk) as tx:  # what applies to the company is seen, also the general ones
        assert len(await service.list_rules(tx, company)) == len(DEFAULT_RULES) + 1


async def test_a_rule_for_a_company_without_books_is_refused(unopened: CompanyId, act: Act) -> None:
    with pytest.raises(BooksNotOpen):
        await act("ledger.publish_rule", rule(company_id=str(unopened)))
