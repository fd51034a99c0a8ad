"""A promotion is told in words, with what it meets, before it is saved; looking changes nothing."""

from __future__ import annotations

from typing import Any

from shangmai.modules.pricing.http import routes
from tests.pricing.making import ALWAYS, publish
from tests.pricing.test_promotions import manager
from tests.routes import reading
from tests.world import World

FULL = {"kind": "amount_off", "tiers": [{"at": 30000, "off": 4000}], "every": True}


async def told(world: World, status: int = 200, **more: Any) -> Any:
    given = {"code": "NEW", "name": "满减", "layer": "order", "when": ALWAYS, "benefit": FULL, **more}
    async with reading(world.db, routes, manager(world.shop_id)) as client:
        answer = await client.post("/api/v1/promotions/tell", json=given)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_its_words_and_what_it_meets(world: World) -> None:
    sku = str(world.skus[0])
    await publish(world, "SAME")
    await publish(world, "ITEM", layer="item", benefit={"kind": "nth_discount"}, combines={"layers": ["price"]})
    special = {"kind": "special_price", "prices": [{"sku_id": sku, "price_minor": 100}]}
    await publish(world, "PRICE", layer="price", benefit=special)
    await publish(world, "PAST", when={"period": {"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}})
    before = await world.count("action_log")
    found = await told(world, scope={"include": {"skus": [sku]}, "shops": [str(world.shop_id)]})
    assert found["gives"]["zh"] == "每满300减40，上不封顶"
    assert found["whole"]["zh"].startswith("每满300减40，上不封顶；")
    assert found["unsound"] is None
    met = [(each["code"], each["together"]) for each in found["neighbours"]]
    assert met == [("SAME", "one_of"), ("ITEM", "apart"), ("PRICE", "both")]
    assert found["neighbours_all"] == 3
    assert found["neighbours"][0]["gives"]["zh"] == "满100减30"
    assert await world.count("action_log") == before


async def test_why_it_could_not_be_saved(world: World) -> None:
    found = await told(world, layer="points")
    assert found["unsound"]["code"] == "pricing.LayerUnfit"
    assert found["gives"]["en"].endswith("without a cap")


async def test_a_zone_that_there_is_not_and_the_end_of_all_days(world: World) -> None:
    """Both are told in UTC, and the zone is named as what is wrong."""
    period = {"from": "2026-11-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}
    found = await told(world, when={"period": period, "timezone": "Asia/Nowhere"})
    assert found["when"]["zh"] == "2026-11-01 00:00 至 9999-12-31 23:59"
    assert found["unsound"]["code"] == "kernel.UnknownTimezone"
    found = await told(world, when={"period": period})
    assert found["when"]["zh"] == "2026-11-01 08:00 至 9999-12-31 23:59"


async def test_a_version_does_not_meet_itself(world: World) -> None:
    mine = await publish(world, "MINE")
    assert (await told(world, promotion_id=str(mine.id)))["neighbours"] == []


async def test_what_is_half_written_is_refused(world: World) -> None:
    await told(world, 422, benefit={"kind": "amount_off", "tiers": []})
