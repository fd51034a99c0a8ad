"""The sample company's goods are ready to be shown, and seeding again changes nothing."""

from __future__ import annotations

from datetime import date

from shangmai.apps import demo, demo_goods
from shangmai.apps.proving import prove
from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from shangmai.modules.catalog import service
from shangmai.modules.inventory import service as inventory
from shangmai.modules.logistics.contract.watching import WatchParcels
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract.causes import PARCEL
from shangmai.modules.organization import service as organization
from shangmai.modules.storefront import service as storefront
from shangmai.modules.warehouse import service as warehouse


async def test_the_sample_goods_can_be_shown(db: Database, runner: Runner) -> None:
    await demo.seed(runner)
    async with db.reading(SYSTEM) as tx:
        shown = await service.describe_products(tx, await service.page_of_products(tx, listed_only=True))
    assert len(shown) == len(demo.GOODS) + 2 + len(demo_goods.goods())
    for product in shown:
        assert product.names["en"]
        assert product.brand is not None
        assert product.categories
        assert product.descriptions.keys() == {"zh-CN", "en"}
    tumbler = next(product for product in shown if product.code == "TUM")
    assert [len(axis.values) for axis in tumbler.axes] == [3, 2]
    assert len(tumbler.skus) == 6
    async with db.reading(SYSTEM) as tx:
        order = await orders.find_order(tx, f"DEMO-{len(demo.ORDERS) + 1:04}")
        assert order is not None
        quote = (await orders.get_detail(tx, order.id)).quote
    assert quote is not None
    assert {applied.code for applied in quote.applied} >= {"FULL200", "JASMINE2"}
    async with db.reading(SYSTEM) as tx:
        count = await tx.fetchval("SELECT count(*) FROM events")
    async with db.reading(SYSTEM) as tx:
        shop = (await organization.find_shops(tx, ["MALL"]))["MALL"]
        assert await storefront.published_pages(tx, shop.id) == sorted(
            ["tea-season", *(each.slug for each in storefront.TEMPLATES)]
        )
    await demo.seed(Runner(db))
    async with db.reading(SYSTEM) as tx:
        assert await tx.fetchval("SELECT count(*) FROM events") == count


async def test_the_goods_lie_in_bins_and_everything_agrees(db: Database, runner: Runner) -> None:
    await demo.seed(runner)
    await Reader(db).drain()
    async with db.reading(SYSTEM) as tx:
        place = await inventory.find_warehouse(tx, "HZ")
        assert place is not None
        waiting = await warehouse.list_unplaced(tx, place.id)
        measured = await warehouse.stock_accuracy(tx, place.id, None, date(2000, 1, 1))
    assert {each.unplaced for each in waiting} == {40}, "the tumblers, and nothing else, wait to be put away"
    assert [day.off for day in measured.days] == [3, 1, 0]
    assert (await prove(db)).holds


async def test_its_parcels_were_scanned_and_nothing_is_wrong_with_them(db: Database, runner: Runner) -> None:
    await demo.seed(runner)
    await Reader(db).drain()
    watch = Call(action="logistics.watch_parcels", input=WatchParcels(), actor=SYSTEM, door="cli")
    (await runner.run(watch)).unwrap()
    await Reader(db).drain()
    async with db.reading(SYSTEM) as tx:
        states = await tx.fetch(
            "SELECT state, count(*) AS parcels FROM parcels WHERE waybill LIKE 'SF10000%' GROUP BY 1"
        )
        wrong = await tx.fetch(
            "SELECT a.cause FROM parcel_anomalies a JOIN parcels p ON p.id = a.parcel_id WHERE p.account_id IS NULL"
        )
        marked = await tx.fetch("SELECT order_id FROM order_hold_backs WHERE code = $1", PARCEL)
    assert {row["state"]: row["parcels"] for row in states} == {"signed": 6, "in_transit": 2}
    assert wrong == marked == []
