"""Taking in what payment providers tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from prometheus_client import Counter

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.payments import rules
from shangmai.modules.payments.contract import (
    AcceptCallback,
    CallbackForged,
    CallbackId,
    GatewayOff,
    IntentId,
    Judged,
    Notification,
    Payment,
    PaymentId,
    PaymentIntent,
    PaymentKind,
    Transaction,
    Verdict,
)
from shangmai.modules.payments.queries import gateway as queries
from shangmai.modules.payments.queries import recording as payments
from shangmai.modules.payments.queries.gateway import NewCallback
from shangmai.modules.payments.service.gateways import find_gateway
from shangmai.modules.payments.service.recording import record

CALLBACKS: Final = Counter(
    "shangmai_payment_callbacks_total", "Callbacks of payment providers, by verdict", ["provider", "verdict"]
)


class Arrived(Struct, frozen=True):
    """A callback whose signature fits."""

    do: AcceptCallback
    notification: Notification
    item: Item

    @property
    def key(self) -> tuple[str, str]:
        return self.do.provider, self.notification.id

    @property
    def money(self) -> tuple[str, str]:
        """Method and reference of the payment that it would become."""
        return self.do.provider, self.notification.transaction


def check_callback(do: AcceptCallback, now: datetime) -> Notification:
    """Read a callback before the database is asked. Raises: GatewayOff, CallbackForged."""
    gateway = find_gateway(do.provider)
    try:
        return gateway.verify(do.headers, do.body.encode(), now)
    except CallbackForged:
        CALLBACKS.labels(do.provider, "forged").inc()
        raise


@action("payments.accept", grant="payments.accept", many=True, scope=lambda do: {}, errors=[GatewayOff, CallbackForged])
async def accept(tx: Tx, do: Sequence[AcceptCallback]) -> list[Judged | AppError]:
    """Take in callbacks of payment providers: store each, and record the money that came. Event payments.recorded.v1.

    The signature is what admits a callback, so no grant or scope stands in for it. A callback that came before changes
    nothing and has its first verdict again; one that contradicts its intent is stored with its verdict, and is no
    payment. Locks the intents, in order of id.
    """
    outcomes: dict[int, Judged | AppError] = {}
    arrived: dict[int, Arrived] = {}
    for index, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        try:
            arrived[index] = Arrived(each, check_callback(each, item.now), item)
        except AppError as refusal:
            outcomes[index] = refusal
    for indices in _rounds(arrived):
        outcomes |= await _take_in(tx, {index: arrived[index] for index in indices})
    return [outcomes[index] for index in range(len(do))]


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
    intents = await queries.lock_intents(tx, {each.notification.intent_id for each in arrived.values()})
    told = await queries.stored_callbacks(tx, {each.key for each in arrived.values()})
    recorded = await payments.known(tx, PaymentKind.PAYMENT, {each.money for each in arrived.values()})
    outcomes: dict[int, Judged | AppError] = {}
    new: dict[int, NewCallback] = {}
    for index, each in arrived.items():
        first = told.get(each.key)
        if first is not None and first.body_hash == queries.hash_of(each.do.body):
            outcomes[index] = Judged(verdict=first.verdict, repeated=True)
            continue
        intent = _intent_of(each, intents)
        verdict = rules.judge(each.notification, intent, is_recorded=each.money in recorded)
        new[index] = _callback(each, intent, verdict if first is None else Verdict.CONFLICTING)
    stored = await queries.insert_callbacks(tx, list(new.values())) if new else set()
    lost = {index for index, callback in new.items() if callback.id not in stored}
    kept = {index: callback for index, callback in new.items() if index not in lost}
    return outcomes | await _record(tx, kept, intents) | await _judge_lost(tx, arrived, new, lost)


def _intent_of(arrived: Arrived, intents: Mapping[IntentId, PaymentIntent]) -> PaymentIntent | None:
    intent = intents.get(arrived.notification.intent_id)
    return intent if intent is not None and intent.provider == arrived.do.provider else None


async def _record(
    tx: Tx, kept: Mapping[int, NewCallback], intents: Mapping[IntentId, PaymentIntent]
) -> dict[int, Judged | AppError]:
    """Record the money of the callbacks that tell of some."""
    paying = {index: callback for index, callback in kept.items() if callback.verdict in rules.PAYING}
    wanted = [_transaction(callback, intents[callback.notification.intent_id]) for callback in paying.values()]
    made: dict[int, PaymentId] = {}
    for index, payment in zip(paying, await record(tx, wanted) if wanted else [], strict=True):
        assert isinstance(payment, Payment), f"it was not recorded a moment ago: {payment}"
        made[index] = payment.id
    if paying:
        await queries.set_paid(tx, {callback.notification.intent_id for callback in paying.values()})
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
        notification=arrived.notification,
        shop_id=None if intent is None else intent.shop_id,
        order_id=None if intent is None else intent.order_id,
        verdict=verdict,
        headers=arrived.do.headers,
        body=arrived.do.body,
        item=arrived.item,
    )


def _transaction(callback: NewCallback, intent: PaymentIntent) -> Transaction:
    return Transaction(
        order_id=intent.order_id,
        company_id=intent.company_id,
        shop_id=intent.shop_id,
        customer_id=intent.customer_id,
        method=intent.provider,
        reference=callback.notification.transaction,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        item=callback.item,
    )
