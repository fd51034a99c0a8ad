"""Asking payment providers to give money back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue_many, list_parked
from shangmai.kernel.jobs.queue import replay
from shangmai.kernel.tx import Tx
from shangmai.modules.payments import rules
from shangmai.modules.payments.contract import (
    BeginRefund,
    CallGateway,
    Payment,
    PaymentId,
    RefundCall,
    RefundCallId,
    RefundExceedsPayment,
    RefundNotFound,
    RefundNotParked,
    RefundStatus,
    RetryRefund,
    SettleRefund,
    Transaction,
)
from shangmai.modules.payments.queries import refunds as queries
from shangmai.modules.payments.queries.refunds import Taken

JOB: Final = "payments.call_refund"
BATCH: Final = 500
PARKED_MAX: Final = 10_000


async def check(tx: Tx, wanted: Mapping[int, Transaction]) -> dict[int, AppError]:
    """Those refunds that are to go back by a provider and are more than is left of what it took."""
    taken = await queries.taken(tx, {each.order_id for each in wanted.values()}) if wanted else []
    refused: dict[int, AppError] = {}
    for index, each in wanted.items():
        mine = _of(taken, each)
        left = sum(payment.left_minor for payment in mine)
        if mine and left < each.amount_minor:
            refused[index] = _exceeds(each, left)
    return refused


async def request(tx: Tx, refunds: Sequence[tuple[Payment, Transaction]]) -> None:
    """Ask providers for those refunds whose orders they took money for; the others were paid by hand, and go back so.

    Only notes it and enqueues the job that calls out after the commit. The receipts of the orders are held by the
    caller's transfers, so what is read here stays so. Raises: RefundExceedsPayment, of two that met since `check`.
    """
    taken = await queries.taken(tx, {payment.order_id for payment, _ in refunds})
    calls: list[tuple[RefundCall, UUID]] = []
    asked: dict[PaymentId, int] = {}
    for payment, wanted in refunds:
        mine = {each.payment_id: each for each in _of(taken, wanted)}
        kept = [rules.Kept(each.payment_id, each.left_minor - asked.get(each.payment_id, 0)) for each in mine.values()]
        parts = rules.share_refund(wanted.amount_minor, kept)
        if mine and sum(part for _, part in parts) < wanted.amount_minor:
            raise _exceeds(wanted, sum(each.left_minor for each in kept))
        for payment_id, part in parts:
            asked[payment_id] = asked.get(payment_id, 0) + part
            calls.append((_call(payment, wanted, mine[payment_id], part), wanted.shop_id))
    if calls:
        await queries.insert_refund_calls(tx, calls)
        await _enqueue(tx, [call.id for call, _ in calls])


async def ask(tx: Tx, call_ids: Sequence[RefundCallId]) -> None:
    """Have the provider asked, because it told us something, by a job after the commit.

    The job that sends a refund may be running still, and have got its answer before: it does not stand for this one.
    """
    await _enqueue(tx, call_ids, ":told")


async def ask_under_way(tx: Tx) -> int:
    """Have asked for refunds that are not known to be done; how many there were. One whose job is parked stays so."""
    waiting = await queries.list_under_way(tx, tx.now - rules.LOOK_AFTER, BATCH)
    await _enqueue(tx, waiting)
    return len(waiting)


async def _enqueue(tx: Tx, call_ids: Sequence[RefundCallId], why: str = "") -> None:
    """Once for the same reason while such a job waits, runs or is parked."""
    if not call_ids:
        return
    jobs = [CallGateway(call_id=call_id) for call_id in call_ids]
    await enqueue_many(tx, JOB, jobs, dedupe_keys=[_key(call_id) + why for call_id in call_ids])


def _key(call_id: RefundCallId) -> str:
    return f"payments.refund:{call_id}"


def _of(taken: Sequence[Taken], wanted: Transaction) -> list[Taken]:
    """What the provider took for this order, or of it the one payment that is to be given back."""
    return [
        each
        for each in taken
        if (each.order_id, each.method) == (wanted.order_id, wanted.method)
        and wanted.payment_id in (None, each.payment_id)
    ]


def _exceeds(wanted: Transaction, left_minor: int) -> RefundExceedsPayment:
    return RefundExceedsPayment(method=wanted.method, available_minor=left_minor, wanted_minor=wanted.amount_minor)


@action("payments.begin_refund", grant="payments.settle_refund", errors=[RefundNotFound])
async def begin_refund(tx: Tx, do: BeginRefund) -> RefundCall:
    """Note that a refund is sent to its provider now, so that who dies meanwhile asks before sending it again.

    Raises: RefundNotFound.
    """
    call = await queries.set_sent(tx, do.call_id)
    if call is None:
        raise RefundNotFound(call_id=do.call_id)
    return call


@action("payments.settle_refund", grant="payments.settle_refund", errors=[RefundNotFound])
async def settle_refund(tx: Tx, do: SettleRefund) -> RefundCall:
    """Note what an attempt to refund at the provider came to; one that is done stays done. Raises: RefundNotFound."""
    settled = await queries.settle_refund_call(tx, do)
    call = settled or await queries.find_refund_call(tx, do.call_id)
    if call is None:
        raise RefundNotFound(call_id=do.call_id)
    return call


@action("payments.retry_refund", grant="payments.retry_refund", errors=[RefundNotFound, RefundNotParked])
async def retry_refund(tx: Tx, do: RetryRefund) -> RefundCall:
    """Try a parked refund again, under the number that it had: the provider can't give it back twice.

    Raises: RefundNotFound, RefundNotParked.
    """
    call = await queries.lock_refund_call(tx, do.call_id)
    if call is None:
        raise RefundNotFound(call_id=do.call_id)
    if call.status is not RefundStatus.FAILED:
        raise RefundNotParked(status=call.status.value)
    key = _key(call.id)
    parked = [job.id for job in await list_parked(tx, JOB, PARKED_MAX) if (job.key or "").startswith(key)]
    for job_id in parked:
        await replay(tx, job_id)
    if not parked:  # it failed a moment ago and is being parked, so that its key is still taken
        await enqueue_many(tx, JOB, [CallGateway(call_id=call.id)], dedupe_keys=[f"{key}:{call.attempts}"])
    return await queries.set_requested(tx, call.id)


def _call(refund: Payment, wanted: Transaction, payment: Taken, amount_minor: int) -> RefundCall:
    return RefundCall(
        id=RefundCallId(new_id()),
        refund_id=refund.id,
        payment_id=payment.payment_id,
        intent_id=payment.intent_id,
        account_id=payment.account_id,
        provider=payment.method,
        merchant=payment.merchant,
        company_id=wanted.company_id,
        order_id=refund.order_id,
        transaction=payment.transaction,
        paid_minor=payment.paid_minor,
        amount_minor=amount_minor,
        currency=refund.currency,
        status=RefundStatus.REQUESTED,
        attempts=0,
        answer=None,
        reason=None,
        reason_zh=None,
        requested_at=refund.at,
        sent_at=None,
    )
