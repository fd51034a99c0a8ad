"""Following orders' parcels, and having orders signed for when all that was sent has arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import (
    ABOUT,
    AnomalyEnded,
    AnomalyFound,
    AskPromise,
    FollowParcel,
    ParcelSigned,
    RegionUnknown,
)
from shangmai.modules.orders.contract import OrderId, OrderPlaced, OrderShipped, OrderSigned, SignOrder, WantedHoldBack
from shangmai.modules.orders.contract.causes import PARCEL
from shangmai.modules.orders.queries import sent as queries
from shangmai.modules.orders.queries.sent import Sent
from shangmai.modules.orders.service.holding_back import hold_back, let_go
from shangmai.modules.orders.service.receiving import opened
from shangmai.modules.orders.service.shipping import sign_for


async def follow_parcels(tx: Tx, left: Mapping[UUID, Item]) -> None:
    """Have the parcels of these shipments followed that have a waybill of a carrier that is known by its name."""
    sent = await queries.with_waybills(tx, left.keys())
    codes = await logistics.carriers_called(tx, {each.carrier for each in sent})
    of_order = {each.order_id: left[each.id] for each in sent if each.id in left}
    wanted = [
        (_followed(each, codes[each.carrier]), left.get(each.id) or of_order[each.order_id])
        for each in sent
        if each.carrier in codes and (each.id in left or each.order_id in of_order)
    ]
    # A number that is on another doc's parcel is that parcel: two orders in one box, sent by hand.
    await logistics.follow(tx, [each for each, _ in wanted], [item for _, item in wanted])


def _followed(sent: Sent, carrier: str) -> FollowParcel:
    return FollowParcel(
        doc=sent.unit_id or sent.id,
        number=sent.number,
        company_id=sent.company_id,
        warehouse_id=sent.warehouse_id,
        carrier=carrier,
        waybill=sent.waybill,
        to_region=_region(sent.order_id, sent.receiver),
    )


def _region(order_id: OrderId, receiver: bytes | None) -> str | None:
    if receiver is None:
        return None
    to = opened(order_id, receiver)
    names = [to.province, to.city, to.district]
    for depth in (3, 2, 1):
        try:
            return logistics.resolve_region(*names[:depth]).code
        except RegionUnknown:
            continue
    return None


async def sign_arrived(tx: Tx, events: Sequence[OrderShipped | ParcelSigned], items: Sequence[Item]) -> None:
    """Have orders signed for that have left, and each of whose parcels is signed for.

    It is asked when a parcel is signed for, and when a shipment leaves: a courier may be quicker than the hand that
    notes that an order has left. One shipment without a number that is followed, and people must sign for the order.
    """
    touched = await _touched(tx, events, items)
    ways = await queries.shipped(tx, touched) if touched else []
    codes = await logistics.carriers_called(tx, {row["carrier"] for row in ways})
    signed = await logistics.signed_of(
        tx, {(codes[row["carrier"]], row["waybill"]) for row in ways if row["carrier"] in codes}
    )
    on_the_way = {row["order_id"] for row in ways if (codes.get(row["carrier"]), row["waybill"]) not in signed}
    arrived = sorted({row["order_id"] for row in ways} - on_the_way)
    await sign_for(tx, [SignOrder(order_id=id_) for id_ in arrived], [touched[id_] for id_ in arrived])


async def _touched(tx: Tx, events: Sequence[OrderShipped | ParcelSigned], items: Sequence[Item]) -> dict[OrderId, Item]:
    """The orders that these events may concern."""
    left = {e.order_id: item for e, item in zip(events, items, strict=True) if isinstance(e, OrderShipped)}
    by_waybill = {e.waybill: item for e, item in zip(events, items, strict=True) if isinstance(e, ParcelSigned)}
    concerned = await queries.orders_of_waybills(tx, by_waybill.keys()) if by_waybill else {}
    return left | {id_: by_waybill[waybill] for waybill, ids in concerned.items() for id_ in ids}


async def receive(tx: Tx, signed: Mapping[OrderId, Item]) -> None:
    """Have the parcels of orders that somebody has signed for waited for no more."""
    ways = await queries.ways(tx, signed) if signed else []
    codes = await logistics.carriers_called(tx, {row["carrier"] for row in ways})
    names = {
        (codes[row["carrier"]], row["waybill"]): signed[row["order_id"]] for row in ways if row["carrier"] in codes
    }
    await logistics.note_received(tx, names)


# --- what goes wrong on the way -------------------------------------------------------------------------------------


async def mark_troubled(tx: Tx, events: Sequence[AnomalyFound | AnomalyEnded], items: Sequence[Item]) -> None:
    """Mark orders for a look while something is wrong with a parcel of theirs; the first that was found says what."""
    by_waybill = {e.waybill: item for e, item in zip(events, items, strict=True)}
    concerned = await queries.orders_of_waybills(tx, by_waybill.keys())
    touched = {id_: by_waybill[waybill] for waybill, ids in concerned.items() for id_ in ids}
    ways = await queries.ways(tx, touched) if touched else []
    codes = await logistics.carriers_called(tx, {row["carrier"] for row in ways})
    names = {(codes[row["carrier"]], row["waybill"]) for row in ways if row["carrier"] in codes}
    bad = await logistics.troubled(tx, names)
    marked = {row["order_id"] for row in ways if (codes.get(row["carrier"]), row["waybill"]) in bad}
    await hold_back(tx, [each for each in _wanted(events, items, concerned) if each.order_id in marked])
    await let_go(tx, {id_: item for id_, item in touched.items() if id_ not in marked}, PARCEL)


def _wanted(
    events: Sequence[AnomalyFound | AnomalyEnded], items: Sequence[Item], concerned: Mapping[str, set[OrderId]]
) -> list[WantedHoldBack]:
    wanted: dict[OrderId, WantedHoldBack] = {}
    for event, item in zip(events, items, strict=True):
        if not isinstance(event, AnomalyFound):
            continue
        about = ABOUT[event.cause]
        for id_ in concerned.get(event.waybill, ()):
            mark = WantedHoldBack(
                order_id=id_,
                code=PARCEL,
                zh=f"{event.waybill} {about.zh}；{about.action_zh}",
                en=f"{event.waybill}: {about.en}. {about.action_en}",
                item=item,
                owner="clerk",
                due_at=event.due_at,
                action="logistics.close_anomaly",
                input={"parcel_id": str(event.parcel_id), "cause": event.cause.value},
                blocks=False,
            )
            wanted.setdefault(id_, mark)
    return list(wanted.values())


# --- on which day orders are there -----------------------------------------------------------------------------------


async def note_promises(tx: Tx, events: Sequence[OrderPlaced | OrderSigned], items: Sequence[Item]) -> None:
    """Keep on which day placed orders are promised to be there, and on which day they were.

    What the shopper was shown is worked out again as it was at the moment of the order, of companies that promise.
    """
    arrived = {e.order_id: item.now for e, item in zip(events, items, strict=True) if isinstance(e, OrderSigned)}
    placed = [(e, item) for e, item in zip(events, items, strict=True) if isinstance(e, OrderPlaced)]
    promising = await logistics.companies_that_promise(tx, {e.company_id for e, _ in placed}) if placed else set()
    at = {e.order_id: item.now for e, item in placed if e.company_id in promising}
    wanted = {}
    for each in await queries.where_to(tx, at) if at else []:
        to = _region(each.id, each.receiver)
        if to is not None:
            wanted[each.id] = AskPromise(
                company_id=each.company_id, warehouse_id=each.warehouse_id, to_region=to, at=at[each.id]
            )
    if wanted:
        await logistics.note_promises(tx, wanted)
    if arrived:
        await logistics.settle_promises(tx, arrived)
