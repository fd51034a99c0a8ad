"""Short ways to write baskets and promotions in tests. Amounts are minor units; ids are small numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shangmai.kernel.clock import Period
from shangmai.modules.catalog.contract import CategoryId, ProductId, SkuId
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.pricing.contract import (
    Basket,
    BasketLine,
    Benefit,
    Layer,
    Policy,
    Promotion,
    PromotionId,
    Quote,
    Scope,
    Selection,
    When,
)
from shangmai.modules.pricing.rules.index import PromotionIndex
from shangmai.modules.pricing.rules.quoting import quote

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)
ALWAYS = When(period=Period(NOW - timedelta(days=30)))
SHOP = ShopId(UUID(int=900))


def sku(n: int) -> SkuId:
    return SkuId(UUID(int=n))


def category(n: int) -> CategoryId:
    return CategoryId(UUID(int=500 + n))


def promo_id(n: int) -> PromotionId:
    return PromotionId(UUID(int=700 + n))


def line(n: int, qty: int, list_minor: int, **more: Any) -> BasketLine:
    """Line `n` of SKU `n`, unless said otherwise."""
    facts: dict[str, Any] = {"key": n, "sku_id": sku(n), "product_id": ProductId(UUID(int=300 + n))}
    return BasketLine(qty=qty, list_minor=list_minor, **(facts | more))


def basket(*lines: BasketLine, **more: Any) -> Basket:
    facts: dict[str, Any] = {"company_id": CompanyId(UUID(int=901)), "shop_id": SHOP, "currency": "CNY", "now": NOW}
    return Basket(lines=lines, **(facts | more))


def promo(n: int, layer: Layer, benefit: Benefit, **more: Any) -> Promotion:
    facts: dict[str, Any] = {"version": 1, "code": f"P{n:03}", "name": f"促销 {n}", "name_en": f"Promotion {n}"}
    return Promotion(id=promo_id(n), layer=layer, benefit=benefit, **({"when": ALWAYS} | facts | more))


def only(*skus: int) -> Scope:
    return Scope(include=Selection(skus=tuple(sku(n) for n in skus)))


def price(of: Basket, promotions: Sequence[Promotion], policy: Policy | None = None) -> Quote:
    """Quote, and check what must hold for every quote."""
    answer = quote(of, PromotionIndex(promotions), policy or Policy())
    check_sums(of, answer)
    return answer


def paid(of: Basket, *promotions: Promotion, policy: Policy | None = None) -> list[int]:
    """What each line comes to."""
    return [one.paid_minor for one in price(of, promotions, policy).lines]


def check_sums(of: Basket, answer: Quote) -> None:
    """List − steps = paid on every line; floors hold; funders and totals add up; each promotion is told of once."""
    floors = {one.key: min(one.floor_minor or 0, one.list_minor) * one.qty for one in of.lines}
    steps = [step for one in answer.lines for step in one.steps] + list(answer.freight_steps)
    for one in answer.lines:
        assert one.list_minor - sum(step.amount_minor for step in one.steps) == one.paid_minor
        assert one.paid_minor >= max(floors[one.key], one.deposit_minor, 0)
        assert one.points == sum(step.points for step in one.steps)
    for step in steps:
        assert step.amount_minor == sum(share.amount_minor for share in step.funders) > 0 or step.points
    totals = answer.totals
    assert totals.goods_minor == sum(one.list_minor for one in answer.lines)
    assert totals.off_minor + totals.freight_off_minor == sum(step.amount_minor for step in steps)
    assert totals.off_minor + totals.freight_off_minor == sum(one.amount_minor for one in totals.funders)
    assert totals.off_minor + totals.freight_off_minor == sum(one.amount_minor for one in answer.applied)
    assert totals.points == sum(one.points for one in answer.applied) <= of.points_available
    tax_on_top = 0 if answer.policy.tax_included else totals.tax_minor
    rest = totals.goods_minor - totals.off_minor + totals.freight_minor - totals.freight_off_minor + tax_on_top
    assert rest == totals.payable_minor >= 0
    assert totals.deposit_minor + totals.balance_minor == (totals.payable_minor if totals.deposit_minor else 0)
    told = [one.promotion_id for one in answer.applied] + [one.promotion_id for one in answer.refused]
    assert len(told) == len(set(told))


def reasons(answer: Quote) -> dict[str, str]:
    return {one.code: one.why.value for one in answer.refused}
