"""Asking payment providers to give money back."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.jobs import enqueue_many
from shangmai.kernel.tx import Tx
from shangmai.modules.payments.contract import (
    CallGateway,
    Payment,
    RefundCall,
    RefundNotFound,
    RefundStatus,
    SettleRefund,
    Transaction,
)
from shangmai.modules.payments.queries import gateway as queries


async def request(tx: Tx, refunds: Sequence[tuple[Payment, Transaction]]) -> None:
    """Ask providers for those refunds whose orders they took money for; the others were paid by hand, and go back so.

    Only notes it and enqueues the job that calls out after the commit.
    """
    merchants = await queries.merchants_of(
        tx, [payment.order_id for payment, _ in refunds], [payment.method for payment, _ in refunds]
    )
    calls = [
        (_call(payment, merchants[payment.order_id, payment.method]), wanted.shop_id)
        for payment, wanted in refunds
        if (payment.order_id, payment.method) in merchants
    ]
    if calls:
        await queries.insert_refund_calls(tx, calls)
        await enqueue_many(
            tx,
            "payments.call_refund",
            [CallGateway(refund_id=call.refund_id) for call, _ in calls],
            dedupe_keys=[f"payments.refund:{call.refund_id}" for call, _ in calls],
        )


@action("payments.settle_refund", grant="payments.settle_refund", errors=[RefundNotFound])
async def settle_refund(tx: Tx, do: SettleRefund) -> RefundCall:
    """Note what an attempt to refund at the provider came to; one that is done stays done. Raises: RefundNotFound."""
    if do.answer is not None:
        status = RefundStatus.DONE
    else:
        status = RefundStatus.FAILED if do.given_up else RefundStatus.REQUESTED
    settled = await queries.settle_refund_call(tx, do.refund_id, status, do.answer, do.reason)
    call = settled or await queries.find_refund_call(tx, do.refund_id)
    if call is None:
        raise RefundNotFound(refund_id=do.refund_id)
    return call


def _call(payment: Payment, merchant: str) -> RefundCall:
    return RefundCall(
        refund_id=payment.id,
        provider=payment.method,
        merchant=merchant,
        order_id=payment.order_id,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        status=RefundStatus.REQUESTED,
        attempts=0,
        answer=None,
        reason=None,
        requested_at=payment.at,
    )
