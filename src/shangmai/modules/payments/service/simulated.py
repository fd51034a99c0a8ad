"""The test gateway's own side: a payer presses a button, a merchant asks for a payment or a refund."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex

import msgspec

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue
from shangmai.kernel.tx import Tx
from shangmai.modules.payments import rules
from shangmai.modules.payments.contract import (
    CallbackForged,
    IntentNotFound,
    IntentNotPayable,
    IntentStatus,
    Notification,
    NotifyMerchant,
    Outcome,
    PaymentIntent,
    Pressed,
    PressOutcome,
    RefundRefused,
    RefundSettled,
)
from shangmai.modules.payments.providers.port import Unheard
from shangmai.modules.payments.providers.test import messages, signing
from shangmai.modules.payments.providers.test.gateway import TestGateway, asker_of
from shangmai.modules.payments.queries import intents as queries
from shangmai.modules.payments.service.providers import find_provider


@action("payments.simulate", grant="payments.simulate", errors=[IntentNotFound, IntentNotPayable])
async def press(tx: Tx, do: PressOutcome) -> Pressed:
    """Let the payer's attempt at the test gateway succeed or fail; a job tells the merchant after the commit.

    Pressing success twice tells one story: while the first notification is on its way a second is not made, and when
    it has arrived the intent is paid. Raises: GatewayOff, IntentNotFound, IntentNotPayable.
    """
    find_provider(TestGateway.name)
    intent = (await queries.lock_intents(tx, [do.intent_id])).get(do.intent_id)
    if intent is None or intent.provider != TestGateway.name:
        raise IntentNotFound(intent_id=do.intent_id)
    state = rules.payable_state(intent, tx.now)
    if state != IntentStatus.OPEN.value:
        raise IntentNotPayable(state=state)
    told = NotifyMerchant(notification=_notification(intent, do.outcome, tx.now))
    await enqueue(tx, "payments.notify", told, dedupe_key=f"payments.notify:{intent.id}:{do.outcome.value}")
    return Pressed(intent_id=intent.id, outcome=do.outcome)


async def settle(tx: Tx, headers: Mapping[str, str], raw_body: bytes) -> RefundSettled:
    """Answer a merchant that asks for a refund: the gateway's side. Nothing is stored: its number is made of theirs.

    Raises: CallbackForged, RefundRefused.
    """
    try:
        merchant = asker_of(headers, raw_body, tx.now)
        asked = messages.read_refund(merchant, raw_body)
    except Unheard as why:
        raise CallbackForged(reason=why.reason) from None
    if await queries.merchant_of(tx, asked.order_id, TestGateway.name) != merchant:
        raise RefundRefused(order_id=asked.order_id)
    return RefundSettled(refund=f"R{asked.id.hex}")


async def tell(tx: Tx, headers: Mapping[str, str], raw_body: bytes) -> tuple[dict[str, str], bytes] | None:
    """Answer a merchant that asks for a payment, signed; None while nobody has paid it. Raises: CallbackForged."""
    try:
        merchant = asker_of(headers, raw_body, tx.now)
        asked = messages.read_query(merchant, raw_body)
    except Unheard as why:
        raise CallbackForged(reason=why.reason) from None
    intent = await queries.find_intent(tx, asked.intent_id)
    if intent is None or intent.merchant != merchant or intent.status is not IntentStatus.PAID:
        return None
    body = msgspec.json.encode(_notification(intent, Outcome.SUCCESS, intent.created_at))
    timestamp = str(int(tx.now.timestamp()))
    return signing.signed_headers(signing.key_of(merchant), merchant, timestamp, token_hex(16), body), body


def _notification(intent: PaymentIntent, outcome: Outcome, at: datetime) -> Notification:
    """Of a success every notification has one id; attempts may fail any number of times."""
    number = intent.id.hex if outcome is Outcome.SUCCESS else new_id().hex
    return Notification(
        id=f"N{number}",
        merchant=intent.merchant,
        intent_id=intent.id,
        transaction=f"T{number}",
        outcome=outcome,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        at=at,
    )
