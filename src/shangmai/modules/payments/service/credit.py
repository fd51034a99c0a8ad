"""Orders that wait for their money, and the credit that customers have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from asyncpg import CheckViolationError
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Post, Short
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments.books import LENDER, credit, drawn
from shangmai.modules.payments.contract import (
    Authorization,
    AuthorizationId,
    AuthorizationStatus,
    CreditDrawn,
    CreditExceeded,
    CreditLimitSet,
    CreditLine,
    CustomerNeeded,
    DeferKind,
    Deferral,
    DeferredAlready,
    PaymentAuthorized,
    PaymentRecorded,
    SetCreditLimit,
)
from shangmai.modules.payments.queries import credit as queries


@action(
    "payments.set_credit_limit",
    grant="payments.set_credit_limit",
    scope=lambda do: {"company": do.company_id},
    errors=[CreditDrawn],
)
async def set_credit_limit(tx: Tx, do: SetCreditLimit) -> CreditLine:
    """Set how much a customer may owe a company; not below what they owe already.

    Event payments.credit_limit_set.v1. Raises: CreditDrawn.
    """
    try:
        async with tx.savepoint():
            await credit.set_floors(tx, {drawn(do.company_id, do.customer_id): -do.limit_minor})
    except CheckViolationError:
        line = await credit_line(tx, do.company_id, do.customer_id)
        raise CreditDrawn(drawn_minor=line.drawn_minor, limit_minor=do.limit_minor) from None
    tx.emit(CreditLimitSet(company_id=do.company_id, customer_id=do.customer_id, limit_minor=do.limit_minor))
    return await credit_line(tx, do.company_id, do.customer_id)


async def credit_line(tx: Tx, company_id: CompanyId, customer_id: CustomerId) -> CreditLine:
    """How much this customer may owe, and owes; nothing where no limit was set."""
    ((posted, _, floor),) = await credit.balances(tx, [drawn(company_id, customer_id)])
    return CreditLine(company_id=company_id, customer_id=customer_id, limit_minor=-floor, drawn_minor=-posted)


async def credit_lines(
    tx: Tx, wanted: Collection[tuple[CompanyId, CustomerId]]
) -> dict[tuple[CompanyId, CustomerId], CreditLine]:
    """How much these customers may owe each company, and owe, in one statement."""
    pairs = list(wanted)
    found = await credit.balances(tx, [drawn(*pair) for pair in pairs]) if pairs else []
    return {
        (company_id, customer_id): CreditLine(
            company_id=company_id, customer_id=customer_id, limit_minor=-floor, drawn_minor=-posted
        )
        for (company_id, customer_id), (posted, _, floor) in zip(pairs, found, strict=True)
    }


async def authorizations_of(tx: Tx, orders: Collection[UUID]) -> dict[UUID, Authorization]:
    """What these orders wait for, or waited, by order, in one statement."""
    return await queries.of_orders(tx, orders)


async def authorize(tx: Tx, wanted: Deferral) -> Authorization:
    """Let an order wait for its money; event payments.authorized.v1. The caller holds the order's row.

    On account it draws on the customer's credit, never beyond the limit, under any concurrency (the book's floor).
    Raises: CustomerNeeded, CreditExceeded, DeferredAlready.
    """
    if wanted.kind is DeferKind.ON_ACCOUNT and wanted.customer_id is None:
        raise CustomerNeeded()
    one = Authorization(
        id=AuthorizationId(new_id()),
        kind=wanted.kind,
        order_id=wanted.order_id,
        company_id=wanted.company_id,
        shop_id=wanted.shop_id,
        customer_id=wanted.customer_id,
        amount_minor=wanted.amount_minor,
        open_minor=wanted.amount_minor,
        currency=wanted.currency,
        due_on=wanted.due_on,
        status=AuthorizationStatus.AUTHORIZED,
        authorized_at=tx.now,
    )
    if not await queries.insert(tx, one):
        raise DeferredAlready(kind=wanted.kind.value)
    if one.kind is DeferKind.ON_ACCOUNT:
        await _draw(tx, one)
    tx.emit(_event(one))
    return one


async def settle_authorizations(tx: Tx, events: Sequence[PaymentRecorded]) -> None:
    """Count money that came towards what its order waits for; what was drawn on the customer's credit is free again."""
    waiting = await queries.lock_authorized(tx, {event.order_id for event in events})
    for event, item in zip(events, tx.items, strict=True):
        one = waiting.get(event.order_id)
        if one is not None and one.open_minor:
            waiting[event.order_id] = await _count(tx, one, min(event.amount_minor, one.open_minor), item)


async def release_authorizations(tx: Tx, orders: Collection[UUID]) -> None:
    """Nothing is owed any more by these orders: they were canceled."""
    for one in (await queries.lock_authorized(tx, orders)).values():
        await _repay(tx, one, one.open_minor, tx.items[0])
        await queries.set_open(tx, one, 0, AuthorizationStatus.RELEASED)


async def _count(tx: Tx, one: Authorization, amount_minor: int, item: Item) -> Authorization:
    await _repay(tx, one, amount_minor, item)
    left = one.open_minor - amount_minor
    status = AuthorizationStatus.AUTHORIZED if left else AuthorizationStatus.PAID
    await queries.set_open(tx, one, left, status)
    return replace(one, open_minor=left, status=status)


async def _draw(tx: Tx, one: Authorization) -> None:
    """Raises: CreditExceeded."""
    assert one.customer_id is not None, "it was asked for before"
    account = drawn(one.company_id, one.customer_id)
    wanted = Post(debit=account, credit=LENDER, amount=one.amount_minor, doc=one.order_id, item=tx.items[0])
    (outcome,) = await credit.post(tx, [wanted])
    if isinstance(outcome, Short):
        raise CreditExceeded(available_minor=outcome.data["available"], wanted_minor=one.amount_minor)


async def _repay(tx: Tx, one: Authorization, amount_minor: int, item: Item) -> None:
    if one.kind is DeferKind.ON_ACCOUNT and one.customer_id is not None and amount_minor:
        account = drawn(one.company_id, one.customer_id)
        await credit.post(tx, [Post(debit=LENDER, credit=account, amount=amount_minor, doc=one.order_id, item=item)])


def _event(one: Authorization) -> PaymentAuthorized:
    return PaymentAuthorized(
        authorization_id=one.id,
        kind=one.kind,
        order_id=one.order_id,
        company_id=one.company_id,
        shop_id=one.shop_id,
        customer_id=one.customer_id,
        amount_minor=one.amount_minor,
        currency=one.currency,
    )
