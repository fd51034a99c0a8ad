"""Asking for the payment of what was just placed, and again later by the order's link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.pace import Pace, paces_of
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.checkout.contract.placing import (
    AT_ONCE,
    LATER,
    ON_ACCOUNT,
    ON_DELIVERY,
    CheckoutSettings,
    LinkInvalid,
    MethodOff,
    PayByLink,
    PaymentState,
    PaymentStep,
)
from shangmai.modules.identity.service import place_of
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import (
    BalanceNotDue,
    NothingToPay,
    Order,
    OrderId,
    OrderNotFound,
    StartPayment,
    StatusForbids,
)
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import (
    DeferKind,
    Deferral,
    Payable,
    PayThrottled,
    ProviderOff,
    Scene,
    StartedPayment,
)

START: Final = Pace(burst=10, every_s=6)
DEFERRED: Final = {ON_ACCOUNT: DeferKind.ON_ACCOUNT, ON_DELIVERY: DeferKind.COD}
NO_PROVIDERS: Final = {
    ON_ACCOUNT: PaymentState.ON_ACCOUNT,
    ON_DELIVERY: PaymentState.ON_DELIVERY,
    LATER: PaymentState.DUE,
    AT_ONCE: PaymentState.PAID,
}


class ToPay(Struct, frozen=True):
    """An order that was just placed, and how it is to be paid."""

    order: Order
    method: str
    scene: Scene | None
    item: Item

    @property
    def due_minor(self) -> int:
        return self.order.deposit_minor or self.order.total_minor


async def steps_for(tx: Tx, placed: Mapping[int, ToPay]) -> dict[int, PaymentStep]:
    """What the buyers of orders that were just placed do next; intents are recorded, no provider is called.

    Raises: what refuses a payment by that method, of the first that is refused.
    """
    for each in placed.values():
        if each.due_minor and each.method in DEFERRED:
            await _authorize(tx, each)
    steps = {n: _plain(each) for n, each in placed.items() if not _asks_provider(each)}
    asked = {n: each for n, each in placed.items() if n not in steps}
    started = await payments.start_new(tx, [(_payable(each), each.item) for each in asked.values()]) if asked else []
    for (n, each), outcome in zip(asked.items(), started, strict=True):
        if isinstance(outcome, AppError):
            raise outcome
        steps[n] = _step(outcome, each.method)
    return steps


async def _authorize(tx: Tx, each: ToPay) -> None:
    """Let the order leave unpaid, on credit or for the courier. Raises: CustomerNeeded, CreditExceeded."""
    order = each.order
    wanted = Deferral(
        kind=DEFERRED[each.method],
        order_id=order.id,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        amount_minor=each.due_minor,
        currency=order.currency,
    )
    batch, tx.items = tx.items, [each.item]  # its event and its transfer are of this buyer's call
    try:
        await payments.authorize(tx, wanted)
    finally:
        tx.items = batch


def _asks_provider(each: ToPay) -> bool:
    return bool(each.due_minor) and each.method not in NO_PROVIDERS


def _plain(each: ToPay) -> PaymentStep:
    state = NO_PROVIDERS[each.method] if each.due_minor else PaymentState.NONE
    return PaymentStep(state=state, method=each.method, amount_minor=each.due_minor)


def _step(started: StartedPayment, method: str) -> PaymentStep:
    return PaymentStep(
        state=PaymentState.DUE,
        method=method,
        amount_minor=started.intent.amount_minor,
        intent_id=started.intent.id,
        pay_url=started.pay_url,
    )


def _payable(each: ToPay) -> Payable:
    order = each.order
    return Payable(
        provider=each.method,
        scene=each.scene,
        order_id=order.id,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        subject=order.number,
        amount_minor=each.due_minor,
        currency=order.currency,
    )


@action(
    "checkout.pay_by_link",
    grant="checkout.place",
    many=True,
    public=True,
    scope=lambda do: {},
    errors=[
        LinkInvalid,
        MethodOff,
        OrderNotFound,
        StatusForbids,
        NothingToPay,
        BalanceNotDue,
        ProviderOff,
        PayThrottled,
    ],
)
async def pay_by_link(tx: Tx, do: Sequence[PayByLink]) -> list[PaymentStep | AppError]:
    """Start the payment of an order, or another one in place of it, for whoever holds its link or its pay link.

    Ten times at once, then every six seconds.
    """
    outcomes: list[PaymentStep | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        try:
            _check_pace(tx, each, item)
            outcomes.append(await _pay(tx, each))
        except AppError as refusal:
            outcomes.append(refusal)
    return outcomes


def _check_pace(tx: Tx, do: PayByLink, item: Item) -> None:
    """Count a start by where it comes from, so that nobody keeps the link's holder from it. Raises: PayThrottled."""
    place = place_of(item.source) if item.source else str(item.actor.id)
    wait = paces_of(tx.memory).wait_s(("pay_by_link", place, do.link), START, item.now)
    if wait:
        raise PayThrottled(retry_after_s=wait)


async def _pay(tx: Tx, do: PayByLink) -> PaymentStep:
    order_id = orders.order_to_pay(do.link)
    if order_id is None:
        raise LinkInvalid()
    if do.method in NO_PROVIDERS:
        raise MethodOff(method=do.method, methods="–")
    do_start = StartPayment(order_id=OrderId(order_id), provider=do.method, scene=do.scene)
    return _step(await orders.start_payment(tx, do_start), do.method)


def check_provider(method: str) -> AppError | None:
    """The refusal where nobody takes payments by this method."""
    if method in NO_PROVIDERS and method != AT_ONCE:
        return None
    try:
        payments.find_provider(payments.TestGateway.name if method == AT_ONCE else method)
    except ProviderOff as refusal:
        return refusal
    return None


async def methods_for(
    tx: Tx, settings: CheckoutSettings, company_id: CompanyId, buyer: CustomerId | None
) -> tuple[str, ...]:
    """The methods that a shopper can choose from; on account only where they have credit."""
    found = [name for name, _ in await payments.methods_of(tx, company_id, settings.shop_id)]
    if settings.on_delivery:
        found.append(ON_DELIVERY)
    if buyer is not None and (await payments.credit_line(tx, company_id, buyer)).limit_minor:
        found.append(ON_ACCOUNT)
    return (*found, LATER)
