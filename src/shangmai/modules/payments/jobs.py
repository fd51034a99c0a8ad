"""Calls to payment providers, and those of the test gateway to us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import httpx
from msgspec import Struct

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.calling import why_lost
from shangmai.kernel.errors import AppError
from shangmai.kernel.events.contract import on
from shangmai.kernel.jobs import FinalFailure, job, schedule
from shangmai.kernel.jobs.contract import is_final
from shangmai.kernel.tx import Tx
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import (
    AcceptCallback,
    BeginRefund,
    CallGateway,
    CheckPaymentAccount,
    EndIntent,
    IntentId,
    IntentJob,
    NotifyMerchant,
    PaymentIntent,
    PaymentRecorded,
    ProviderAway,
    ProviderRefused,
    RefundCall,
    RefundStatus,
    SettleRefund,
)
from shangmai.modules.payments.providers.port import (
    Account,
    Provider,
    RefundState,
    RefundTold,
    Trade,
    TradeState,
    Unheard,
)
from shangmai.modules.payments.queries import intents, refunds
from shangmai.modules.payments.service.accounts import account_of, probe, with_keys
from shangmai.modules.payments.service.credit import settle_authorizations
from shangmai.modules.payments.service.intents import ask_unheard, close_expired
from shangmai.modules.payments.service.refunding import ask_under_way

REFUND_ATTEMPTS_MAX: Final = 12
T = TypeVar("T")


@job("payments.notify", attempts_max=12, timeout_s=20)
async def notify(runner: Runner, do: NotifyMerchant) -> None:
    """Tell the merchant what became of a payment at the test gateway, until it answers `success`."""
    gateway = service.find_provider(service.TestGateway.name)
    assert isinstance(gateway, service.TestGateway)
    await gateway.notify(do.notification, runner.db.clock.now())


@job("payments.probe_account", attempts_max=3, timeout_s=40)
async def probe_account(runner: Runner, do: CheckPaymentAccount) -> None:
    """Ask a provider something harmless with an account's keys; what is wrong stands on the account."""
    await probe(runner, do.account_id)


@job("payments.call_refund", attempts_max=REFUND_ATTEMPTS_MAX, timeout_s=40)
async def call_refund(runner: Runner, do: CallGateway) -> None:
    """Ask the provider for a refund; what it may know of already is asked about first, and sent again only if not."""
    async with runner.db.reading(SYSTEM) as tx:
        call = await refunds.find_refund_call(tx, do.call_id)
    if call is None or call.status is RefundStatus.DONE:
        return  # a notice may name a refund that is none of ours
    try:
        told = await _refund(runner, call)
    except (httpx.HTTPError, AppError) as error:
        await _run(runner, "payments.settle_refund", _failed(call, error))
        raise
    why = told.reason
    settled = SettleRefund(
        call_id=call.id,
        status=STATUS[told.state],
        answer=told.number,
        reason=None if why is None else why.en,
        reason_zh=None if why is None else why.zh,
    )
    await _run(runner, "payments.settle_refund", settled)
    if told.state is RefundState.FAILED:
        raise FinalFailure(f"{call.provider} failed the refund: {told.reason}")


STATUS: Final = {
    RefundState.DONE: RefundStatus.DONE,
    RefundState.PROCESSING: RefundStatus.PROCESSING,
    RefundState.FAILED: RefundStatus.FAILED,
}
"""`missing` is not among them: what is missing is sent, and has an answer then."""


async def _refund(runner: Runner, call: RefundCall) -> RefundTold:
    """Raises: ProviderRefused, ProviderAway, httpx.HTTPError."""
    provider, account = await _provider_of(runner, call)
    if call.sent_at is not None:
        told = await _ask(runner, account, lambda each: provider.query_refund(each, call, runner.db.clock.now()))
        if told.state in (RefundState.DONE, RefundState.PROCESSING):
            return told
    await _run(runner, "payments.begin_refund", BeginRefund(call_id=call.id))
    return await _ask(runner, account, lambda each: provider.refund(each, call, runner.db.clock.now()))


def _failed(call: RefundCall, error: httpx.HTTPError | AppError) -> SettleRefund:
    given_up = is_final(error) or call.attempts + 1 >= REFUND_ATTEMPTS_MAX
    status = RefundStatus.FAILED if given_up else call.status
    why = error if isinstance(error, AppError) else ProviderAway(provider=call.provider, reason=why_lost(error))
    en, zh = why.message("en")[:500], why.message("zh-CN")[:500]
    return SettleRefund(call_id=call.id, status=status, reason=en, reason_zh=zh)


@job("payments.look", attempts_max=6, timeout_s=40)
async def look(runner: Runner, do: IntentJob) -> None:
    """Ask the provider what became of a payment that was opened there, and take in what it says."""
    intent = await _intent(runner, do.intent_id)
    await _take_in(runner, intent, await _query(runner, intent))


@job("payments.end", attempts_max=10, timeout_s=40)
async def end(runner: Runner, do: IntentJob) -> None:
    """Let nobody pay what is not asked for any more. What was paid meanwhile is recorded as late."""
    intent = await _intent(runner, do.intent_id)
    provider, account = await _provider_of(runner, intent)
    try:
        await _ask(runner, account, lambda each: provider.close(each, intent, runner.db.clock.now()))
    except (ProviderRefused, ProviderAway):
        trade = await _query(runner, intent)
        if trade.state is TradeState.OPEN:
            raise
        await _take_in(runner, intent, trade)
    else:
        await _run(runner, "payments.end_intent", EndIntent(intent_id=intent.id, is_over=True))


async def _query(runner: Runner, intent: PaymentIntent) -> Trade:
    provider, account = await _provider_of(runner, intent)
    return await _ask(runner, account, lambda each: provider.query(each, intent, runner.db.clock.now()))


async def _take_in(runner: Runner, intent: PaymentIntent, trade: Trade) -> None:
    """Record what was paid, by the provider's signed answer; note that it was asked otherwise."""
    if trade.told is None:
        # What the provider does not know yet may be opened a moment from now, unless its time is over.
        is_over = trade.state is TradeState.CLOSED or (
            trade.state is TradeState.MISSING and intent.status.value == "closed"
        )
        await _run(runner, "payments.end_intent", EndIntent(intent_id=intent.id, is_over=is_over))
        return
    do = AcceptCallback(
        provider=intent.provider,
        account_id=intent.account_id,
        is_answer=True,
        headers=dict(trade.told.headers),
        body=trade.told.body.decode(),
    )
    await _run(runner, "payments.accept", do)


@schedule("payments.look_after", "* * * * *")
async def look_after(runner: Runner) -> None:
    """Close what has expired; have asked for what providers know of and nobody has told us about since."""
    for part in (close_expired, ask_unheard, ask_under_way):
        async with runner.db.transaction(door="schedule") as tx:
            await part(tx)


@on(PaymentRecorded, consumer="payments.settle_authorizations", batch=200)
async def count_towards_authorizations(tx: Tx, events: list[PaymentRecorded]) -> None:
    """Count money that came towards what its order waits for."""
    await settle_authorizations(tx, events)


async def _intent(runner: Runner, intent_id: IntentId) -> PaymentIntent:
    async with runner.db.reading(SYSTEM) as tx:
        intent = await intents.find_intent(tx, intent_id)
    assert intent is not None, "the job and the intent were committed together"
    return intent


async def _provider_of(runner: Runner, of: PaymentIntent | RefundCall) -> tuple[Provider, Account]:
    async with runner.db.reading(SYSTEM) as tx:
        account = await account_of(tx, of.account_id, of.provider, of.company_id)
    return service.find_provider(of.provider), account


async def _ask(runner: Runner, account: Account, call: Callable[[Account], Awaitable[T]]) -> T:
    """Call; an answer that can't be trusted is as good as none."""
    try:
        return await with_keys(runner, account, call)
    except Unheard as why:
        raise ProviderAway(provider=account.provider, reason=why.reason) from why


async def _run(runner: Runner, action: str, do: Struct) -> Any:
    return (await runner.run(Call(action=action, input=do, actor=SYSTEM, door="job"))).unwrap()
