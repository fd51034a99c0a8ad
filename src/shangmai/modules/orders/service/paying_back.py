"""Giving money of an order back for goods: by one method, or by the ways that it came, what came last first."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Final, TypeVar

from msgspec import Struct

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import Transaction

BY_HAND: Final = "bank"
_Key = TypeVar("_Key", bound=Hashable)


class Due(Struct, frozen=True):
    """Minor units to be given back for a locked order. `method`: None for the ways that the money came."""

    order: Order
    amount_minor: int
    method: str | None
    reference: str
    item: Item


async def pay_back(tx: Tx, dues: Mapping[_Key, Due]) -> dict[_Key, AppError]:
    """Give money back and count it; those that it can't be given back for, with why. Event payments.refunded.v1."""
    due = {key: each for key, each in dues.items() if each.amount_minor}
    if not due:
        return {}
    ways = await payments.ways_back(tx, {each.order.id for each in due.values() if each.method is None})
    parts = {key: _parts(each, ways.get(each.order.id, [])) for key, each in due.items()}
    wanted = [(key, part) for key, mine in parts.items() for part in mine]
    outcomes = await payments.refund(tx, [part for _, part in wanted])
    refused: dict[_Key, AppError] = {}
    for (key, _), outcome in zip(wanted, outcomes, strict=True):
        if isinstance(outcome, AppError):
            if len(parts[key]) > 1:
                raise outcome  # its other parts are written, so all of it is undone
            refused[key] = outcome
    await queries.add_refunded(
        tx, {each.order.id: each.amount_minor for key, each in due.items() if key not in refused}
    )
    return refused


def _parts(due: Due, ways: Sequence[tuple[str, int]]) -> list[Transaction]:
    """The refund by its method, or by the ways (method, what is left of it) that the money came."""
    if due.method is not None:
        return [_transaction(due, due.method, due.amount_minor)]
    left_minor, parts = due.amount_minor, []
    for method, kept_minor in ways:
        part = min(left_minor, kept_minor)
        if part > 0:
            parts.append(_transaction(due, method, part))
            left_minor -= part
    if left_minor:  # more than was received; the book refuses it
        return [_transaction(due, ways[0][0] if ways else BY_HAND, due.amount_minor)]
    return parts


def _transaction(due: Due, method: str, amount_minor: int) -> Transaction:
    order = due.order
    return Transaction(
        order_id=order.id,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        method=method,
        reference=due.reference,
        amount_minor=amount_minor,
        currency=order.currency,
        item=due.item,
    )
