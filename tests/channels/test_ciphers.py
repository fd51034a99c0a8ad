"""Receivers whom a channel keeps to itself, as an order clerk meets them. 密文收件人。"""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec

from shangmai.kernel.actors import SYSTEM
from shangmai.modules.channels.contract.orders import ChannelOrder
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import CipherReceiver, Receiver
from shangmai.modules.orders.queries import units as tables
from tests.channels.test_orders import Shop
from tests.orders.test_exceptions import codes
from tests.orders.test_preferring import trace
from tests.orders.test_units import policy
from tests.world import World

MASKED = {"name": "张**", "phone": "138****5678", "province": "上海市", "city": "上海市", "district": "黄浦区"}


async def taken(shop: Shop, no: str, cipher: str, index: str = "") -> ChannelOrder:
    """An order of one piece for this receiver, paid and gone to its warehouse."""
    receiver = MASKED | {"cipher": cipher, "cipher_index": index}
    order = await shop.push((1, 1, 1000), no=no, receiver=receiver)
    await shop.world.reader.drain()
    return order


async def units(world: World, *bought: ChannelOrder) -> list[Any]:
    found = []
    for order in bought:
        assert order.order_id is not None
        async with world.db.reading(SYSTEM) as tx:
            (unit,) = await tables.live_units_of(tx, [order.order_id])
        found.append(unit.id)
    return found


async def test_two_orders_of_one_are_merged_though_their_ciphers_differ(world: World) -> None:
    """同一买家两单，密文每次不同、索引相同：合单。掩码相同的另一个人：不合。"""
    await policy(world, merge_minutes=30)
    shop = await Shop(world).open()
    one, two = await taken(shop, "TB-1", "~AAAA~", "IDX-1"), await taken(shop, "TB-2", "~BBBB~", "IDX-1")
    alike = await taken(shop, "TB-3", "~CCCC~", "IDX-2")
    by_cipher = [await taken(shop, f"TB-{n}", "OAID-7") for n in (4, 5)]
    first, second, other, fourth, fifth = await units(world, one, two, alike, *by_cipher)
    assert first == second
    assert fourth == fifth
    assert len({first, other, fourth}) == 3
    assert not await world.faults()


async def test_masks_are_no_exceptions_and_the_cipher_goes_to_the_carrier(
    world: World, admin_conn: asyncpg.Connection[Any]
) -> None:
    """掩码不算异常；密文加密存放，不进轨迹，取号时交给快递。"""
    shop = await Shop(world).open()
    order = await taken(shop, "TB-1", "OAID-SECRET-1")
    detail = await shop.order(order)
    assert await codes(world, detail.order) == []
    (sealed,) = [row["receiver"] for row in await admin_conn.fetch("SELECT receiver FROM orders")]
    assert b"OAID-SECRET-1" not in sealed
    assert "OAID-SECRET-1" not in str(await trace(world, detail.order, limit=200))
    logged = [row["input"] or "" for row in await admin_conn.fetch("SELECT input::text FROM action_log")]
    assert not any("OAID-SECRET" in each for each in logged)
    async with world.db.reading(SYSTEM) as tx:
        receiver = await orders.receiver_of(tx, detail.order.id)
    assert receiver is not None
    assert receiver.cipher == "OAID-SECRET-1"
    shown = await world.act("orders.show_receiver", {"order_id": detail.order.id, "reason": "客服回访"})
    assert msgspec.to_builtins(shown) == {**MASKED, "street": ""}


async def test_what_a_person_corrects_is_plain_from_then_on(world: World) -> None:
    """人工改成明文地址后，不再带密文。"""
    shop = await Shop(world).open()
    order = await taken(shop, "TB-1", "OAID-1")
    plain = {**MASKED, "name": "张三", "phone": "13812345678", "street": "南京路 100 号"}
    await world.act("orders.correct_address", {"order_id": order.order_id, "receiver": plain})
    async with world.db.reading(SYSTEM) as tx:
        receiver = await orders.receiver_of(tx, (await shop.order(order)).order.id)
    assert receiver == CipherReceiver(**plain)
    assert set(Receiver.__struct_fields__).isdisjoint({"cipher", "cipher_index"}), "no other door takes ciphers"
