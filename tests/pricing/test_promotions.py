"""A promotion's life: versions are kept for ever, one is in force, the one before is one action away."""

from __future__ import annotations

from typing import Any

import pytest

from shangmai.kernel.actors import Actor
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.modules.pricing.contract.lifecycle import (
    NothingToRollBack,
    OtherShopsToo,
    PromotionCodeTaken,
    PromotionNotFound,
    PromotionSavedMeanwhile,
    PromotionStatusForbids,
    PromotionVersionNotFound,
)
from shangmai.modules.pricing.http import routes
from tests.pricing.making import ALWAYS, THIRTY_OFF, draft, publish
from tests.routes import reading
from tests.world import World


def manager(*shops: Any) -> Actor:
    return Actor(id=new_id(), kind="user", name="m", grants=frozenset({"pricing.*"}), scopes={"shop": frozenset(shops)})


async def save(world: World, made: Any, off: int, **more: Any) -> Any:
    benefit = {"kind": "amount_off", "tiers": [{"at": 10000, "off": off}]}
    given = {"promotion_id": made.id, "name": made.name, "layer": "order", "when": ALWAYS, "benefit": benefit, **more}
    return await world.act("pricing.save_promotion", given)


async def listed(world: World, actor: Actor | None = None, **params: Any) -> list[str]:
    async with reading(world.db, routes, actor or manager(world.shop_id)) as client:
        answer = await client.get("/api/v1/promotions", params=params)
    return [each["code"] for each in answer.json()["items"]]


class TestLife:
    async def test_from_draft_to_the_end(self, world: World) -> None:
        made = await draft(world)
        assert (made.status, made.latest, made.published, made.kind) == ("draft", 1, None, "amount_off")
        assert await listed(world, active=True) == []
        one = {"promotion_id": made.id}
        states = []
        for name in ("publish", "publish", "pause", "pause", "publish", "end", "end"):
            states.append((await world.act(f"pricing.{name}_promotion", one)).status.value)
            states.append(len(await listed(world, active=True)))
        assert states == [
            "published", 1, "published", 1, "paused", 0, "paused", 0, "published", 1, "ended", 0, "ended", 0
        ]  # fmt: skip
        for name in ("publish", "pause"):
            with pytest.raises(PromotionStatusForbids):
                await world.act(f"pricing.{name}_promotion", one)
        events = await world.count("events WHERE name LIKE 'pricing.promotion%'")
        assert events == 4

    async def test_the_list_says_what_each_gives(self, world: World) -> None:
        await publish(world)
        async with reading(world.db, routes, manager(world.shop_id)) as client:
            (one,) = (await client.get("/api/v1/promotions")).json()["items"]
            (dollars,) = (await client.get("/api/v1/promotions", params={"currency": "USD"})).json()["items"]
        assert (one["gives"]["zh"], dollars["gives"]["en"]) == ("满100减30", "$30 off from $100 on")

    async def test_a_saved_version_changes_nothing_until_it_is_published(self, world: World) -> None:
        made = await publish(world)
        saved = await save(world, made, 4000, note="双十一加码", base=1)
        assert (saved.latest, saved.published, saved.status) == (2, 1, "published")
        assert (await world.act("pricing.publish_promotion", {"promotion_id": made.id})).published == 2
        back = await world.act("pricing.roll_back_promotion", {"promotion_id": made.id})
        assert (back.published, back.latest) == (1, 2)
        again = await world.act("pricing.roll_back_promotion", {"promotion_id": made.id})
        assert again.published == 2
        async with reading(world.db, routes, manager(world.shop_id)) as client:
            detail = (await client.get(f"/api/v1/promotions/{made.id}")).json()
        assert [each["promotion"]["version"] for each in detail["versions"]] == [2, 1]
        assert [len(each["published_at"]) for each in detail["versions"]] == [2, 2]
        assert detail["versions"][0]["note"] == "双十一加码"
        assert detail["versions"][1]["promotion"]["benefit"] == THIRTY_OFF

    async def test_refusals_change_nothing(self, world: World) -> None:
        made = await draft(world)
        before = [await world.count(name) for name in ("promotions", "promotion_versions", "promotion_changes")]
        tries: list[tuple[type[AppError], str, dict[str, Any]]] = [
            (NothingToRollBack, "roll_back_promotion", {"promotion_id": made.id}),
            (PromotionStatusForbids, "pause_promotion", {"promotion_id": made.id}),
            (PromotionStatusForbids, "end_promotion", {"promotion_id": made.id}),
            (PromotionVersionNotFound, "publish_promotion", {"promotion_id": made.id, "version": 2}),
            (PromotionNotFound, "publish_promotion", {"promotion_id": new_id()}),
        ]
        for refusal, name, given in tries:
            with pytest.raises(refusal):
                await world.act(f"pricing.{name}", given)
        with pytest.raises(PromotionCodeTaken):
            await draft(world)
        await save(world, made, 100)
        with pytest.raises(PromotionSavedMeanwhile):
            await save(world, made, 200, base=1)
        after = [await world.count(name) for name in ("promotions", "promotion_versions", "promotion_changes")]
        assert after == [before[0], before[1] + 1, before[2]]


class TestWhoseShops:
    async def test_who_sees_one_shop_writes_for_that_shop_alone(self, world: World) -> None:
        mine = manager(world.shop_id)
        given = {"code": "M", "name": "M", "layer": "order", "when": ALWAYS, "benefit": THIRTY_OFF}
        for shops in ([], [new_id()], [world.shop_id, new_id()]):
            answer = await world.answer("pricing.create_promotion", given | {"scope": {"shops": shops}}, actor=mine)
            assert isinstance(answer.error, OtherShopsToo)
        assert await world.count("promotions") == 0
        made = await world.act("pricing.create_promotion", given | {"scope": {"shops": [world.shop_id]}}, actor=mine)
        await world.act("pricing.publish_promotion", {"promotion_id": made.id}, actor=mine)
        everywhere = await publish(world, "ALL")
        answer = await world.answer("pricing.end_promotion", {"promotion_id": everywhere.id}, actor=mine)
        assert isinstance(answer.error, OtherShopsToo)
        stranger = manager(new_id())
        answer = await world.answer("pricing.end_promotion", {"promotion_id": made.id}, actor=stranger)
        assert isinstance(answer.error, PromotionNotFound)
        assert await listed(world, stranger) == ["ALL"]
        assert await listed(world, q="m") == ["M"]


SKU = "019b0000-0000-7000-8000-000000000000"
HALF = {"funder": "shop", "share_bp": 5000}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"funders": [HALF]}, "FundersIncomplete"),
        ({"funders": [HALF, HALF, HALF]}, "FundersIncomplete"),
        ({"condition": "goods_minor >"}, "ConditionInvalid"),
        ({"condition": "no_such_fact == 1"}, "FactUnknown"),
        ({"condition": "pieces + 1"}, "ConditionNotYesOrNo"),
        ({"condition": "channel > 1"}, "FactOfOtherKind"),
        ({"layer": "price"}, "LayerUnfit"),
        ({"layer": "points"}, "LayerUnfit"),
        ({"benefit": {"kind": "free_shipping"}}, "LayerUnfit"),
        ({"benefit": {"kind": "flash_sale", "prices": [{"sku_id": SKU, "price_minor": 1}]}}, "LayerUnfit"),
        ({"benefit": {"kind": "amount_off", "tiers": [{"at": 2, "off": 1}, {"at": 1, "off": 2}]}}, "TiersDoNotRise"),
        ({"benefit": {"kind": "amount_off", "tiers": [{"at": 1, "off": 2}, {"at": 2, "off": 2}]}}, "TiersDoNotRise"),
        ({"benefit": {"kind": "amount_off", "every": True, "tiers": [{"at": 0, "off": 2}]}}, "EveryNeedsOneTier"),
        ({"benefit": {"kind": "percent_off", "tiers": [{"at": 1, "off": 10_001}]}}, "MoreThanAll"),
        ({"layer": "price", "benefit": {"kind": "special_price"}}, "GivesNothing"),
        ({"layer": "price", "benefit": {"kind": "member_price"}}, "GivesNothing"),
        (
            {"benefit": {"kind": "bundle_price", "price_minor": 1, "items": [{"sku_id": SKU}, {"sku_id": SKU}]}},
            "SkuTwice",
        ),
        ({"when": {**ALWAYS, "timezone": "Mars/Olympus"}}, "UnknownTimezone"),
        ({"when": {**ALWAYS, "windows": [{"days": [1], "start_minute": 60, "end_minute": 60}]}}, "WindowBackwards"),
    ],
)
async def test_what_cannot_work_is_not_written(world: World, more: dict[str, Any], code: str) -> None:
    with pytest.raises(AppError) as refused:
        await draft(world, **more)
    assert refused.value.code.endswith(f".{code}")
    assert refused.value.status == 422
    assert await world.count("promotions") == 0
