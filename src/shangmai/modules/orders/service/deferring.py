"""Orders that wait for their money."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import (
    BalanceNotDue,
    DeferPayment,
    NothingToPay,
    OrderNotFound,
    StatusForbids,
    Terms,
)
from shangmai.modules.orders.service import auditing
from shangmai.modules.orders.service.paying import due_now
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import (
    Authorization,
    CreditExceeded,
    CustomerNeeded,
    Deferral,
    DeferredAlready,
)


@action(
    "orders.defer_payment",
    grant="orders.defer_payment",
    errors=[
        OrderNotFound, StatusForbids, NothingToPay, BalanceNotDue, CustomerNeeded, CreditExceeded, DeferredAlready,
    ],
)  # fmt: skip
async def defer_payment(tx: Tx, do: DeferPayment) -> Authorization:
    """Let an order wait for its money, on account (挂账) or for the courier (货到付款); event payments.authorized.v1.

    What it holds in stock stays held, and it may be shipped, after its audit. On account it draws on the customer's
    credit; what comes frees it again, and so does canceling. Raises: OrderNotFound, StatusForbids, NothingToPay,
    BalanceNotDue, CustomerNeeded, CreditExceeded, DeferredAlready.
    """
    order, due_minor = await due_now(tx, do.order_id)
    wanted = Deferral(
        kind=do.kind,
        order_id=order.id,
        company_id=order.company_id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        amount_minor=due_minor,
        currency=order.currency,
        due_on=do.due_on,
    )
    authorized = await payments.authorize(tx, wanted)
    await queries.set_terms(tx, order.id, Terms.ON_ACCOUNT)
    await inventory.keep(tx, [order.id])
    if order.terms is Terms.PREPAID:
        await auditing.begin(tx, [(order, tx.items[0])])
    return authorized
