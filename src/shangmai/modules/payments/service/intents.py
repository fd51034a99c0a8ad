"""Asking payers, and giving up asking."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError, Reason
from shangmai.kernel.i18n import Lang
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue_many
from shangmai.kernel.money import Money
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.payments import rules
from shangmai.modules.payments.contract import (
    BeginTrade,
    CurrencyOff,
    EndIntent,
    IntentId,
    IntentJob,
    IntentNotFound,
    IntentNotPayable,
    IntentStatus,
    OutsideLimits,
    Payable,
    PaymentIntent,
    Scene,
    SceneOff,
    StartedPayment,
)
from shangmai.modules.payments.providers.port import Account
from shangmai.modules.payments.queries import intents as queries
from shangmai.modules.payments.queries import links
from shangmai.modules.payments.service.accounts import account_for
from shangmai.modules.payments.service.providers import find_provider

BATCH: Final = 500


async def start(tx: Tx, wanted: Payable) -> StartedPayment:
    """Ask a payer through a provider. Nothing is sent: the payer's page does that.

    An open intent of the same amount, provider and scene is given again; any other open one of the order is closed,
    here and (by a job) at its provider, so that two tabs can't pay twice.
    Raises: ProviderOff, NoPaymentAccount, SceneOff, CurrencyOff, OutsideLimits.
    """
    provider = find_provider(wanted.provider)
    account = await account_for(tx, wanted.provider, wanted.company_id, wanted.shop_id)
    scene = _scene(account, wanted)
    if provider.currencies is not None and wanted.currency not in provider.currencies:
        raise CurrencyOff(provider=wanted.provider, currency=wanted.currency)
    _check_limits(account, wanted)
    await queries.hold_order(tx, wanted.order_id)
    intent = await queries.find_open_intent(tx, wanted.order_id)
    if intent is None or not _still_serves(intent, wanted, scene, tx):
        await _close(tx, [wanted.order_id])
        intent = _intent(tx.now, wanted, account, scene)
        await queries.insert_intent(tx, intent)
    return StartedPayment(intent=intent, pay_url=provider.pay_url(account, intent))


async def start_new(tx: Tx, wanted: Sequence[tuple[Payable, Item]]) -> list[StartedPayment | AppError]:
    """Ask the payers of orders that this very transaction has made, which can have no intent yet; otherwise as `start`.

    One statement writes all intents, one finds the account of each shop and provider.
    """
    accounts: dict[tuple[str, UUID], Account | AppError] = {}
    outcomes: list[StartedPayment | AppError] = []
    for each, item in wanted:
        key = (each.provider, each.shop_id)
        if key not in accounts:
            accounts[key] = await _account_or_refusal(tx, each)
        outcomes.append(_started(each, accounts[key], item))
    await queries.insert_intents(
        tx, [(o.intent, i.cause) for o, (_, i) in zip(outcomes, wanted, strict=True) if isinstance(o, StartedPayment)]
    )
    return outcomes


async def _account_or_refusal(tx: Tx, wanted: Payable) -> Account | AppError:
    try:
        return await account_for(tx, wanted.provider, wanted.company_id, wanted.shop_id)
    except AppError as refusal:
        return refusal


def _started(wanted: Payable, account: Account | AppError, item: Item) -> StartedPayment | AppError:
    if isinstance(account, AppError):
        return account
    provider = find_provider(wanted.provider)
    try:
        scene = _scene(account, wanted)
        if provider.currencies is not None and wanted.currency not in provider.currencies:
            raise CurrencyOff(provider=wanted.provider, currency=wanted.currency)
        _check_limits(account, wanted)
    except AppError as refusal:
        return refusal
    intent = _intent(item.now, wanted, account, scene)
    return StartedPayment(intent=intent, pay_url=provider.pay_url(account, intent))


async def close_intents(tx: Tx, orders: Collection[UUID]) -> None:
    """Stop asking for these orders. Money that is on its way all the same is recorded as late."""
    await links.close(tx, orders)  # first: whoever chooses on a pay page holds the link, and is waited for here
    await _close(tx, orders)


async def _close(tx: Tx, orders: Collection[UUID]) -> None:
    await _end_at_providers(tx, await queries.close_intents(tx, orders))


async def close_expired(tx: Tx) -> int:
    """Stop asking where time has run out; how many there were."""
    closed = await queries.close_expired(tx, BATCH)
    await _end_at_providers(tx, closed)
    return len(closed)


async def ask_unheard(tx: Tx) -> int:
    """Have providers asked what became of payments that were opened there and not heard of since; how many."""
    waiting = await queries.list_unheard(tx, tx.now - rules.LOOK_AFTER, BATCH)
    await _enqueue(tx, "payments.look", waiting)
    return len(waiting)


async def look(tx: Tx, intent_id: IntentId) -> None:
    """Have the provider asked now, because the payer says that they have paid."""
    await _enqueue(tx, "payments.look", [intent_id])


async def _end_at_providers(tx: Tx, closed: Sequence[PaymentIntent]) -> None:
    """Have those providers that may know of them told to let nobody pay any more."""
    await _enqueue(tx, "payments.end", [intent.id for intent in closed if intent.asked_at is not None])


async def _enqueue(tx: Tx, job: str, intents: Sequence[IntentId]) -> None:
    if intents:
        jobs = [IntentJob(intent_id=intent_id) for intent_id in intents]
        await enqueue_many(tx, job, jobs, dedupe_keys=[f"{job}:{intent_id}" for intent_id in intents])


@action("payments.begin_trade", grant="payments.accept", errors=[IntentNotFound, IntentNotPayable])
async def begin_trade(tx: Tx, do: BeginTrade) -> PaymentIntent:
    """Note that a payer opens this payment at its provider, before the provider is called.

    From now on the provider may know of it, so that it is looked after: asked for, closed there when it expires.
    Raises: IntentNotFound, IntentNotPayable.
    """
    intent = (await queries.lock_intents(tx, [do.intent_id])).get(do.intent_id)
    if intent is None:
        raise IntentNotFound(intent_id=do.intent_id)
    state = rules.payable_state(intent, tx.now)
    if state != IntentStatus.OPEN.value:
        raise IntentNotPayable(state=state)
    await queries.set_asked(tx, intent.id)
    return intent


@action("payments.end_intent", grant="payments.accept", errors=[IntentNotFound])
async def end_intent(tx: Tx, do: EndIntent) -> PaymentIntent:
    """Note that a provider was asked about a payment that nobody has made, and whether it is over there.

    Raises: IntentNotFound.
    """
    await queries.set_looked(tx, do.intent_id, is_over=do.is_over)
    intent = await queries.find_intent(tx, do.intent_id)
    if intent is None:
        raise IntentNotFound(intent_id=do.intent_id)
    return intent


def _scene(account: Account, wanted: Payable) -> Scene:
    """Raises: SceneOff."""
    scene = wanted.scene or min(account.scenes, key=list(Scene).index)
    if scene not in account.scenes:
        raise SceneOff(provider=account.provider, scene=scene.value)
    return scene


def _check_limits(account: Account, wanted: Payable) -> None:
    """Raises: OutsideLimits."""
    is_above = account.max_minor is not None and wanted.amount_minor > account.max_minor
    if is_above or wanted.amount_minor < account.min_minor:
        least, most = account.min_minor, account.max_minor
        raise OutsideLimits(
            provider=account.provider,
            limits=Reason(*(_range_of(least, most, wanted.currency, lang) for lang in ("en", "zh-CN"))),
            amount=Reason(*(Money(wanted.amount_minor, wanted.currency).format(lang) for lang in ("en", "zh-CN"))),
            min_minor=least,
            max_minor=most,
            amount_minor=wanted.amount_minor,
        )


def _range_of(least: int, most: int | None, currency: str, lang: Lang) -> str:
    at_least = Money(least, currency).format(lang)
    if most is None:
        return f"至少 {at_least}" if lang == "zh-CN" else f"at least {at_least}"
    at_most = Money(most, currency).format(lang)
    return f" {at_least} 至 {at_most}" if lang == "zh-CN" else f"{at_least} to {at_most}"


def _still_serves(intent: PaymentIntent, wanted: Payable, scene: Scene, tx: Tx) -> bool:
    same = (intent.provider, intent.amount_minor, intent.scene) == (wanted.provider, wanted.amount_minor, scene)
    return same and rules.payable_state(intent, tx.now) == IntentStatus.OPEN.value


def _intent(now: datetime, wanted: Payable, account: Account, scene: Scene) -> PaymentIntent:
    return PaymentIntent(
        id=IntentId(new_id()),
        provider=wanted.provider,
        scene=scene,
        account_id=account.id,
        merchant=account.merchant,
        app_id=account.app_id,
        order_id=wanted.order_id,
        company_id=wanted.company_id,
        shop_id=wanted.shop_id,
        customer_id=wanted.customer_id,
        subject=wanted.subject,
        amount_minor=wanted.amount_minor,
        currency=wanted.currency,
        status=IntentStatus.OPEN,
        created_at=now,
        expires_at=now + rules.EXPIRY,
        asked_at=None,
    )
