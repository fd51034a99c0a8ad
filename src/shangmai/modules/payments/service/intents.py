"""Asking payers."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.payments import rules
from shangmai.modules.payments.contract import IntentId, IntentStatus, Payable, PaymentIntent, StartedPayment
from shangmai.modules.payments.queries import gateway as queries
from shangmai.modules.payments.service.gateways import find_gateway


async def start(tx: Tx, wanted: Payable) -> StartedPayment:
    """Ask a payer through a provider; the caller holds the order's row.

    An open intent of the same amount is given again; any other open one of the order is closed, so that two tabs can't
    pay twice. Raises: GatewayOff.
    """
    gateway = find_gateway(wanted.provider)
    intent = await queries.find_open_intent(tx, wanted.order_id)
    if intent is None or not _still_serves(intent, wanted, tx):
        await queries.close_intents(tx, [wanted.order_id])
        intent = _intent(tx, wanted, gateway.merchant(wanted.company_id))
        await queries.insert_intent(tx, intent)
    return StartedPayment(intent=intent, pay_url=gateway.pay_url(intent))


async def close_intents(tx: Tx, orders: Collection[UUID]) -> None:
    """Stop asking for these orders. Money that is on its way all the same is recorded as late."""
    await queries.close_intents(tx, orders)


def _still_serves(intent: PaymentIntent, wanted: Payable, tx: Tx) -> bool:
    same = (intent.provider, intent.amount_minor) == (wanted.provider, wanted.amount_minor)
    return same and rules.payable_state(intent, tx.now) == IntentStatus.OPEN.value


def _intent(tx: Tx, wanted: Payable, merchant: str) -> PaymentIntent:
    return PaymentIntent(
        id=IntentId(new_id()),
        provider=wanted.provider,
        merchant=merchant,
        order_id=wanted.order_id,
        company_id=wanted.company_id,
        shop_id=wanted.shop_id,
        customer_id=wanted.customer_id,
        subject=wanted.subject,
        amount_minor=wanted.amount_minor,
        currency=wanted.currency,
        status=IntentStatus.OPEN,
        created_at=tx.now,
        expires_at=tx.now + rules.EXPIRY,
    )
