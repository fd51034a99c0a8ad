"""What a promotion gives, in words, for each kind in both languages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from msgspec import convert

from shangmai.kernel.i18n import Lang
from shangmai.modules.pricing.contract import Benefit, Promotion
from shangmai.modules.pricing.rules import sentences
from shangmai.modules.pricing.rules.sentences import SAYING, Speech

TEA, CUP = UUID(int=1), UUID(int=2)
NAMES: dict[Lang, dict[UUID, str]] = {"zh-CN": {TEA: "龙井", CUP: "茶杯"}, "en": {TEA: "Longjing", CUP: "cup"}}
BALANCE = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-12T00:00:00Z"}


def promotion(benefit: dict[str, Any], **more: Any) -> Promotion:
    given = {
        "id": UUID(int=9), "version": 1, "code": "P", "name": "P", "layer": "order",
        "when": {"period": {"from": "2026-11-01T00:00:00Z"}}, "benefit": benefit, **more,
    }  # fmt: skip
    return convert(given, Promotion)


def speech(lang: Lang, currency: str = "CNY") -> Speech:
    return Speech(lang, currency, NAMES[lang])


def amount(*tiers: tuple[int, int], **more: Any) -> dict[str, Any]:
    return {"kind": "amount_off", "tiers": [{"at": at, "off": off} for at, off in tiers], **more}


def percent(*tiers: tuple[int, int], **more: Any) -> dict[str, Any]:
    return amount(*tiers, **more) | {"kind": "percent_off"}


GIFT = {"at": 29900, "items": [{"sku_id": str(CUP), "qty": 2}]}
SAID: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (amount((30000, 4000), every=True), {}, "每满300减40，上不封顶", "¥40 off every ¥300, without a cap"),
    (
        amount((30000, 4000), every=True),
        {"off_max_minor": 20000},
        "每满300减40，最多减200元",
        "¥40 off every ¥300, ¥200 at most",
    ),
    (
        amount((30000, 4000), (50000, 8050)),
        {},
        "满300减40，满500减80.5",
        "¥40 off from ¥300 on, ¥80.50 off from ¥500 on",
    ),
    (amount((0, 500)), {}, "立减5元", "¥5 off"),
    (amount((3, 500), measure="pieces"), {}, "满3件减5", "¥5 off from 3 pieces on"),
    (amount((100, 50), basis="list"), {}, "满1减0.5（按标价）", "¥0.50 off from ¥1 on (at list prices)"),
    (
        amount((10000, 500), every=True),
        {"times_per_order": 3},
        "每满100减5，最多 3 次",
        "¥5 off every ¥100, 3 times at most",
    ),
    (percent((30000, 1000)), {"off_max_minor": 5000}, "满300打9折，最多减50元", "10% off from ¥300 on, ¥50 at most"),
    (
        percent((2, 1500), (3, 2000), measure="pieces"),
        {},
        "满2件打8.5折，满3件打8折",
        "15% off from 2 pieces on, 20% off from 3 pieces on",
    ),
    (percent((0, 2000)), {}, "打8折", "20% off"),
    ({"kind": "price_for_pieces", "pieces": 3, "price_minor": 9900}, {}, "99元任选 3 件", "any 3 for ¥99"),
    ({"kind": "nth_discount"}, {}, "第 2 件半价", "piece no. 2 half price"),
    (
        {"kind": "nth_discount", "nth": 3, "off_bp": 10000, "same_sku": True},
        {},
        "第 3 件免费（同一 SKU）",
        "piece no. 3 free (of the same SKU)",
    ),
    ({"kind": "buy_x_get_y", "buy": 2}, {}, "买 2 送 1", "buy 2, get 1"),
    (
        {"kind": "buy_x_get_y", "buy": 2, "off_bp": 5000, "of": {"skus": [str(CUP)]}},
        {},
        "买 2 件，另 1 件5折（送：茶杯）",
        "buy 2, 1 more 50% off (of cup)",
    ),
    (
        {"kind": "bundle_price", "items": [{"sku_id": str(TEA)}, {"sku_id": str(CUP), "qty": 2}], "price_minor": 19900},
        {},
        "龙井 ×1 + 茶杯 ×2 打包 199元",
        "Longjing ×1 + cup ×2 together for ¥199",
    ),
    (
        {"kind": "add_on", "threshold": {"at": 10000}, "prices": [{"sku_id": str(CUP), "price_minor": 990}]},
        {},
        "满100加价换购，最多 1 件：茶杯 9.9元",
        "from ¥100 on: add-on, 1 at most: cup ¥9.90",
    ),
    ({"kind": "exchange"}, {}, "凭券免费兑换 1 件", "1 pieces free for a voucher"),
    ({"kind": "exchange", "price_minor": 100}, {}, "凭券 1 件，每件 1元", "1 pieces at ¥1 each for a voucher"),
    ({"kind": "gift", "tiers": [GIFT]}, {}, "满299赠 茶杯 ×2", "gift from ¥299 on: cup ×2"),
    (
        {"kind": "gift", "tiers": [GIFT], "every": True, "sets_max": 3, "pick": "chosen"},
        {},
        "每满299赠 茶杯 ×2，任选一种，最多 3 份",
        "gift for every ¥299: cup ×2, one of the buyer's choice, 3 sets at most",
    ),
    (
        {"kind": "points_deduction", "share_max_bp": 5000},
        {},
        "每 100 积分抵 1元，最多抵应付的 50%",
        "100 points pay ¥1, 50% of what is due at most",
    ),
    (
        {"kind": "free_shipping", "threshold": {"at": 9900}, "off_max_minor": 1500, "not_to": ["西藏", "新疆"]},
        {},
        "满99包邮，最多免运费 15元，西藏、新疆除外",
        "from ¥99 on: free shipping, ¥15 of freight at most, not to 西藏, 新疆",
    ),
    ({"kind": "free_shipping"}, {}, "包邮", "free shipping"),
    (
        {"kind": "special_price", "prices": [{"sku_id": str(TEA), "price_minor": 9900}], "off_bp": 1200},
        {},
        "限时特价：龙井 99元，其余8.8折",
        "special price: Longjing ¥99, others 12% off",
    ),
    (
        {"kind": "flash_sale", "prices": [{"sku_id": str(UUID(int=n)), "price_minor": 100 * n} for n in range(1, 6)]},
        {},
        "秒杀：5 个 SKU，低至 1元",
        "flash sale: 5 SKUs from ¥1",
    ),
    (
        {"kind": "member_price", "levels": [{"level": "GOLD", "off_bp": 1000}], "prices": []},
        {},
        "会员价：GOLD 9折",
        "member price: GOLD 10% off",
    ),
    (
        {
            "kind": "group_buy",
            "tiers": [{"size": 2, "price_minor": 9900}, {"size": 5, "price_minor": 7900}],
            "leader_price_minor": 6900,
        },
        {},
        "拼团：2 人团 99元、5 人团 79元、团长 69元",
        "group buy: 2 buyers ¥99, 5 buyers ¥79, leader ¥69",
    ),
    ({"kind": "bargain", "lowest_minor": 990}, {}, "砍价，最低砍到 9.9元", "bargain down to ¥9.90"),
    (
        {"kind": "points_price", "points": 1500, "price_minor": 990},
        {},
        "1,500 积分 + 9.9元 兑换",
        "for 1,500 points + ¥9.90",
    ),
    (
        {"kind": "deposit_presale", "deposit_minor": 1000, "worth_minor": 3000, "balance": BALANCE},
        {},
        "预售：定金 10元 抵 30元，2026-11-01 至 2026-11-12 付尾款",
        "pre-sale: deposit ¥10 worth ¥30, balance from 2026-11-01 to 2026-11-12",
    ),
]


@pytest.mark.parametrize(("benefit", "limits", "zh", "en"), SAID)
def test_what_it_gives(benefit: dict[str, Any], limits: dict[str, Any], zh: str, en: str) -> None:
    of = promotion(benefit, limits=limits)
    assert sentences.gives(of, speech("zh-CN")) == zh
    assert sentences.gives(of, speech("en")).replace("CN¥", "¥") == en


def test_every_kind_has_its_words() -> None:
    assert set(SAYING) == set(Benefit.__args__)
    assert {benefit["kind"] for benefit, *_ in SAID} == {kind.__struct_config__.tag for kind in SAYING}


def test_another_currency_says_so() -> None:
    of = promotion(amount((30000, 4000)))
    assert sentences.gives(of, speech("zh-CN", "USD")) == "满US$300减US$40"


def test_goods_buyers_time_limits_and_who_bears_it() -> None:
    of = promotion(
        amount((30000, 4000)),
        scope={
            "include": {"skus": [str(TEA)], "categories": [str(UUID(int=7))], "tags": ["新茶"]},
            "exclude": {"skus": [str(CUP)]},
            "levels": ["GOLD"], "channels": ["mall"], "regions": ["浙江"],
        },
        when={
            "period": {"from": "2026-11-01T00:00:00+08:00", "to": "2026-11-12T00:00:00+08:00"},
            "windows": [{"days": [5, 6], "start_minute": 1200, "end_minute": 1320}, {"days": [1, 2, 3, 4, 5, 6, 7]}],
        },
        limits={"uses_total": 1000, "uses_per_buyer": 1, "budget_minor": 5000000},
        funders=[{"funder": "platform", "share_bp": 6000}, {"funder": "supplier", "party": "S1", "share_bp": 4000}],
        condition="buyer_orders_paid == 0",
        needs_coupon=True,
    )  # fmt: skip
    zh = speech("zh-CN")
    assert sentences.goods(of, zh) == "龙井、1 个类目、标签 新茶，茶杯除外"
    assert sentences.buyers(of, zh) == "渠道 mall，限会员 GOLD，限寄往浙江，须用券，须满足 buyer_orders_paid == 0"
    assert sentences.when(of, zh) == "2026-11-01 00:00 至 2026-11-12 00:00，周五、周六 20:00–22:00，每天 00:00–24:00"
    assert sentences.limits(of, zh) == "共 1,000 次，每人 1 次，预算50000元"
    assert sentences.borne(of, zh) == "平台承担 60%、供应商 S1承担 40%"
    plain = promotion(amount((30000, 4000)))
    said = [part(plain, zh) for part in (sentences.goods, sentences.buyers, sentences.limits, sentences.borne)]
    assert said == ["全场商品", "所有人", "不限量", "商家承担"]
