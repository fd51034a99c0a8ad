"""On which day an order will be there: by the cut-off, the days on which a warehouse sends, and the lane."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.actors import GUEST, SYSTEM
from shangmai.kernel.clock import SHANGHAI
from shangmai.modules.checkout import service as checkout
from shangmai.modules.checkout.contract.placing import AskCheckout
from shangmai.modules.inventory.contract import WarehouseNotFound
from shangmai.modules.logistics.contract import Cutoff
from shangmai.modules.logistics.http import routes
from shangmai.modules.logistics.rules.promising import leaves_at, promise, said
from shangmai.modules.storefront.http import read_delivery
from tests.checkout.conftest import Mall
from tests.logistics.booking import pool
from tests.routes import reading
from tests.world import World

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def cutoff(time: str = "16:00", *weekdays: int) -> Cutoff:
    ids: Any = UUID(int=1)
    return Cutoff(warehouse_id=ids, company_id=ids, cutoff=time, weekdays=weekdays or EVERY_DAY)


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class TestRules:
    @pytest.mark.parametrize(
        ("at", "of", "leaving"),
        [
            ("2026-11-27 15:59", cutoff(), "2026-11-27 16:00"),
            ("2026-11-27 16:00", cutoff(), "2026-11-27 16:00"),
            ("2026-11-27 16:01", cutoff(), "2026-11-28 16:00"),
            ("2026-11-27 16:01", cutoff("16:00", 1, 2, 3, 4, 5), "2026-11-30 16:00"),
            ("2026-11-30 17:00", cutoff("16:00", 1), "2026-12-07 16:00"),
        ],
    )
    def test_when_it_leaves(self, at: str, of: Cutoff, leaving: str) -> None:
        assert leaves_at(of, beijing(at), SHANGHAI) == beijing(leaving)

    def test_the_day_is_the_company_s(self) -> None:
        told = promise(cutoff(), "ZTO", 31, datetime(2026, 11, 27, 7, tzinfo=UTC), SHANGHAI)
        assert told is not None
        assert told.arrives_on == date(2026, 11, 28)
        assert said(told, "zh-CN") == "11月27日 16:00 前付款，预计 11月28日 送达"
        assert said(told, "en") == "Paid by 27 Nov 16:00, with you on 28 Nov"
        late = promise(cutoff(), "ZTO", 33, datetime(2026, 11, 27, 7, tzinfo=UTC), SHANGHAI)
        assert late is not None
        assert late.arrives_on == date(2026, 11, 29)

    def test_no_promise_where_nobody_knows(self) -> None:
        assert promise(cutoff(), "ZTO", None, beijing("2026-11-27 10:00"), SHANGHAI) is None

    @given(
        st.integers(0, 366 * 24 * 3600).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
        st.sets(st.integers(1, 7), min_size=1),
        st.integers(0, 23),
        st.integers(0, 400),
        st.integers(0, 100_000),
    )
    def test_who_orders_later_is_never_promised_an_earlier_day(
        self, at: datetime, days: set[int], hour: int, hours: int, later_s: int
    ) -> None:
        of, tz = cutoff(f"{hour:02}:00", *sorted(days)), ZoneInfo("Asia/Shanghai")
        one, two = (promise(of, "A", hours, each, tz) for each in (at, at + timedelta(seconds=later_s)))
        assert one is not None
        assert two is not None
        assert at <= one.leaves_at <= two.leaves_at
        assert one.arrives_on <= two.arrives_on
        assert one.leaves_at.isoweekday() in days


@pytest_asyncio.fixture
async def mall(world: World) -> Mall:
    return await Mall(world).open()


async def ready(world: World) -> None:
    await world.act("inventory.set_warehouse_region", {"warehouse_id": world.warehouse_id, "region": "330100"})
    await pool(world, 1)
    zones = [{"first_minor": 500, "step_minor": 100, "hours": 24}]
    card = {"company_id": world.company_id, "code": "ZTO", "name": "中通", "zones": zones}
    await world.act("logistics.save_carrier_card", card)


class TestShoppers:
    async def test_checkout_tells_the_day_where_the_warehouse_says_when_it_sends(self, mall: Mall) -> None:
        world = mall.world
        await ready(world)

        async def ask(qty: int = 1) -> Any:
            lines = [{"sku_id": world.skus[0], "qty": qty}]
            do = {"shop_id": world.shop_id, "lines": lines, "region": "310115"}
            async with world.db.reading(SYSTEM) as tx:
                given: AskCheckout = _read(do)
                return await checkout.quote(tx, GUEST, given, "zh-CN")

        assert (await ask()).promise is None
        await world.act("logistics.set_cutoff", {"warehouse_id": world.warehouse_id})
        quote = await ask()
        assert (quote.promise.carrier, quote.promise.hours) == ("ZTO", 24)
        assert quote.promise_text.endswith("送达")
        assert (await ask(9000)).promise is None
        await world.act("logistics.set_cutoff", {"warehouse_id": world.warehouse_id, "weekdays": []})
        assert (await ask()).promise is None

    async def test_a_product_s_page_asks_for_a_sku(self, mall: Mall) -> None:
        world = mall.world
        await ready(world)
        await world.act("logistics.set_cutoff", {"warehouse_id": world.warehouse_id})
        gone = await world.make_sku("GONE", 100)
        path = "/api/v1/storefront/skus/{}/delivery"
        async with reading(world.db, [read_delivery], GUEST) as http:
            told = (await http.get(path.format(world.skus[0]), params={"region": "310115", "lang": "en"})).json()
            assert told["promise"]["carrier"] == "ZTO"
            assert told["text"].startswith("Paid by")
            for sku in (gone, uuid4()):
                nothing = (await http.get(path.format(sku), params={"region": "310115"})).json()
                assert nothing == {"promise": None, "text": ""}
            assert (await http.get(path.format(gone), params={"region": "999999"})).status_code == 422


def _read(do: dict[str, Any]) -> Any:
    return msgspec.convert(msgspec.to_builtins(do), AskCheckout)


class TestHitRate:
    async def test_what_was_promised_is_compared_with_the_day_it_was_there(self, mall: Mall) -> None:
        world = mall.world
        await ready(world)
        await world.act("logistics.set_cutoff", {"warehouse_id": world.warehouse_id})
        receiver = {"name": "王", "phone": "13800138000", "province": "上海", "city": "上海", "district": "浦东"}
        placed, now = [], datetime.now(UTC)  # one moment: so many days behind it are so many, though midnight may pass
        for days_ago in (9, 9, 0):
            lines = [{"sku_id": world.skus[0], "qty": 1}]
            wish = {"shop_id": world.shop_id, "lines": lines, "receiver": receiver}
            at = now - timedelta(days=days_ago)
            placed.append(await world.act("orders.place", wish, at=at))
        await world.reader.drain()
        assert await world.count("delivery_promises") == 3
        async with world.db.transaction(door="test") as tx:
            rows = await tx.fetch("SELECT doc, arrives_on, made_at FROM delivery_promises")
        assert {row["doc"] for row in rows} == {order.id for order in placed}
        for order, days in ((placed[0], 8), (placed[1], 1)):
            await world.pay(order)
            await world.ship(order)
            await world.act("orders.sign", {"order_id": order.id}, at=now - timedelta(days=days))
        await world.reader.drain()
        async with reading(world.db, routes, SYSTEM) as http:
            (rate,) = (await http.get("/api/v1/delivery-promises")).json()
            (cut,) = (await http.get("/api/v1/cutoffs")).json()
        assert (rate["carrier"], rate["to_province"]) == ("ZTO", "310000")
        assert (rate["promised"], rate["kept"], rate["late"], rate["kept_bp"]) == (2, 1, 1, 5000)
        assert (cut["cutoff"], cut["weekdays"]) == ("16:00", list(EVERY_DAY))

    async def test_a_company_without_cut_offs_keeps_nothing(self, world: World) -> None:
        await world.sell(1)
        await world.reader.drain()
        assert await world.count("delivery_promises") == 0
        with pytest.raises(WarehouseNotFound):
            await world.act("logistics.set_cutoff", {"warehouse_id": uuid4()})
