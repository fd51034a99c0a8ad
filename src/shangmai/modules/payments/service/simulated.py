"""The test gateway: a payment provider within this installation, reached over HTTP as a real one is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex
from typing import ClassVar, Final
from uuid import UUID

import httpx
import msgspec

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import current_vault
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
    RefundCall,
    RefundRefused,
    RefundRequest,
    RefundSettled,
)
from shangmai.modules.payments.queries import gateway as queries
from shangmai.modules.payments.service.gateways import find_gateway

KEY_CONTEXT: Final = "payments/test_gateway"
CALL_TIMEOUT_S: Final = 10.0
SUCCESS: Final = "success"


class TestGateway:
    """Both sides of it: ours, and in `notify` and `settle` its own.

    A merchant's key is derived from the master key, so both sides know it and nothing is stored.
    """

    __test__ = False  # pytest: not a test
    name: ClassVar[str] = "test"

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")

    def merchant(self, company_id: UUID) -> str:
        return rules.merchant_of(company_id)

    def pay_url(self, intent: PaymentIntent) -> str:
        return f"{self._base_url}/pay/test/{intent.id}"

    def verify(self, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> Notification:
        """Check the signature before the body is read. Raises: CallbackForged."""
        merchant = headers.get(rules.MERCHANT, "")
        try:
            rules.check_signature(_keys(merchant), headers, raw_body, now)
            return rules.read_notification(merchant, raw_body)
        except rules.Unsigned as why:
            raise CallbackForged(reason=str(why)) from None

    async def refund(self, call: RefundCall, now: datetime) -> str:
        asked = RefundRequest(
            id=call.refund_id,
            merchant=call.merchant,
            order_id=call.order_id,
            amount_minor=call.amount_minor,
            currency=call.currency,
        )
        answer = await self._post("/pay/test/refunds", call.merchant, msgspec.json.encode(asked), now)
        return msgspec.json.decode(answer.content, type=RefundSettled).refund

    async def notify(self, notification: Notification, now: datetime) -> None:
        """Tell the merchant. Raises: httpx.HTTPError, also for any answer but `success`."""
        body = msgspec.json.encode(notification)
        answer = await self._post("/api/v1/payments/callbacks/test", notification.merchant, body, now)
        if answer.text.strip() != SUCCESS:
            raise httpx.DecodingError(f"the merchant answered {answer.text[:100]!r}", request=answer.request)

    async def _post(self, path: str, merchant: str, body: bytes, now: datetime) -> httpx.Response:
        headers = rules.signed_headers(key_of(merchant), merchant, str(int(now.timestamp())), token_hex(16), body)
        async with httpx.AsyncClient(timeout=CALL_TIMEOUT_S, trust_env=False) as client:
            answer = await client.post(
                self._base_url + path, content=body, headers=headers | {"content-type": "application/json"}
            )
        return answer.raise_for_status()


@action("payments.simulate", grant="payments.simulate", errors=[IntentNotFound, IntentNotPayable])
async def press(tx: Tx, do: PressOutcome) -> Pressed:
    """Let the payer's attempt at the test gateway succeed or fail; a job tells the merchant after the commit.

    Pressing success twice tells one story: while the first notification is on its way a second is not made, and when
    it has arrived the intent is paid. Raises: GatewayOff, IntentNotFound, IntentNotPayable.
    """
    find_gateway(TestGateway.name)
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
    merchant = headers.get(rules.MERCHANT, "")
    try:
        rules.check_signature(_keys(merchant), headers, raw_body, tx.now)
        asked = rules.read_refund(merchant, raw_body)
    except rules.Unsigned as why:
        raise CallbackForged(reason=str(why)) from None
    taken = await queries.merchants_of(tx, [asked.order_id], [TestGateway.name])
    if taken.get((asked.order_id, TestGateway.name)) != merchant:
        raise RefundRefused(order_id=asked.order_id)
    return RefundSettled(refund=f"R{asked.id.hex}")


def key_of(merchant: str) -> bytes:
    """The key that the gateway and the merchant share."""
    return current_vault().keyed_hash(KEY_CONTEXT, merchant)


def _keys(merchant: str) -> list[bytes]:
    """The key under every master key: what was signed just before a rotation still fits."""
    return current_vault().lookup_hashes(KEY_CONTEXT, merchant)


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
