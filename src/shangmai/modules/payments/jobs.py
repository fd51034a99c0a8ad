"""Calls to payment providers, and those of the test gateway to us."""

from __future__ import annotations

from typing import Final

import httpx

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.errors import AppError
from shangmai.kernel.jobs import job
from shangmai.kernel.jobs.contract import is_final
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import CallGateway, NotifyMerchant, RefundCall, RefundStatus, SettleRefund
from shangmai.modules.payments.queries import gateway as queries

REFUND_ATTEMPTS_MAX: Final = 8


@job("payments.notify", attempts_max=12, timeout_s=20)
async def notify(runner: Runner, do: NotifyMerchant) -> None:
    """Tell the merchant what became of a payment at the test gateway, until it answers `success`."""
    gateway = service.find_gateway(service.TestGateway.name)
    assert isinstance(gateway, service.TestGateway)
    await gateway.notify(do.notification, runner.db.clock.now())


@job("payments.call_refund", attempts_max=REFUND_ATTEMPTS_MAX, timeout_s=20)
async def call_refund(runner: Runner, do: CallGateway) -> None:
    """Ask the provider for a refund; our refund's id lets it know a repeated request."""
    async with runner.db.reading(SYSTEM) as tx:
        call = await queries.find_refund_call(tx, do.refund_id)
    assert call is not None, "the job and the call were committed together"
    if call.status is RefundStatus.DONE:
        return
    try:
        answer = await service.find_gateway(call.provider).refund(call, runner.db.clock.now())
    except (httpx.HTTPError, AppError) as error:
        await _settle(runner, _failed(call, error))
        raise
    await _settle(runner, SettleRefund(refund_id=call.refund_id, answer=answer))


def _failed(call: RefundCall, error: Exception) -> SettleRefund:
    given_up = is_final(error) or call.attempts + 1 >= REFUND_ATTEMPTS_MAX
    return SettleRefund(refund_id=call.refund_id, reason=repr(error)[:500], given_up=given_up)


async def _settle(runner: Runner, do: SettleRefund) -> None:
    call = Call(action="payments.settle_refund", input=do, actor=SYSTEM, door="job")
    (await runner.run(call)).unwrap()
