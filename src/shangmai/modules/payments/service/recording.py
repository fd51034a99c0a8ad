"""Recording money in and out of orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from shangmai.kernel.books.contract import Divergence, Post, Short
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx
from shangmai.modules.payments.books import PAYER, credit, kept, receipts
from shangmai.modules.payments.contract import (
    Payment,
    PaymentId,
    PaymentKind,
    PaymentKnown,
    PaymentRecorded,
    PaymentRefunded,
    RefundExceedsReceipts,
    Transaction,
)
from shangmai.modules.payments.queries import credit as authorizations
from shangmai.modules.payments.queries import recording as queries
from shangmai.modules.payments.service import refunding


async def record(tx: Tx, wanted: Sequence[Transaction]) -> list[Payment | AppError]:
    """Record money received; event payments.recorded.v1 for each."""
    return await _record(tx, PaymentKind.PAYMENT, "PY", wanted)


async def record_new(tx: Tx, wanted: Sequence[Transaction]) -> list[Payment]:
    """Record money for orders that this transaction has made, each once; event payments.recorded.v1 for each.

    Nobody can have paid for what nobody sees, so nothing is looked up.
    """
    recorded = await _record_live(tx, PaymentKind.PAYMENT, "PY", dict(enumerate(wanted)), is_new=True)
    made = [each for _, each in sorted(recorded.items()) if isinstance(each, Payment)]
    assert len(made) == len(wanted), f"an account that takes all was short: {recorded}"
    return made


async def refund(tx: Tx, wanted: Sequence[Transaction]) -> list[Payment | AppError]:
    """Record money given back, never more than was received for the order; event payments.refunded.v1 for each.

    What a provider took it is asked to give back, by a job after the commit.
    """
    return await _record(tx, PaymentKind.REFUND, "RF", wanted)


async def payments_of(tx: Tx, orders: Collection[UUID]) -> list[Payment]:
    """The payments and refunds of these orders, oldest first."""
    return await queries.list_of_orders(tx, orders)


async def ways_back(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[tuple[str, int]]]:
    """By which methods money for these orders came and what of it is not given back, what came last first.

    The caller holds the orders' rows, so that it stays so.
    """
    return await queries.left_by_method(tx, orders) if orders else {}


async def prove(tx: Tx) -> list[Divergence]:
    """The receipts book re-added, and compared with the payments."""
    apart = [
        Divergence("receipts", "payments less refunds", str(order_id), kept_minor, net)
        for order_id, net, kept_minor in await queries.divergences(tx)
    ]
    return await receipts.prove(tx) + await credit.prove(tx) + await _owed_apart(tx) + apart


async def _owed_apart(tx: Tx) -> list[Divergence]:
    """Customers whose drawn credit is not what their orders on account wait for."""
    return [
        Divergence("credit", "open on account", str(customer_id), owed, waiting)
        for customer_id, owed, waiting in await authorizations.divergences(tx)
    ]


async def _record(tx: Tx, kind: PaymentKind, prefix: str, wanted: Sequence[Transaction]) -> list[Payment | AppError]:
    refused = await _known(tx, kind, wanted)
    if kind is PaymentKind.REFUND:
        refused |= await refunding.check(tx, {n: each for n, each in enumerate(wanted) if n not in refused})
    live = {index: each for index, each in enumerate(wanted) if index not in refused}
    outcomes = refused | await _record_live(tx, kind, prefix, live)
    return [outcomes[index] for index in range(len(wanted))]


async def _record_live(
    tx: Tx, kind: PaymentKind, prefix: str, wanted: Mapping[int, Transaction], *, is_new: bool = False
) -> dict[int, Payment | AppError]:
    """Record what nothing but the book can refuse. `is_new`: the orders' accounts are not there yet."""
    refused: dict[int, AppError] = {}
    new = {kept(each.order_id) for each in wanted.values()} if is_new else ()
    outcomes = await receipts.post(tx, [_post(kind, each) for each in wanted.values()], new)
    for (index, each), outcome in zip(wanted.items(), outcomes, strict=True):
        if isinstance(outcome, Short):
            refused[index] = RefundExceedsReceipts(
                available_minor=outcome.data["available"], wanted_minor=each.amount_minor
            )
    live = [index for index in wanted if index not in refused]
    numbers = await next_numbers(tx, prefix, [wanted[index].item.now for index in live], presume=True) if live else []
    made = {index: _payment(kind, number, wanted[index]) for index, number in zip(live, numbers, strict=True)}
    moved = [(payment, wanted[index]) for index, payment in made.items()]
    if moved:
        await queries.insert(tx, moved)
    if moved and kind is PaymentKind.REFUND:
        await refunding.request(tx, moved)
    for index, payment in made.items():
        _announce(tx, payment, wanted[index])
    return {**refused, **made}


async def _known(tx: Tx, kind: PaymentKind, wanted: Sequence[Transaction]) -> dict[int, AppError]:
    """Transactions recorded before, or twice in this list."""
    seen = await queries.known(tx, kind, {(each.method, each.reference) for each in wanted})
    refused: dict[int, AppError] = {}
    for index, each in enumerate(wanted):
        if (each.method, each.reference) in seen:
            refused[index] = PaymentKnown(method=each.method, reference=each.reference)
        seen.add((each.method, each.reference))
    return refused


def _post(kind: PaymentKind, wanted: Transaction) -> Post:
    account = kept(wanted.order_id)
    debit, credit = (PAYER, account) if kind is PaymentKind.PAYMENT else (account, PAYER)
    return Post(debit=debit, credit=credit, amount=wanted.amount_minor, doc=wanted.order_id, item=wanted.item)


def _payment(kind: PaymentKind, number: str, wanted: Transaction) -> Payment:
    return Payment(
        id=PaymentId(new_id()),
        number=number,
        kind=kind,
        order_id=wanted.order_id,
        method=wanted.method,
        reference=wanted.reference,
        amount_minor=wanted.amount_minor,
        currency=wanted.currency,
        at=wanted.item.now,
    )


def _announce(tx: Tx, payment: Payment, wanted: Transaction) -> None:
    about = {
        "number": payment.number,
        "order_id": payment.order_id,
        "company_id": wanted.company_id,
        "shop_id": wanted.shop_id,
        "customer_id": wanted.customer_id,
        "method": payment.method,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
    }
    if payment.kind is PaymentKind.PAYMENT:
        tx.emit(PaymentRecorded(payment_id=payment.id, **about), wanted.item)  # type: ignore[arg-type]
    else:
        tx.emit(PaymentRefunded(refund_id=payment.id, **about), wanted.item)  # type: ignore[arg-type]
