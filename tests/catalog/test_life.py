"""The life of a product: draft, in review, approved for a time, listed, delisted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog import rules, service
from shangmai.modules.catalog.contract import (
    ApproveProduct,
    ListTimePast,
    NeverListed,
    NothingToSell,
    NotInReview,
    NotOnOffer,
    NotToReview,
    OnOffer,
    ProductChangedMeanwhile,
    ProductId,
    ProductStatus,
    ReviewRequired,
)
from shangmai.modules.catalog.jobs import list_due
from shangmai.modules.catalog.rules import Reviewer, Standing, Step
from tests.catalog.test_products import events, new_sku, product

HOUR = timedelta(hours=1)
SELLER = Actor(
    id=new_id(),
    kind="user",
    name="seller",
    grants=frozenset(
        f"catalog.{verb}"
        for verb in ("create_product", "update_product", "update_sku", "list_product", "delist_product",
                     "submit_for_review", "reject_product")
    ),
)  # fmt: skip
REVIEWER = Actor(id=new_id(), kind="user", name="reviewer", grants=frozenset({"catalog.*"}))


async def make(act, code: str = "P", **sku: Any) -> dict[str, Any]:
    made = await act("catalog.create_product", product(code, new_sku(f"{code}-1", **sku)))
    return {"product_id": str(made.id)}


async def standing(conn: asyncpg.Connection[Any]) -> tuple[Any, ...]:
    row = await conn.fetchrow("SELECT status, version, reviewed, listed_at, list_at, submitted_at FROM products")
    assert row is not None
    return tuple(row)


class TestReview:
    async def test_submitted_rejected_submitted_approved(self, act, admin_conn) -> None:
        one = await make(act)
        assert (await act("catalog.submit_for_review", {**one, "note": "新品"}, actor=SELLER)).status == "in_review"
        assert (await act("catalog.submit_for_review", one, actor=SELLER)).status == "in_review"  # again: nothing
        rejected = await act("catalog.reject_product", {**one, "reason": "缺少主图"}, actor=REVIEWER)
        assert rejected.status is ProductStatus.DRAFT
        await act("catalog.submit_for_review", one, actor=SELLER)
        assert (await act("catalog.approve_product", one, actor=REVIEWER)).status is ProductStatus.LISTED
        rows = await admin_conn.fetch("SELECT verdict, version, by_name, reason FROM product_reviews ORDER BY seq")
        assert [tuple(row) for row in rows] == [
            ("submitted", 2, "seller", "新品"),
            ("rejected", 3, "reviewer", "缺少主图"),
            ("submitted", 4, "seller", ""),
            ("approved", 5, "reviewer", ""),
        ]
        told = await events(admin_conn, "catalog.product_reviewed.v1")
        assert [each["verdict"] for each in told] == ["submitted", "rejected", "submitted", "approved"]
        assert len(await events(admin_conn, "catalog.product_listed.v1")) == 1
        assert len(await events(admin_conn, "catalog.product_changed.v1")) == 4

    async def test_what_was_changed_since_it_was_looked_at_is_not_approved(self, act, admin_conn) -> None:
        one = await make(act)
        await act("catalog.submit_for_review", one)
        await act("catalog.update_product", {**one, "name": "改名"})
        before = await standing(admin_conn)
        with pytest.raises(ProductChangedMeanwhile):
            await act("catalog.approve_product", {**one, "version": 2})
        assert await standing(admin_conn) == before
        assert (await act("catalog.approve_product", {**one, "version": 3})).status is ProductStatus.LISTED

    @pytest.mark.parametrize(
        ("listed", "name", "more", "refusal"),
        [
            (True, "submit_for_review", {}, NotToReview),
            (True, "approve_product", {}, NotInReview),
            (True, "reject_product", {"reason": "x"}, NotInReview),
            (False, "reject_product", {"reason": "x"}, NotInReview),
            (False, "delist_product", {}, NeverListed),
            (False, "approve_product", {"list_at": "2020-01-01T00:00:00Z"}, ListTimePast),
        ],
    )
    async def test_refused_changes_nothing(self, act, admin_conn, listed, name, more, refusal) -> None:
        one = await make(act)
        if listed:
            await act("catalog.list_product", one)
        before = await standing(admin_conn)
        with pytest.raises(refusal):
            await act(f"catalog.{name}", {**one, **more})
        assert await standing(admin_conn) == before
        assert await admin_conn.fetchval("SELECT count(*) FROM product_reviews") == 0

    async def test_nothing_to_sell_is_not_approved(self, act) -> None:
        with pytest.raises(NothingToSell):
            await act("catalog.approve_product", await make(act, status="inactive"))


class TestByTime:
    async def test_it_goes_on_offer_when_its_time_has_come(self, act, runner, db: Database, admin_conn) -> None:
        one = await make(act)
        at = datetime.now(UTC) + HOUR
        approved = await act("catalog.approve_product", {**one, "list_at": at.isoformat()})
        assert approved.status is ProductStatus.APPROVED
        await list_due(runner)
        assert (await standing(admin_conn))[0] == "approved"
        await admin_conn.execute("UPDATE products SET list_at = now() - interval '1 second'")
        await list_due(runner)
        status, version, reviewed, listed_at, list_at, _ = await standing(admin_conn)
        assert (status, version, reviewed, list_at) == ("listed", 3, True, None)
        assert listed_at is not None
        await list_due(runner)  # nothing is due
        assert len(await events(admin_conn, "catalog.product_listed.v1")) == 1

    async def test_approved_ones_can_be_listed_at_once_or_sent_back(self, act, admin_conn) -> None:
        at = (datetime.now(UTC) + HOUR).isoformat()
        one = await make(act)
        await act("catalog.approve_product", {**one, "list_at": at})
        assert (await act("catalog.reject_product", {**one, "reason": "改期"})).status is ProductStatus.DRAFT
        await act("catalog.approve_product", {**one, "list_at": at})
        assert (await act("catalog.list_product", one)).status is ProductStatus.LISTED
        assert (await standing(admin_conn))[4] is None

    async def test_one_without_anything_to_sell_waits(self, act, runner, admin_conn) -> None:
        made = await act("catalog.create_product", product("P", new_sku("S")))
        one = {"product_id": str(made.id)}
        await act("catalog.approve_product", {**one, "list_at": (datetime.now(UTC) + HOUR).isoformat()})
        await admin_conn.execute("UPDATE products SET list_at = now() - interval '1 second'")
        await act("catalog.update_sku", {"sku_id": str(made.skus[0].id), "status": "inactive"})
        await list_due(runner)
        assert (await standing(admin_conn))[0] == "approved"


class TestWhereApprovalIsRequired:
    async def test_an_unreviewed_product_is_not_sellable(self, act, db: Database, admin_conn) -> None:
        await act("catalog.set_review_policy", {"required": True})
        made = await act("catalog.create_product", product("P", new_sku("S")), actor=SELLER)
        one, sku_id = {"product_id": str(made.id)}, made.skus[0].id

        async def offer() -> Any:
            async with db.reading(SYSTEM) as tx:
                return (await service.get_offers(tx, [sku_id]))[sku_id]

        for name in ("list_product", "submit_for_review", "list_product"):
            if name == "list_product":
                with pytest.raises(ReviewRequired):
                    await act(f"catalog.{name}", one, actor=SELLER)
            else:
                await act(f"catalog.{name}", one, actor=SELLER)
            with pytest.raises(NotOnOffer):
                service.check_sellable(await offer(), 1)
        await act("catalog.approve_product", one, actor=REVIEWER)
        service.check_sellable(await offer(), 1)
        await act("catalog.delist_product", one, actor=SELLER)
        with pytest.raises(NotOnOffer):
            service.check_sellable(await offer(), 1)
        await act("catalog.list_product", one, actor=SELLER)  # it was approved, and nothing was changed since
        service.check_sellable(await offer(), 1)

    async def test_who_may_approve_approves_by_listing(self, act, admin_conn) -> None:
        await act("catalog.set_review_policy", {"required": True})
        one = await make(act)
        await act("catalog.list_product", one, actor=REVIEWER)
        assert (await standing(admin_conn))[:3] == ("listed", 2, True)
        assert await admin_conn.fetchval("SELECT verdict FROM product_reviews") == "approved"

    async def test_others_change_nothing_on_offer_and_what_they_change_is_approved_anew(self, act, admin_conn) -> None:
        await act("catalog.set_review_policy", {"required": True})
        made = await act("catalog.create_product", product("P", new_sku("S", 900)))
        one, sku = {"product_id": str(made.id)}, {"sku_id": str(made.skus[0].id)}
        await act("catalog.approve_product", one, actor=REVIEWER)
        before = await standing(admin_conn)
        more = {**one, "skus": [new_sku("S2")]}
        shown = [
            ("update_product", {**one, "name": "假货"}),
            ("update_sku", {**sku, "name": "假货"}),
            ("add_skus", more),
        ]
        for name, do in shown:
            with pytest.raises(OnOffer):
                await act(f"catalog.{name}", do, actor=SELLER)
        await act("catalog.update_sku", {**sku, "weight_g": 5}, actor=SELLER)  # nobody reads that
        assert await standing(admin_conn) == before
        assert (await act("catalog.update_product", {**one, "name": "正品"}, actor=REVIEWER)).changed
        assert (await standing(admin_conn))[2]
        await act("catalog.delist_product", one, actor=SELLER)
        await act("catalog.update_product", {**one, "name": "新名"}, actor=SELLER)
        assert not (await standing(admin_conn))[2]
        with pytest.raises(ReviewRequired):
            await act("catalog.list_product", one, actor=SELLER)

    async def test_at_first_it_is_not(self, act, admin_conn) -> None:
        one = await make(act)
        assert (await act("catalog.list_product", one, actor=SELLER)).status is ProductStatus.LISTED


async def test_two_reviewers_at_once_decide_once(act, admin_conn) -> None:
    one = await make(act)
    await act("catalog.submit_for_review", one)
    told = await asyncio.gather(
        act("catalog.approve_product", one),
        act("catalog.reject_product", {**one, "reason": "不行"}),
        return_exceptions=True,
    )
    rows = await admin_conn.fetch("SELECT verdict FROM product_reviews ORDER BY seq")
    status = (await standing(admin_conn))[0]
    if isinstance(told[1], NotInReview):
        assert ([row["verdict"] for row in rows], status) == (["submitted", "approved"], "listed")
    else:  # rejected first: a draft, which may be approved all the same
        assert ([row["verdict"] for row in rows], status) == (["submitted", "rejected", "approved"], "listed")


async def test_staff_and_imports_may_sell_what_is_not_on_offer(world) -> None:
    """The check stands at the shop's own door; orders of staff and history brought in do not ask."""
    await world.sell(1)
    assert await world.count("products WHERE status = 'draft'") == 3


NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = ApproveProduct(product_id=ProductId(new_id()), list_at=NOW + HOUR)
AT_ONCE = ApproveProduct(product_id=ProductId(new_id()))
VERBS: dict[str, Callable[[Standing, Reviewer], Step]] = {
    "submit": rules.submitted,
    "approve": lambda now, by: rules.approved(now, AT_ONCE, by),
    "approve for later": lambda now, by: rules.approved(now, LATER, by),
    "reject": rules.rejected,
    "list": rules.listed,
    "delist": rules.delisted,
}
LIFE = {
    # from: what each verb leads to, in their order
    "draft": ("in_review", "listed", "approved", NotInReview, "listed", NeverListed),
    "in_review": ("in_review", "listed", "approved", "draft", "listed", NeverListed),
    "approved": (NotToReview, "listed", "approved", "draft", "listed", NeverListed),
    "listed": (NotToReview, NotInReview, NotInReview, NotInReview, "listed", "delisted"),
    "delisted": ("in_review", "listed", "approved", NotInReview, "listed", "delisted"),
}


def at(status: str, **more: Any) -> Standing:
    given: dict[str, Any] = {
        "id": ProductId(new_id()),
        "code": "P",
        "version": 1,
        "reviewed": status == "approved",
        "sellable": True,
    }
    return Standing(
        status=ProductStatus(status),
        submitted_at=NOW if status == "in_review" else None,
        list_at=NOW if status == "approved" else None,
        **given | more,
    )


@pytest.mark.parametrize(
    ("status", "verb", "outcome"),
    [(status, verb, each) for status, row in LIFE.items() for verb, each in zip(VERBS, row, strict=True)],
)
def test_where_every_step_leads(status: str, verb: str, outcome: Any) -> None:
    before, by = at(status), Reviewer(required=False, may_approve=False, at=NOW)
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            VERBS[verb](before, by)
        return
    after, verdict = VERBS[verb](before, by)
    assert after.status == outcome
    assert (after.submitted_at is not None) == (outcome == "in_review")
    assert (after.list_at is not None) == (outcome == "approved")
    if after is before:
        assert verdict is None
    else:
        assert after.version == 2


def test_every_status_says_where_it_leads() -> None:
    assert set(LIFE) == set(ProductStatus)


@pytest.mark.parametrize("status", ["draft", "in_review", "delisted"])
def test_where_approval_is_required_nothing_else_leads_to_being_listed(status: str) -> None:
    seller = Reviewer(required=True, may_approve=False, at=NOW)
    with pytest.raises(ReviewRequired):
        rules.listed(at(status), seller)
    after, verdict = rules.listed(at(status, reviewed=True), seller)
    assert (after.status, verdict) == ("listed", None)
    after, verdict = rules.listed(at(status), Reviewer(required=True, may_approve=True, at=NOW))
    assert (after.status, after.reviewed, verdict) == ("listed", True, "approved")


async def test_the_database_itself_keeps_times_and_states_together(act, admin_conn) -> None:
    await make(act)
    for change in ("submitted_at = now()", "list_at = now()", "status = 'approved'", "status = 'in_review'"):
        with pytest.raises(asyncpg.CheckViolationError):
            await admin_conn.execute(f"UPDATE products SET {change}")


async def test_reviews_and_titles_cannot_be_rewritten(act, db: Database) -> None:
    await act("catalog.approve_product", await make(act))
    for sql in (
        "UPDATE product_reviews SET reason = 'x'",
        "DELETE FROM product_reviews",
        "UPDATE product_titles SET name = 'x'",
        "DELETE FROM sku_titles",
        "UPDATE skus SET product_id = id",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction() as tx:
                await tx.execute(sql)
