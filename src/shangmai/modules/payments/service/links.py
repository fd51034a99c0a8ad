"""Pay links, and what a customer chooses on their page."""

from __future__ import annotations

from uuid import UUID, uuid4

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.payments import rules
from shangmai.modules.payments.contract import (
    AskIntent,
    ChooseMethod,
    CurrencyOff,
    Due,
    IntentNotFound,
    IntentStatus,
    LinkNotFound,
    NoPaymentAccount,
    NothingDue,
    OpenedLink,
    OutsideLimits,
    Payable,
    PaymentIntent,
    PaymentKind,
    PaymentLink,
    PaymentLinkId,
    ProviderOff,
    SceneOff,
    StartedPayment,
)
from shangmai.modules.payments.queries import intents, links, recording
from shangmai.modules.payments.service.intents import look, start
from shangmai.modules.payments.service.providers import public_url


async def open_link(tx: Tx, due: Due) -> OpenedLink:
    """Make the pay page of an order, or set what is due on the one that it has; the caller holds the order's row.

    Its id is random and tells nothing, for it is all that a payer must know.
    """
    link = PaymentLink(
        id=PaymentLinkId(uuid4()),
        order_id=due.order_id,
        company_id=due.company_id,
        shop_id=due.shop_id,
        customer_id=due.customer_id,
        subject=due.subject,
        due_minor=due.amount_minor,
        received_minor=await _received(tx, due.order_id),
        currency=due.currency,
        is_open=True,
        made_at=tx.now,
    )
    kept = await links.put(tx, link)
    return OpenedLink(link=kept, url=f"{public_url()}/pay/{kept.id}")


async def due_of(tx: Tx, link: PaymentLink) -> int:
    """What is due by the link now: less whatever came since it was made, gone or not."""
    return max(link.due_minor - (await _received(tx, link.order_id) - link.received_minor), 0) if link.is_open else 0


@action(
    "payments.choose_method",
    grant="payments.choose_method",
    errors=[LinkNotFound, NothingDue, ProviderOff, NoPaymentAccount, SceneOff, CurrencyOff, OutsideLimits],
)
async def choose_method(tx: Tx, do: ChooseMethod) -> StartedPayment:
    """Ask for what is due by a pay link, through the provider that the customer chose.

    Raises: LinkNotFound, NothingDue, ProviderOff, NoPaymentAccount, SceneOff, CurrencyOff, OutsideLimits.
    """
    link = await links.lock(tx, do.link_id)
    if link is None:
        raise LinkNotFound()
    due_minor = await due_of(tx, link)
    if not due_minor:
        raise NothingDue()
    wanted = Payable(
        provider=do.provider,
        scene=do.scene,
        order_id=link.order_id,
        company_id=link.company_id,
        shop_id=link.shop_id,
        customer_id=link.customer_id,
        subject=link.subject,
        amount_minor=due_minor,
        currency=link.currency,
    )
    return await start(tx, wanted)


@action("payments.ask_intent", grant="payments.choose_method", errors=[IntentNotFound])
async def ask_intent(tx: Tx, do: AskIntent) -> PaymentIntent:
    """Have the provider asked, by a job, what became of a payment that a payer waits for.

    Nothing is asked about a payment that is over or was never opened there, and one job at a time waits.
    Raises: IntentNotFound.
    """
    intent = await intents.find_intent(tx, do.intent_id)
    if intent is None:
        raise IntentNotFound(intent_id=do.intent_id)
    if intent.asked_at is not None and rules.payable_state(intent, tx.now) != IntentStatus.PAID.value:
        await look(tx, intent.id)
    return intent


async def _received(tx: Tx, order_id: UUID) -> int:
    moved = await recording.list_of_orders(tx, [order_id])
    return sum(each.amount_minor for each in moved if each.kind is PaymentKind.PAYMENT)
