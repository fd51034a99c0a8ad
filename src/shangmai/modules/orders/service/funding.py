"""Who else bears discounts: noted when an order is paid, fallen away with what goes back; all of it by events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from asyncpg import Record

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    Order,
    OrderCanceled,
    OrderId,
    OrderPaid,
    OrderReturned,
    OrderShipped,
    Status,
)
from shangmai.modules.orders.contract.funding import FunderDue, Funding, FundingReversed, OrderFunded
from shangmai.modules.orders.contract.part_canceling import OrderPartCanceled
from shangmai.modules.orders.queries import funding as table
from shangmai.modules.orders.rules import funding as rules
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.pricing.contract import FunderKind

E = TypeVar("E", OrderFunded, FundingReversed)
FunderEvent = OrderPaid | OrderShipped | OrderReturned | OrderCanceled | OrderPartCanceled


async def note_funders(tx: Tx, events: Sequence[FunderEvent]) -> None:
    """Note what funders bear of orders that were paid, and what falls away of it as the orders stand now.

    An order that costs nothing is paid by nobody, so it counts when it ships. Events orders.funded.v1 and
    orders.funding_reversed.v1. Handling an event again changes nothing.
    """
    items = {event.order_id: item for event, item in zip(events, tx.items, strict=True)}
    quoted = {id_: order for id_, order in (await queries.get(tx, items)).items() if order.quoted}
    if not quoted:
        return
    known = await table.fundings_of(tx, quoted)
    due = [event.order_id for event in events if _makes_due(event, quoted.get(event.order_id))]
    fresh = await _note(tx, {id_: quoted[id_] for id_ in due if id_ not in known}, items)
    await _reverse(tx, {**known, **fresh}, quoted, items)


def _makes_due(event: FunderEvent, order: Order | None) -> bool:
    if order is None:
        return False
    return isinstance(event, OrderPaid) or (isinstance(event, OrderShipped) and not order.total_minor)


async def _note(tx: Tx, orders: Mapping[OrderId, Order], items: Mapping[OrderId, Item]) -> dict[OrderId, list[Funding]]:
    quotes = await queries.quotes_of(tx, orders) if orders else {}
    made = {id_: found for id_, quote in quotes.items() if (found := rules.fundings(id_, quote))}
    if made:
        await table.insert_fundings(tx, [(f, orders[id_], items[id_]) for id_, of in made.items() for f in of])
        for id_, of in made.items():
            _tell(tx, OrderFunded, orders[id_], [(f, f.amount_minor) for f in of], items[id_])
    return made


async def _reverse(
    tx: Tx,
    fundings: Mapping[OrderId, Sequence[Funding]],
    orders: Mapping[OrderId, Order],
    items: Mapping[OrderId, Item],
) -> None:
    lines = await queries.lines_of(tx, fundings.keys()) if fundings else {}
    reversals: list[tuple[Funding, int]] = []
    for id_, of in fundings.items():
        canceled = orders[id_].status is Status.CANCELED
        found = [(f, n) for f in of if (n := rules.to_reverse(f, lines[id_], canceled=canceled))]
        _tell(tx, FundingReversed, orders[id_], found, items[id_])
        reversals += found
    if reversals:
        await table.add_reversed(tx, reversals)


def _tell(tx: Tx, kind: type[E], order: Order, parts: Sequence[tuple[Funding, int]], item: Item) -> None:
    """One event for each promotion and funder, with what their lines add up to."""
    sums: dict[tuple[object, ...], list[tuple[Funding, int]]] = defaultdict(list)
    for funding, amount in parts:
        sums[funding.promotion_id, funding.funder, funding.party].append((funding, amount))
    for of in sums.values():
        first = of[0][0]
        told = kind(
            order_id=order.id,
            number=order.number,
            company_id=order.company_id,
            shop_id=order.shop_id,
            funder=first.funder,
            party=first.party,
            party_id=rules.party_id(first.funder, first.party),
            promotion_id=first.promotion_id,
            promotion=first.name,
            amount_minor=sum(amount for _, amount in of),
            currency=order.currency,
        )
        tx.emit(told, item)


async def list_funders(
    tx: Tx, company_id: CompanyId, *, since: datetime | None = None, until: datetime | None = None
) -> list[FunderDue]:
    """Who owes what for which promotion, of the orders paid in `[since, until)` in the caller's shops."""
    rows = await table.funders_due(tx, company_id, since, until)
    return [_due(row) for row in rows]


def _due(row: Record) -> FunderDue:
    funder = FunderKind(row["funder"])
    return FunderDue(**{**row, "funder": funder}, party_id=rules.party_id(funder, row["party"]))
