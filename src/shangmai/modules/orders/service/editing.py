"""Changing what an order consists of before it leaves: another SKU on a line, a gift more. What it costs stays."""

from __future__ import annotations

from collections import defaultdict

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind, SkuNotFound
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Free, HeldPart, HoldLine, NotHeld, OutOfStock, WarehouseId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    LineKind,
    LineNotFound,
    Order,
    OrderId,
    OrderLine,
    OrderNotFound,
    SkuNotSellable,
    StatusForbids,
)
from shangmai.modules.orders.contract.editing import (
    AddGift,
    EditedOrder,
    GoodsSwapped,
    KitNotToSwap,
    NotToSwap,
    SwapGoods,
)
from shangmai.modules.orders.contract.preferring import GiftAdded
from shangmai.modules.orders.contract.units import UnitChanged
from shangmai.modules.orders.queries import units as unit_tables
from shangmai.modules.orders.queries.preferences import Gift
from shangmai.modules.orders.rules.exceptions.situation import is_ready
from shangmai.modules.orders.service import auditing
from shangmai.modules.orders.service.holding_back import CAN_SHIP
from shangmai.modules.orders.service.units.finding import lock_live
from shangmai.modules.orders.service.units.flooring import stop_on_floor
from shangmai.modules.warehouse.contract.requests import AlreadyOut


@action(
    "orders.swap_goods",
    grant="orders.edit_goods",
    errors=[
        OrderNotFound,
        StatusForbids,
        LineNotFound,
        SkuNotFound,
        SkuNotSellable,
        NotToSwap,
        KitNotToSwap,
        OutOfStock,
        NotHeld,
        AlreadyOut,
    ],
)
async def swap_goods(tx: Tx, do: SwapGoods) -> EditedOrder:
    """Send another SKU instead of the one on a line that nothing of has left; all its pieces, at the same price.

    What was held is free, the other is held in the same warehouses, all or nothing. Units are told, so that nobody
    goes on picking; an order that may leave is audited again. The same SKU changes nothing. Events
    orders.goods_swapped.v1, orders.unit_changed.v1.
    Raises: OrderNotFound, StatusForbids, LineNotFound, SkuNotFound, SkuNotSellable, NotToSwap, KitNotToSwap,
    OutOfStock, NotHeld, AlreadyOut.
    """
    order = await _locked(tx, do.order_id, "edited")
    line = next((n for n in (await queries.lines_of(tx, [order.id]))[order.id] if n.line == do.line), None)
    if line is None or line.kind is not LineKind.GOODS or line.sku_id is None:
        raise LineNotFound(number=order.number, line=do.line)
    answer = EditedOrder(order_id=order.id, number=order.number, line=line.line, sku_id=do.sku_id, qty=line.left_qty)
    if line.sku_id == do.sku_id:
        return answer
    skus = await catalog.get_skus(tx, [line.sku_id, do.sku_id])
    if do.sku_id not in skus:
        raise SkuNotFound(sku=do.sku_id)
    _check(order, line, skus[line.sku_id], skus[do.sku_id])
    await _hold_instead(tx, order, line, do.sku_id)
    await queries.swap_sku(tx, order.id, line.line, do.sku_id, skus[do.sku_id].name)
    await queries.note_edit(tx, order.id, line.line, line.sku_id, do.sku_id, line.left_qty, do.reason)
    await _tell_units(tx, order.id, line.line)
    tx.emit(
        GoodsSwapped(
            order_id=order.id,
            number=order.number,
            shop_id=order.shop_id,
            line=line.line,
            sku_id=do.sku_id,
            before=line.sku_id,
            qty=line.left_qty,
            reason=do.reason,
        )
    )
    await _audit_again(tx, order)
    return answer


@action("orders.add_gift", grant="orders.edit_goods", errors=[OrderNotFound, StatusForbids, SkuNotFound, OutOfStock])
async def add_gift(tx: Tx, do: AddGift) -> EditedOrder:
    """Send something more with an order that has not left all of it, for nothing; it is held in stock at once.

    It leaves with a unit that is there already, if there is one. An order that may leave is audited again. Event
    orders.gift_added.v1. Raises: OrderNotFound, StatusForbids, SkuNotFound, OutOfStock.
    """
    order = await _locked(tx, do.order_id, "given more")
    sku = (await catalog.get_skus(tx, [do.sku_id])).get(do.sku_id)
    if sku is None:
        raise SkuNotFound(sku=do.sku_id)
    lines = (await queries.lines_of(tx, [order.id]))[order.id]
    line = max(each.line for each in lines) + 1
    until = (await inventory.held_until(tx, [order.id])).get(order.id)
    wanted = [
        HoldLine(
            shop_id=order.shop_id,
            sku_id=part,
            warehouse_id=order.warehouse_id,
            qty=qty * do.qty,
            doc=order.id,
            line=line,
            item=tx.items[0],
            expires_at=until,
        )
        for part, qty in _pieces(sku).items()
    ]
    for refusal in (await inventory.hold(tx, wanted)).values() if wanted else ():
        raise refusal
    n = await queries.note_edit(tx, order.id, line, None, do.sku_id, do.qty, do.reason)
    gift = Gift(order.id, f"by_hand_{n}", do.sku_id, do.qty, 0)
    await queries.add_gifts(tx, [gift], tx.cause)
    await queries.give(tx, [(gift, line, f"赠品 {sku.name}")])
    told = GiftAdded(order_id=order.id, number=order.number, row=gift.row, sku_id=do.sku_id, qty=do.qty, line=line)
    tx.emit(told)
    await _audit_again(tx, order)
    return EditedOrder(order_id=order.id, number=order.number, line=line, sku_id=do.sku_id, qty=do.qty)


async def _locked(tx: Tx, order_id: OrderId, wanted: str) -> Order:
    order = (await queries.lock(tx, [order_id])).get(order_id)
    if order is None:
        raise OrderNotFound(order_id=order_id)
    if order.status not in CAN_SHIP:
        raise StatusForbids(number=order.number, status=order.status.value, wanted=wanted)
    return order


def _pieces(sku: Sku) -> dict[SkuId, int]:
    """What lies in the warehouse for one piece; nothing of a service."""
    if sku.kind is SkuKind.SERVICE:
        return {}
    return {part.sku_id: part.qty for part in sku.components} or {sku.id: 1}


def _check(order: Order, line: OrderLine, before: Sku, after: Sku) -> None:
    """Raises: NotToSwap, KitNotToSwap, SkuNotSellable."""
    if line.left_qty < line.qty:
        raise NotToSwap(number=order.number, line=line.line, shipped=line.shipped_qty, left=line.left_qty)
    if before.kind is not SkuKind.GOODS or after.kind is not SkuKind.GOODS:
        raise KitNotToSwap(number=order.number, line=line.line)
    if not after.active:
        raise SkuNotSellable(sku_id=after.id)


async def _hold_instead(tx: Tx, order: Order, line: OrderLine, sku_id: SkuId) -> None:
    """Free the line's pieces, and hold the other SKU where they were; what was not held, in the order's warehouse."""
    until = (await inventory.held_until(tx, [order.id])).get(order.id)
    places: dict[WarehouseId, int] = defaultdict(int)
    for each in await inventory.held_at(tx, [order.id]):
        if each.line == line.line:
            places[each.warehouse_id] += each.pieces
    parts = [
        HeldPart(line=line.line, qty=qty, left=line.left_qty, sku_id=line.sku_id, warehouse_id=warehouse_id)
        for warehouse_id, qty in places.items()
    ]
    if parts:
        await inventory.free(tx, [Free(doc=order.id, lines=parts, item=tx.items[0])])
    missing = line.left_qty - sum(places.values())
    if missing:
        places[order.warehouse_id] += missing
    wanted = [
        HoldLine(
            shop_id=order.shop_id,
            sku_id=sku_id,
            warehouse_id=warehouse_id,
            qty=qty,
            doc=order.id,
            line=line.line,
            item=tx.items[0],
            expires_at=until,
        )
        for warehouse_id, qty in sorted(places.items())
    ]
    for refusal in (await inventory.hold(tx, wanted)).values():
        raise refusal


async def _tell_units(tx: Tx, order_id: OrderId, line: int) -> None:
    """Let whoever picks or packs units with this line look again, at their next scan. Raises: AlreadyOut."""
    changed = [
        (unit, each)
        for unit, inside in await lock_live(tx, [order_id])
        for each in inside
        if (each.order_id, each.line) == (order_id, line)
    ]
    if changed:
        await unit_tables.set_qty(tx, [(unit.id, each) for unit, each in changed])
    for unit, _ in changed:
        tx.emit(UnitChanged(unit_id=unit.id, number=unit.number, why="goods swapped", revision=unit.revision + 1))
    await stop_on_floor(tx, {unit.id for unit, _ in changed})


async def _audit_again(tx: Tx, order: Order) -> None:
    if is_ready(order):
        await auditing.begin(tx, [(order, tx.items[0])])
