"""Taking in what payment providers tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from prometheus_client import Counter

from shangmai.kernel.actions.contract import action
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError, Reason
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.payments import rules
from shangmai.modules.payments.contract import (
    AcceptCallback,
    CallbackForged,
    CallbackId,
    IntentId,
    Judged,
    Notification,
    Payment,
    PaymentId,
    PaymentIntent,
    PaymentKind,
    ProviderOff,
    Transaction,
    Verdict,
)
from shangmai.modules.payments.providers.port import Account, KeyUnknown, RefundNotice, Told, ToldBy, Unheard
from shangmai.modules.payments.queries import callbacks as queries
from shangmai.modules.payments.queries import intents
from shangmai.modules.payments.queries import recording as payments
from shangmai.modules.payments.queries.callbacks import NewCallback
from shangmai.modules.payments.service import refunding
from shangmai.modules.payments.service.accounts import accounts_of, refreshed
from shangmai.modules.payments.service.providers import find_provider
from shangmai.modules.payments.service.recording import record

CALLBACKS: Final = Counter(
    "shangmai_payment_callbacks_total", "Callbacks of payment providers, by verdict", ["provider", "verdict"]
)


class Arrived(Struct, frozen=True):
    """A callback whose signature fits."""

    do: AcceptCallback
    notification: Notification | RefundNotice
    item: Item

    @property
    def key(self) -> tuple[str, str]:
        return self.do.provider, self.notification.id

    @property
    def money(self) -> tuple[str, str]:
        """Method and reference of the payment that it would become; a refund becomes none, and has its own number."""
        said = self.notification
        return self.do.provider, said.transaction if isinstance(said, Notification) else f"refund {said.call_id}"


async def check_callback(runner: Runner, do: AcceptCallback) -> Notification | RefundNotice:
    """Read a callback before anything is written; a platform certificate that is new to us is fetched.

    Raises: ProviderOff, CallbackForged, ProviderAway.
    """
    account = await _account_of(runner.db, do)
    try:
        return await _read_with_keys(runner, do, account)
    except Unheard as why:  # of the certificates that were fetched, or still none of this serial
        CALLBACKS.labels(do.provider, "forged").inc()
        raise CallbackForged(reason=why.reason) from None
    except CallbackForged:
        CALLBACKS.labels(do.provider, "forged").inc()
        raise


async def _read_with_keys(runner: Runner, do: AcceptCallback, account: Account | None) -> Notification | RefundNotice:
    """Raises: CallbackForged, Unheard, ProviderAway."""
    try:
        return _read(do, account, runner.db.clock.now())
    except KeyUnknown:
        assert account is not None, "who has no account has no certificates"
        return _read(do, await refreshed(runner, account), runner.db.clock.now())


async def _account_of(db: Database, do: AcceptCallback) -> Account | None:
    find_provider(do.provider)
    if do.account_id is None:
        return None
    async with db.reading(SYSTEM) as tx:
        return (await accounts_of(tx, {do.account_id})).get(do.account_id)


def _read(do: AcceptCallback, account: Account | None, now: datetime) -> Notification | RefundNotice:
    """Raises: CallbackForged, KeyUnknown."""
    if account is not None and account.provider != do.provider:
        raise CallbackForged(reason=Reason("this account is at another provider", "该商户号属于另一个支付渠道"))
    told = Told(by=ToldBy.ANSWER if do.is_answer else ToldBy.NOTICE, headers=do.headers, body=do.body.encode())
    try:
        return find_provider(do.provider).verify(account, told, now)
    except KeyUnknown:
        raise
    except Unheard as why:
        raise CallbackForged(reason=why.reason) from None


@action(
    "payments.accept", grant="payments.accept", many=True, scope=lambda do: {}, errors=[ProviderOff, CallbackForged]
)
async def accept(tx: Tx, do: Sequence[AcceptCallback]) -> list[Judged | AppError]:
    """Take in what payment providers tell: store each, and record the money that came. Event payments.recorded.v1.

    The signature is what admits a callback, so no grant or scope stands in for it. A callback that came before changes
    nothing and has its first verdict again; one that contradicts its intent is stored with its verdict, and is no
    payment; one that tells of a refund has a job ask for it. Locks the intents, in order of id.
    """
    accounts = await accounts_of(tx, {each.account_id for each in do if each.account_id is not None})
    outcomes: dict[int, Judged | AppError] = {}
    arrived: dict[int, Arrived] = {}
    for index, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        try:
            arrived[index] = Arrived(each, _admitted(each, accounts, item.now), item)
        except AppError as refusal:
            outcomes[index] = refusal
    for indices in _rounds(arrived):
        outcomes |= await _take_in(tx, {index: arrived[index] for index in indices})
    return [outcomes[index] for index in range(len(do))]


def _admitted(do: AcceptCallback, accounts: Mapping[UUID, Account], now: datetime) -> Notification | RefundNotice:
    """Raises: ProviderOff, CallbackForged."""
    account = None if do.account_id is None else accounts.get(do.account_id)
    try:
        return _read(do, account, now)
    except KeyUnknown as why:
        raise CallbackForged(reason=why.reason) from None


def _rounds(arrived: Mapping[int, Arrived]) -> Iterable[list[int]]:
    """Their indices in rounds, so that none names an intent or a notification twice: the second sees the first."""
    rounds: dict[int, list[int]] = {}
    next_of: dict[object, int] = {}
    for index, each in arrived.items():
        names = (each.notification.intent_id, each.key, each.money)
        nth = max(next_of.get(name, 0) for name in names)
        next_of |= dict.fromkeys(names, nth + 1)
        rounds.setdefault(nth, []).append(index)
    return rounds.values()


async def _take_in(tx: Tx, arrived: Mapping[int, Arrived]) -> dict[int, Judged | AppError]:
    asked = await intents.lock_intents(tx, {each.notification.intent_id for each in arrived.values()})
    told = await queries.stored_callbacks(tx, {each.key for each in arrived.values()})
    recorded = await payments.known(tx, PaymentKind.PAYMENT, {each.money for each in arrived.values()})
    outcomes: dict[int, Judged | AppError] = {}
    new: dict[int, NewCallback] = {}
    for index, each in arrived.items():
        first = told.get(each.key)
        if first is not None and first.body_hash == queries.hash_of(each.notification):
            outcomes[index] = Judged(verdict=first.verdict, repeated=True)
            continue
        intent = _intent_of(each, asked)
        verdict = _judge(each, intent, is_recorded=each.money in recorded)
        new[index] = _callback(each, intent, verdict if first is None else Verdict.CONFLICTING)
    stored = await queries.insert_callbacks(tx, list(new.values())) if new else set()
    lost = {index for index, callback in new.items() if callback.id not in stored}
    kept = {index: callback for index, callback in new.items() if index not in lost}
    return outcomes | await _record(tx, arrived, kept, asked) | await _judge_lost(tx, arrived, new, lost)


def _judge(arrived: Arrived, intent: PaymentIntent | None, *, is_recorded: bool) -> Verdict:
    said = arrived.notification
    if isinstance(said, Notification):
        return rules.judge(said, intent, is_recorded=is_recorded)
    return Verdict.UNKNOWN_INTENT if intent is None else Verdict.REFUND


def _intent_of(arrived: Arrived, asked: Mapping[IntentId, PaymentIntent]) -> PaymentIntent | None:
    intent = asked.get(arrived.notification.intent_id)
    return intent if intent is not None and intent.provider == arrived.do.provider else None


async def _record(
    tx: Tx, arrived: Mapping[int, Arrived], kept: Mapping[int, NewCallback], asked: Mapping[IntentId, PaymentIntent]
) -> dict[int, Judged | AppError]:
    """Record the money of the callbacks that tell of some, and have refunds asked for that others tell of."""
    paying = [index for index, callback in kept.items() if callback.verdict in rules.PAYING]
    wanted = [_transaction(arrived[index], asked[kept[index].intent_id]) for index in paying]
    made: dict[int, PaymentId] = {}
    for index, payment in zip(paying, await record(tx, wanted) if wanted else [], strict=True):
        assert isinstance(payment, Payment), f"it was not recorded a moment ago: {payment}"
        made[index] = payment.id
    if paying:
        await intents.set_paid(tx, {kept[index].intent_id for index in paying})
    told = [arrived[index].notification for index, each in kept.items() if each.verdict is Verdict.REFUND]
    await refunding.ask(tx, [each.call_id for each in told if isinstance(each, RefundNotice)])
    for callback in kept.values():
        CALLBACKS.labels(callback.provider, callback.verdict.value).inc()
    return {index: Judged(verdict=callback.verdict, payment_id=made.get(index)) for index, callback in kept.items()}


async def _judge_lost(
    tx: Tx, arrived: Mapping[int, Arrived], new: Mapping[int, NewCallback], lost: Collection[int]
) -> dict[int, Judged | AppError]:
    """What another transaction stored between our look and our write is looked at again, now that it is there."""
    known = {index for index in lost if new[index].verdict is Verdict.CONFLICTING}
    outcomes: dict[int, Judged | AppError] = dict.fromkeys(known, Judged(verdict=Verdict.CONFLICTING, repeated=True))
    again = {index: arrived[index] for index in sorted(lost) if index not in known}
    return outcomes | (await _take_in(tx, again) if again else {})


def _callback(arrived: Arrived, intent: PaymentIntent | None, verdict: Verdict) -> NewCallback:
    return NewCallback(
        id=CallbackId(new_id()),
        provider=arrived.do.provider,
        account_id=arrived.do.account_id,
        notification_id=arrived.notification.id,
        intent_id=arrived.notification.intent_id,
        body_hash=queries.hash_of(arrived.notification),
        shop_id=None if intent is None else intent.shop_id,
        order_id=None if intent is None else intent.order_id,
        verdict=verdict,
        headers=arrived.do.headers,
        body=arrived.do.body,
        item=arrived.item,
    )


def _transaction(arrived: Arrived, intent: PaymentIntent) -> Transaction:
    _, reference = arrived.money
    return Transaction(
        order_id=intent.order_id,
        company_id=intent.company_id,
        shop_id=intent.shop_id,
        customer_id=intent.customer_id,
        method=intent.provider,
        reference=reference,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        item=arrived.item,
        intent_id=intent.id,
    )
