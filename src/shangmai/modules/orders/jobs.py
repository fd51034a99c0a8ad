"""What orders do when others tell them something."""

from typing import Any

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.events.contract import on
from shangmai.kernel.jobs import schedule
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory.contract import StockAdjusted, StockMoved, StockReceived
from shangmai.modules.logistics.contract import AnomalyEnded, AnomalyFound, ParcelSigned
from shangmai.modules.members.contract import CustomerErased
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import (
    OrderCanceled,
    OrderHeldBack,
    OrderId,
    OrderLetGo,
    OrderPaid,
    OrderPlaced,
    OrderReturned,
    OrderShipped,
    OrderSigned,
)
from shangmai.modules.orders.contract.causes import PART_SHORT, SHORT, TO_AUDIT
from shangmai.modules.orders.contract.editing import GoodsSwapped
from shangmai.modules.orders.contract.exceptions import ExceptionOverdue, ParticularsChanged, ReceiverChanged, SignDue
from shangmai.modules.orders.contract.holding_back import ExceptionCleared, ExceptionRaised, OrderFilled
from shangmai.modules.orders.contract.late import OrderRevived
from shangmai.modules.orders.contract.part_canceling import OrderPartCanceled
from shangmai.modules.orders.contract.preferring import GiftAdded
from shangmai.modules.orders.contract.units import OrderWaitsThere, UnitChanged, UnitEnded, UnitRecalled, UnitReleased
from shangmai.modules.orders.service.arriving import (
    follow_parcels,
    mark_troubled,
    note_promises,
    receive,
    sign_arrived,
)
from shangmai.modules.orders.service.exceptions.affected import AROUND
from shangmai.modules.payments.contract import PaymentAuthorized, PaymentRecorded
from shangmai.modules.warehouse.contract.packing import ParcelHandedOver
from shangmai.modules.warehouse.contract.picking import PiecesShort, ShortEnded
from shangmai.modules.warehouse.contract.places import FloorPolicySet

WAITING = frozenset({SHORT, PART_SHORT})
"""The causes of orders that wait for stock."""
READY = (OrderPlaced, OrderPaid, PaymentAuthorized)
"""The events by which an order may come to be ready to leave."""


@on(PaymentRecorded, consumer="orders.mark_paid", batch=500)
async def mark_paid(tx: Tx, events: list[PaymentRecorded]) -> None:
    """Count gateway payments towards their orders."""
    await service.mark_paid(tx, events)


@on(OrderHeldBack, consumer="orders.audit", batch=200, alone=True, apart_s=0.05)
async def audit_waiting(tx: Tx, events: list[OrderHeldBack]) -> None:
    """Audit orders that have just begun to wait for it, unless their company lets them wait a while."""
    waiting = {e.order_id: item for e, item in zip(events, tx.items, strict=True) if e.code == TO_AUDIT}
    if waiting:
        await service.audit_due(tx, waiting)


@on(
    OrderPlaced, OrderPaid, PaymentAuthorized, PaymentRecorded, ParticularsChanged, ReceiverChanged,
    OrderShipped, OrderSigned, OrderCanceled, OrderRevived, OrderPartCanceled, GoodsSwapped, OrderWaitsThere,
    consumer="orders.exceptions", batch=1500, alone=True, apart_s=0.2,
)  # fmt: skip
async def look_at_orders(tx: Tx, events: list[Any]) -> None:
    """Look at the orders that something has happened to: what stops them is put on, what has gone is taken off.

    Those that may leave now are asked about before: where they go from, by whom, with which gifts and marks. An order
    that was only placed, and asks for its money first, has nothing to look for until that comes.
    """
    items = {OrderId(event.order_id): item for event, item in zip(events, tx.items, strict=True)}
    if items := await _without_idle(tx, events, items):
        ready = {OrderId(event.order_id) for event in events if isinstance(event, READY)}
        await service.prefer(tx, {id_: item for id_, item in items.items() if id_ in ready})
        await service.check(tx, items)
        await service.arrange(tx, items)


@on(
    OrderHeldBack, OrderLetGo, OrderFilled, GiftAdded,
    consumer="orders.release_units", batch=500, alone=True, apart_s=0.1,
)  # fmt: skip
async def release_units(tx: Tx, events: list[OrderHeldBack | OrderLetGo | OrderFilled | GiftAdded]) -> None:
    """Take the units of orders that are held back from the warehouse, and release those of orders that are let go.

    What an order had waited for, and has now, becomes units too. An order that begins to wait for its audit was never
    with the warehouse.
    """
    stopped, free = {}, {}
    for event, item in zip(events, tx.items, strict=True):
        if isinstance(event, OrderLetGo | OrderFilled | GiftAdded):
            free[OrderId(event.order_id)] = item
        elif event.code != TO_AUDIT:
            stopped[OrderId(event.order_id)] = item
    if stopped:
        await service.recall_held_back(tx, stopped)
    if free:
        await service.arrange(tx, free)


@on(UnitReleased, UnitChanged, UnitRecalled, UnitEnded, consumer="orders.warehouse", batch=500)
async def tell_floor(tx: Tx, events: list[UnitReleased | UnitChanged | UnitRecalled | UnitEnded]) -> None:
    """Ask floors that pick from bins for what is released, and let them stop what is not.

    What is with the carrier is past stopping: who took pieces out of it was refused, or it is a parcel's last event.
    """
    readdressed = {event.unit_id for event in events if isinstance(event, UnitChanged) and event.why == "readdressed"}
    items = {event.unit_id: item for event, item in zip(events, tx.items, strict=True)}
    await service.tell_floor(tx, items, readdressed=readdressed, items=items)


@on(FloorPolicySet, consumer="orders.floors", batch=10, alone=True)
async def ask_floors(tx: Tx, events: list[FloorPolicySet]) -> None:
    """Ask floors that begin to work for all that is released to them already."""
    begun = {event.warehouse_id for event in events if event.policy.on}
    if begun:
        await service.tell_floor(tx, await service.released_in(tx, begun))


@on(ParcelHandedOver, consumer="orders.ship_handed_over", batch=200, alone=True, apart_s=0.1)
async def ship_handed_over(tx: Tx, events: list[ParcelHandedOver]) -> None:
    """Ship the units whose parcels carriers have got; their pieces leave the stock and the bins together."""
    await service.ship_handed_over(tx, events)


@on(PiecesShort, ShortEnded, consumer="orders.floor_shorts", batch=200, alone=True, apart_s=0.1)
async def look_at_shorts(tx: Tx, events: list[PiecesShort | ShortEnded]) -> None:
    """Look at orders of which pickers did not find all, and again when it is found or not wanted any more."""
    items = {OrderId(id_): item for event, item in zip(events, tx.items, strict=True) for id_ in event.orders}
    await service.check(tx, items)


async def _without_idle(tx: Tx, events: list[Any], items: dict[OrderId, Item]) -> dict[OrderId, Item]:
    """These orders without those that have nothing to look for now.

    One that was only placed waits for its money. When all of that is there `orders.paid.v1` tells, in this batch or
    behind it: then it is looked at, once, after the tables were asked where it goes from and by whom.
    """
    more = {event.order_id for event in events if not isinstance(event, OrderPlaced | PaymentRecorded)}
    money = {OrderId(event.order_id) for event in events if isinstance(event, PaymentRecorded)} - more
    told = await service.paid_among(tx, money) if money else set()
    items = {id_: item for id_, item in items.items() if id_ not in told}
    placed = {event.order_id: event.company_id for event in events if isinstance(event, OrderPlaced)}
    for event in events:
        if not isinstance(event, OrderPlaced):
            placed.pop(OrderId(event.order_id), None)
    looked_at = await service.to_look_at(tx, placed) if placed else set()
    return {id_: item for id_, item in items.items() if id_ not in placed or id_ in looked_at}


@on(
    OrderHeldBack, OrderLetGo, ExceptionRaised, ExceptionCleared, OrderFilled, OrderCanceled, OrderPartCanceled,
    StockReceived, StockAdjusted, StockMoved,
    consumer="orders.demands", batch=1000, alone=True, apart_s=0.5,
)  # fmt: skip
async def compare_demands(tx: Tx, events: list[Any]) -> None:
    """Raise purchase demands for what orders have begun to wait for, and close those that are filled."""
    waiting, others, companies, warehouses = set(), set(), set(), set()
    for event in events:
        if isinstance(event, StockReceived | StockAdjusted):
            companies.add(event.company_id)
        elif isinstance(event, StockMoved):
            warehouses |= {event.from_warehouse_id, event.to_warehouse_id}
        elif isinstance(event, OrderHeldBack | ExceptionRaised) and event.code in WAITING:
            waiting.add(event.order_id)
        elif getattr(event, "code", SHORT) in WAITING:
            others.add(event.order_id)
    await service.compare_demands(tx, waiting, others, companies, warehouses)


@on(*AROUND, consumer="orders.exceptions_around", batch=100, alone=True, apart_s=0.1)
async def look_around(tx: Tx, events: list[Any]) -> None:
    """Look again at the orders that what happened elsewhere may concern: stock arrived, a SKU or a buyer changed."""
    await service.recheck_around(tx, events)


@on(
    OrderPaid, OrderShipped, OrderReturned, OrderCanceled, OrderPartCanceled,
    consumer="orders.note_funders", batch=500,
)  # fmt: skip
async def note_funders(tx: Tx, events: list[Any]) -> None:
    """Note what platforms, suppliers and influencers bear of what was paid, and what falls away of it."""
    await service.note_funders(tx, events)


@on(OrderReturned, consumer="orders.exchanges", batch=200)
async def let_exchanges_go(tx: Tx, events: list[OrderReturned]) -> None:
    """Let exchanges go that have waited for goods to come back, when they are all there."""
    await service.goods_came_back(tx, events, tx.items)


@on(OrderSigned, OrderPaid, OrderReturned, consumer="orders.earn_points", batch=500)
async def earn_points(tx: Tx, events: list[OrderSigned | OrderPaid | OrderReturned]) -> None:
    """Give points for orders that are final, and take them back with what goes back."""
    await service.earn(tx, events)


@on(CustomerErased, OrderSigned, OrderCanceled, consumer="orders.forget_receivers", batch=500)
async def forget_receivers(tx: Tx, events: list[CustomerErased | OrderSigned | OrderCanceled]) -> None:
    """Remove the receivers of erased customers from orders that are over: at the erasure, or when the order ends."""
    await service.forget_receivers(
        tx,
        [event.customer_id for event in events if isinstance(event, CustomerErased)],
        [event.order_id for event in events if not isinstance(event, CustomerErased)],
    )


@on(OrderShipped, ParcelSigned, OrderSigned, consumer="orders.parcels", batch=500, alone=True, apart_s=0.2)
async def follow_what_left(tx: Tx, events: list[OrderShipped | ParcelSigned | OrderSigned]) -> None:
    """Have parcels followed by their carriers' scans, and orders signed for all of whose parcels have arrived.

    Parcels of orders that a person has signed for are waited for no more.
    """
    left = {e.shipment_id: item for e, item in zip(events, tx.items, strict=True) if isinstance(e, OrderShipped)}
    if left:
        await follow_parcels(tx, left)
    on_the_way = [
        (e, item) for e, item in zip(events, tx.items, strict=True) if isinstance(e, OrderShipped | ParcelSigned)
    ]
    await sign_arrived(tx, [e for e, _ in on_the_way], [item for _, item in on_the_way])
    await receive(
        tx, {e.order_id: item for e, item in zip(events, tx.items, strict=True) if isinstance(e, OrderSigned)}
    )


@on(AnomalyFound, AnomalyEnded, consumer="orders.parcel_anomalies", batch=200)
async def mark_orders_of_parcels(tx: Tx, events: list[AnomalyFound | AnomalyEnded]) -> None:
    """Mark orders for a look while something is wrong with a parcel of theirs."""
    await mark_troubled(tx, events, tx.items)


@on(OrderPlaced, OrderSigned, consumer="orders.promises", batch=500)
async def keep_promises(tx: Tx, events: list[OrderPlaced | OrderSigned]) -> None:
    """Keep on which day orders are promised to be there, and on which day they were."""
    await note_promises(tx, events, tx.items)


@on(
    OrderHeldBack, ExceptionRaised, ExceptionOverdue,
    consumer="orders.tell_workers", batch=2000, alone=True, apart_s=1.0,
)  # fmt: skip
async def tell_workers(tx: Tx, events: list[OrderHeldBack | ExceptionRaised | ExceptionOverdue]) -> None:
    """Give who works on exceptions a notice of what has come up."""
    await service.tell_workers(tx, events)


@schedule("orders.sign_due", "25 * * * *")
async def take_as_received(runner: Runner) -> None:
    """Take orders as received that left as many days ago as their company says."""
    more = True
    while more:
        call = Call(action="orders.sign_due", input=SignDue(), actor=SYSTEM, door="schedule")
        more = (await runner.run(call)).unwrap().more
